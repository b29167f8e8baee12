"""Projections fitted in closed form."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Rows = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Projection:
    """x to (x - mean) @ weights."""

    mean: Matrix
    """[F]"""
    weights: Matrix
    """[F, D]"""

    def apply(self, rows: Rows) -> Matrix:
        """Project rows [..., F] to [..., D]."""
        projected: Matrix = (rows - self.mean) @ self.weights
        return projected


def whiten_within_items(
    rows: Rows, items: NDArray[np.int64], width: int, shrinkage: float, power: float
) -> Projection:
    """Find the directions in which items differ most for how much views of one item differ.

    Rows [P, F] are divided by the deviation within `items` [P] (its covariance shrunk towards a
    multiple of the identity by `shrinkage`), then turned to their `width` principal axes, and each
    axis with eigenvalue e is scaled by e^-`power`: 0 keeps what tells items apart loud, 1/2 whitens
    fully. Learned whitening of Mikolajczyk and Matas, ICCV 2007, with shrinkage.
    """
    mean = rows.mean(0, dtype=np.float64)
    centred = rows - mean
    _, group, sizes = np.unique(items, return_inverse=True, return_counts=True)
    sums = np.zeros((len(sizes), rows.shape[1]))
    np.add.at(sums, group, centred)
    deviations = centred - (sums / sizes[:, None])[group]
    within = deviations.T @ deviations / (sizes - 1).sum()
    noise = np.trace(within) / len(within) * np.eye(len(within))
    values, axes = np.linalg.eigh((1 - shrinkage) * within + shrinkage * noise)
    whitening = axes / np.sqrt(values)
    spread, turns = np.linalg.eigh(np.cov((centred @ whitening).T))
    leading = slice(-1, -width - 1, -1)
    return Projection(mean, whitening @ (turns[:, leading] * spread[leading] ** -power))


def principal_axes(rows: Rows, width: int) -> Projection:
    """Turn rows [P, F] to their `width` principal axes, unscaled."""
    mean = rows.mean(0, dtype=np.float64)
    _, axes = np.linalg.eigh(np.cov((rows - mean).T))
    return Projection(mean, axes[:, : -width - 1 : -1])
