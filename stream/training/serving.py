"""The models as they are served: by a Triton that was named, or by the embedded one."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from stream.adapters.photos.decode import decode_photo
from stream.adapters.triton.models import open_models
from stream.local.triton import TritonProcess
from stream.ports import Models
from stream.settings import PhotoSettings, TritonSettings
from stream.shipped import shipped_models
from stream.training.data import Decode


@asynccontextmanager
async def serve_models(triton: str | None, repository: Path | None) -> AsyncIterator[Models]:
    """Open the models of a running Triton (`host:port`), or of one that is started for this.

    Args:
        triton: a server that runs already.
        repository: what to serve when none runs; default: the shipped models.
    """
    async with AsyncExitStack() as opened:
        if triton is None:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="twinlist-")))
            server = TritonProcess(repository or shipped_models(), folder)
            opened.callback(server.stop)
            await asyncio.to_thread(server.start)
            triton = server.url
        yield await opened.enter_async_context(open_models(TritonSettings(url=triton)))


def decoder() -> Decode:
    """Photos are decoded for training and measuring exactly as the worker decodes them."""
    settings = PhotoSettings()
    return partial(decode_photo, max_pixels=settings.max_pixels)
