"""The port `PhotoSource`: urls that strangers typed become bytes, and bytes become pictures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from stream.adapters.photos.addresses import CheckedBackend
from stream.adapters.photos.decode import decode_photo
from stream.adapters.photos.download import Downloader, connect_anywhere
from stream.adapters.photos.local_urls import read_data_url, read_file_url
from stream.domain.errors import PhotoError, StopError
from stream.ports import PhotoSource, Pixels
from stream.settings import PhotoSettings


@asynccontextmanager
async def open_photos(
    settings: PhotoSettings, *, backend: CheckedBackend | None = None
) -> AsyncIterator["PhotoFetcher"]:
    """Give a source of photos for as long as the context lasts.

    Args:
        settings: What may be reached, and the limits. Raises `StopError` when a scheme is allowed
            that lacks its setting.
        backend: Connects for urls that strangers typed; default: as the settings say.
    """
    if "file" in settings.allowed_schemes and settings.file_root is None:
        raise StopError("Photos: the scheme file is allowed, but file_root is not set.")
    if "s3" in settings.allowed_schemes and settings.s3_endpoint is None:
        raise StopError("Photos: the scheme s3 is allowed, but s3_endpoint is not set.")
    if backend is None:
        backend = connect_anywhere() if settings.allow_private_addresses else CheckedBackend()
    async with Downloader(settings, public=backend, trusted=connect_anywhere()) as downloader:
        yield PhotoFetcher(settings, downloader)


class PhotoFetcher(PhotoSource):
    """Fetches photos, a limited number at once.

    `decode` is CPU work without side effects: run it in a thread.
    """

    def __init__(self, settings: PhotoSettings, downloader: Downloader) -> None:
        self._settings = settings
        self._downloader = downloader
        self._slots = asyncio.Semaphore(settings.concurrency)

    async def fetch(self, url: str) -> bytes:
        """Return the file behind `url`. Raises `PhotoError` (for good) or `RetryError`.

        Waiting for others to finish does not count against the deadline.
        """
        scheme = url.partition(":")[0].lower()
        if scheme not in self._settings.allowed_schemes:
            raise PhotoError(f"the scheme {scheme[:16]!r} is not allowed")
        async with self._slots:
            match scheme:
                case "data":
                    return read_data_url(url, self._settings.max_bytes)
                case "file" if self._settings.file_root is not None:
                    return await asyncio.to_thread(
                        read_file_url, url, self._settings.file_root, self._settings.max_bytes
                    )
                case "s3" if self._settings.s3_endpoint is not None:
                    address = _s3_address(url, self._settings.s3_endpoint)
                    return await self._downloader.download(address, is_trusted=True)
                case _:
                    return await self._downloader.download(url)

    def decode(self, content: bytes, size: int) -> Pixels:
        """Return the picture as RGB [3, size, size], squashed to a square.

        Raises `PhotoError` when the bytes are no picture that can be used.
        """
        return decode_photo(content, size, max_pixels=self._settings.max_pixels)


def _s3_address(url: str, endpoint: str) -> str:
    """Write `s3://bucket/key` as path-style address of the endpoint; keys are taken literally."""
    bucket, _, key = url[len("s3://") :].partition("/")
    if not url.lower().startswith("s3://") or not bucket or not key:
        raise PhotoError("the s3 url is not s3://bucket/key")
    if {".", ".."} & {bucket, *key.split("/")}:
        raise PhotoError("the s3 url has steps up or down, which would lead elsewhere")
    return f"{endpoint.rstrip('/')}/{quote(bucket, safe='')}/{quote(key, safe='/')}"
