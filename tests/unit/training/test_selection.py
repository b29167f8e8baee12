from pathlib import Path

import numpy as np
import pytest

from stream.training.data import Manifest, read_manifest, uncertain_pairs
from stream.training.evaluation.selection import cross_validate
from stream.training.metrics import average_precision

FOLDS = 2


@pytest.fixture
def manifest(manifest_path: Path) -> Manifest:
    return read_manifest(manifest_path)


def test_each_fold_is_ranked_alone(manifest: Manifest) -> None:
    fold_of = manifest.folds(FOLDS, seed=1)
    random = np.random.default_rng(0)
    scores = random.random((18, 18))
    scores = scores + scores.T
    expected = []
    for fold in range(FOLDS):
        pairs = [
            (one, other)
            for one in range(18)
            for other in range(one + 1, 18)
            if fold_of[one] == fold_of[other] == fold
            and (one, other) not in uncertain_pairs(manifest)
        ]
        is_same = np.array([manifest.items[one] == manifest.items[other] for one, other in pairs])
        expected.append(average_precision(np.array([scores[pair] for pair in pairs]), is_same))

    found = cross_validate(scores, manifest, fold_of)

    assert found.folds == pytest.approx(expected)
    assert found.uap == pytest.approx(sum(expected) / FOLDS)
    assert found.standard_error == pytest.approx(abs(expected[0] - expected[1]) / 2)


def test_scores_across_folds_do_not_count(manifest: Manifest) -> None:
    fold_of = manifest.folds(FOLDS, seed=1)
    scores = (manifest.items[:, None] == manifest.items[None]).astype(np.float64)
    scores[fold_of[:, None] != fold_of[None]] = 9.0

    assert cross_validate(scores, manifest, fold_of).uap == 1


def test_one_fold_has_no_standard_error(manifest: Manifest) -> None:
    scores = (manifest.items[:, None] == manifest.items[None]).astype(np.float64)

    found = cross_validate(scores, manifest, np.zeros(18, np.int64))

    assert found.folds == (1.0,)
    assert np.isnan(found.standard_error)
