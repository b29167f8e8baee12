"""Urls meant to reach what the internet cannot: nobody is connected to, whatever they say.

All goes over a network that notes each attempt to connect, by number, and connects to nothing.
"""

import ipaddress
from collections.abc import AsyncIterator, Iterable, Sequence

import httpcore
import pytest

from stream.adapters.photos.addresses import CheckedBackend, IpAddress, resolve
from stream.adapters.photos.fetch import PhotoFetcher, open_photos
from stream.domain.errors import PhotoError, PhotoErrorReason, RetryError
from stream.settings import PhotoSettings

PUBLIC, PRIVATE = ipaddress.ip_address("93.184.216.34"), ipaddress.ip_address("10.0.0.1")
NAMES: dict[str, list[str]] = {
    "photos.test": [str(PUBLIC)],
    "cdn.photos.test": [str(PUBLIC)],
    "metadata.google.internal": ["169.254.169.254"],
    "azure.test": ["168.63.129.16"],
    "one-of-two.test": [str(PUBLIC), "192.168.1.1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "nat64.test": ["64:ff9b::7f00:1"],
    "6to4.test": ["2002:7f00:1::"],
    "teredo.test": ["2001:0:7f00:1::"],
    "ula.test": ["fd00:ec2::254"],
    "local.test": ["fe80::1"],
    "nothing.test": [],
}


class Wire(httpcore.AsyncNetworkBackend):
    """Notes who is connected to, and answers every request alike."""

    def __init__(self) -> None:
        self.attempts: list[tuple[str, int]] = []
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nphoto"

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del timeout, local_address, socket_options
        self.attempts.append((host, port))
        return httpcore.AsyncMockStream([self.answer, b""])


class Resolver:
    """Knows `NAMES`, answers spelled addresses as the system does, and may change its mind."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.later: list[IpAddress] = []
        """What every name is at from the second time on."""

    async def resolve(self, host: str, port: int) -> Sequence[IpAddress]:
        self.asked.append(host)
        if self.later and len(self.asked) > 1:
            return self.later
        if host in NAMES:
            return [ipaddress.ip_address(address) for address in NAMES[host]]
        return await resolve(host, port)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def resolver() -> Resolver:
    return Resolver()


@pytest.fixture
async def photos(wire: Wire, resolver: Resolver) -> AsyncIterator[PhotoFetcher]:
    async with _open(PhotoSettings(), wire, resolver) as photos:
        yield photos


def _open(settings: PhotoSettings, wire: Wire, resolver: Resolver):  # type: ignore[no-untyped-def]
    backend = CheckedBackend(resolve=resolver.resolve, network=wire)
    return open_photos(settings, backend=backend)


async def test_a_public_address_is_connected_to_by_its_number(
    photos: PhotoFetcher, wire: Wire
) -> None:
    assert await photos.read("http://photos.test/1.jpg") == b"photo"
    assert wire.attempts == [(str(PUBLIC), 80)]


@pytest.mark.parametrize(
    "host",
    [
        *(name for name in NAMES if not name.endswith("photos.test")),
        "127.0.0.1",
        "127.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "2852039166",
        "172.16.0.1",
        "192.168.0.1",
        "198.51.100.1",
        "224.0.0.1",
        "255.255.255.255",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]",
        "[2002:a9fe:a9fe::]",
        "[2001:0:1::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[5f00::1]",
        "[fc00::1]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[fec0::1]",
        "[ff02::1]",
        "%6c%6f%63alhost",
        "127.0.0.1%00.photos.test",
        "photos.test%2f@127.0.0.1",
        "photos.test@127.0.0.1",
        "photos.test:80@127.0.0.1",
        "photos.test\\@127.0.0.1",
        "127.0.0.1\\@photos.test",
        "127。0。0。1",
        "\uff11\uff12\uff17.0.0.1",
        "ⓛocalhost",
        "localhost\u3002",
        "photos\u200b.test",
        "photos.test:٨٠",
        "photos.test\t.evil",
        "a" * 254,
        "",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_what_the_internet_cannot_reach_is_not_connected_to(
    photos: PhotoFetcher, wire: Wire, scheme: str, host: str
) -> None:
    with pytest.raises((PhotoError, RetryError)):
        await photos.read(f"{scheme}://{host}/1.jpg")
    assert wire.attempts == []


@pytest.mark.parametrize("behind", ["#@127.0.0.1", "/@127.0.0.1", "?//127.0.0.1"])
async def test_a_host_behind_the_path_is_none(
    photos: PhotoFetcher, wire: Wire, behind: str
) -> None:
    assert await photos.read(f"http://photos.test{behind}") == b"photo"
    assert wire.attempts == [(str(PUBLIC), 80)]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "//169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://metadata.google.internal/",
        "http://user:password@photos.test/",
        "http://photos.test:6379/",
        "https://photos.test:22/",
        "//ⓛocalhost/",
        "file:///etc/passwd",
        "ftp://photos.test/",
        "gopher://photos.test/",
        "data:image/png;base64,AA==",
        "javascript:alert(1)",
        "http://",
        "http://[",
    ],
)
async def test_a_redirect_is_held_against_the_same_rules(
    photos: PhotoFetcher, wire: Wire, location: str
) -> None:
    wire.answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode()
    with pytest.raises(PhotoError):
        await photos.read("http://photos.test/1.jpg")
    assert set(wire.attempts) == {(str(PUBLIC), 80)}


async def test_a_name_that_changes_its_address_is_held_to_the_one_that_was_checked(
    photos: PhotoFetcher, wire: Wire, resolver: Resolver
) -> None:
    resolver.later = [PRIVATE]
    assert await photos.read("http://photos.test/1.jpg") == b"photo"
    assert resolver.asked == ["photos.test"]
    wire.answer = b"HTTP/1.1 302 Found\r\nLocation: http://cdn.photos.test/\r\n\r\n"
    with pytest.raises(PhotoError, match="not a public address"):
        await photos.read("http://cdn.photos.test/1.jpg")
    assert wire.attempts == [(str(PUBLIC), 80)]


@pytest.mark.parametrize("port", [0, 22, 6379, 8080, 65536])
async def test_a_port_that_is_not_allowed_is_not_even_looked_up(
    photos: PhotoFetcher, wire: Wire, resolver: Resolver, port: int
) -> None:
    with pytest.raises(PhotoError, match="port"):
        await photos.read(f"http://photos.test:{port}/1.jpg")
    assert (resolver.asked, wire.attempts) == ([], [])


async def test_of_listed_hosts_alone_photos_are_fetched(wire: Wire, resolver: Resolver) -> None:
    hosts = frozenset({"photos.test", ".cdn.test"})
    below = ("photos.test", "PHOTOS.test.", "a.cdn.test", "b.a.cdn.test")
    async with _open(PhotoSettings(allowed_hosts=hosts), wire, resolver) as photos:
        for host in (
            "evil.test",
            "cdn.test",
            "evilcdn.test",
            "cdn.photos.test",
            "photos.test.evil",
        ):
            with pytest.raises(PhotoError, match=f"the host {host} is not allowed") as raised:
                await photos.read(f"http://{host}/1.jpg")
            assert raised.value.reason is PhotoErrorReason.FORBIDDEN
        assert (resolver.asked, wire.attempts) == ([], [])
        resolver.later = [PUBLIC]
        for host in below:
            assert await photos.read(f"http://{host}/1.jpg") == b"photo"


async def test_what_is_told_of_a_url_is_short_plain_and_without_its_path(
    photos: PhotoFetcher,
) -> None:
    for url in (
        "http://127.0.0.1/secret",
        "http://" + "a" * 60_000 + "/secret",
        "http://a:" + "9" * 60_000 + "/secret",
        "http://\x1b[31m/secret",
        "http://photos.test:x\n/secret",
        "x" * 60_000 + "://secret",
        "data:" + "secret" * 1000,
    ):
        with pytest.raises(PhotoError) as raised:
            await photos.read(url)
        told = str(raised.value)
        assert len(told) < 400
        assert told.isprintable()
        assert "secret" not in told
