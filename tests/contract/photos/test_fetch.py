"""Fetching from a server on loopback that behaves as strangers' servers may."""

import asyncio
import base64
import ipaddress
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from stream.adapters.photos.addresses import CheckedBackend, IpAddress
from stream.adapters.photos.download import AskedToWaitError
from stream.adapters.photos.fetch import PhotoFetcher, open_photos
from stream.domain.errors import PhotoError, RetryError, StopError
from stream.settings import PhotoSettings
from tests.contract.photos.conftest import ALLOWED
from tests.support.photo_server import PHOTO, PhotoServer, serve_photos

FORBIDDEN = ipaddress.ip_address("127.0.0.2")
MAX_BYTES = 10_000
SETTINGS = PhotoSettings(
    allowed_ports=frozenset(),  # that of the server is free at the moment
    timeout_seconds=0.5,
    connect_timeout_seconds=0.5,
    max_bytes=MAX_BYTES,
    max_redirects=2,
)


class Names:
    """A resolver of test names that counts what it is asked."""

    def __init__(self) -> None:
        self.known: dict[str, list[IpAddress]] = {
            "photos.test": [ALLOWED],
            "private.test": [FORBIDDEN],
            "mixed.test": [ALLOWED, FORBIDDEN],
        }
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[IpAddress]:
        del port
        self.asked.append(host)
        return self.known[host]


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def forbidden_server() -> AsyncIterator[PhotoServer]:
    async with serve_photos(str(FORBIDDEN)) as server:
        yield server


@pytest.fixture
async def photos(names: Names) -> AsyncIterator[PhotoFetcher]:
    """Fetches as in production, but that 127.0.0.1 counts as public."""
    backend = CheckedBackend(admits=lambda address: address == ALLOWED, resolve=names.resolve)
    async with open_photos(SETTINGS, backend=backend) as photos:
        yield photos


async def test_a_photo_is_fetched(photos: PhotoFetcher, server: PhotoServer) -> None:
    assert await photos.read(server.url("/photo?signature=a%2Fb")) == PHOTO
    path, headers = server.requests[0]
    assert path == "/photo?signature=a%2Fb"
    assert headers["host"] == f"photos.test:{server.port}"


async def test_neither_cookies_nor_environment_proxies_are_used(
    photos: PhotoFetcher, server: PhotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    await photos.read(server.url("/cookie"))
    await photos.read(server.url("/photo"))
    assert "cookie" not in server.requests[1][1]


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 451])
async def test_a_status_that_will_stay_is_for_good(
    photos: PhotoFetcher, server: PhotoServer, status: int
) -> None:
    with pytest.raises(PhotoError, match=rf"photos\.test answered {status}"):
        await photos.read(server.url(f"/status/{status}"))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_status_that_may_pass_is_worth_a_retry(
    photos: PhotoFetcher, server: PhotoServer, status: int
) -> None:
    with pytest.raises(RetryError, match=rf"photos\.test answered {status}"):
        await photos.read(server.url(f"/status/{status}"))


@pytest.mark.parametrize("path", ["/silent", "/drip", "/hints"])
async def test_a_slow_server_is_worth_a_retry_after_the_deadline(
    photos: PhotoFetcher, server: PhotoServer, path: str
) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(RetryError, match=r"took longer|did not answer"):
            await photos.read(server.url(path))


@pytest.mark.parametrize(
    "path",
    [
        "/dies",
        "/nonsense",
        "/head",
        "/negative",
        "/astronomic",
        "/undecided",
        "/chunks",
        "/gzipped",
        "/control",
        "/upgrade",
    ],
)
async def test_a_broken_answer_is_worth_a_retry(
    photos: PhotoFetcher, server: PhotoServer, path: str
) -> None:
    with pytest.raises(RetryError, match=r"connection to photos\.test failed"):
        await photos.read(server.url(path))


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:00", 0),
    ],
)
async def test_how_long_a_busy_server_asks_to_wait_is_told(
    photos: PhotoFetcher, server: PhotoServer, after: str, seconds: float
) -> None:
    with pytest.raises(AskedToWaitError) as raised:
        await photos.read(server.url(f"/later?after={after.replace(' ', '%20')}"))
    assert raised.value.wait_seconds == seconds


