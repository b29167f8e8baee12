"""A worker that a photo can kill, or in which a photo meets a bug, by the name of its file.

Run as `python -m tests.e2e.troubled_worker`, with settings as a worker has.
"""

import asyncio
import os
import signal

from stream.adapters.photos.fetch import PhotoFetcher
from stream.app import work
from stream.observability.logging import configure_logging
from stream.ports import FetchedPhoto
from stream.settings import Settings

KILLER, BUG = "killer", "bug"
_fetch = PhotoFetcher.fetch


async def fetch(self: PhotoFetcher, url: str, size: int) -> FetchedPhoto:
    """Fetch a photo, or come to grief over it as too little memory or a bug would have it."""
    if url.endswith(KILLER):
        os.kill(os.getpid(), signal.SIGKILL)
    if url.endswith(BUG):
        raise ZeroDivisionError("no photo has an area")
    return await _fetch(self, url, size)


def main() -> None:
    settings = Settings()
    configure_logging(settings.log_format, settings.log_level)
    PhotoFetcher.fetch = fetch  # type: ignore[method-assign]
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
