"""Thresholds for a target precision, one for each category group that has pairs enough."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.domain.errors import StopError
from stream.domain.policy import Policy, Thresholds
from stream.ports import Bits
from stream.training.data import Manifest
from stream.training.evaluation.alerts import JudgedPairs, Tally
from stream.training.metrics import threshold_at_precision

LEAST_DUPLICATES = 50
"""Verified ones that a group needs to have a threshold of its own."""
FOLDS = 5
"""Of households, to see what thresholds give where they were not chosen."""

_DIGITS = 4
_NEVER = 1.0


@dataclass(frozen=True, eq=False)
class LabelledPairs:
    """Verified pairs of a manifest whose label is certain."""

    places: NDArray[np.int64]
    """Where they stand among all pairs [P]."""
    probability: NDArray[np.float64]
    is_same: Bits
    weights: NDArray[np.float64]
    groups: NDArray[np.str_]
    """The category group of both listings; empty where two differ."""

    def chosen(self, kept: Bits) -> "LabelledPairs":
        """Return some of them."""
        return LabelledPairs(
            self.places[kept],
            self.probability[kept],
            self.is_same[kept],
            self.weights[kept],
            self.groups[kept],
        )


def labelled_pairs(
    manifest: Manifest, pairs: JudgedPairs, weights: NDArray[np.float64], policy: Policy
) -> LabelledPairs:
    """Return the pairs that thresholds are chosen by.

    Args:
        manifest: The listings.
        pairs: All their pairs [P].
        weights: How often each counts [P].
        policy: Names the group of each category; one without counts by itself.
    """
    places = np.flatnonzero(pairs.is_verified & pairs.is_certain)
    names = np.array([group_of(policy, one.category) for one in manifest.listings])
    left, right = names[pairs.left[places]], names[pairs.right[places]]
    return LabelledPairs(
        places,
        pairs.probability[places],
        pairs.is_same[places],
        weights[places],
        np.where(left == right, left, ""),
    )


def group_of(policy: Policy, category: str) -> str:
    """Return the group that shares a threshold with a category."""
    return policy.group(category) or category


def choose_thresholds(
    pairs: LabelledPairs, target_precision: float, category_groups: Mapping[str, str]
) -> Thresholds:
    """Choose the lowest threshold that reaches the target: for each large group, and for all.

    What was seen to be right is less so elsewhere, the more so the fewer it is: a threshold must
    reach the target with one false alarm more than it lets through. Where none does, the one for
    all is the lowest that lets no false alarm through, and that of a large group the higher of the
    two. A large group that has neither, its most probable pair being false, is silenced and has no
    say elsewhere.

    Args:
        pairs: What to choose by.
        target_precision: Of alerts, with the pairs' weights.
        category_groups: The group of each category that may have a threshold.

    Raises `StopError` when the most probable pair of all others is false, too.
    """
    large = {
        group: pairs.chosen(pairs.groups == group)
        for group in sorted(set(category_groups.values()))
        if (pairs.is_same & (pairs.groups == group)).sum() >= LEAST_DUPLICATES
    }
    sure = {group: _sure_level(one, target_precision) for group, one in large.items()}
    faultless = {group: _faultless_level(one) for group, one in large.items()}
    silent = [group for group in large if sure[group] is None and faultless[group] is None]
    others = pairs.chosen(~np.isin(pairs.groups, silent))
    default = _sure_level(others, target_precision) or _faultless_level(others)
    if default is None:
        raise StopError(
            f"No threshold reaches precision {target_precision}: the most probable pair shows two "
            "items; calibrate on other listings, or train better models"
        )
    of_group = {group: sure[group] or max(default, faultless[group] or _NEVER) for group in large}
    by_category = {
        category: of_group[group]
        for category, group in sorted(category_groups.items())
        if group in of_group
    }
    return Thresholds(default=default, by_category=by_category)


def alerts_elsewhere(
    manifest: Manifest,
    pairs: LabelledPairs,
    target_precision: float,
    category_groups: Mapping[str, str],
    seed: int,
) -> tuple[float, float]:
    """Return precision and recall of alerts by thresholds that were chosen on other households.

    Each fold of households is judged by the thresholds of the other folds; pairs across two folds
    are left out. Rates are weighted, recall is of verified duplicates.
    """
    fold_of = manifest.folds(FOLDS, seed)
    left, right = (ends[pairs.places] for ends in np.triu_indices(len(fold_of), 1))
    categories = [one.category for one in manifest.listings]
    is_alert = np.zeros(len(pairs.places), np.bool_)
    for fold in range(FOLDS):
        outside = (fold_of[left] != fold) & (fold_of[right] != fold)
        try:
            chosen = choose_thresholds(pairs.chosen(outside), target_precision, category_groups)
        except StopError:
            continue  # no threshold, no alert
        levels = np.array([chosen.by_category.get(one, chosen.default) for one in categories])
        inside = (fold_of[left] == fold) & (fold_of[right] == fold)
        is_alert |= inside & (pairs.probability >= np.maximum(levels[left], levels[right]))
    is_counted = fold_of[left] == fold_of[right]
    counted = pairs.chosen(is_counted)
    tally = Tally.of(counted.is_same, is_alert[is_counted], counted.weights)
    return tally.precision, tally.recall


def _sure_level(pairs: LabelledPairs, target_precision: float) -> float | None:
    """Return the lowest level that reaches a precision with one false alarm more than there is."""
    others = pairs.weights[~pairs.is_same]
    unseen = float(others.mean()) if len(others) else 1.0
    return _rounded_up(
        threshold_at_precision(
            np.append(pairs.probability, np.inf),
            np.append(pairs.is_same, False),
            target_precision,
            np.append(pairs.weights, unseen),
        )
    )


def _faultless_level(pairs: LabelledPairs) -> float | None:
    """Return the lowest level with no false alarm at or above it."""
    return _rounded_up(threshold_at_precision(pairs.probability, pairs.is_same, 1.0))


def _rounded_up(level: float) -> float | None:
    """Round so that the pair at the level may fall below, and none below it may rise above."""
    if not np.isfinite(level):
        return None
    return min(_NEVER, float(np.ceil(level * 10**_DIGITS) / 10**_DIGITS))
