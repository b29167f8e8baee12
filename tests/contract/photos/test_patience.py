"""From a url to a picture: how long is tried, how many at once, and what comes out."""

import asyncio
import base64
import hashlib
import io

import pytest
from PIL import Image

from stream.adapters.photos.fetch import open_photos
from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.settings import PhotoSettings
from tests.support.photo_server import PhotoServer, serve_photos

SIZE = 8
SETTINGS = PhotoSettings(
    allowed_ports=frozenset(),
    timeout_seconds=0.5,
    connect_timeout_seconds=0.5,
    allow_private_addresses=True,
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


async def test_a_slow_host_holds_up_its_own_photos_alone(server: PhotoServer) -> None:
    settings = PhotoSettings(  # patient, so that nobody is asked twice
        concurrency=2,
        host_concurrency=1,
        allowed_ports=frozenset(),
        allow_private_addresses=True,
        read_timeout_seconds=60,
        timeout_seconds=60,
        patience_seconds=60,
    )
    async with open_photos(settings) as photos, serve_photos("127.0.0.2") as slow:
        fetches = [
            asyncio.create_task(photos.fetch(slow.url("/silent", "127.0.0.2"), SIZE))
            for _ in range(3)
        ]
        with pytest.raises(PhotoError, match="none of JPEG"):
            await photos.fetch(server.url("/photo", "127.0.0.1"), SIZE)
        assert slow.connections <= 1
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)


async def test_no_photo_waits_for_its_turn_for_ever(server: PhotoServer) -> None:
    settings = SETTINGS.model_copy(
        update={"host_concurrency": 1, "patience_seconds": 60, "deadline_seconds": 0.3}
    )
    async with open_photos(settings) as photos:
        slow = server.url("/silent", "127.0.0.1")
        fetches = [photos.fetch(slow, SIZE) for _ in range(3)]
        for refusal in await asyncio.gather(*fetches, return_exceptions=True):
            assert isinstance(refusal, PhotoError)
            assert refusal.reason is PhotoErrorReason.AWAY
            assert "within 0.3 s" in str(refusal)


async def test_a_busy_server_is_asked_again(server: PhotoServer) -> None:
    async with open_photos(SETTINGS) as photos:
        with pytest.raises(PhotoError, match="none of JPEG"):  # it was served, then
            await photos.fetch(server.url("/busy-once", "127.0.0.1"), SIZE)
    assert len(server.requests) == 2


async def test_a_server_that_asks_for_more_than_there_is_patience_is_not_waited_for(
    server: PhotoServer,
) -> None:
    async with open_photos(SETTINGS) as photos:
        with pytest.raises(PhotoError, match="come back in 3600 s; given up") as raised:
            await photos.fetch(server.url("/later?after=3600", "127.0.0.1"), SIZE)
    assert raised.value.reason is PhotoErrorReason.AWAY
    assert len(server.requests) == 1


async def test_a_photo_is_given_up_when_patience_ends_and_the_last_error_is_told(
    server: PhotoServer,
) -> None:
    settings = SETTINGS.model_copy(update={"patience_seconds": 0.3})
    async with open_photos(settings) as photos:
        with pytest.raises(PhotoError, match=r"answered 503; given up within 0\.3 s"):
            await photos.fetch(server.url("/status/503", "127.0.0.1"), SIZE)


async def test_a_photo_is_known_by_the_hash_of_its_file() -> None:
    content = _png()
    async with open_photos(SETTINGS) as photos:
        url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        fetched = await photos.fetch(url, SIZE)
    assert fetched.sha256 == hashlib.sha256(content).hexdigest()


def _png() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")
    return file.getvalue()
