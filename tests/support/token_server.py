"""An OAuth 2.0 token endpoint on loopback, for Kafka's validator of unsigned tokens."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs

import pytest

OAUTH_CLIENT_ID = "twinlist"
OAUTH_CLIENT_SECRET = "not-a-secret"  # noqa: S105


class TokenServer:
    """Gives tokens to one client, each named after it and good for `lifetime_seconds`."""

    def __init__(self) -> None:
        self.lifetime_seconds = 300.0
        self.answer: tuple[HTTPStatus, bytes] | None = None
        """Given to everybody instead of a token, if set."""
        self.forms: list[dict[str, list[str]]] = []
        """What was asked for, one after the other."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/token"

    def grant(self, authorization: str, form: dict[str, list[str]]) -> tuple[HTTPStatus, bytes]:
        """Answer a request."""
        self.forms.append(form)
        login = base64.b64encode(f"{OAUTH_CLIENT_ID}:{OAUTH_CLIENT_SECRET}".encode()).decode()
        if self.answer is not None:
            return self.answer
        if authorization != f"Basic {login}":
            return HTTPStatus.UNAUTHORIZED, b'{"error": "invalid_client"}'
        now = time.time()
        claims = {"sub": OAUTH_CLIENT_ID, "iat": now, "exp": now + self.lifetime_seconds}
        token = f"{_encode({'alg': 'none'})}.{_encode(claims)}."
        grant = {"access_token": token, "expires_in": self.lifetime_seconds}
        return HTTPStatus.OK, json.dumps(grant).encode()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


def _handler_of(server: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        tokens: ClassVar[TokenServer] = server

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, answer = self.tokens.grant(
                self.headers.get("Authorization", ""), parse_qs(body)
            )
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
