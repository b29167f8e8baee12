"""Verify: compare the photos of two listings, and say which photos and regions agree."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from stream.domain.alert import AlertedPhoto, PhotoPair, RegionPair
from stream.domain.listing import Head, IndexedPhoto
from stream.domain.match import Match, choose_photos
from stream.domain.policy import Policy
from stream.observability.metrics import Stage, timed
from stream.ports import Floats, ListingIndex, Models, ModelSpec, PairScore, PhotoKey

EVIDENCE_LIMIT = 6  # photo pairs that an alert names
_DIGITS = 6  # batching changes a score's last digits; they must not change an alert's bytes


@dataclass(frozen=True, eq=False)
class _Side:
    photos: Sequence[IndexedPhoto]
    tokens: Floats  # [N, T, D]


class Comparison(NamedTuple):
    """Two listings and the photos of each that are looked at."""

    left: tuple[str, tuple[IndexedPhoto, ...]]
    right: tuple[str, tuple[IndexedPhoto, ...]]

    @classmethod
    def of(cls, left: Head, right: Head, policy: Policy) -> "Comparison | None":
        """Return what is compared of two listings, None where they cannot match."""
        if not (left.is_visible and right.is_visible and policy.admits(left, right)):
            return None
        shared = left.hashes & right.hashes
        sides = [
            (head.listing_id, choose_photos(head, policy.stock_photos, shared))
            for head in (left, right)
        ]
        return cls(*sides) if all(photos for _, photos in sides) else None

    def is_whole_in(self, tokens: Mapping[PhotoKey, Floats]) -> bool:
        """Whether none of the photos lacks its tokens."""
        return all((name, photo.sha256) in tokens for name, photos in self for photo in photos)

    def name_under(self, model_version: str) -> str:
        """Name all that a match depends on, in a few letters."""
        sides = [(name, [(one.index, one.sha256) for one in photos]) for name, photos in self]
        return hashlib.sha256(msgspec.json.encode((model_version, sides))).hexdigest()[:32]


class Verifier:
    """Compares listings for the length of one event; remembers what it has compared.

    A match depends on the photos of the two listings and the model alone, so the same photos are
    never compared twice, nor when an open pair's alert tells what came of it: an update of the text
    alone costs no inference. Whether two listings may match at all is looked at again each time.
    """

    def __init__(self, index: ListingIndex, models: Models, policy: Policy) -> None:
        self._index = index
        self._models = models
        self._policy = policy
        self._seen: dict[Comparison, Match] = {}

    @timed(Stage.VERIFY)
    async def verify(
        self, pairs: Sequence[tuple[Head, Head]], known: Mapping[str, Match] | None = None
    ) -> Sequence[Match | None]:
        """Return a match for each two heads in pair order.

        `known` are matches of earlier events, by `Match.comparison`. None where two listings
        cannot match: one is not visible, the policy keeps them apart, or no photo is left to
        compare.
        """
        comparisons = [Comparison.of(left, right, self._policy) for left, right in pairs]
        if known:
            names = {one: self._name(one) for one in comparisons if one is not None}
            self._seen |= {one: known[name] for one, name in names.items() if name in known}
        unseen = dict.fromkeys(one for one in comparisons if one and one not in self._seen)
        matches = self._seen | (await self._compare(unseen) if unseen else {})
        return [matches.get(one) if one is not None else None for one in comparisons]

    async def _compare(self, comparisons: Collection[Comparison]) -> dict[Comparison, Match]:
        keys = {
            (listing_id, photo.sha256)
            for comparison in comparisons
            for listing_id, photos in comparison
            for photo in photos
        }
        tokens = await self._index.read_tokens(sorted(keys))
        sides = {
            one: (left, right)
            for one in comparisons
            if (left := _side(*one.left, tokens)) and (right := _side(*one.right, tokens))
        }
        scores = await self._models.verify(
            [(left.tokens, right.tokens) for left, right in sides.values()]
        )
        matches = {
            one: as_match(left.photos, right.photos, score, self._models.spec)
            for (one, (left, right)), score in zip(sides.items(), scores, strict=True)
        }
        # What lacks a photo point, as a listing's does that changed after its head was read, is
        # true of this moment only.
        whole = {
            one: msgspec.structs.replace(match, comparison=self._name(one))
            for one, match in matches.items()
            if one.is_whole_in(tokens)
        }
        self._seen |= whole
        return matches | whole

    def _name(self, comparison: Comparison) -> str:
        return comparison.name_under(self._models.spec.model_version)


def _side(
    listing_id: str, photos: Sequence[IndexedPhoto], tokens: Mapping[PhotoKey, Floats]
) -> _Side | None:
    present = [photo for photo in photos if (listing_id, photo.sha256) in tokens]
    if not present:
        return None
    return _Side(present, np.stack([tokens[listing_id, photo.sha256] for photo in present]))


def as_match(
    left: Sequence[IndexedPhoto],
    right: Sequence[IndexedPhoto],
    score: PairScore,
    spec: ModelSpec,
) -> Match:
    """Return what alerts say of a score: the best photo pairs, and regions as boxes."""
    flat = np.argsort(-score.evidence, axis=None, kind="stable")[:EVIDENCE_LIMIT]
    places = [divmod(int(place), score.evidence.shape[1]) for place in flat]
    evidence = tuple(
        PhotoPair(
            left=AlertedPhoto(left[row].index, left[row].sha256),
            right=AlertedPhoto(right[column].index, right[column].sha256),
            similarity=round(float(score.evidence[row, column]), _DIGITS),
            regions=tuple(
                RegionPair(spec.region_boxes[one - 1], spec.region_boxes[other - 1])
                for one, other in score.regions[row, column].tolist()
                if one > 0 and other > 0  # token 0 is the whole photo, -1 is none
            ),
        )
        for row, column in places
    )
    return Match(round(float(score.probability), _DIGITS), evidence)
