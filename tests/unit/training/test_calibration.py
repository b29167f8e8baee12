from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from stream.domain.errors import StopError
from stream.training.calibration import (
    Calibration,
    fit_calibration,
    read_calibration,
    write_calibration,
)


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    chances: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return chances


def test_finds_the_map_that_the_labels_were_drawn_by() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(-1, 2, 100_000)
    is_same = random.random(len(logits)) < sigmoid(0.5 * logits - 1.5)

    found = fit_calibration(sigmoid(logits), is_same, np.ones(len(logits)))

    assert found.slope == pytest.approx(0.5, abs=0.02)
    assert found.offset == pytest.approx(-1.5, abs=0.03)


def test_agrees_with_a_library_when_there_are_many_pairs() -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 3, 20_000)
    is_same = random.random(len(logits)) < sigmoid(1.3 * logits + 0.4)
    weights = np.where(is_same, 0.1, 0.3)
    library = LogisticRegression(C=1e9, max_iter=1000)
    library.fit(logits[:, None], is_same, sample_weight=weights)

    found = fit_calibration(sigmoid(logits), is_same, weights)

    assert found.slope == pytest.approx(library.coef_[0, 0], rel=0.01)
    assert found.offset == pytest.approx(library.intercept_[0], abs=0.02)


def test_pairs_that_are_told_apart_entirely_stay_finite() -> None:
    found = fit_calibration(
        np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]), np.ones(4)
    )

    assert np.isfinite([found.slope, found.offset]).all()
    assert found.slope > 0


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=20),
    st.floats(0.1, 3),
    st.floats(-3, 3),
)
def test_the_order_of_pairs_stays(chances: list[float], slope: float, offset: float) -> None:
    rising = np.sort(chances)

    calibrated = Calibration(slope, offset).apply(rising)

    assert (np.diff(calibrated) >= 0).all()
    assert ((calibrated >= 0) & (calibrated <= 1)).all()


def test_nothing_changes_without_a_calibration() -> None:
    chances = np.array([0.1, 0.5, 0.9])

    assert Calibration().apply(chances) == pytest.approx(chances)


def test_refuses_a_verifier_that_is_wrong_throughout() -> None:
    with pytest.raises(StopError, match="train it anew"):
        fit_calibration(
            np.array([0.1, 0.2, 0.8, 0.9]), np.array([True, True, False, False]), np.ones(4)
        )


def test_refuses_pairs_of_one_kind() -> None:
    with pytest.raises(StopError, match="absent"):
        fit_calibration(np.array([0.1, 0.2]), np.array([True, True]), np.ones(2))


def test_a_file_keeps_it(tmp_path: Path) -> None:
    calibration = Calibration(1.25, -0.5)
    write_calibration(calibration, tmp_path / "new" / "calibration.json")

    assert read_calibration(tmp_path / "new" / "calibration.json") == calibration


def test_names_the_file_that_is_no_calibration(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text("[]")

    with pytest.raises(StopError, match=r"calibration\.json is no calibration"):
        read_calibration(path)
