"""What the shipped thresholds let through, over all pairs and for those of one kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.domain.policy import Policy
from stream.ports import Bits
from stream.training.data import Manifest, uncertain_pairs
from stream.training.score import ScoredListings

_Indexes = NDArray[np.int64]


class Tally(msgspec.Struct, frozen=True):
    """Pairs of one kind, and how many of them are alerted on; null where there is none."""

    duplicates: int
    found: int
    others: int
    false_alarms: int
    recall: float
    precision: float

    @classmethod
    def of(
        cls, is_same: Bits, is_alert: Bits, weights: NDArray[np.float64] | None = None
    ) -> "Tally":
        """Count pairs [P]; the rates are weighted if `weights` [P] are given, the counts never."""
        duplicates, found = int(is_same.sum()), int((is_same & is_alert).sum())
        counts = np.ones(len(is_same)) if weights is None else weights
        right = counts[is_same & is_alert].sum()
        return cls(
            duplicates=duplicates,
            found=found,
            others=len(is_same) - duplicates,
            false_alarms=int(is_alert.sum()) - found,
            recall=float(right / counts[is_same].sum()) if duplicates else float("nan"),
            precision=float(right / counts[is_alert].sum()) if is_alert.any() else float("nan"),
        )


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """Every unordered pair of a manifest [P], and what becomes of it at the shipped thresholds."""

    left: _Indexes
    """Place of the listing that comes first in the manifest."""
    right: _Indexes
    is_same: Bits
    is_certain: Bits
    """Whether the label was looked at; see `uncertain_pairs`."""
    is_same_household: Bits
    match: _Indexes
    """Place among the verified pairs; -1 for a pair that is not verified."""
    probability: NDArray[np.float64]
    """0 for a pair that is not verified."""
    threshold: NDArray[np.float64]

    @cached_property
    def is_verified(self) -> Bits:
        """Whether the pipeline would look at the pair."""
        return self.match >= 0

    @cached_property
    def is_alert(self) -> Bits:
        """Whether an alert would stand."""
        return self.is_verified & (self.probability >= self.threshold)

    def tally(self, chosen: Bits | None = None) -> Tally:
        """Count the pairs that are `chosen` [P], or all."""
        kept = np.ones(len(self.left), np.bool_) if chosen is None else chosen
        return Tally.of(self.is_same[kept], self.is_alert[kept])

    def place(self, left: int, right: int) -> int:
        """Return where a pair of listings stands, given in either order."""
        first, second, count = min(left, right), max(left, right), self._listings
        return first * count - first * (first + 1) // 2 + second - first - 1

    @cached_property
    def _listings(self) -> int:
        return int(self.right.max(initial=0)) + 1


def judge(manifest: Manifest, scored: ScoredListings, policy: Policy) -> JudgedPairs:
    """Hold every pair of a manifest against its label and the policy."""
    count = len(manifest.listings)
    left, right = np.triu_indices(count, 1)
    match = np.full((count, count), -1, np.int64)
    probability, threshold = np.zeros((count, count)), np.ones((count, count))
    is_certain = np.ones((count, count), np.bool_)
    for one, other in uncertain_pairs(manifest):
        is_certain[one, other] = False
    one, other = scored.pairs.T
    match[one, other] = np.arange(len(scored.pairs))
    probability[one, other] = scored.probabilities
    threshold[one, other] = [
        policy.threshold(scored.heads[a], scored.heads[b]) for a, b in scored.pairs.tolist()
    ]
    return JudgedPairs(
        left,
        right,
        is_same=manifest.items[left] == manifest.items[right],
        is_certain=is_certain[left, right],
        is_same_household=manifest.households[left] == manifest.households[right],
        match=match[left, right],
        probability=probability[left, right],
        threshold=threshold[left, right],
    )


def tally_by_household(pairs: JudgedPairs) -> Mapping[str, Tally]:
    """Count by who posted: siblings are other items of one household, before one background."""
    is_checked = pairs.is_certain | pairs.is_same
    return {
        "one household": pairs.tally(pairs.is_same_household & is_checked),
        "one household, label not checked": pairs.tally(~is_checked),
        "two households": pairs.tally(~pairs.is_same_household & is_checked),
    }


def tally_by_category(
    manifest: Manifest, pairs: JudgedPairs, policy: Policy
) -> Mapping[str, Tally]:
    """Count by category group, a category without one by itself; `mixed` where two differ."""
    groups = [policy.group(one.category) or one.category for one in manifest.listings]
    return _tally_by(pairs, groups, lambda one, other: one if one == other else "mixed")


def tally_by_photos(scored: ScoredListings, pairs: JudgedPairs) -> Mapping[str, Tally]:
    """Count by the number of usable photos of the listing that has fewer."""
    counts = [f"{len(head.photos):2d}" for head in scored.heads]
    return _tally_by(pairs, counts, min)


def _tally_by(
    pairs: JudgedPairs, names: list[str], name_pair: Callable[[str, str], str]
) -> dict[str, Tally]:
    """Count by a name that each pair has by those of its listings."""
    distinct, number = np.unique(names, return_inverse=True)
    table = np.array([[name_pair(one, other) for other in distinct] for one in distinct])
    of_pair = table[number[pairs.left], number[pairs.right]]
    return {str(name).strip(): pairs.tally(of_pair == name) for name in np.unique(of_pair)}
