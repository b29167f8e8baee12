"""The port `PhotoSource`: urls that strangers typed become bytes, and bytes become pictures."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import tenacity

from stream.adapters.photos.addresses import CheckedBackend
from stream.adapters.photos.decoders import Decoders
from stream.adapters.photos.download import AskedToWaitError, Downloader, connect_anywhere
from stream.adapters.photos.local_urls import read_data_url, read_file_url
from stream.adapters.photos.turns import Turns
from stream.adapters.photos.urls import WEB_SCHEMES, host_of, read_web_url
from stream.domain.errors import PhotoError, PhotoErrorReason, RetryError, StopError
from stream.ports import FetchedPhoto, PhotoSource
from stream.settings import PhotoSettings

_BACKOFF = tenacity.wait_random_exponential(multiplier=0.2, max=5)


@asynccontextmanager
async def open_photos(
    settings: PhotoSettings, *, backend: CheckedBackend | None = None
) -> AsyncIterator["PhotoFetcher"]:
    """Give a source of photos for as long as the context lasts.

    Args:
        settings: What may be reached, and the limits. Raises `StopError` when a scheme is allowed
            that lacks its setting.
        backend: Connects for urls that strangers typed; default: as the settings say.
    """
    if "file" in settings.allowed_schemes and settings.file_root is None:
        raise StopError("Photos: the scheme file is allowed, but file_root is not set.")
    if "s3" in settings.allowed_schemes and settings.s3_endpoint is None:
        raise StopError("Photos: the scheme s3 is allowed, but s3_endpoint is not set.")
    if backend is None:
        backend = connect_anywhere() if settings.allow_private_addresses else CheckedBackend()
    async with Downloader(settings, public=backend, trusted=connect_anywhere()) as downloader:
        fetcher = PhotoFetcher(settings, downloader)
        try:
            yield fetcher
        finally:
            fetcher.close()


class PhotoFetcher(PhotoSource):
    """Fetches and decodes photos, a limited number at once.

    A turn lasts from the request to the decoded picture, so what is in memory is bounded. Patience
    with a server starts with the turn: waiting behind slow servers costs no photo, until the
    deadline, which holds for all that a photo waits for, so that no listing takes for ever.
    """

    def __init__(self, settings: PhotoSettings, downloader: Downloader) -> None:
        self._settings = settings
        self._downloader = downloader
        self._turns = Turns(settings.concurrency, settings.host_concurrency)
        self._decoders = Decoders(settings)

    async def fetch(self, url: str, size: int) -> FetchedPhoto:
        """Return the photo behind `url`, RGB [3, size, size].

        Tries again while its server is away, for as long as the settings have patience. Raises
        `PhotoError` when it cannot be had by then or is no picture that can be used.
        """
        try:
            async with asyncio.timeout(self._settings.deadline_seconds):
                async with self._turns.take(_host(url)):
                    content = await self._read_patiently(url)
                    pixels = await self._decoders.decode(content, size)
        except TimeoutError as error:
            raise PhotoError(
                PhotoErrorReason.AWAY,
                f"its turn did not come, or end, within {self._settings.deadline_seconds:g} s",
            ) from error
        return FetchedPhoto(hashlib.sha256(content).hexdigest(), pixels)

    async def read(self, url: str) -> bytes:
        """Return the file behind `url`. Raises `PhotoError` (for good) or `RetryError`."""
        scheme = url.partition(":")[0].lower()
        if scheme not in self._settings.allowed_schemes:
            raise PhotoError(
                PhotoErrorReason.FORBIDDEN,
                f"the scheme {scheme[:16]!r} is not allowed",
                setting="TWINLIST_PHOTOS__ALLOWED_SCHEMES",
            )
        match scheme:
            case "data":
                return read_data_url(url, self._settings.max_bytes)
            case "file" if self._settings.file_root is not None:
                return await asyncio.to_thread(
                    read_file_url, url, self._settings.file_root, self._settings.max_bytes
                )
            case "s3" if self._settings.s3_endpoint is not None:
                address = _s3_address(url, self._settings.s3_endpoint)
                return await self._downloader.download(address, is_trusted=True)
            case _:
                return await self._downloader.download(url)

    def close(self) -> None:
        """End the decoders."""
        self._decoders.close()

    async def _read_patiently(self, url: str) -> bytes:
        patience_seconds = self._settings.patience_seconds
        last_error = "its server did not answer"
        try:
            async with asyncio.timeout(patience_seconds):
                async for attempt in tenacity.AsyncRetrying(
                    retry=tenacity.retry_if_exception_type(RetryError),
                    wait=_pause_seconds,
                    stop=tenacity.stop_before_delay(patience_seconds),
                    reraise=True,
                ):
                    with attempt:
                        try:
                            return await self.read(url)
                        except RetryError as error:
                            last_error = str(error)
                            raise
        except (TimeoutError, RetryError):
            pass
        raise PhotoError(
            PhotoErrorReason.AWAY, f"{last_error}; given up within {patience_seconds:g} s"
        )


def _pause_seconds(tried: tenacity.RetryCallState) -> float:
    """Wait for as long as the server asks, and a little more each time."""
    error = tried.outcome.exception() if tried.outcome is not None else None
    asked_seconds = error.wait_seconds if isinstance(error, AskedToWaitError) else 0.0
    return asked_seconds + _BACKOFF(tried)


def _host(url: str) -> str | None:
    """The host that a web url names; None where there is none, or none that will be asked."""
    if url.partition(":")[0].lower() not in WEB_SCHEMES:
        return None
    try:
        return host_of(read_web_url(url))
    except PhotoError:
        return None


def _s3_address(url: str, endpoint: str) -> str:
    """Write `s3://bucket/key` as path-style address of the endpoint; keys are taken literally."""
    bucket, _, key = url[len("s3://") :].partition("/")
    if not url.lower().startswith("s3://") or not bucket or not key:
        raise PhotoError(PhotoErrorReason.INVALID_URL, "the s3 url is not s3://bucket/key")
    if {".", ".."} & {bucket, *key.split("/")}:
        raise PhotoError(
            PhotoErrorReason.INVALID_URL,
            "the s3 url has steps up or down, which would lead elsewhere",
        )
    return f"{endpoint.rstrip('/')}/{quote(bucket, safe='')}/{quote(key, safe='/')}"