@pytest.mark.parametrize("after", ["-1", "1e9", "9" * 5000, "soon", "Wed, 99 Oct 99999", "%C3%A9"])
async def test_a_time_that_is_none_is_not_heeded(
    photos: PhotoFetcher, server: PhotoServer, after: str
) -> None:
    with pytest.raises(RetryError, match=r"answered 429$"):
        await photos.read(server.url(f"/later?after={after.replace(' ', '%20')}"))


async def test_a_refused_connection_is_worth_a_retry(
    photos: PhotoFetcher, server: PhotoServer
) -> None:
    url = server.url("/photo").replace(str(server.port), "1")
    with pytest.raises(RetryError, match=r"photos\.test"):
        await photos.read(url)


async def test_a_body_longer_than_declared_is_cut(
    photos: PhotoFetcher, server: PhotoServer
) -> None:
    assert await photos.read(server.url("/long")) == PHOTO


async def test_a_declared_size_over_the_limit_is_refused_unread(
    photos: PhotoFetcher, server: PhotoServer
) -> None:
    with pytest.raises(PhotoError, match="announces"):
        await photos.read(server.url("/huge"))


async def test_an_endless_body_is_cut_off(photos: PhotoFetcher, server: PhotoServer) -> None:
    with pytest.raises(PhotoError, match=f"more than {MAX_BYTES} bytes"):
        await photos.read(server.url("/endless"))


async def test_a_compressed_body_is_refused(photos: PhotoFetcher, server: PhotoServer) -> None:
    with pytest.raises(PhotoError, match="encoding"):
        await photos.read(server.url("/compressed"))


async def test_a_forbidden_address_is_not_connected_to(
    photos: PhotoFetcher, forbidden_server: PhotoServer
) -> None:
    for host in ("private.test", "mixed.test"):
        with pytest.raises(PhotoError, match="not a public address"):
            await photos.read(forbidden_server.url("/photo", host))
    assert forbidden_server.connections == 0


async def test_the_checked_address_is_the_one_connected_to(
    photos: PhotoFetcher, server: PhotoServer, forbidden_server: PhotoServer, names: Names
) -> None:
    class Rebound(list[IpAddress]):
        """Allowed when it is asked for first, forbidden ever after."""

        def __iter__(self):  # type: ignore[no-untyped-def]
            answer = ALLOWED if len(names.asked) == 1 else FORBIDDEN
            return iter([answer])

    names.known["photos.test"] = Rebound()
    assert await photos.read(server.url("/photo")) == PHOTO
    assert names.asked == ["photos.test"]
    with pytest.raises(PhotoError):
        await photos.read(forbidden_server.url("/photo"))
    assert forbidden_server.connections == 0


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:7f00:1]"],
)
async def test_loopback_is_refused_by_default_however_it_is_spelled(
    server: PhotoServer, host: str
) -> None:
    async with open_photos(SETTINGS) as photos:
        with pytest.raises(PhotoError):
            await photos.read(server.url("/photo", host))
    assert server.connections == 0


async def test_private_addresses_can_be_allowed(server: PhotoServer) -> None:
    settings = SETTINGS.model_copy(update={"allow_private_addresses": True})
    async with open_photos(settings) as photos:
        assert await photos.read(server.url("/photo", "127.0.0.1")) == PHOTO


async def test_a_redirect_is_followed(photos: PhotoFetcher, server: PhotoServer) -> None:
    assert await photos.read(server.url("/redirect?to=/photo")) == PHOTO


async def test_a_redirect_to_a_forbidden_address_is_not_followed(
    photos: PhotoFetcher, server: PhotoServer, forbidden_server: PhotoServer
) -> None:
    target = forbidden_server.url("/photo", "private.test")
    with pytest.raises(PhotoError, match="not a public address"):
        await photos.read(server.url(f"/redirect?to={target}"))
    assert forbidden_server.connections == 0


