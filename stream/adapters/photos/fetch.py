"""The port `PhotoSource`: urls that strangers typed become bytes, and bytes become pictures."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from urllib.parse import quote

import tenacity

from stream.adapters.photos.addresses import CheckedBackend
from stream.adapters.photos.decode import decode_photo
from stream.adapters.photos.download import Downloader, connect_anywhere
from stream.adapters.photos.local_urls import read_data_url, read_file_url
from stream.domain.errors import PhotoError, PhotoErrorReason, RetryError, StopError
from stream.ports import FetchedPhoto, PhotoSource
from stream.settings import PhotoSettings


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

    A slot is held from the request to the decoded picture, so what is in memory is bounded. The
    clock of a photo starts when it has a slot: waiting behind slow servers costs no photo. Decoding
    has threads of its own, as many as there are cores.
    """

    def __init__(self, settings: PhotoSettings, downloader: Downloader) -> None:
        self._settings = settings
        self._downloader = downloader
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._decoders = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="decode")

    async def fetch(self, url: str, size: int) -> FetchedPhoto:
        """Return the photo behind `url`, RGB [3, size, size].

        Tries again while its server is away, for as long as the settings have patience. Raises
        `PhotoError` when it cannot be had by then or is no picture that can be used.
        """
        async with self._slots:
            content = await self._read_patiently(url)
            return await asyncio.get_running_loop().run_in_executor(
                self._decoders, self._decode, content, size
            )

    async def read(self, url: str) -> bytes:
        """Return the file behind `url`. Raises `PhotoError` (for good) or `RetryError`."""
        scheme = url.partition(":")[0].lower()
        if scheme not in self._settings.allowed_schemes:
            raise PhotoError(
                PhotoErrorReason.FORBIDDEN, f"the scheme {scheme[:16]!r} is not allowed"
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
        """Let the decoding threads end."""
        self._decoders.shutdown(wait=False, cancel_futures=True)

    async def _read_patiently(self, url: str) -> bytes:
        patience_seconds = self._settings.patience_seconds
        last_error = "its server did not answer"
        try:
            async with asyncio.timeout(patience_seconds):
                async for attempt in tenacity.AsyncRetrying(
                    retry=tenacity.retry_if_exception_type(RetryError),
                    wait=tenacity.wait_random_exponential(multiplier=0.2, max=5),
                ):
                    with attempt:
                        try:
                            return await self.read(url)
                        except RetryError as error:
                            last_error = str(error)
                            raise
        except TimeoutError:
            pass
        raise PhotoError(
            PhotoErrorReason.AWAY, f"{last_error}; given up after {patience_seconds:g} s"
        )

    def _decode(self, content: bytes, size: int) -> FetchedPhoto:
        pixels = decode_photo(content, size, max_pixels=self._settings.max_pixels)
        return FetchedPhoto(hashlib.sha256(content).hexdigest(), pixels)


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
