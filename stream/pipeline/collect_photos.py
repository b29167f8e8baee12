"""Collect photos: fetch each, decoded, and know it by its hash."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from stream.domain.errors import PhotoError
from stream.domain.listing import IndexedPhoto, Listing
from stream.observability import metrics
from stream.observability.metrics import Stage, timed
from stream.ports import FetchedPhoto, PhotoSource, Pixels


@dataclass(frozen=True, eq=False)
class CollectedPhotos:
    """The photos of one listing, and which were left out and why."""

    photos: tuple[IndexedPhoto, ...]
    """The usable ones in the listing's order, each file once."""
    pixels: Mapping[str, Pixels]
    """RGB [3, S, S] by SHA-256."""
    left_out: Mapping[int, str]
    """Why a photo is missing, by its index in the listing's event."""


@timed(Stage.COLLECT_PHOTOS)
async def collect_photos(listing: Listing, source: PhotoSource, photo_size: int) -> CollectedPhotos:
    """Bring in the photos of a listing; one that cannot be had or used is left out and named."""
    results = await asyncio.gather(
        *(_fetch(source, link.url, photo_size) for link in listing.photos)
    )
    photos: dict[str, IndexedPhoto] = {}
    pixels: dict[str, Pixels] = {}
    left_out: dict[int, str] = {}
    for index, (link, result) in enumerate(zip(listing.photos, results, strict=True)):
        if isinstance(result, PhotoError):
            left_out[index] = str(result)
        else:
            photos.setdefault(result.sha256, IndexedPhoto(index, link.url, result.sha256))
            pixels[result.sha256] = result.pixels
    return CollectedPhotos(tuple(photos.values()), pixels, left_out)


async def _fetch(source: PhotoSource, url: str, size: int) -> FetchedPhoto | PhotoError:
    try:
        photo = await source.fetch(url, size)
    except PhotoError as error:
        metrics.PHOTOS_FAILED.labels(reason=error.reason).inc()
        return error
    metrics.PHOTOS_FETCHED.inc()
    return photo
