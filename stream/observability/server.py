"""`/metrics`, `/live` and `/ready` over HTTP, GET only.

The standard library's server: it needs no dependency, and a thread of its own answers also while
the event loop hangs, which is what `/live` is there to say.
"""

import hmac
import ipaddress
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from prometheus_client import make_wsgi_app

from stream.domain.errors import StopError
from stream.observability.metrics import REGISTRY
from stream.observability.progress import Progress

_CONNECTION_SECONDS = 5
_POLL_SECONDS = 0.05  # how long a stop may go unnoticed
_log = structlog.stdlib.get_logger(__name__)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, application: WSGIApplication) -> None:
        ((self.address_family, *_), *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        super().__init__((host, port), _Handler)
        self.set_app(application)


class _Handler(WSGIRequestHandler):
    timeout = _CONNECTION_SECONDS  # who sends nothing keeps no thread

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (as the base has it)
        """Probes come every few seconds: no line for each."""


@contextmanager
def serve(
    host: str, port: int | None, progress: Progress, *, token: str | None = None
) -> Iterator[None]:
    """Serve until the context is left; with no port, nothing.

    With a token, `/metrics` asks for it as a bearer token (RFC 6750); a probe needs none.

    Raises `StopError` when the address cannot be had.
    """
    if port is None:
        yield
        return
    try:
        server = _Server(host, port, _application(progress, token))
    except OSError as error:
        raise StopError(
            f"metrics and health cannot be served at {host}:{port}: {error.strerror}; set "
            "TWINLIST_METRICS_HOST and TWINLIST_METRICS_PORT to an address that is free"
        ) from error
    if token is None and not ipaddress.ip_address(str(server.server_address[0])).is_loopback:
        _log.warning(
            "whoever reaches this address can read the metrics: set TWINLIST_METRICS_TOKEN",
            host=host,
            port=port,
        )
    with server:
        threading.Thread(
            target=server.serve_forever, args=(_POLL_SECONDS,), name="metrics", daemon=True
        ).start()
        try:
            yield
        finally:
            server.shutdown()


def _application(progress: Progress, token: str | None) -> WSGIApplication:
    expected = None if token is None else f"Bearer {token}".encode()
    expose: WSGIApplication = make_wsgi_app(REGISTRY)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/metrics" if expected is None or _has_sent(environ, expected):
                return expose(environ, start_response)
            case "GET", "/metrics":
                status = HTTPStatus.UNAUTHORIZED
            case "GET", "/live":
                status = _status(progress.is_live)
            case "GET", "/ready":
                status = _status(progress.is_live and progress.is_ready)
            case "GET", _:
                status = HTTPStatus.NOT_FOUND
            case _:
                status = HTTPStatus.METHOD_NOT_ALLOWED
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Allow", "GET")]
        if status is HTTPStatus.UNAUTHORIZED:
            headers.append(("WWW-Authenticate", "Bearer"))
        start_response(f"{status.value} {status.phrase}", headers)
        return [f"{status.phrase}\n".encode()]

    return answer


def _has_sent(environ: WSGIEnvironment, expected: bytes) -> bool:
    sent = str(environ.get("HTTP_AUTHORIZATION", "")).encode("latin-1")  # as WSGI hands bytes on
    return hmac.compare_digest(sent, expected)


def _status(is_well: bool) -> HTTPStatus:
    return HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
