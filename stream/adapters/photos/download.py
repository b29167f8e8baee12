"""Photos over HTTP, within limits of time and size, each redirect checked again."""

import asyncio
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpcore
import httpx

from stream.adapters.photos.addresses import CheckedBackend
from stream.adapters.photos.urls import check_allowed, follow, host_of, port_of, read_web_url
from stream.domain.errors import PhotoError, PhotoErrorReason, RetryError
from stream.settings import PhotoSettings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WORTH_A_RETRY = frozenset({408, 425, 429})
_LONGEST_ERROR = 120
_LONGEST_SECONDS = 9
"""Digits of a Retry-After that are taken for seconds: thirty years are enough."""
_HEADERS = (
    ("User-Agent", "twinlist"),
    ("Accept", "image/*"),
    # A compressed body could be small on the wire and endless behind it.
    ("Accept-Encoding", "identity"),
)


class AskedToWaitError(RetryError):
    """The server is there and says when to come back: in `wait_seconds`."""

    def __init__(self, message: str, wait_seconds: float) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Downloader:
    """Fetches files by GET. A context manager.

    Built on httpcore, below httpx: no cookies, credentials or proxies, whatever the environment
    or a server says.

    Args:
        settings: The limits.
        public: Connects for urls that strangers typed.
        trusted: Connects for the operator's own endpoint, which may be at a private address.
    """

    def __init__(
        self,
        settings: PhotoSettings,
        *,
        public: httpcore.AsyncNetworkBackend,
        trusted: httpcore.AsyncNetworkBackend,
    ) -> None:
        self._settings = settings
        tls = httpx.create_ssl_context()
        self._public = _pool(settings, public, tls)
        self._trusted = _pool(settings, trusted, tls)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._public.aclose()
        await self._trusted.aclose()

    async def download(self, url: str, *, is_trusted: bool = False) -> bytes:
        """Return the file at `url`, from behind redirects if need be.

        `is_trusted` is for the url alone: what it redirects to is held against the settings, and
        followed to public addresses only. Raises `PhotoError` or `RetryError`; their text names the
        host, never the path, which may be secret.
        """
        target = read_web_url(url)
        pool = self._trusted if is_trusted else self._public
        if not is_trusted:
            check_allowed(target, self._settings)
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                for _ in range(self._settings.max_redirects + 1):
                    answer = await self._get(pool, target)
                    if isinstance(answer, bytes):
                        return answer
                    target, pool = answer, self._public
                    check_allowed(target, self._settings)
        except TimeoutError as error:
            raise RetryError(
                f"{host_of(target)} took longer than {self._settings.timeout_seconds:g} s"
            ) from error
        raise PhotoError(
            PhotoErrorReason.NOT_SERVED,
            f"more than {self._settings.max_redirects} redirects, to {host_of(target)}",
        )

    async def _get(self, pool: httpcore.AsyncConnectionPool, url: httpx.URL) -> bytes | httpx.URL:
        """Return the body, or where the server says that it is."""
        host = host_of(url)
        raw_url = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=port_of(url), target=url.raw_path
        )
        timeout = {
            "connect": self._settings.connect_timeout_seconds,
            "read": self._settings.read_timeout_seconds,
        }
        try:
            async with pool.stream(
                "GET", raw_url, headers=_HEADERS, extensions={"timeout": timeout}
            ) as response:
                headers = httpx.Headers(response.headers)
                if response.status in _REDIRECTS and "location" in headers:
                    return follow(url, headers["location"])
                _check_status(host, response.status, headers)
                return await self._read(host, headers, response)
        except httpcore.TimeoutException as error:
            raise RetryError(f"{host} did not answer in time") from error
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise PhotoError(
                    PhotoErrorReason.NOT_SERVED, f"the certificate of {host} is not valid"
                ) from error
            raise RetryError(f"the connection to {host} failed: {_short(error)}") from error
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
            raise PhotoError(
                PhotoErrorReason.INVALID_URL, f"{host} cannot be asked for this: {_short(error)}"
            ) from error

    async def _read(self, host: str, headers: httpx.Headers, response: httpcore.Response) -> bytes:
        limit = self._settings.max_bytes
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise PhotoError(
                PhotoErrorReason.NOT_SERVED, f"{host} answers in an encoding that was not asked for"
            )
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > limit:
            raise PhotoError(
                PhotoErrorReason.TOO_LARGE, f"{host} announces {declared} bytes, more than {limit}"
            )
        body = bytearray()
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > limit:
                raise PhotoError(
                    PhotoErrorReason.TOO_LARGE, f"{host} sends more than {limit} bytes"
                )
        return bytes(body)


def _pool(
    settings: PhotoSettings, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext
) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        ssl_context=tls,
        max_connections=settings.concurrency,
        keepalive_expiry=30,
        network_backend=backend,
    )


def _check_status(host: str, status: int, headers: httpx.Headers) -> None:
    if status >= 500 or status in _WORTH_A_RETRY:
        told = f"{host} answered {status}"
        wait_seconds = _retry_after_seconds(headers)
        if wait_seconds is None:
            raise RetryError(told)
        raise AskedToWaitError(f"{told}, to come back in {wait_seconds:g} s", wait_seconds)
    if status != 200:
        raise PhotoError(PhotoErrorReason.NOT_SERVED, f"{host} answered {status}")


def _retry_after_seconds(headers: httpx.Headers) -> float | None:
    """How long the server asks to wait, in seconds or by a date; None when it does not say."""
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdecimal() and len(asked) <= _LONGEST_SECONDS:
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    wait = until.replace(tzinfo=UTC) - datetime.now(UTC)  # HTTP's dates are in GMT, RFC 9110
    return max(0.0, round(wait.total_seconds(), 1))


def _short(error: Exception) -> str:
    """What went wrong; what the server said may be quoted in it, and much of it."""
    told = str(error)
    return told if len(told) <= _LONGEST_ERROR else f"{told[:_LONGEST_ERROR]}…"


def connect_anywhere() -> CheckedBackend:
    """A backend for addresses that the operator chose."""
    return CheckedBackend(admits=lambda _: True)