@pytest.mark.parametrize("target", ["file:///etc/passwd", "data:,x", "ftp://photos.test/photo"])
async def test_a_redirect_to_another_scheme_is_not_followed(
    photos: PhotoFetcher, server: PhotoServer, target: str
) -> None:
    with pytest.raises(PhotoError, match="redirects to the scheme"):
        await photos.read(server.url(f"/redirect?to={target}"))


async def test_endless_redirects_end(photos: PhotoFetcher, server: PhotoServer) -> None:
    with pytest.raises(PhotoError, match="more than 2 redirects"):
        await photos.read(server.url("/loop"))
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ftp://photos.test/photo", "scheme 'ftp' is not allowed"),
        ("file:///etc/passwd", "scheme 'file' is not allowed"),
        ("no url", "scheme 'no url' is not allowed"),
        ("", "scheme '' is not allowed"),
        ("http://", "names no host"),
        ("http://photos.test:port/", "not valid"),
        ("http://user:secret@photos.test/", "carries credentials"),
        ("http://photos.test:70000/", "port is not between"),
        ("http://photos.test:0/", "port is not between"),
        ("http://photos.test:99999999999999999999/", "port is not between"),
        ("http://xn--/photo", "not valid"),
        ("http://xn--a.example/photo", "not valid"),
    ],
)
async def test_a_url_that_cannot_be_used_is_refused(
    photos: PhotoFetcher, url: str, complaint: str
) -> None:
    with pytest.raises(PhotoError, match=complaint):
        await photos.read(url)


async def test_an_unknown_host_is_refused_for_good() -> None:
    async with open_photos(SETTINGS) as photos:
        with pytest.raises((PhotoError, RetryError), match=r"nowhere\.invalid"):
            await photos.read("http://nowhere.invalid/photo")


async def test_a_data_url_is_read(photos: PhotoFetcher) -> None:
    assert await photos.read("data:image/png;base64," + base64.b64encode(PHOTO).decode()) == PHOTO


async def test_a_file_url_is_read_below_its_root(tmp_path: Path) -> None:
    (tmp_path / "a photo.jpg").write_bytes(PHOTO)
    settings = PhotoSettings(allowed_schemes=frozenset({"file"}), file_root=tmp_path)
    async with open_photos(settings) as photos:
        assert await photos.read((tmp_path / "a photo.jpg").as_uri()) == PHOTO


async def test_an_s3_url_is_read_from_its_endpoint_which_may_be_private(
    server: PhotoServer,
) -> None:
    settings = PhotoSettings(
        allowed_schemes=frozenset({"s3"}), s3_endpoint=f"http://127.0.0.1:{server.port}/store/"
    )
    async with open_photos(settings) as photos:
        assert await photos.read("s3://bucket/folder/a photo #1.jpg") == PHOTO
        assert server.requests[0][0] == "/store/bucket/folder/a%20photo%20%231.jpg"
        for url in ("s3://bucket", "s3:bucket/key", "s3://bucket/../other/key"):
            with pytest.raises(PhotoError, match="s3 url"):
                await photos.read(url)


async def test_a_redirect_of_the_s3_endpoint_is_checked(
    server: PhotoServer, forbidden_server: PhotoServer
) -> None:
    target = forbidden_server.url("/photo", str(FORBIDDEN))
    settings = PhotoSettings(
        allowed_schemes=frozenset({"s3", "http"}),
        allowed_ports=frozenset(),
        s3_endpoint=f"http://127.0.0.1:{server.port}/redirect?to={target}&",
    )
    async with open_photos(settings) as photos:
        with pytest.raises(PhotoError, match="not a public address"):
            await photos.read("s3://bucket/key")
    assert server.connections == 1
    assert forbidden_server.connections == 0


@pytest.mark.parametrize("scheme", ["file", "s3"])
async def test_a_scheme_without_its_setting_stops_the_start(scheme: str) -> None:
    with pytest.raises(StopError, match=scheme):
        async with open_photos(PhotoSettings(allowed_schemes=frozenset({scheme}))):
            pass
