"""Photo servers that are busy, slow, broken or away: a listing goes on with what can be had."""

import pytest

from tests.support import photo_server
from tests.support.end_state import NO_DIFFERENCE
from tests.support.photo_server import serve_photos
from tests.support.platform import Platform, photo_of
from tests.support.proving_ground import ProvingGround

pytestmark = pytest.mark.long

SERVED, TWIN = (1, 0), (1, 1)
BROKEN = ("/status/404", "/status/500", "/dies", "/silent", "/drip", "/later?after=60")


async def test_listings_go_on_with_the_photos_that_can_be_had(
    ground: ProvingGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_server, "PHOTO", photo_of(*SERVED))
    ground.fetch_over_http(timeout_seconds=0.5, patience_seconds=2)
    platform = Platform()
    platform.post("twin", TWIN)
    async with serve_photos() as server:
        for path in ("/photo", "/busy-once"):
            platform.post_urls(f"well {path}", [server.url(path, "127.0.0.1")], [SERVED])
        for path in BROKEN:
            url = server.url(path, "127.0.0.1")
            good = server.url(f"/photo{path}", "127.0.0.1")
            platform.post_urls(f"half {path}", [url, good], [SERVED])
            platform.post_urls(f"wholly {path}", [url], [])
        with ground.worker("worker"):
            await ground.play(platform)
            assert str(await ground.differences(platform)) == NO_DIFFERENCE
