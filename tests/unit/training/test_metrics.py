"""Each measure against plain loops over thresholds or pairs."""

import itertools
import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stream.training.metrics import (
    average_precision,
    measure,
    precision_recall,
    recall_at_precision,
    thinned_draws,
    twin_ranks,
)

labelled_scores = st.lists(
    st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=30
).filter(lambda rows: any(is_same for _, is_same in rows))


def plain_curve(rows: list[tuple[int, bool]]) -> list[tuple[float, float]]:
    """Precision and recall at each score, best first."""
    total = sum(is_same for _, is_same in rows)
    curve = []
    for threshold in sorted({score for score, _ in rows}, reverse=True):
        taken = [is_same for score, is_same in rows if score >= threshold]
        curve.append((sum(taken) / len(taken), sum(taken) / total))
    return curve


def as_arrays(rows: list[tuple[int, bool]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    scores, is_same = zip(*rows, strict=True)
    return np.array(scores, np.float64), np.array(is_same)


@given(labelled_scores)
def test_average_precision(rows: list[tuple[int, bool]]) -> None:
    expected, before = 0.0, 0.0
    for precision, recall in plain_curve(rows):
        expected += precision * (recall - before)
        before = recall

    assert average_precision(*as_arrays(rows)) == pytest.approx(expected)


@given(labelled_scores, st.sampled_from([0.5, 0.9, 0.95]))
def test_recall_at_precision(rows: list[tuple[int, bool]], target: float) -> None:
    expected = max((r for p, r in plain_curve(rows) if p >= target), default=0.0)

    assert recall_at_precision(*as_arrays(rows), target) == pytest.approx(expected)


@given(labelled_scores, st.randoms(use_true_random=False))
def test_ties_do_not_depend_on_order(rows: list[tuple[int, bool]], random: Random) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)

    assert average_precision(*as_arrays(shuffled)) == average_precision(*as_arrays(rows))


def test_weights_count_as_repeats() -> None:
    scores, is_same = np.array([3.0, 2.0, 1.0]), np.array([True, False, True])
    repeats = np.array([2, 3, 1])
    precision, recall, levels = precision_recall(scores, is_same, repeats.astype(np.float64))
    again = precision_recall(np.repeat(scores, repeats), np.repeat(is_same, repeats))

    assert levels.tolist() == [3, 2, 1]
    assert precision == pytest.approx(again[0])
    assert recall == pytest.approx(again[1])


def test_without_a_duplicate_there_is_no_figure() -> None:
    figures = measure(np.zeros((3, 3)), np.array([0, 1, 2]))

    assert math.isnan(figures.uap)
    assert math.isnan(figures.recall_at_1)
    assert math.isnan(figures.recall_at_precision_95)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=9), st.integers(0, 2**32 - 1))
def test_twin_ranks(items: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, 4, (len(items), len(items))).astype(np.float64)
    scores = np.maximum(scores, scores.T)
    expected = []
    for query, item in enumerate(items):
        others = [other for other in range(len(items)) if other != query]
        twins = [scores[query, other] for other in others if items[other] == item]
        if twins:
            strangers = [scores[query, other] for other in others if items[other] != item]
            expected.append(1 + sum(score >= max(twins) for score in strangers))

    assert twin_ranks(scores, np.array(items)).tolist() == expected


def test_a_perfect_ranking() -> None:
    items = np.array([0, 0, 1, 1, 2])
    scores = (items[:, None] == items[None, :]).astype(np.float64)
    figures = measure(scores, items)

    assert figures.uap == 1
    assert figures.recall_at_1 == 1
    assert figures.recall_at_precision_95 == 1


def test_draws_keep_few_second_listings() -> None:
    items = np.array([*range(40), *range(30), *range(5)])  # 5 three times, 25 twice, 10 once
    draws = list(thinned_draws(items, base_rate=0.1, draws=10, seed=1))

    for kept in draws:
        counts = np.bincount(items[kept], minlength=40)
        assert counts.min() == 1
        assert counts.max() == 2
        assert (counts == 2).sum() == 3
    assert any((one != other).any() for one, other in itertools.pairwise(draws))
    again = thinned_draws(items, base_rate=0.1, draws=10, seed=1)
    assert all((one == other).all() for one, other in zip(draws, again, strict=True))
