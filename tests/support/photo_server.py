"""An HTTP server on loopback that serves photos, and behaves as badly as servers do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

PHOTO = b"the bytes of a photo"
HUGE = 10**12


class PhotoServer:
    """Answers by path; keeps what it was asked.

    `/photo`, `/status/N`, `/redirect?to=URL`, `/loop` (redirects to itself), `/silent` (never
    answers), `/drip` (a byte now and then, for ever), `/dies` (ends in the middle of the body),
    `/endless` (never ends, declares nothing), `/huge` (declares too much), `/long` (sends more than
    it declares), `/compressed`, `/cookie` (sets one), `/nonsense` (no HTTP), `/later?after=VALUE`
    (busy, with that Retry-After), `/busy-once` (likewise, at the first request alone), and what is
    in `_BROKEN`.
    """

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.requests: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str, host: str = "photos.test") -> str:
        return f"http://{host}:{self.port}{path}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            # Clients that give up are what many of these paths are for.
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
                path = head[0].split()[1]
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                self.requests.append((path, headers))
                is_first = [asked for asked, _ in self.requests].count(path) == 1
                await _answer(
                    "/later?after=0" if path == "/busy-once" and is_first else path, writer
                )
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            writer.close()


async def _answer(path: str, writer: asyncio.StreamWriter) -> None:
    parts = urlsplit(path)
    match parts.path.split("/")[1:]:
        case ["status", code]:
            await _send(writer, f"{code} Whatever", body=b"no photo")
        case ["redirect"]:
            await _send(writer, "302 Found", f"Location: {parse_qs(parts.query)['to'][0]}")
        case ["later"]:
            after = parse_qs(parts.query)["after"][0]
            await _send(writer, "429 Too Many Requests", f"Retry-After: {after}")
        case [name] if name in _ENDLESS:
            await _ENDLESS[name](writer)
        case [name] if name in _BROKEN:
            await _write(writer, _BROKEN[name])
        case [name] if name in _HEADERS:
            await _send(writer, *_HEADERS[name], body=PHOTO)
        case _:
            await _send(writer, "200 OK", body=PHOTO)


async def _say_nothing(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _announce_too_much(writer: asyncio.StreamWriter) -> None:
    await _send_head(writer, "200 OK", f"Content-Length: {HUGE}")
    await asyncio.Event().wait()


async def _drip(writer: asyncio.StreamWriter) -> None:
    await _send_head(writer, "200 OK", "Content-Length: 1000")
    while True:
        await _write(writer, b".")
        await asyncio.sleep(0.02)


async def _flood(writer: asyncio.StreamWriter) -> None:
    await _send_head(writer, "200 OK")
    while True:
        await _write(writer, bytes(2**16))


async def _head_without_end(writer: asyncio.StreamWriter) -> None:
    await _write(writer, b"HTTP/1.1 200 OK\r\n")
    while True:
        await _write(writer, b"X: " + b"x" * 1000 + b"\r\n")


async def _always_about_to_begin(writer: asyncio.StreamWriter) -> None:
    while True:
        await _write(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0.02)


_ENDLESS = {
    "head": _head_without_end,
    "hints": _always_about_to_begin,
    "silent": _say_nothing,
    "huge": _announce_too_much,
    "drip": _drip,
    "endless": _flood,
}
_BROKEN = {
    "dies": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this",
    "long": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b, and more" % (len(PHOTO), PHOTO),
    "nonsense": b"SSH-2.0-OpenSSH_9.2\r\n",
    "negative": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "astronomic": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "undecided": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n",
    "gzipped": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "control": b"HTTP/1.1 302 Found\r\nLocation: http://photos.test/\x00\r\n\r\n",
}
_HEADERS = {
    "loop": ("301 Moved", "Location: /loop"),
    "compressed": ("200 OK", "Content-Encoding: gzip"),
    "cookie": ("200 OK", "Set-Cookie: id=1"),
}


@asynccontextmanager
async def serve_photos(address: str = "127.0.0.1") -> AsyncIterator[PhotoServer]:
    """Serve on a free port of `address` for as long as the context lasts."""
    photos = PhotoServer()
    handlers: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.create_task(photos.handle(reader, writer)))

    server = await asyncio.start_server(accept, address, 0)
    photos.port = server.sockets[0].getsockname()[1]
    try:
        yield photos
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()


async def _send(
    writer: asyncio.StreamWriter, status: str, *headers: str, body: bytes = b""
) -> None:
    await _send_head(writer, status, f"Content-Length: {len(body)}", *headers)
    await _write(writer, body)


async def _send_head(writer: asyncio.StreamWriter, status: str, *headers: str) -> None:
    lines = (f"HTTP/1.1 {status}", *headers, "Connection: close", "", "")
    await _write(writer, "\r\n".join(lines).encode())


async def _write(writer: asyncio.StreamWriter, content: bytes) -> None:
    writer.write(content)
    await writer.drain()
