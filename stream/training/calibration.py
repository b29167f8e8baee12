"""Turns a verifier's logits into chances that hold: a slope and an offset, no more."""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.domain.errors import StopError
from stream.ports import Bits

_STEPS = 100
_CLOSE = 1e-10
_EDGE = 1e-6
"""Probabilities are taken to lie at least so far from 0 and 1, where logits have no end."""

_Floats = NDArray[np.float64]


class Calibration(msgspec.Struct, frozen=True):
    """The calibrated probability is sigmoid(slope · logit + offset); `export` writes it in.

    The order of pairs stays as it was.
    """

    slope: float = 1.0
    offset: float = 0.0

    def apply(self, probabilities: _Floats) -> _Floats:
        """Return calibrated probabilities."""
        return _sigmoid(self.slope * _logit(probabilities) + self.offset)


UNCALIBRATED = Calibration()


def fit_calibration(probabilities: _Floats, is_same: Bits, weights: _Floats) -> Calibration:
    """Fit the two numbers by weighted logistic regression of the labels on the logits.

    Source: J. Platt, "Probabilistic outputs for support vector machines", 1999, with his smoothed
    targets, found by Newton's method.

    Args:
        probabilities: Of the verifier as it stands [P].
        is_same: Whether the pairs show the same item [P].
        weights: How often each pair counts [P].

    Raises `StopError` when the probabilities do not grow with the chance of a duplicate.
    """
    same, other = float(weights[is_same].sum()), float(weights[~is_same].sum())
    if not same or not other:
        raise StopError("Probabilities are calibrated on duplicates and other pairs; one is absent")
    targets = np.where(is_same, (same + 1) / (same + 2), 1 / (other + 2))
    columns = np.stack((_logit(probabilities), np.ones(len(probabilities))), -1)
    numbers = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        chances = _sigmoid(columns @ numbers)
        slopes = columns.T @ (weights * (chances - targets))
        curvature = (columns.T * (weights * chances * (1 - chances))) @ columns
        step = np.linalg.solve(curvature + _CLOSE * np.eye(2), slopes)
        # Newton's step may overshoot where chances are near 0 and 1.
        numbers -= step * min(1.0, 2 / float(np.abs(step).max() + _CLOSE))
        if np.abs(step).max() < _CLOSE:
            break
    slope, offset = numbers.tolist()
    if slope <= 0:
        raise StopError("The verifier ranks other pairs above duplicates; train it anew")
    return Calibration(slope, offset)


def read_calibration(path: Path) -> Calibration:
    """Read what `calibrate --probabilities` wrote."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Calibration)
    except (OSError, msgspec.DecodeError) as error:
        raise StopError(f"{path} is no calibration: {error}") from error


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write it for `export`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(calibration), indent=2) + b"\n")


def _logit(probabilities: _Floats) -> _Floats:
    inside = np.clip(probabilities, _EDGE, 1 - _EDGE)
    logits: _Floats = np.log(inside / (1 - inside))
    return logits


def _sigmoid(logits: _Floats) -> _Floats:
    chances: _Floats = 1 / (1 + np.exp(-logits))
    return chances
