"""Runs the served models over a manifest, as the pipeline would, and keeps every score."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from stream.domain.errors import PhotoError, StopError
from stream.domain.listing import Head, IndexedPhoto
from stream.domain.match import Match
from stream.domain.policy import Policy
from stream.pipeline.verify import as_match
from stream.ports import Floats, Models, Pixels
from stream.training.candidates import EncodedListings, PairIndexes, select_pairs
from stream.training.data import Decode, Manifest, heads_of

Paint = Callable[[str, Pixels], Pixels]
"""Changes a photo [3, S, S], given its path in the manifest, before the models see it."""

_T = TypeVar("_T")

_BATCH = 32
_console = Console(stderr=True)
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
    matches: Sequence[Match]
    """[P], what an alert would say; left and right as in `pairs`."""

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """[P]."""
        return np.array([match.probability for match in self.matches], np.float64)

    @cached_property
    def best_photos(self) -> NDArray[np.float64]:
        """How alike the two most similar photos of each pair are [P]."""
        return np.array([match.evidence[0].similarity for match in self.matches], np.float64)

    @cached_property
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
    return await score_encoded(await encode(manifest, models, decode), models, policy)


async def score_encoded(
    listings: EncodedListings, models: Models, policy: Policy, newcomers: Collection[int] = ()
) -> ScoredListings:
    """Find candidates and verify; for `newcomers` see `select_pairs`."""
    selected = select_pairs(listings, policy, newcomers)
    photos = [
        listings.compared_photos(left, right, policy.stock_photos)
        for left, right in selected.tolist()
    ]
    # A listing whose photos are all stock may still be found by its set; nothing is left to verify.
    is_comparable = [all(sides) for sides in photos]
    photos = [sides for sides in photos if all(sides)]
    matches = []
    for start in show_progress(range(0, len(photos), _BATCH), description="pairs"):
        batch = photos[start : start + _BATCH]
        scores = await models.verify(
            [(listings.stack(left), listings.stack(right)) for left, right in batch]
        )
        matches += [
            as_match(left, right, score, models.spec)
            for (left, right), score in zip(batch, scores, strict=True)
        ]
    return ScoredListings(
        listings.heads,
        listings.embeddings @ listings.embeddings.T,
        selected[is_comparable],
        matches,
    )


async def encode(
    manifest: Manifest, models: Models, decode: Decode, paint: Paint | None = None
) -> EncodedListings:
    """Return the listings as the index would hold them; equal files are encoded once."""

    def read(photo: IndexedPhoto) -> Pixels:
        pixels = decode(manifest.read_photo(photo.url), models.spec.photo_size)
        return pixels if paint is None else paint(photo.url, pixels)

    return await encode_heads(heads_of(manifest), read, models)


async def encode_heads(
    heads: Sequence[Head], read: Callable[[IndexedPhoto], Pixels], models: Models
) -> EncodedListings:
    """Encode listings whose photos `read` returns, or raises `PhotoError` for."""
    photos = {photo.sha256: photo for head in heads for photo in head.photos}
    tokens = await _encode_photos(list(photos.values()), read, models)
    return await embed([_without(head, tokens.keys()) for head in heads], tokens, models)


async def embed(
    heads: Sequence[Head], tokens: Mapping[str, Floats], models: Models
) -> EncodedListings:
    """Embed listings whose photos' tokens [T, D] are known by SHA-256."""
    rows = []
    for head in show_progress(heads, description="listings"):
        sets = [tokens[photo.sha256] for photo in head.photos]
        rows.append(await models.encode_listing(np.stack(sets)) if sets else None)
    width = next((len(row) for row in rows if row is not None), None)
    if width is None:
        raise StopError("No photo of the manifest could be used: none is a picture that is read")
    embeddings = np.stack([np.zeros(width, np.float32) if row is None else row for row in rows])
    return EncodedListings(heads, tokens, embeddings)


def show_progress(sequence: Iterable[_T], description: str) -> Iterable[_T]:
    """Show on a terminal how far a sequence is."""
    is_seen = _console.is_terminal
    return track(sequence, description, console=_console, transient=True, disable=not is_seen)


async def _encode_photos(
    photos: Sequence[IndexedPhoto], read: Callable[[IndexedPhoto], Pixels], models: Models
) -> dict[str, Floats]:
    """Return tokens [T, D] by SHA-256, without the photos that cannot be used."""
    tokens: dict[str, Floats] = {}
    for start in show_progress(range(0, len(photos), _BATCH), description="photos"):
        pixels = {}
        for photo in photos[start : start + _BATCH]:
            with suppress(PhotoError):
                pixels[photo.sha256] = read(photo)
        if pixels:
            encoded = await models.encode_photos(np.stack(list(pixels.values())))
            tokens |= zip(pixels, encoded, strict=True)
    return tokens


def _without(head: Head, usable: Collection[str]) -> Head:
    """Return a head without the photos that are not `usable`."""
    return replace(head, photos=tuple(one for one in head.photos if one.sha256 in usable))
