"""Whether a probability is a chance: of pairs said to be so sure, how many are duplicates."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.ports import Bits
from stream.training.data import Manifest

_BINS = 10

_Floats = NDArray[np.float64]


class ReliabilityBin(msgspec.Struct, frozen=True):
    """Pairs whose probability lies in one tenth from 0 to 1; only tenths that hold any."""

    start: float
    end: float
    pairs: int
    weight: float
    """How many pairs these are once weighted."""
    probability: float
    """Weighted mean of what was said."""
    duplicates: float
    """Weighted share that are duplicates."""


class Reliability(msgspec.Struct, frozen=True):
    """Of verified pairs whose label is certain."""

    base_rate: float | None
    """Share of the items listed twice that keep both listings; null: pairs as they are."""
    expected_calibration_error: float
    """Mean over bins, weighted, of how far the probability is from the share of duplicates."""
    bins: tuple[ReliabilityBin, ...]


def thinning_weights(
    manifest: Manifest, left: NDArray[np.int64], right: NDArray[np.int64], base_rate: float
) -> _Floats:
    """Return the chance that both listings of each pair [P] are there; see `thinned_draws`.

    Of an item listed twice both listings stay with the chance `base_rate`, else one at random.
    """
    is_same = manifest.items[left] == manifest.items[right]
    is_twice = (np.bincount(manifest.items) > 1)[manifest.items]
    stays = np.where(is_twice, (1 + base_rate) / 2, 1.0)
    weights: _Floats = np.where(is_same, base_rate, stays[left] * stays[right])
    return weights


def measure_reliability(
    probabilities: _Floats, is_same: Bits, weights: _Floats, base_rate: float | None
) -> Reliability:
    """Return the reliability of probabilities [P] in bins of equal width.

    Source: C. Guo et al., "On calibration of modern neural networks", 2017, section 2.
    """
    places = np.minimum((probabilities * _BINS).astype(np.int64), _BINS - 1)
    bins = []
    for place in np.unique(places).tolist():
        inside = places == place
        weight = float(weights[inside].sum())
        bins.append(
            ReliabilityBin(
                start=place / _BINS,
                end=(place + 1) / _BINS,
                pairs=int(inside.sum()),
                weight=weight,
                probability=float((probabilities * weights)[inside].sum()) / weight,
                duplicates=float((is_same * weights)[inside].sum()) / weight,
            )
        )
    total = sum(one.weight for one in bins)
    error = sum(one.weight * abs(one.probability - one.duplicates) for one in bins)
    return Reliability(base_rate, error / total if total else float("nan"), tuple(bins))
