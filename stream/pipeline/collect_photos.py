"""Collect photos: fetch each, decoded, and know it by its hash."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.domain.listing import IndexedPhoto, Listing
from stream.observability import metrics
from stream.observability.metrics import Stage, timed
from stream.pipeline.watch_photo_servers import PhotoServerWatch
from stream.ports import FetchedPhoto, PhotoSource, Pixels

_REMOTE_SCHEMES = frozenset({"http", "https", "s3"})
_UNASKED = (PhotoErrorReason.FORBIDDEN, PhotoErrorReason.INVALID_URL)
"""What fails before any server is asked."""


@dataclass(frozen=True, eq=False)
class CollectedPhotos:
    """The photos of one listing, and which were left out and why."""

    photos: tuple[IndexedPhoto, ...]
    """The usable ones in the listing's order, each file once."""
    pixels: Mapping[str, Pixels]
    """RGB [3, S, S] by SHA-256."""
    left_out: Mapping[int, PhotoError]
    """Why a photo is missing, by its index in the listing's event."""


@timed(Stage.COLLECT_PHOTOS)
async def collect_photos(
    listing: Listing, source: PhotoSource, servers: PhotoServerWatch, photo_size: int
) -> CollectedPhotos:
    """Bring in the photos of a listing; one that cannot be had or used is left out and named.

    Raises `RetryError` when none can be had while hardly any other listing's can.
    """
    results = await asyncio.gather(
        *(_fetch(source, link.url, photo_size) for link in listing.photos)
    )
    photos: dict[str, IndexedPhoto] = {}
    pixels: dict[str, Pixels] = {}
    left_out: dict[int, PhotoError] = {}
    for index, (link, result) in enumerate(zip(listing.photos, results, strict=True)):
        if isinstance(result, PhotoError):
            left_out[index] = result
        else:
            photos.setdefault(result.sha256, IndexedPhoto(index, link.url, result.sha256))
            pixels[result.sha256] = result.pixels
    asked = [
        result
        for link, result in zip(listing.photos, results, strict=True)
        if link.url.partition(":")[0].lower() in _REMOTE_SCHEMES and not _is(result, *_UNASKED)
    ]
    away = [result for result in asked if _is(result, PhotoErrorReason.AWAY)]
    if asked:
        servers.record(listing.listing_id, is_answered=len(away) < len(asked))
    if away and not photos:
        servers.check()
    return CollectedPhotos(tuple(photos.values()), pixels, left_out)


async def _fetch(source: PhotoSource, url: str, size: int) -> FetchedPhoto | PhotoError:
    try:
        photo = await source.fetch(url, size)
    except PhotoError as error:
        metrics.PHOTOS_FAILED.labels(reason=error.reason).inc()
        return error
    metrics.PHOTOS_FETCHED.inc()
    return photo


def _is(result: FetchedPhoto | PhotoError, *reasons: PhotoErrorReason) -> bool:
    return isinstance(result, PhotoError) and result.reason in reasons
