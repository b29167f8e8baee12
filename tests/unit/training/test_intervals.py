"""Each resampled figure against the same figure of a manifest with repeated listings."""

from pathlib import Path

import numpy as np
import pytest

from stream.training.data import Manifest, read_manifest
from stream.training.evaluation.alerts import JudgedPairs
from stream.training.evaluation.intervals import (
    Resamples,
    figure_intervals,
    rate_intervals,
    resample,
    thinned_uap_interval,
    wilson_interval,
)
from stream.training.metrics import average_precision, recall_at_precision, twin_ranks


@pytest.fixture
def manifest(manifest_path: Path) -> Manifest:
    return read_manifest(manifest_path)


def one_resample(manifest: Manifest, counts: list[int]) -> Resamples:
    return Resamples("household", manifest.households, np.array([counts]))


def repeats(manifest: Manifest, counts: list[int], one: int, other: int) -> int:
    """How often a pair is there when households are."""
    left, right = int(manifest.households[one]), int(manifest.households[other])
    return counts[left] if left == right else counts[left] * counts[right]


def test_a_resample_counts_pairs_as_often_as_their_households(manifest: Manifest) -> None:
    random = np.random.default_rng(1)
    scores = random.integers(0, 6, (18, 18)).astype(np.float64)
    scores += scores.T
    counts = [2, 0, 1, 3]
    rows = [
        (scores[one, other], manifest.items[one] == manifest.items[other])
        for one in range(18)
        for other in range(one + 1, 18)
        for _ in range(repeats(manifest, counts, one, other))
    ]
    values, is_same = (np.array(column) for column in zip(*rows, strict=True))
    twins = [one for one in range(18) if (manifest.items == manifest.items[one]).sum() > 1]
    ranks = dict(zip(twins, twin_ranks(scores, manifest.items).tolist(), strict=True))
    hits = [ranks[one] <= 1 for one in twins for _ in range(counts[manifest.households[one]])]

    found = figure_intervals(scores, manifest.items, one_resample(manifest, counts))

    assert found.uap == pytest.approx([average_precision(values, is_same)] * 2)
    assert found.recall_at_precision_90 == pytest.approx(
        [recall_at_precision(values, is_same, 0.9)] * 2
    )
    assert found.recall_at_1 == pytest.approx([np.mean(hits)] * 2)


def test_at_a_base_rate_pairs_count_by_their_chance_to_be_there(manifest: Manifest) -> None:
    random = np.random.default_rng(1)
    scores = random.random((18, 18))
    scores += scores.T
    counts, rate = [2, 0, 1, 3], 0.5
    ranked = sorted(
        ((scores[one, other], one, other) for one in range(18) for other in range(one + 1, 18)),
        reverse=True,
    )
    twice = np.bincount(manifest.items)[manifest.items] > 1
    right = taken = area = 0.0
    for _, one, other in ranked:
        is_same = manifest.items[one] == manifest.items[other]
        stay = [(1 + rate) / 2 if twice[place] else 1.0 for place in (one, other)]
        count = (rate if is_same else stay[0] * stay[1]) * repeats(manifest, counts, one, other)
        taken += count
        right += count * is_same
        area += count * is_same * (right / taken if taken else 0.0)

    found = thinned_uap_interval(scores, manifest, rate, one_resample(manifest, counts))

    assert found == pytest.approx([area / right] * 2)


def test_rates_of_alerts_count_weights_and_households(manifest: Manifest) -> None:
    random = np.random.default_rng(2)
    left, right = np.triu_indices(18, 1)
    pairs = JudgedPairs(
        left,
        right,
        is_same=manifest.items[left] == manifest.items[right],
        is_certain=np.ones(len(left), np.bool_),
        is_same_household=manifest.households[left] == manifest.households[right],
        match=np.arange(len(left)),
        probability=random.random(len(left)),
        threshold=np.full(len(left), 0.4),
    )
    weights = random.random(len(left))
    counts = [1, 2, 1, 0]
    right_weight = alert_weight = same_weight = 0.0
    for at, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        weight = weights[at] * repeats(manifest, counts, one, other)
        right_weight += weight * (pairs.is_same[at] and pairs.is_alert[at])
        alert_weight += weight * pairs.is_alert[at]
        same_weight += weight * pairs.is_same[at]

    found = rate_intervals(pairs, weights, one_resample(manifest, counts))

    assert found.precision == pytest.approx([right_weight / alert_weight] * 2)
    assert found.recall == pytest.approx([right_weight / same_weight] * 2)


def test_intervals_hold_the_middle_of_the_resamples(manifest: Manifest) -> None:
    scores = (manifest.items[:, None] == manifest.items[None]).astype(np.float64)
    scores[:2] = scores[:, :2] = 0.5  # the household of these is never sure
    draws = Resamples(
        "household", manifest.households, np.array([[1, 1, 1, 1]] * 99 + [[0, 1, 1, 1]])
    )

    low, high = figure_intervals(scores, manifest.items, draws).uap

    assert low == high < 1  # one resample in a hundred lies outside


def test_draws_are_seeded_and_of_full_size(manifest: Manifest) -> None:
    drawn, again = (resample(manifest, seed=5, resamples=20) for _ in range(2))

    assert (drawn.counts == again.counts).all()
    assert (drawn.counts.sum(1) == drawn.counts.shape[1]).all()
    assert drawn.unit == "item"  # four households are too few
    assert drawn.counts.shape[1] == 12


def test_a_figure_without_a_value_has_no_interval() -> None:
    found = figure_intervals(
        np.zeros((3, 3)), np.array([0, 1, 2]), Resamples("item", np.arange(3), np.ones((2, 3), int))
    )

    assert np.isnan(found.uap).all()


@pytest.mark.parametrize(
    ("hits", "count", "interval"),
    [(28, 28, (0.8794, 1.0)), (26, 27, (0.8172, 0.9934)), (0, 10, (0.0, 0.2775))],
)
def test_wilson_interval(hits: int, count: int, interval: tuple[float, float]) -> None:
    assert wilson_interval(hits, count) == pytest.approx(interval, abs=1e-3)


def test_nothing_counted_has_no_interval() -> None:
    assert np.isnan(wilson_interval(0, 0)).all()
