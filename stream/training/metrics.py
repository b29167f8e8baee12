"""How good a ranking of pairs is. Pure numpy.

Ties never depend on order: pairs of equal score count together, as if the worst of them came
first wherever the measure depends on their order.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.ports import Bits

Scores = NDArray[np.floating[Any]]


class Figures(msgspec.Struct, frozen=True):
    """What a report says of one ranking; null where no listing has a twin."""

    uap: float
    """Average precision over all unordered pairs."""
    recall_at_1: float
    """Share of listings with a twin that find one first among all others."""
    recall_at_10: float
    recall_at_50: float
    recall_at_precision_90: float
    """Greatest share of duplicate pairs found at a threshold with that precision."""
    recall_at_precision_95: float


def measure(scores: Scores, items: NDArray[np.int64]) -> Figures:
    """Measure a symmetrical table of scores [L, L] against the listings' items [L]."""
    left, right = np.triu_indices(len(items), 1)
    pairs, is_same = scores[left, right], items[left] == items[right]
    ranks = twin_ranks(scores, items)
    return Figures(
        uap=average_precision(pairs, is_same),
        recall_at_1=_share(ranks <= 1),
        recall_at_10=_share(ranks <= 10),
        recall_at_50=_share(ranks <= 50),
        recall_at_precision_90=recall_at_precision(pairs, is_same, 0.90),
        recall_at_precision_95=recall_at_precision(pairs, is_same, 0.95),
    )


def mean_figures(figures: list[Figures]) -> Figures:
    """Return the mean of each figure."""
    rows = np.array([msgspec.structs.astuple(one) for one in figures])
    return Figures(*np.mean(rows, axis=0).tolist())


def average_precision(scores: Scores, is_same: Bits) -> float:
    """Return the sum over thresholds of precision times gain in recall."""
    precision, recall, _ = precision_recall(scores, is_same)
    return float(np.sum(precision * np.diff(recall, prepend=0.0)))


def recall_at_precision(scores: Scores, is_same: Bits, target: float) -> float:
    """Return the greatest recall at a threshold whose precision is at least `target`."""
    precision, recall, _ = precision_recall(scores, is_same)
    if not is_same.any():
        return float("nan")
    return float(recall[precision >= target].max(initial=0.0))


def threshold_at_precision(
    scores: Scores, is_same: Bits, target: float, weights: Scores | None = None
) -> float:
    """Return the lowest score from which on precision is at least `target`; infinite if none is."""
    precision, _, levels = precision_recall(scores, is_same, weights)
    enough = levels[precision >= target]
    return float(enough[-1]) if len(enough) else float("inf")


def precision_recall(
    scores: Scores, is_same: Bits, weights: Scores | None = None
) -> tuple[Scores, Scores, Scores]:
    """Return precision and recall at each distinct score as threshold, and the scores, falling.

    `weights` [P] is how often each pair counts. Recall is not a number without a duplicate.
    """
    order = np.argsort(-scores, kind="stable")
    counts = (np.ones(len(scores)) if weights is None else weights)[order]
    ranked = scores[order]
    is_last = np.append(ranked[1:] != ranked[:-1], True)
    true = np.cumsum(counts * is_same[order])
    total = true[-1] if true[-1] > 0 else np.nan
    return (true / np.cumsum(counts))[is_last], (true / total)[is_last], ranked[is_last]


def twin_ranks(scores: Scores, items: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return, for each listing that has a twin, the rank of its best one among all others."""
    is_same = items[:, None] == items[None, :]
    is_twin = is_same & ~np.eye(len(items), dtype=bool)
    best = np.where(is_twin, scores, -np.inf).max(1, initial=-np.inf)
    before = ((scores >= best[:, None]) & ~is_same).sum(1)
    ranks: NDArray[np.int64] = 1 + before[is_twin.any(1)]
    return ranks


def thinned_draws(
    items: NDArray[np.int64], base_rate: float, draws: int, seed: int
) -> Iterator[NDArray[np.int64]]:
    """Yield places of listings such that of the items listed twice few still are.

    In each draw the share `base_rate` of the items with several listings (one at least) keeps two
    of them; every other item keeps one, chosen at random.
    """
    random = np.random.default_rng(seed)
    for _ in range(draws):
        shuffled = random.permutation(len(items))
        _, first = np.unique(items[shuffled], return_index=True)
        rest = np.delete(shuffled, first)
        twins, second = np.unique(items[rest], return_index=True)
        kept = random.permutation(len(twins))[: max(1, round(base_rate * len(twins)))]
        yield np.sort(np.concatenate((shuffled[first], rest[second[kept]])))


def _share(hits: Bits) -> float:
    return float(hits.mean()) if len(hits) else float("nan")
