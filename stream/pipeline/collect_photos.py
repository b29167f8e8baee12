"""Collect photos: fetch each, know it by its hash, decode the ones not seen before."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import tenacity

from stream.domain.errors import PhotoError, RetryError
from stream.domain.listing import IndexedPhoto, Listing
from stream.ports import Floats, ListingIndex, PhotoSource, Pixels


@dataclass(frozen=True, eq=False)
class CollectedPhotos:
    """The photos of one listing: what is known of each, and which were left out and why."""

    photos: tuple[IndexedPhoto, ...]
    """The usable ones in the listing's order, each file once."""
    known_tokens: Mapping[str, Floats]
    """Tokens [T, D] by SHA-256 of the photos that the index has seen before."""
    pixels: Mapping[str, Pixels]
    """RGB [3, S, S] by SHA-256 of the photos that it has not."""
    left_out: Mapping[int, str]
    """Why a photo is missing, by its index in the listing's event."""


async def collect_photos(
    listing: Listing,
    source: PhotoSource,
    index: ListingIndex,
    photo_size: int,
    patience_seconds: float,
) -> CollectedPhotos:
    """Bring in the photos of a listing; one that cannot be had or used is left out and named."""
    results = await asyncio.gather(
        *(_fetch(source, photo.url, patience_seconds) for photo in listing.photos),
        return_exceptions=True,
    )
    left_out: dict[int, str] = {}
    files: dict[str, tuple[IndexedPhoto, bytes]] = {}
    for position, (link, result) in enumerate(zip(listing.photos, results, strict=True)):
        match result:
            case bytes():
                sha256 = hashlib.sha256(result).hexdigest()
                files.setdefault(sha256, (IndexedPhoto(position, link.url, sha256), result))
            case PhotoError():
                left_out[position] = str(result)
            case _:
                raise result
    known = await index.find_tokens(tuple(files)) if files else {}
    pixels: dict[str, Pixels] = {}
    for sha256, (photo, content) in files.items():
        if sha256 in known:
            continue
        try:
            pixels[sha256] = await asyncio.to_thread(source.decode, content, photo_size)
        except PhotoError as error:
            left_out[photo.index] = str(error)
    usable = tuple(
        photo for sha256, (photo, _) in files.items() if sha256 in known or sha256 in pixels
    )
    return CollectedPhotos(usable, known, pixels, left_out)


async def _fetch(source: PhotoSource, url: str, patience_seconds: float) -> bytes:
    """Try until the deadline, which also covers waiting for a turn, so that no batch misses its."""
    last_error = "no answer"
    try:
        async with asyncio.timeout(patience_seconds):
            async for attempt in tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception_type(RetryError),
                wait=tenacity.wait_random_exponential(multiplier=0.2, max=5),
            ):
                with attempt:
                    try:
                        return await source.fetch(url)
                    except RetryError as error:
                        last_error = str(error)
                        raise
    except TimeoutError:
        pass
    raise PhotoError(f"{last_error}; given up after {patience_seconds:g} s")
