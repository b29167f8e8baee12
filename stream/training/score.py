"""Runs the served models over a manifest, as the pipeline would, and keeps every score."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from rich.progress import track

from stream.domain.errors import PhotoError
from stream.domain.listing import Head, IndexedPhoto
from stream.domain.policy import Policy
from stream.ports import Floats, Models
from stream.training.candidates import EncodedListings, PairIndexes, select_pairs
from stream.training.data import Decode, Manifest, heads_of

_BATCH = 32
_ABOVE_COSINES = 2.0


@dataclass(frozen=True, eq=False)
class ScoredListings:
    """A manifest's listings and what the models say of each two of them."""

    heads: Sequence[Head]
    """Without the photos that could not be used."""
    cosines: Floats
    """Of the set embeddings [L, L]; 0 for a listing without a usable photo."""
    pairs: PairIndexes
    """[P, 2]: those that the pipeline would verify."""
    probabilities: NDArray[np.float64]
    """[P]"""
    best_photos: NDArray[np.float64]
    """How alike the two most similar photos of each pair are [P]."""

    @property
    def verified(self) -> NDArray[np.float64]:
        """Scores [L, L]: verified pairs by probability, above all others, those by cosine."""
        scores = self.cosines.astype(np.float64)
        left, right = self.pairs.T
        scores[left, right] = scores[right, left] = self.probabilities + _ABOVE_COSINES
        return scores


async def score(
    manifest: Manifest, models: Models, decode: Decode, policy: Policy
) -> ScoredListings:
    """Encode every listing, find every listing's candidates, verify each pair once."""
    listings = await encode(manifest, models, decode)
    pairs = select_pairs(listings, policy)
    sides = [listings.sides(left, right, policy.stock_photos) for left, right in pairs.tolist()]
    # A listing whose photos are all stock may still be found by its set; nothing is left to verify.
    pairs = pairs[[side is not None for side in sides]]
    comparable = [side for side in sides if side is not None]
    scores = [
        score
        for start in track(range(0, len(comparable), _BATCH), description="pairs")
        for score in await models.verify(comparable[start : start + _BATCH])
    ]
    return ScoredListings(
        listings.heads,
        listings.embeddings @ listings.embeddings.T,
        pairs,
        np.array([one.probability for one in scores], np.float64),
        np.array([one.evidence.max() for one in scores], np.float64),
    )


async def encode(manifest: Manifest, models: Models, decode: Decode) -> EncodedListings:
    """Return the listings as the index would hold them; equal files are encoded once."""
    heads = heads_of(manifest)
    photos = {photo.sha256: photo for head in heads for photo in head.photos}
    tokens = await _encode_photos(manifest, list(photos.values()), models, decode)
    usable = [_without(head, tokens.keys()) for head in heads]
    rows = []
    for head in track(usable, description="listings"):
        sets = [tokens[photo.sha256] for photo in head.photos]
        rows.append(await models.encode_listing(np.stack(sets)) if sets else None)
    width = next(len(row) for row in rows if row is not None)
    embeddings = np.stack([np.zeros(width, np.float32) if row is None else row for row in rows])
    return EncodedListings(usable, tokens, embeddings)


async def _encode_photos(
    manifest: Manifest, photos: Sequence[IndexedPhoto], models: Models, decode: Decode
) -> dict[str, Floats]:
    """Return tokens [T, D] by SHA-256, without the photos that cannot be used."""
    tokens: dict[str, Floats] = {}
    for start in track(range(0, len(photos), _BATCH), description="photos"):
        pixels = {}
        for photo in photos[start : start + _BATCH]:
            with suppress(PhotoError):
                pixels[photo.sha256] = decode(
                    manifest.read_photo(photo.url), models.spec.photo_size
                )
        if pixels:
            encoded = await models.encode_photos(np.stack(list(pixels.values())))
            tokens |= zip(pixels, encoded, strict=True)
    return tokens


def _without(head: Head, usable: Collection[str]) -> Head:
    """Return a head without the photos that are not `usable`."""
    return replace(head, photos=tuple(one for one in head.photos if one.sha256 in usable))
