"""Why a photo is left out, as the metrics count it: one example of each reason and way."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stream.adapters.photos.fetch import PhotoFetcher, open_photos
from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.settings import PhotoSettings
from tests.support.photo_server import PhotoServer

MAX_BYTES = 100_000


@pytest.fixture
async def photos(tmp_path: Path) -> AsyncIterator[PhotoFetcher]:
    settings = PhotoSettings(
        allowed_schemes=frozenset({"http", "data", "file"}),
        file_root=tmp_path,
        allowed_ports=frozenset(),
        allow_private_addresses=True,
        max_bytes=MAX_BYTES,
        patience_seconds=0.2,
    )
    async with open_photos(settings) as photos:
        yield photos


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("data:image/png;base64", PhotoErrorReason.INVALID_URL),
        ("http://", PhotoErrorReason.INVALID_URL),
        ("s3://bucket/photo", PhotoErrorReason.FORBIDDEN),
        ("file:///etc/passwd", PhotoErrorReason.FORBIDDEN),
        ("http://user:password@127.0.0.1/", PhotoErrorReason.FORBIDDEN),
        ("http://127.0.0.1:1/", PhotoErrorReason.AWAY),
        ("data:," + "x" * (MAX_BYTES + 1), PhotoErrorReason.TOO_LARGE),
        ("data:,text", PhotoErrorReason.NO_PICTURE),
        (
            "data:;base64," + b64encode(b"\x89PNG\r\n\x1a\n, and no more").decode(),
            PhotoErrorReason.NO_PICTURE,
        ),
    ],
)
async def test_a_url_that_cannot_be_used_has_a_reason(
    photos: PhotoFetcher, url: str, reason: PhotoErrorReason
) -> None:
    assert await _reason(photos, url) is reason


async def test_a_file_that_is_not_there_is_not_served(photos: PhotoFetcher, tmp_path: Path) -> None:
    assert await _reason(photos, f"file://{tmp_path}/gone.jpg") is PhotoErrorReason.NOT_SERVED


async def test_a_photo_that_the_server_refuses_is_not_served(
    photos: PhotoFetcher, server: PhotoServer
) -> None:
    url = server.url("/status/404").replace("photos.test", "127.0.0.1")
    assert await _reason(photos, url) is PhotoErrorReason.NOT_SERVED


async def test_a_private_address_is_forbidden() -> None:
    async with open_photos(PhotoSettings()) as photos:
        assert await _reason(photos, "http://127.0.0.1:1/") is PhotoErrorReason.FORBIDDEN


@pytest.mark.parametrize(
    ("url", "changes", "setting"),
    [
        ("ftp://127.0.0.1/", {}, "allowed_schemes"),
        ("http://127.0.0.1:1/", {}, "allowed_ports"),
        ("http://127.0.0.1/", {"allowed_hosts": frozenset({"photos.test"})}, "allowed_hosts"),
        ("http://127.0.0.1/", {}, "allow_private_addresses"),
        ("file:///etc/passwd", {}, "file_root"),
    ],
)
async def test_what_a_setting_forbids_names_it(
    url: str, changes: dict[str, object], setting: str, tmp_path: Path
) -> None:
    usual: dict[str, object] = {
        "allowed_schemes": frozenset({"http", "file"}),
        "file_root": tmp_path,
    }
    settings = PhotoSettings.model_validate(usual | changes)
    assert setting in PhotoSettings.model_fields
    async with open_photos(settings) as photos:
        with pytest.raises(PhotoError, match=f"TWINLIST_PHOTOS__{setting.upper()}$") as raised:
            await photos.fetch(url, 32)
    assert raised.value.reason is PhotoErrorReason.FORBIDDEN


async def _reason(photos: PhotoFetcher, url: str) -> PhotoErrorReason:
    with pytest.raises(PhotoError) as raised:
        await photos.fetch(url, 32)
    return raised.value.reason
