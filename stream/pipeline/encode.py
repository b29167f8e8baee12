"""Encode: photos not seen before to tokens, and the tokens of all photos to one embedding."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stream.domain.listing import IndexedPhoto
from stream.pipeline.collect_photos import CollectedPhotos
from stream.ports import Floats, Models


@dataclass(frozen=True, eq=False)
class EncodedListing:
    """A listing as the index holds it: its photos, their tokens and one set embedding."""

    photos: tuple[IndexedPhoto, ...]
    tokens: Mapping[str, Floats]
    """Tokens [T, D] by SHA-256."""
    embedding: Floats | None
    """[256], unit length; None without a usable photo."""


async def encode(collected: CollectedPhotos, models: Models) -> EncodedListing:
    """Turn the photos of a listing into tokens and a set embedding."""
    tokens = dict(collected.known_tokens)
    if collected.pixels:
        encoded = await models.encode_photos(np.stack(list(collected.pixels.values())))
        tokens |= dict(zip(collected.pixels, encoded, strict=True))
    if not collected.photos:
        return EncodedListing((), {}, None)
    in_order = np.stack([tokens[photo.sha256] for photo in collected.photos])
    return EncodedListing(collected.photos, tokens, await models.encode_listing(in_order))
