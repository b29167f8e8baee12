"""Chooses the policy's numbers on households that training did not see, with the served models."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from rich.progress import track

from stream.domain.errors import StopError
from stream.domain.policy import Policy, Scope, Thresholds
from stream.ports import Bits, Floats, Models
from stream.training.copies import edited_copies
from stream.training.data import Decode, Manifest, read_manifest, uncertain_pairs
from stream.training.metrics import precision_recall
from stream.training.score import ScoredListings, score

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
    manifest_path: Path,
    models: Models,
    decode: Decode,
    policy: Policy,
    *,
    target_precision: float = TARGET_PRECISION,
    base_rate: float = BASE_RATE,
    sources: Collection[str] = (),
    seed: int = 0,
) -> Policy:
    """Return `policy` with numbers for the served models; its scope and stock photos are kept.

    Args:
        manifest_path: Listings of households that training did not see.
        models: As served; the policy takes their version.
        decode: The pipeline's.
        policy: The one to replace.
        target_precision: Of alerts, when `base_rate` of the items are listed twice.
        base_rate: As in life, not as in the manifest.
        sources: Use only the manifest's listings of these sources; empty for all.
        seed: Of the edited copies.

    Raises `StopError` when no threshold reaches the target.
    """
    manifest = read_manifest(manifest_path, sources)
    scored = await score(manifest, models, decode, replace(policy, scope=Scope()))
    ranked = _weighted_pairs(manifest, scored, base_rate)
    precision, recall, levels = precision_recall(
        ranked.probabilities, ranked.is_same, ranked.weights
    )
    enough = np.flatnonzero(precision >= target_precision)
    if not len(enough):
        raise StopError(f"No threshold reaches precision {target_precision} on {manifest.path}")
    at = enough[-1]
    # Rounded up: the pair at the level itself may fall below, none below it may rise above.
    threshold = float(np.ceil(levels[at] * 10**_DIGITS) / 10**_DIGITS)
    copies = await _copy_similarities(manifest, models, decode, seed)
    others = ranked.best_photos[ranked.is_same]
    same_photos = round(float(np.quantile(others, 1 - _FALSE_COPIES)), _DIGITS)
    is_alert = ranked.probabilities >= threshold
    return _named(
        replace(
            policy,
            model_version=models.spec.model_version,
            thresholds=Thresholds(default=threshold),
            same_photos_similarity=same_photos,
            near_miss_floor=_near_miss_floor(ranked, is_alert, len(manifest.listings)),
            fitted_on={
                "manifest": manifest.name,
                "sources": sorted({one.source for one in manifest.listings}),
                "listings": len(manifest.listings),
                "households": len(np.unique(manifest.households)),
                "pairs_verified": len(is_alert),
                "duplicates_verified": int(ranked.is_same.sum()),
                "alerts": int(is_alert.sum()),
                "false_alerts": int((is_alert & ~ranked.is_same).sum()),
                "target_precision": target_precision,
                "base_rate": base_rate,
                "precision_at_base_rate": round(float(precision[at]), _DIGITS),
                "recall_of_duplicates_verified": round(float(recall[at]), _DIGITS),
                "edited_copies": len(copies),
                "edited_copies_recognised": round(float((copies >= same_photos).mean()), _DIGITS),
                "other_photos": len(others),
                "other_photos_taken_for_copies": _FALSE_COPIES,
            },
        )
    )


def write_policy(policy: Policy, path: Path) -> None:
    """Write `policy.json`."""
    content = msgspec.json.encode(policy, order="deterministic")
    path.write_bytes(msgspec.json.format(content, indent=2) + b"\n")


@dataclass(frozen=True, eq=False)
class _RankedPairs:
    """The verified pairs [P] whose label is certain."""

    probabilities: NDArray[np.float64]
    best_photos: NDArray[np.float64]
    """How alike the two most similar photos are."""
    is_same: Bits
    weights: NDArray[np.float64]
    """How often a pair is there when few items keep their second listing."""


def _weighted_pairs(manifest: Manifest, scored: ScoredListings, base_rate: float) -> _RankedPairs:
    """Weigh pairs by the chance that both listings are there; see `thinned_draws`.

    Of an item listed twice both listings stay with the chance `base_rate`, else one at random.
    """
    uncertain = uncertain_pairs(manifest)
    certain = [tuple(pair) not in uncertain for pair in scored.pairs.tolist()]
    left, right = scored.pairs[certain].T
    is_same = manifest.items[left] == manifest.items[right]
    is_twice = (np.bincount(manifest.items) > 1)[manifest.items]
    stays = np.where(is_twice, (1 + base_rate) / 2, 1.0)
    weights = np.where(is_same, base_rate, stays[left] * stays[right])
    return _RankedPairs(
        scored.probabilities[certain], scored.best_photos[certain], is_same, weights
    )


def _near_miss_floor(ranked: _RankedPairs, is_alert: Bits, listings: int) -> float:
    """Return the probability that leaves about `_NEAR_MISSES` records a listing below alerts."""
    below = np.sort(ranked.probabilities[~is_alert])[::-1]
    kept = min(round(_NEAR_MISSES * listings), len(below)) - 1
    return round(float(below[kept]), _DIGITS) if kept >= 0 else 0.0


async def _copy_similarities(
    manifest: Manifest, models: Models, decode: Decode, seed: int
) -> Floats:
    """Return how alike photos and their edited copies are, for photos drawn from the manifest."""
    random = np.random.default_rng(seed)
    chosen = random.permutation(len(manifest.photos))[:_COPIED_PHOTOS]
    similarities = []
    for number in track(chosen.tolist(), description="edited copies"):
        content = manifest.read_photo(manifest.photos[number])
        files = [content, *edited_copies(content, seed=number).values()]
        photos = [decode(file, models.spec.photo_size) for file in files]
        original, *copies = await models.encode_photos(np.stack(photos))
        scores = await models.verify([(original[None], copy[None]) for copy in copies])
        similarities += [float(score.evidence[0, 0]) for score in scores]
    return np.array(similarities, np.float32)


def _named(policy: Policy) -> Policy:
    """Give the policy a version that says what it decides."""
    content = msgspec.json.encode(
        replace(policy, policy_version="", fitted_on={}), order="deterministic"
    )
    return replace(policy, policy_version=f"{_FORMAT}-{hashlib.sha256(content).hexdigest()[:8]}")
