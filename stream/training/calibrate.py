"""Chooses the policy's numbers on households that training did not see, with the served models."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from stream.domain.policy import Policy, Scope
from stream.ports import Floats, Models
from stream.training.calibration import Calibration, fit_calibration
from stream.training.data import Decode, Manifest
from stream.training.evaluation.alerts import JudgedPairs, Tally, judge
from stream.training.evaluation.edits import EDITS, read_picture, write_picture
from stream.training.evaluation.intervals import Resamples, rate_intervals, resample
from stream.training.evaluation.reliability import measure_reliability, thinning_weights
from stream.training.evaluation.thresholds import (
    LabelledPairs,
    alerts_elsewhere,
    choose_thresholds,
    group_of,
    labelled_pairs,
)
from stream.training.score import score, show_progress

TARGET_PRECISION = 0.95
BASE_RATE = 0.1

_FORMAT = "1"
_DIGITS = 4
_COPIED_PHOTOS = 200
_FALSE_COPIES = 0.03
"""Share of same-item pairs with other photos that may be called copies."""
_NEAR_MISSES = 0.1
"""Records of near misses a listing."""


async def calibrate(
    manifest: Manifest,
    models: Models,
    decode: Decode,
    policy: Policy,
    *,
    target_precision: float = TARGET_PRECISION,
    base_rate: float = BASE_RATE,
    seed: int = 0,
) -> Policy:
    """Return `policy` with numbers for the served models; its scope and stock photos are kept.

    Args:
        manifest: Listings of households that training did not see.
        models: As served; the policy takes their version.
        decode: The pipeline's.
        policy: The one to replace.
        target_precision: Of alerts, when `base_rate` of the items are listed twice.
        base_rate: As in life, not as in the manifest.
        seed: Of what is drawn.

    Raises `StopError` when no threshold reaches the target.
    """
    scored = await score(manifest, models, decode, replace(policy, scope=Scope()))
    pairs = judge(manifest, scored, policy)
    weights = thinning_weights(manifest, pairs.left, pairs.right, base_rate)
    labelled = labelled_pairs(manifest, pairs, weights, policy)
    groups = {one.category: group_of(policy, one.category) for one in manifest.listings}
    thresholds = choose_thresholds(labelled, target_precision, groups)
    chosen = replace(policy, thresholds=thresholds)
    pairs = judge(manifest, scored, chosen)

    best_photos = scored.best_photos[pairs.match[labelled.places[labelled.is_same]]]
    same_photos = round(float(np.quantile(best_photos, 1 - _FALSE_COPIES)), _DIGITS)
    copies = await _copy_similarities(manifest, models, decode, seed)
    elsewhere = alerts_elsewhere(manifest, labelled, target_precision, groups, seed)
    reliability = measure_reliability(
        labelled.probability, labelled.is_same, labelled.weights, base_rate
    )
    resamples = resample(manifest, seed)
    kinds = {"all": np.ones(len(labelled.places), np.bool_)} | {
        group: labelled.groups == group
        for group in sorted({groups[category] for category in thresholds.by_category})
    }
    return _named(
        replace(
            chosen,
            model_version=models.spec.model_version,
            same_photos_similarity=same_photos,
            near_miss_floor=_near_miss_floor(labelled, pairs, len(manifest.listings)),
            fitted_on={
                "manifest": manifest.name,
                "sources": sorted({one.source for one in manifest.listings}),
                "listings": len(manifest.listings),
                "households": len(np.unique(manifest.households)),
                "target_precision": target_precision,
                "base_rate": base_rate,
                "alerts": {
                    name: _alerts(labelled.chosen(kept), pairs, resamples)
                    for name, kept in kinds.items()
                },
                "on_other_households": dict(
                    zip(("precision", "recall"), map(_rounded, elsewhere), strict=True)
                ),
                "expected_calibration_error": _rounded(reliability.expected_calibration_error),
                "edited_copies": len(copies),
                "edited_copies_recognised": _rounded(float((copies >= same_photos).mean())),
                "other_photos": len(best_photos),
                "other_photos_taken_for_copies": _FALSE_COPIES,
            },
        )
    )


async def calibrate_probabilities(
    manifest: Manifest,
    models: Models,
    decode: Decode,
    policy: Policy,
    *,
    base_rate: float = BASE_RATE,
) -> Calibration:
    """Return the map that makes the served verifier's probabilities chances at the base rate.

    The models are served as `export` writes them without a calibration; the manifest holds
    households that training did not see.
    """
    scored = await score(manifest, models, decode, replace(policy, scope=Scope()))
    pairs = judge(manifest, scored, policy)
    weights = thinning_weights(manifest, pairs.left, pairs.right, base_rate)
    labelled = labelled_pairs(manifest, pairs, weights, policy)
    return fit_calibration(labelled.probability, labelled.is_same, labelled.weights)


def write_policy(policy: Policy, path: Path) -> None:
    """Write `policy.json`."""
    content = msgspec.json.encode(policy, order="deterministic")
    path.write_bytes(msgspec.json.format(content, indent=2) + b"\n")


def _alerts(
    labelled: LabelledPairs, pairs: JudgedPairs, resamples: Resamples
) -> Mapping[str, object]:
    """Return the numbers that a threshold rests on; rates are at the base rate."""
    weights: NDArray[np.float64] = np.zeros(len(pairs.left))
    weights[labelled.places] = labelled.weights
    tally = Tally.of(labelled.is_same, pairs.is_alert[labelled.places], labelled.weights)
    intervals = rate_intervals(pairs, weights, resamples)
    return {
        "duplicates_verified": tally.duplicates,
        "pairs_verified": len(labelled.places),
        "alerts": tally.found + tally.false_alarms,
        "false_alerts": tally.false_alarms,
        "precision": _rounded(tally.precision),
        "precision_interval": [_rounded(end) for end in intervals.precision],
        "recall_of_verified": _rounded(tally.recall),
        "recall_interval": [_rounded(end) for end in intervals.recall],
        "interval_unit": resamples.unit,
    }


def _near_miss_floor(labelled: LabelledPairs, pairs: JudgedPairs, listings: int) -> float:
    """Return the probability that leaves about `_NEAR_MISSES` records a listing below alerts.

    It lies below every threshold: what is alerted on is no near miss.
    """
    is_alert = pairs.is_alert[labelled.places]
    below = np.sort(labelled.probability[~is_alert])[::-1]
    kept = min(round(_NEAR_MISSES * listings), len(below)) - 1
    least = float(pairs.threshold[labelled.places].min())
    return round(min(float(below[kept]), least), _DIGITS) if kept >= 0 else 0.0


async def _copy_similarities(
    manifest: Manifest, models: Models, decode: Decode, seed: int
) -> Floats:
    """Return how alike photos and their edited copies are, for photos drawn from the manifest."""
    random = np.random.default_rng(seed)
    chosen = random.permutation(len(manifest.photos))[:_COPIED_PHOTOS]
    similarities = []
    for number in show_progress(chosen.tolist(), "edited copies"):
        content = manifest.read_photo(manifest.photos[number])
        photo, draw = read_picture(content), np.random.default_rng((seed, number))
        files = [content, *(write_picture(edit(photo, draw)) for edit in EDITS.values())]
        photos = [decode(file, models.spec.photo_size) for file in files]
        original, *copies = await models.encode_photos(np.stack(photos))
        scores = await models.verify([(original[None], copy[None]) for copy in copies])
        similarities += [float(score.evidence[0, 0]) for score in scores]
    return np.array(similarities, np.float32)


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, _DIGITS)


def _named(policy: Policy) -> Policy:
    """Give the policy a version that says what it decides."""
    content = msgspec.json.encode(
        replace(policy, policy_version="", fitted_on={}), order="deterministic"
    )
    return replace(policy, policy_version=f"{_FORMAT}-{hashlib.sha256(content).hexdigest()[:8]}")
