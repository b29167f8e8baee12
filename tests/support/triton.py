"""A Triton server for tests: the embedded one, on the light models."""

import asyncio
import time
from pathlib import Path

import numpy as np

from stream.domain.errors import RetryError
from stream.local.triton import TritonProcess
from stream.ports import Floats, Models, Pixels
from stream.settings import TritonSettings
from tests.support.light_models import PHOTO_SIZE, write_light_models

_BACK_SECONDS = 20


def start_light_triton(folder: Path) -> TritonProcess:
    """Write the light models into `folder` and serve them; the caller stops the server."""
    server = TritonProcess(write_light_models(folder / "models"), folder / "triton")
    server.start()
    return server


def settings_for(server: TritonProcess, **changes: object) -> TritonSettings:
    """Settings that lead to `server`."""
    return TritonSettings.model_validate({"url": server.url, "timeout_seconds": 10, **changes})


def random_photos(count: int, seed: int = 0) -> Pixels:
    """Photos [count, 3, S, S] of random patterns that the light models tell apart."""
    patterns = np.random.default_rng(seed).integers(0, 256, (count, 3, 4, 4), dtype=np.uint8)
    return patterns.repeat(PHOTO_SIZE // 4, axis=2).repeat(PHOTO_SIZE // 4, axis=3)


async def encode_when_back(models: Models, photos: Pixels) -> Floats:
    """Encode photos as soon as the server answers again; fail when that takes too long."""
    deadline = time.monotonic() + _BACK_SECONDS
    while True:
        try:
            return await models.encode_photos(photos)
        except RetryError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
