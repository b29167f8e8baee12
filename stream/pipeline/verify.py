"""Verify: compare the photos of two listings, and say which photos and regions agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stream.domain.alert import AlertedPhoto, PhotoPair, RegionPair, pair_id_of
from stream.domain.listing import Head, IndexedPhoto
from stream.domain.match import Match, choose_photos
from stream.domain.pair import photos_digest_of
from stream.domain.policy import Policy
from stream.ports import Floats, ListingIndex, Models, ModelSpec, PairScore, PhotoKey

EVIDENCE_LIMIT = 6  # photo pairs that an alert names
_DIGITS = 6  # batching changes a score's last digits; they must not change an alert's bytes


@dataclass(frozen=True, eq=False)
class _Side:
    photos: Sequence[IndexedPhoto]
    tokens: Floats  # [N, T, D]


class Verifier:
    """Compares listings for the length of one event; remembers what it has compared.

    A match depends on the photos of the two listings and the model alone, so the same photos are
    never compared twice.
    """

    def __init__(self, index: ListingIndex, models: Models, policy: Policy) -> None:
        self._index = index
        self._models = models
        self._policy = policy
        self._seen: dict[tuple[str, str], Match | None] = {}

    async def verify(self, pairs: Sequence[tuple[Head, Head]]) -> Sequence[Match | None]:
        """Return a match for each two heads in pair order.

        None where two listings cannot match: one is not visible, the policy keeps them apart, or
        no photo is left to compare.
        """
        unseen = {_key(pair): pair for pair in pairs if _key(pair) not in self._seen}
        comparable = {
            key: (left, right)
            for key, (left, right) in unseen.items()
            if left.is_visible and right.is_visible and self._policy.admits(left, right)
        }
        matches = await self._compare(comparable) if comparable else {}
        self._seen |= {key: matches.get(key) for key in unseen}
        return [self._seen[_key(pair)] for pair in pairs]

    async def _compare(
        self, pairs: Mapping[tuple[str, str], tuple[Head, Head]]
    ) -> dict[tuple[str, str], Match]:
        heads = {head.listing_id: head for pair in pairs.values() for head in pair}
        keys = [
            (listing_id, photo.sha256)
            for listing_id, head in heads.items()
            for photo in choose_photos(head, self._policy.stock_photos)
        ]
        tokens = await self._index.read_tokens(keys)
        sides = {
            key: (left, right)
            for key, pair in pairs.items()
            if (left := self._side(pair[0], tokens)) and (right := self._side(pair[1], tokens))
        }
        scores = await self._models.verify(
            [(left.tokens, right.tokens) for left, right in sides.values()]
        )
        return {
            key: _as_match(left, right, score, self._models.spec)
            for (key, (left, right)), score in zip(sides.items(), scores, strict=True)
        }

    def _side(self, head: Head, tokens: Mapping[PhotoKey, Floats]) -> _Side | None:
        photos = [
            photo
            for photo in choose_photos(head, self._policy.stock_photos)
            # A point may be gone when its listing changed after the head was read.
            if (head.listing_id, photo.sha256) in tokens
        ]
        if not photos:
            return None
        return _Side(photos, np.stack([tokens[head.listing_id, p.sha256] for p in photos]))


def _key(pair: tuple[Head, Head]) -> tuple[str, str]:
    return pair_id_of(*(head.listing_id for head in pair)), photos_digest_of(*pair)


def _as_match(left: _Side, right: _Side, score: PairScore, spec: ModelSpec) -> Match:
    flat = np.argsort(-score.evidence, axis=None, kind="stable")[:EVIDENCE_LIMIT]
    places = [divmod(int(place), score.evidence.shape[1]) for place in flat]
    evidence = tuple(
        PhotoPair(
            left=AlertedPhoto(left.photos[row].index, left.photos[row].sha256),
            right=AlertedPhoto(right.photos[column].index, right.photos[column].sha256),
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
