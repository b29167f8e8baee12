from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.training.data import LabelledListing, Manifest
from stream.training.evaluation.reliability import measure_reliability, thinning_weights
from stream.training.metrics import thinned_draws

rows = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.1, 2)), min_size=1, max_size=40
)


@given(rows)
def test_error_is_the_mean_gap_over_tenths(pairs: list[tuple[float, bool, float]]) -> None:
    probabilities, is_same, weights = (np.array(column) for column in zip(*pairs, strict=True))
    tenths: list[list[tuple[float, bool, float]]] = [[] for _ in range(10)]
    for row in pairs:
        tenths[min(int(row[0] * 10), 9)].append(row)
    gaps = sum(
        abs(sum(p * w for p, _, w in tenth) - sum(same * w for _, same, w in tenth))
        for tenth in tenths
    )

    found = measure_reliability(probabilities, is_same, weights, 0.1)

    assert found.expected_calibration_error == pytest.approx(gaps / weights.sum())
    assert sum(one.pairs for one in found.bins) == len(pairs)
    assert all(one.start <= one.probability <= one.end + 1e-9 for one in found.bins)


def test_chances_that_hold_have_no_error() -> None:
    is_same = np.array([True] * 3 + [False])

    found = measure_reliability(np.full(4, 0.75), is_same, np.ones(4), None)

    assert found.expected_calibration_error == 0
    assert [(one.start, one.end, one.pairs, one.duplicates) for one in found.bins] == [
        (0.7, 0.8, 4, 0.75)
    ]


def test_without_a_pair_there_is_no_error() -> None:
    empty = np.zeros(0)

    assert np.isnan(
        measure_reliability(empty, empty.astype(bool), empty, None).expected_calibration_error
    )


def test_weights_are_how_often_draws_keep_a_pair() -> None:
    items = [*range(40), *range(20)]
    manifest = Manifest(
        Path("drawn.jsonl"),
        tuple(
            LabelledListing(f"listing-{at}", f"item-{item:02d}", "seller", ("photo",))
            for at, item in enumerate(items)
        ),
    )
    left, right = np.triu_indices(60, 1)
    kept = np.zeros(len(left))
    draws = 2000
    for places in thinned_draws(manifest.items, 0.1, draws, seed=3):
        is_there = np.isin(np.arange(60), places)
        kept += is_there[left] & is_there[right]

    weights = thinning_weights(manifest, left, right, 0.1)

    kinds = manifest.items[left] == manifest.items[right], np.round(weights, 6)
    for kind in set(zip(*(column.tolist() for column in kinds), strict=True)):
        chosen = (kinds[0] == kind[0]) & (kinds[1] == kind[1])
        assert kept[chosen].mean() / draws == pytest.approx(weights[chosen].mean(), abs=0.01)
