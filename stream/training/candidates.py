"""The pairs that the pipeline would verify among the listings of a manifest, by exact search."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.domain.listing import Head, IndexedPhoto
from stream.domain.match import (
    CANDIDATES_LIMIT,
    PHOTO_HITS_LIMIT,
    VERIFIED_LIMIT,
    Hit,
    choose_photos,
    fuse,
)
from stream.domain.policy import Policy
from stream.ports import Floats

PairIndexes = NDArray[np.int64]
"""Pairs of listings [P, 2], the smaller index first, each pair once."""


@dataclass(frozen=True, eq=False)
class EncodedListings:
    """Listings as the index would hold them, in the order of the manifest."""

    heads: Sequence[Head]
    tokens: Mapping[str, Floats]
    """Tokens [T, D] by the photo's SHA-256."""
    embeddings: Floats
    """[L, 256], unit length."""

    def compared_photos(
        self, left: int, right: int, stock_photos: frozenset[str]
    ) -> tuple[Sequence[IndexedPhoto], Sequence[IndexedPhoto]]:
        """Return the photos of a pair that the verifier sees; a side may have none."""
        one, other = self.heads[left], self.heads[right]
        shared = one.hashes & other.hashes
        return choose_photos(one, stock_photos, shared), choose_photos(other, stock_photos, shared)

    def stack(self, photos: Sequence[IndexedPhoto]) -> Floats:
        """Return the tokens [N, T, D] of photos."""
        return np.stack([self.tokens[photo.sha256] for photo in photos])


def select_pairs(
    listings: EncodedListings, policy: Policy, newcomers: Collection[int] = ()
) -> PairIndexes:
    """Return the pairs to verify: either listing has the other among its best candidates.

    With `newcomers` only these search, and never find each other: as if each of them came when all
    the others, and none of them, were there.
    """
    search = _Search(listings, policy, frozenset(newcomers))
    pairs = {
        (min(query, other), max(query, other))
        for query in newcomers or range(len(listings.heads))
        for other in search.candidates(query)[:VERIFIED_LIMIT]
    }
    return np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)


class _Search:
    def __init__(self, listings: EncodedListings, policy: Policy, hidden: frozenset[int]) -> None:
        self._heads = listings.heads
        self._policy = policy
        self._embeddings = listings.embeddings
        self._place = {head.listing_id: place for place, head in enumerate(listings.heads)}
        self._is_visible = np.array(
            [head.is_visible and place not in hidden for place, head in enumerate(listings.heads)]
        )
        self._owners: dict[str, list[int]] = defaultdict(list)
        for place, head in enumerate(listings.heads):
            for sha256 in sorted(head.hashes):
                self._owners[sha256].append(place)
        points = [(place, sha256) for sha256, places in self._owners.items() for place in places]
        self._point_owners = np.array([place for place, _ in points])
        self._points = np.stack([listings.tokens[sha256][0] for _, sha256 in points])
        self._rows = {sha256: row for row, (_, sha256) in enumerate(points)}

    def candidates(self, query: int) -> tuple[int, ...]:
        """Return places of candidates, best first."""
        head = self._heads[query]
        photos = choose_photos(head, self._policy.stock_photos)
        if not photos:
            return ()
        hits = fuse(
            self._hits(query, [self._embeddings @ self._embeddings[query]], CANDIDATES_LIMIT),
            self._hits(
                query,
                [self._points @ self._points[self._rows[photo.sha256]] for photo in photos],
                PHOTO_HITS_LIMIT,
                self._point_owners,
            ),
            [
                self._heads[other].listing_id
                for sha256 in sorted(head.hashes - self._policy.stock_photos)
                for other in self._admitted(query, self._owners[sha256])
            ],
        )
        return tuple(self._place[listing_id] for listing_id in hits)

    def _hits(
        self,
        query: int,
        searches: Sequence[Floats],
        limit: int,
        owners: NDArray[np.int64] | None = None,
    ) -> list[Hit]:
        hits = []
        for similarities in searches:
            owned = np.arange(len(similarities)) if owners is None else owners
            allowed = np.where((owned == query) | ~self._is_visible[owned], -np.inf, similarities)
            best = np.argsort(-allowed, kind="stable")[:limit]
            best = best[allowed[best] > -np.inf]
            similarity = {int(owned[row]): float(allowed[row]) for row in best[::-1]}
            hits += [
                Hit(self._heads[other].listing_id, similarity[other])
                for other in self._admitted(query, similarity)
            ]
        return hits

    def _admitted(self, query: int, others: Iterable[int]) -> list[int]:
        head = self._heads[query]
        return [
            other
            for other in others
            if other != query
            and self._is_visible[other]
            and self._policy.admits(head, self._heads[other])
        ]
