"""How far chance goes: figures of manifests that other households might have filled.

The bootstrap over households (B. Efron, "Bootstrap methods", 1979; clusters as in A. Davison and
D. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8): households are drawn
with replacement. A pair counts as often as its household was drawn, one across two households as
often as both were, multiplied. The listings that a query ranks stay all there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.ports import Bits
from stream.training.data import Manifest
from stream.training.evaluation.alerts import JudgedPairs
from stream.training.evaluation.reliability import thinning_weights
from stream.training.metrics import Scores, twin_ranks

CONFIDENCE = 0.95
RESAMPLES = 1000
LEAST_HOUSEHOLDS = 5
"""With fewer of them there is nothing to draw from; items are drawn instead."""

Interval = tuple[float, float]
_Floats = NDArray[np.float64]


class FigureIntervals(msgspec.Struct, frozen=True):
    """Of the figures of one ranking."""

    uap: Interval
    recall_at_1: Interval
    recall_at_10: Interval
    recall_at_50: Interval
    recall_at_precision_90: Interval
    recall_at_precision_95: Interval


class RateIntervals(msgspec.Struct, frozen=True):
    """Of what the shipped thresholds give. No width means no error was seen, not that none is."""

    precision: Interval
    recall: Interval


@dataclass(frozen=True, eq=False)
class Resamples:
    """How often each cluster of listings was drawn."""

    unit: str
    """What a cluster is: a household, or an item."""
    clusters: NDArray[np.int64]
    """Of each listing [L]."""
    counts: NDArray[np.int64]
    """[R, C]"""

    def __iter__(self) -> Iterator[_Floats]:
        """Yield the weight of each listing [L]."""
        for counts in self.counts:
            yield counts[self.clusters].astype(np.float64)

    def pair_weights(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> Iterator[_Floats]:
        """Yield the weight of each pair of listings [P]."""
        is_inside = self.clusters[left] == self.clusters[right]
        for weights in self:
            yield weights[left] * np.where(is_inside, 1.0, weights[right])


def resample(manifest: Manifest, seed: int, resamples: int = RESAMPLES) -> Resamples:
    """Draw households, or items where there are hardly any households."""
    is_many = len(np.unique(manifest.households)) >= LEAST_HOUSEHOLDS
    clusters = manifest.households if is_many else manifest.items
    count = int(clusters.max()) + 1
    random = np.random.default_rng(seed)
    counts = random.multinomial(count, np.full(count, 1 / count), size=resamples)
    return Resamples("household" if is_many else "item", clusters, counts)


def figure_intervals(
    scores: Scores, items: NDArray[np.int64], resamples: Resamples
) -> FigureIntervals:
    """Return the intervals of what `metrics.measure` returns of a table of scores [L, L]."""
    left, right, ranking = _deciding_pairs(scores, items)
    is_twin = np.isin(items, np.flatnonzero(np.bincount(items) > 1))
    ranks = twin_ranks(scores, items)
    rows = [
        (
            *ranking.measure(pair_weights),
            *(_share(ranks <= k, weights[is_twin]) for k in (1, 10, 50)),
        )
        for weights, pair_weights in zip(
            resamples, resamples.pair_weights(left, right), strict=True
        )
    ]
    uap, at_90, at_95, at_1, at_10, at_50 = (
        _interval(np.array(row)) for row in zip(*rows, strict=True)
    )
    return FigureIntervals(uap, at_1, at_10, at_50, at_90, at_95)


def thinned_uap_interval(
    scores: Scores, manifest: Manifest, base_rate: float, resamples: Resamples
) -> Interval:
    """Return the interval of the uAP of a table of scores [L, L] at a base rate.

    Pairs count by their chance to be there, besides how often they were drawn: a mean over all
    draws of `metrics.thinned_draws` in one.
    """
    left, right, ranking = _deciding_pairs(scores, manifest.items)
    chances = thinning_weights(manifest, left, right, base_rate)
    drawn = resamples.pair_weights(left, right)
    return _interval(np.array([ranking.measure(weights * chances)[0] for weights in drawn]))


def rate_intervals(pairs: JudgedPairs, weights: _Floats, resamples: Resamples) -> RateIntervals:
    """Return the intervals of precision and recall of alerts.

    Args:
        pairs: All pairs [P] of a manifest.
        weights: How often each counts [P], besides how often it was drawn.
        resamples: Of the manifest's listings.
    """
    # Only these decide anything, and they are few.
    matters = pairs.is_same | pairs.is_alert
    same, alert, weight = (one[matters] for one in (pairs.is_same, pairs.is_alert, weights))
    rates = []
    for drawn in resamples.pair_weights(pairs.left[matters], pairs.right[matters]):
        counts = drawn * weight
        rates.append((_share(same[alert], counts[alert]), _share(alert[same], counts[same])))
    precision, recall = np.array(rates).T
    return RateIntervals(_interval(precision), _interval(recall))


def _deciding_pairs(
    scores: Scores, items: NDArray[np.int64]
) -> "tuple[NDArray[np.int64], NDArray[np.int64], _Ranking]":
    """Return both sides of the pairs that a ranking's figures depend on, and their ranking."""
    left, right = np.triu_indices(len(items), 1)
    is_same, pair_scores = items[left] == items[right], scores[left, right]
    # Those below the last duplicate decide nothing.
    matters = pair_scores >= pair_scores[is_same].min(initial=np.inf)
    ranking = _Ranking(pair_scores[matters], is_same[matters])
    return left[matters], right[matters], ranking


class _Ranking:
    """Pairs by falling score, sorted once for all resamples."""

    def __init__(self, scores: Scores, is_same: Bits) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ranked = scores[self._order]
        self._is_last = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
        self._is_same = is_same[self._order]

    def measure(self, weights: _Floats) -> tuple[float, float, float]:
        """Return uAP and recall at precision .90 and .95 of weighted pairs."""
        counts = weights[self._order]
        right = np.cumsum(counts * self._is_same)[self._is_last]
        taken = np.cumsum(counts)[self._is_last]
        if not len(right) or not right[-1]:
            return float("nan"), float("nan"), float("nan")
        precision = np.divide(right, taken, out=np.ones_like(right), where=taken > 0)
        recall = right / right[-1]
        uap = float(np.sum(precision * np.diff(recall, prepend=0.0)))
        at_90, at_95 = (float(recall[precision >= least].max(initial=0.0)) for least in (0.9, 0.95))
        return uap, at_90, at_95


def _share(hits: Bits, weights: _Floats) -> float:
    total = weights.sum()
    return float((hits * weights).sum() / total) if total else float("nan")


def _interval(values: _Floats) -> Interval:
    """Return the percentile interval of resamples in which a figure has a value."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    outside = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, (outside, 1 - outside)).tolist()
    return low, high


def wilson_interval(hits: int, count: int) -> Interval:
    """Return the interval of a share that holds also where every one of few was a hit.

    Source: E. B. Wilson, "Probable inference", 1927. Takes what is counted to be independent.
    """
    if not count:
        return float("nan"), float("nan")
    z, share = 1.959964, hits / count  # of a confidence of .95
    middle = share + z**2 / (2 * count)
    width = z * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    whole = 1 + z**2 / count
    return max(0.0, (middle - width) / whole), min(1.0, (middle + width) / whole)
