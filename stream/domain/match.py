"""Candidates for a listing, and what the verifier found between two listings."""

from collections.abc import Iterable, Sequence
from enum import Enum

import msgspec

from stream.domain.alert import PhotoPair
from stream.domain.listing import Head, IndexedPhoto

CANDIDATES_LIMIT = 50
PHOTO_HITS_LIMIT = 20  # nearest photos that each photo brings up
VERIFIED_LIMIT = 12
VERIFIED_PHOTOS = 6

_RANK_CONSTANT = 60  # of reciprocal rank fusion: Cormack, Clarke, Büttcher, SIGIR 2009


class Hit(msgspec.Struct, frozen=True):
    """A listing that a search brought up, by its photo set or by one photo, and how alike it is."""

    listing_id: str
    similarity: float


class PhotoHit(msgspec.Struct, frozen=True):
    """A photo that a search brought up; it counts only while its listing's head names the hash."""

    listing_id: str
    sha256: str
    similarity: float


class Match(msgspec.Struct, frozen=True):
    """What the verifier says of two listings, in pair order; evidence best first."""

    probability: float
    evidence: tuple[PhotoPair, ...] = ()
    comparison: str = ""
    """Names the model and the photos that were compared; empty when not all of them were there."""


class Unknown(Enum):
    """In place of a match: the two listings may match, and there is nobody to ask."""

    UNKNOWN = "unknown"


def fuse(sets: Sequence[Hit], photos: Sequence[Hit], copies: Iterable[str]) -> tuple[str, ...]:
    """Merge nearest sets, listings of the nearest photos and exact copies, best first.

    Exact copies come first; the rest by reciprocal rank fusion of the two lists, in which a
    listing counts at its best rank. Ties go to the smaller listing id, so that the order of
    arrival decides nothing. At most `CANDIDATES_LIMIT` ids.
    """
    scores: dict[str, float] = {}
    for hits in (sets, photos):
        best: dict[str, float] = {}
        for hit in hits:
            best[hit.listing_id] = max(hit.similarity, best.get(hit.listing_id, -1.0))
        ranked = sorted(best, key=lambda listing_id: (-best[listing_id], listing_id))
        for rank, listing_id in enumerate(ranked, start=1):
            scores[listing_id] = scores.get(listing_id, 0.0) + 1 / (_RANK_CONSTANT + rank)
    certain = frozenset(copies)
    ordered = sorted(
        scores.keys() | certain,
        key=lambda one: (one not in certain, -scores.get(one, 0.0), one),
    )
    return tuple(ordered[:CANDIDATES_LIMIT])


def choose_photos(
    head: Head, stock_photos: frozenset[str], shared: frozenset[str] = frozenset()
) -> tuple[IndexedPhoto, ...]:
    """Pick the photos of a listing that the verifier looks at, none of them a stock photo.

    First those whose file both listings have, so that no position hides a copy, then the first of
    the listing, which sellers make the telling ones. The choice depends on the two listings alone.

    Args:
        head: the listing.
        stock_photos: SHA-256 of photos that prove nothing.
        shared: SHA-256 of the photos that the other listing has too.
    """
    usable = {p.sha256: p for p in reversed(head.photos) if p.sha256 not in stock_photos}
    ranked = sorted(usable.values(), key=lambda photo: (photo.sha256 not in shared, photo.index))
    return tuple(ranked[:VERIFIED_PHOTOS])
