"""Chooses between models: uAP on households that were kept out, fold by fold. Pure numpy."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.training.data import Manifest, uncertain_pairs
from stream.training.metrics import Scores, average_precision


class CrossValidated(msgspec.Struct, frozen=True):
    """The uAP of one kind of model over folds of households."""

    uap: float
    """Mean over the folds."""
    standard_error: float
    """Of that mean: differences below it say nothing."""
    folds: tuple[float, ...]
    """Of each fold that has a duplicate."""


def cross_validate(
    scores: Scores, manifest: Manifest, fold_of: NDArray[np.int64]
) -> CrossValidated:
    """Return the uAP of pairs within each fold, where no label is uncertain.

    Args:
        scores: Symmetrical [L, L]. Those of two listings of one fold come from the model that was
            trained without it; the others are not looked at.
        manifest: The listings.
        fold_of: A fold for each listing [L]; see `Manifest.folds`.
    """
    left, right = np.triu_indices(len(fold_of), 1)
    is_certain = np.ones(scores.shape, np.bool_)
    if uncertain := uncertain_pairs(manifest):
        is_certain[tuple(np.array(sorted(uncertain)).T)] = False
    is_counted = (fold_of[left] == fold_of[right]) & is_certain[left, right]
    left, right = left[is_counted], right[is_counted]
    pair_folds, is_same = fold_of[left], manifest.items[left] == manifest.items[right]
    folds = np.array(
        [
            average_precision(scores[left[inside], right[inside]], is_same[inside])
            for fold in np.unique(fold_of)
            if is_same[inside := pair_folds == fold].any()
        ]
    )
    spread = folds.std(ddof=1) / np.sqrt(len(folds)) if len(folds) > 1 else float("nan")
    return CrossValidated(float(folds.mean()), float(spread), tuple(folds.tolist()))
