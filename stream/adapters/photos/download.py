"""Photos over HTTP, within limits of time and size, each redirect checked again."""

import asyncio
import ssl
from types import TracebackType
from typing import Self

import httpcore
import httpx

from stream.adapters.photos.addresses import CheckedBackend
from stream.domain.errors import PhotoError, PhotoErrorReason, RetryError
from stream.settings import PhotoSettings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WORTH_A_RETRY = frozenset({408, 425, 429})
_HEADERS = (
    ("User-Agent", "twinlist"),
    ("Accept", "image/*"),
    # A compressed body could be small on the wire and endless behind it.
    ("Accept-Encoding", "identity"),
)


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

        `is_trusted` is for the url alone: redirects are followed to public addresses only. Raises
        `PhotoError` or `RetryError`; their text names the host, never the path, which may be
        secret.
        """
        target = _parse(url)
        pool = self._trusted if is_trusted else self._public
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                for _ in range(self._settings.max_redirects + 1):
                    answer = await self._get(pool, target)
                    if isinstance(answer, bytes):
                        return answer
                    target, pool = answer, self._public
        except TimeoutError as error:
            raise RetryError(
                f"{target.host} took longer than {self._settings.timeout_seconds:g} s"
            ) from error
        raise PhotoError(
            PhotoErrorReason.NOT_SERVED,
            f"more than {self._settings.max_redirects} redirects, to {target.host}",
        )

    async def _get(self, pool: httpcore.AsyncConnectionPool, url: httpx.URL) -> bytes | httpx.URL:
        """Return the body, or where the server says that it is."""
        raw_url = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        timeout = {
            "connect": self._settings.connect_timeout_seconds,
            "read": self._settings.timeout_seconds,
        }
        try:
            async with pool.stream(
                "GET", raw_url, headers=_HEADERS, extensions={"timeout": timeout}
            ) as response:
                headers = httpx.Headers(response.headers)
                if response.status in _REDIRECTS and "location" in headers:
                    return self._follow(url, headers["location"])
                _check_status(url.host, response.status)
                return await self._read(url.host, headers, response)
        except httpcore.TimeoutException as error:
            raise RetryError(f"{url.host} did not answer in time") from error
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise PhotoError(
                    PhotoErrorReason.NOT_SERVED, f"the certificate of {url.host} is not valid"
                ) from error
            raise RetryError(f"the connection to {url.host} failed: {error}") from error
        except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
            raise PhotoError(
                PhotoErrorReason.INVALID_URL, f"{url.host} cannot be asked for this: {error}"
            ) from error

    def _follow(self, url: httpx.URL, location: str) -> httpx.URL:
        try:
            target = url.join(location)
        except (ValueError, httpx.InvalidURL) as error:
            raise PhotoError(
                PhotoErrorReason.NOT_SERVED, f"{url.host} redirects to what is no url"
            ) from error
        if target.scheme not in {"http", "https"} & self._settings.allowed_schemes:
            raise PhotoError(
                PhotoErrorReason.FORBIDDEN, f"{url.host} redirects to the scheme {target.scheme!r}"
            )
        return _checked(target)

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


def _parse(url: str) -> httpx.URL:
    try:
        return _checked(httpx.URL(url))
    except (ValueError, httpx.InvalidURL) as error:
        raise PhotoError(PhotoErrorReason.INVALID_URL, f"the url is not valid: {error}") from error


def _checked(url: httpx.URL) -> httpx.URL:
    try:
        host = url.host  # decodes the name, which not every name survives
        port = 443 if url.port is None else url.port
    except (ValueError, httpx.InvalidURL) as error:
        raise PhotoError(
            PhotoErrorReason.INVALID_URL, f"the url's host or port is not valid: {error}"
        ) from error
    if not 0 < port < 2**16:
        raise PhotoError(PhotoErrorReason.INVALID_URL, "the url's port is not between 1 and 65535")
    if not host:
        raise PhotoError(PhotoErrorReason.INVALID_URL, "the url names no host")
    if url.userinfo:
        raise PhotoError(PhotoErrorReason.FORBIDDEN, f"the url of {host} carries credentials")
    return url


def _check_status(host: str, status: int) -> None:
    if status >= 500 or status in _WORTH_A_RETRY:
        raise RetryError(f"{host} answered {status}")
    if status != 200:
        raise PhotoError(PhotoErrorReason.NOT_SERVED, f"{host} answered {status}")


def connect_anywhere() -> CheckedBackend:
    """A backend for addresses that the operator chose."""
    return CheckedBackend(admits=lambda _: True)
