"""Encode: photos not seen before to tokens, and the tokens of all photos to one embedding."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stream.domain.listing import IndexedPhoto
from stream.observability import metrics
from stream.observability.metrics import Stage, timed
from stream.pipeline.collect_photos import CollectedPhotos
from stream.ports import Floats, ListingIndex, Models


@dataclass(frozen=True, eq=False)
class EncodedListing:
    """A listing as the index holds it: its photos, their tokens and one set embedding."""

    photos: tuple[IndexedPhoto, ...]
    tokens: Mapping[str, Floats]
    """Tokens [T, D] by SHA-256."""
    embedding: Floats | None
    """[256], unit length; None without a usable photo."""


@timed(Stage.ENCODE)
async def encode(collected: CollectedPhotos, models: Models, index: ListingIndex) -> EncodedListing:
    """Turn the photos of a listing into tokens and a set embedding.

    A file whose tokens the index holds, from whichever listing, is not encoded again.
    """
    if not collected.photos:
        return EncodedListing((), {}, None)
    tokens = dict(await index.find_tokens(tuple(collected.pixels)))
    unseen = [sha256 for sha256 in collected.pixels if sha256 not in tokens]
    if unseen:
        pixels = np.stack([collected.pixels[sha256] for sha256 in unseen])
        tokens |= zip(unseen, await models.encode_photos(pixels), strict=True)
        metrics.PHOTOS_ENCODED.inc(len(unseen))
    in_order = np.stack([tokens[photo.sha256] for photo in collected.photos])
    embedding = await models.encode_listing(in_order)
    return EncodedListing(collected.photos, tokens, embedding)
