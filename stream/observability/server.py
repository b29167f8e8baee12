"""`/metrics`, `/live` and `/ready` over HTTP, GET only.

The standard library's server: it needs no dependency, and a thread of its own answers also while
the event loop hangs, which is what `/live` is there to say.
"""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import make_wsgi_app

from stream.domain.errors import StopError
from stream.observability.metrics import REGISTRY
from stream.observability.progress import Progress

_CONNECTION_SECONDS = 5
_POLL_SECONDS = 0.05  # how long a stop may go unnoticed


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
def serve(host: str, port: int | None, progress: Progress) -> Iterator[None]:
    """Serve until the context is left; with no port, nothing.

    Raises `StopError` when the address cannot be had.
    """
    if port is None:
        yield
        return
    try:
        server = _Server(host, port, _application(progress))
    except OSError as error:
        raise StopError(
            f"metrics and health cannot be served at {host}:{port}: {error.strerror}; set "
            "TWINLIST_METRICS_HOST and TWINLIST_METRICS_PORT to an address that is free"
        ) from error
    with server:
        threading.Thread(
            target=server.serve_forever, args=(_POLL_SECONDS,), name="metrics", daemon=True
        ).start()
        try:
            yield
        finally:
            server.shutdown()


def _application(progress: Progress) -> WSGIApplication:
    expose: WSGIApplication = make_wsgi_app(REGISTRY)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "GET", "/metrics":
                return expose(environ, start_response)
            case "GET", "/live":
                status = _status(progress.is_live)
            case "GET", "/ready":
                status = _status(progress.is_live and progress.is_ready)
            case "GET", _:
                status = HTTPStatus.NOT_FOUND
            case _:
                status = HTTPStatus.METHOD_NOT_ALLOWED
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Allow", "GET")]
        start_response(f"{status.value} {status.phrase}", headers)
        return [f"{status.phrase}\n".encode()]

    return answer


def _status(is_well: bool) -> HTTPStatus:
    return HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
