"""From a url to a picture: how long is tried, how many at once, and what comes out."""

import asyncio
import base64
import hashlib
import io

import pytest
from PIL import Image

from stream.adapters.photos.fetch import open_photos
from stream.domain.errors import PhotoError
from stream.settings import PhotoSettings
from tests.support.photo_server import PhotoServer

SIZE = 8
SETTINGS = PhotoSettings(
    timeout_seconds=0.5, connect_timeout_seconds=0.5, allow_private_addresses=True
)


async def test_no_more_photos_are_fetched_at_once_than_allowed(server: PhotoServer) -> None:
    settings = SETTINGS.model_copy(update={"concurrency": 2, "patience_seconds": 0.4})
    async with open_photos(settings) as photos:
        slow = server.url("/silent", "127.0.0.1")
        fetches = [asyncio.create_task(photos.fetch(slow, SIZE)) for _ in range(4)]
        done, _ = await asyncio.wait(fetches, return_when=asyncio.FIRST_COMPLETED)
        assert server.connections <= 2
        assert all(isinstance(fetch.exception(), PhotoError) for fetch in done)
        await asyncio.gather(*fetches, return_exceptions=True)


async def test_waiting_behind_a_slow_server_costs_no_photo(server: PhotoServer) -> None:
    settings = SETTINGS.model_copy(update={"concurrency": 1, "patience_seconds": 0.4})
    async with open_photos(settings) as photos:
        slow = [
            asyncio.create_task(photos.fetch(server.url("/silent", "127.0.0.1"), SIZE))
            for _ in range(2)
        ]
        await asyncio.sleep(0)  # they are in line first
        url = f"data:image/png;base64,{base64.b64encode(_png()).decode()}"
        assert (await photos.fetch(url, SIZE)).pixels.shape == (3, SIZE, SIZE)
        await asyncio.gather(*slow, return_exceptions=True)


async def test_a_photo_is_given_up_when_patience_ends_and_the_last_error_is_told(
    server: PhotoServer,
) -> None:
    settings = SETTINGS.model_copy(update={"patience_seconds": 0.3})
    async with open_photos(settings) as photos:
        with pytest.raises(PhotoError, match=r"answered 503; given up after 0\.3 s"):
            await photos.fetch(server.url("/status/503", "127.0.0.1"), SIZE)


async def test_a_photo_is_known_by_the_hash_of_its_file() -> None:
    content = _png()
    async with open_photos(SETTINGS) as photos:
        url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        fetched = await photos.fetch(url, SIZE)
    assert fetched.sha256 == hashlib.sha256(content).hexdigest()


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()
