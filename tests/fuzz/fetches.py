"""Urls and servers' answers as strangers make them, over a network that is none."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

import httpcore

from stream.adapters.photos.addresses import CheckedBackend, IpAddress, is_public
from stream.adapters.photos.fetch import PhotoFetcher, open_photos
from stream.domain.errors import PhotoError, RetryError
from stream.settings import PhotoSettings
from tests.fuzz.mutations import mutate, random_of
from tests.fuzz.report import Report

_LONGEST_ERROR = 400
_PUBLIC = ipaddress.ip_address("93.184.216.34")
_URLS = (
    b"https://photos.example:443/listings/1.jpg?signature=a%2Fb#top",
    b"http://user:password@photos.example:80/1.jpg",
    b"http://127.0.0.1/1.jpg",
    b"http://0x7f.1:80/1.jpg",
    b"http://[::ffff:127.0.0.1]:80/1.jpg",
    b"http://[2606:2800:220:1::1]/1.jpg",
    b"http://xn--bcher-kva.example/1.jpg",
    "http://bücher.example。/1.jpg".encode(),
    b"data:image/png;base64,iVBORw0KGgo=",
    b"data:,%00%ff",
    b"s3://bucket/key",
    b"file:///etc/passwd",
)
_ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nphoto",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nphoto\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:80/../1.jpg\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: //photos.example/2.jpg\r\nSet-Cookie: a=b\r\n\r\n",
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n\r\n",
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\nConnection: close\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n",
)


class _Network(httpcore.AsyncNetworkBackend):
    """Every server gives the same answer; who is connected to must be public."""

    def __init__(self) -> None:
        self.answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nphoto"

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del timeout, local_address, socket_options
        if not is_public(ipaddress.ip_address(host)) or port not in {80, 443}:
            raise AssertionError(f"connected to {host}:{port}")
        return httpcore.AsyncMockStream([self.answer, b""])


def fuzz_urls(count: int, seed: int) -> Report:
    """Read from `count` damaged urls. A connection to what is not public is a failure."""

    async def run(report: Report) -> None:
        network = _Network()
        async with _open(network) as photos:
            for number in range(count):
                random = random_of(seed, number)
                content = mutate(random.choice(_URLS), _URLS, random)
                await _take(report, number, content, photos, content.decode(errors="replace"))

    return _report("urls", seed, run)


def fuzz_answers(count: int, seed: int) -> Report:
    """Read from servers that give `count` damaged answers."""

    async def run(report: Report) -> None:
        network = _Network()
        async with _open(network) as photos:
            for number in range(count):
                random = random_of(seed, number)
                network.answer = mutate(random.choice(_ANSWERS), _ANSWERS, random)
                url = f"http://{number}.example/1.jpg"  # a connection that nobody has used
                await _take(report, number, network.answer, photos, url)

    return _report("answers", seed, run)


def _report(name: str, seed: int, run: Callable[[Report], Awaitable[None]]) -> Report:
    async def finish() -> Report:
        report = Report(name, seed)
        await run(report)
        return report

    return asyncio.run(finish())


def _open(network: _Network):  # type: ignore[no-untyped-def]
    backend = CheckedBackend(resolve=_resolve, network=network)
    return open_photos(PhotoSettings(), backend=backend)


async def _resolve(host: str, port: int) -> Sequence[IpAddress]:
    """Every name is public; what the system takes for an address is that address."""
    try:
        found = socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return [_PUBLIC]
    return [ipaddress.ip_address(entry[4][0]) for entry in found]


async def _take(
    report: Report, number: int, content: bytes, photos: PhotoFetcher, url: str
) -> None:
    read = await asyncio.gather(photos.read(url), return_exceptions=True)
    report.take(number, content, partial(_end, read[0]))


def _end(result: bytes | BaseException) -> str:
    match result:
        case bytes():
            return "files"
        case PhotoError() | RetryError():
            told = str(result)
            if len(told) > _LONGEST_ERROR or not told.isprintable():
                raise AssertionError(f"not for a log: {told[:100]!r}")
            reason = result.reason if isinstance(result, PhotoError) else "worth a retry"
            return f"refused as {reason}" if isinstance(result, PhotoError) else reason
        case _:
            raise result
