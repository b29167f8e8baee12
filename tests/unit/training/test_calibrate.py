from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pytest

from stream.adapters.photos.decode import decode_photo
from stream.domain.errors import StopError
from stream.domain.policy import Policy, Thresholds
from stream.training.calibrate import calibrate, calibrate_probabilities, write_policy
from stream.training.data import Manifest, read_manifest
from stream.training.evaluate import evaluate
from stream.training.evaluation.thresholds import (
    LEAST_DUPLICATES,
    LabelledPairs,
    alerts_elsewhere,
    choose_thresholds,
)
from tests.support.memory_models import MemoryModels

POLICY = Policy(
    policy_version="test",
    model_version="light-1",
    thresholds=Thresholds(0.5),
    same_photos_similarity=0.99,
    near_miss_floor=0.1,
)


decode = partial(decode_photo, max_pixels=10**6)


def labelled(rows: list[tuple[float, bool, str]], weight: float = 1.0) -> LabelledPairs:
    probability, is_same, groups = (np.array(column) for column in zip(*rows, strict=True))
    return LabelledPairs(
        np.arange(len(rows)), probability, is_same, np.full(len(rows), weight), groups
    )


async def test_thresholds_lie_between_duplicates_and_others(
    manifest_path: Path, tmp_path: Path
) -> None:
    models, manifest = MemoryModels(), read_manifest(manifest_path)
    policy = await calibrate(manifest, models, decode, POLICY)
    report = (await evaluate(manifest, models, decode, policy)).report
    write_policy(policy, tmp_path / "policy.json")

    assert report.alerts.precision == 1
    assert policy.near_miss_floor <= policy.thresholds.default
    assert policy.model_version == "light-1"
    assert policy.policy_version not in {"", POLICY.policy_version}
    assert policy.thresholds.by_category == {}  # six duplicates are too few for a group
    alerts = msgspec.to_builtins(policy.fitted_on)["alerts"]["all"]
    assert alerts["false_alerts"] == 0
    assert alerts["precision"] == 1
    assert alerts["precision_interval"] == [1, 1]
    written = msgspec.json.decode((tmp_path / "policy.json").read_bytes(), type=Policy)
    assert written == policy


async def test_probabilities_become_surer_when_all_are_right(manifest_path: Path) -> None:
    manifest = read_manifest(manifest_path)

    calibration = await calibrate_probabilities(manifest, MemoryModels(), decode, POLICY)

    assert calibration.slope > 0


SURE = [(0.9, True, "")] * 19
"""So many stand one false alarm at precision .95."""


def test_a_large_group_has_a_threshold_of_its_own() -> None:
    cars = [(0.9 - at / 1000, True, "cars") for at in range(LEAST_DUPLICATES)]
    false_cars = [(0.84, False, "cars")] * 10
    few = [(0.3, True, "chairs"), (0.2, False, "chairs")]

    found = choose_thresholds(
        labelled([*cars, *false_cars, *few]), 0.95, {"van": "cars", "chair": "chairs"}
    )

    assert found.by_category == {"van": 0.851}  # the last of fifty, above the false ones
    assert found.default == 0.851  # nineteen more right ones would be needed to go on to .3


def test_the_lowest_threshold_that_bears_one_more_false_alarm_is_chosen() -> None:
    rows = [*SURE, (0.8, False, ""), *[(0.7, True, "")] * 19, (0.6, False, ""), (0.5, True, "")]

    assert choose_thresholds(labelled(rows), 0.95, {}).default == 0.7
    assert choose_thresholds(labelled(rows[:-22]), 0.95, {}).default == 0.9


def test_where_none_bears_it_no_false_alarm_is_let_through() -> None:
    rows = [(0.9, True, ""), (0.8, True, ""), (0.7, False, ""), (0.6, True, "")]

    assert choose_thresholds(labelled(rows), 0.95, {}).default == 0.8


def test_weights_are_how_often_pairs_are_there() -> None:
    rows = labelled([*SURE, (0.8, False, ""), (0.7, True, "")])
    assert choose_thresholds(rows, 0.95, {}).default == 0.9
    rows.weights[19] = 0.1

    assert choose_thresholds(rows, 0.95, {}).default == 0.7


def test_thresholds_are_rounded_up() -> None:
    assert choose_thresholds(labelled([(0.12341, True, "")]), 0.95, {}).default == 0.1235


def test_a_large_group_whose_best_pair_is_false_is_silent_and_has_no_say_elsewhere() -> None:
    cars = [(0.99, False, "cars")] * 5 + [(0.9, True, "cars")] * LEAST_DUPLICATES
    chairs = [(0.5, True, "chairs"), (0.4, False, "chairs")]

    found = choose_thresholds(labelled([*cars, *chairs]), 0.95, {"car": "cars", "chair": "chairs"})

    assert found.by_category == {"car": 1.0}
    assert found.default == 0.5


@pytest.mark.parametrize(("false_chair", "threshold"), [(0.98, 0.99), (0.6, 0.9)])
def test_a_large_group_that_is_hardly_sure_is_never_below_the_rest(
    false_chair: float, threshold: float
) -> None:
    cars = [(0.9, True, "cars"), (0.85, False, "cars"), (0.7, False, "cars")]
    cars += [(0.3, True, "cars")] * LEAST_DUPLICATES
    chairs = [(0.99, True, "chairs"), (false_chair, False, "chairs")]

    found = choose_thresholds(labelled([*cars, *chairs]), 0.95, {"car": "cars", "chair": "chairs"})

    assert found.by_category == {"car": threshold}
    assert found.default == threshold


def test_refuses_listings_on_which_nothing_is_sure() -> None:
    with pytest.raises(StopError, match=r"No threshold reaches precision 0\.95"):
        choose_thresholds(labelled([(0.9, False, ""), (0.8, True, "")]), 0.95, {})


def test_thresholds_elsewhere_are_not_chosen_by_the_pairs_they_judge(
    manifest_path: Path,
) -> None:
    manifest: Manifest = read_manifest(manifest_path)
    left, right = np.triu_indices(18, 1)
    is_same = manifest.items[left] == manifest.items[right]
    pairs = LabelledPairs(
        np.arange(len(left)),
        # Sure of its duplicates, each household on a scale of its own.
        np.where(is_same, 0.5 + manifest.households[left] / 10, 0.1),
        is_same,
        np.ones(len(left)),
        np.full(len(left), ""),
    )
    households = manifest.households[left[is_same]]
    fold_of = manifest.folds(5, 0)
    folds = fold_of[left[is_same]]
    expected = [
        0.5 + household / 10 >= (0.5 + households[folds != fold] / 10).min()
        for household, fold in zip(households, folds, strict=True)
    ]

    precision, recall = alerts_elsewhere(manifest, pairs, 0.95, {}, seed=0)

    assert 0 < recall < 1
    assert recall == pytest.approx(np.mean(expected))
    assert precision == 1
