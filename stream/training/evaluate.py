"""Measures the served models on a manifest: every listing queries all others."""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.domain.policy import Policy
from stream.ports import Models
from stream.training.data import Decode, Manifest, read_manifest
from stream.training.metrics import Figures, mean_figures, measure, thinned_draws
from stream.training.score import ScoredListings, score

DRAWS = 40


class Thinned(msgspec.Struct, frozen=True):
    """Means over draws in which few items keep their second listing, as in life."""

    base_rate: float
    draws: int
    embedding: Figures
    verified: Figures


class Alerts(msgspec.Struct, frozen=True):
    """What the shipped thresholds let through; null precision without an alert."""

    pairs: int
    precision: float
    recall: float
    """Of all duplicate pairs of the manifest."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `twinlist evaluate` writes."""

    manifest: str
    model_version: str
    policy_version: str
    listings: int
    photos_left_out: int
    pairs_verified: int
    embedding: Figures
    """The set embedding alone."""
    verified: Figures
    """Verified pairs by probability, above all others, which are ordered by the embedding."""
    alerts: Alerts
    thinned: Thinned | None = None


class AlertedPair(msgspec.Struct, frozen=True):
    """A pair at or above its threshold; ids sorted by bytes."""

    listings: tuple[str, str]
    probability: float
    threshold: float
    is_same: bool


async def evaluate(
    manifest_path: Path,
    models: Models,
    decode: Decode,
    policy: Policy,
    *,
    base_rate: float | None = None,
    seed: int = 0,
) -> tuple[Report, tuple[AlertedPair, ...]]:
    """Return the report, and the pairs that the stream would alert on, best first.

    With a `base_rate` also the same figures for draws in which only that share of the items listed
    twice keeps its second listing. Scores are those of the full manifest there: a pair's score
    depends on its two listings alone. Raises `StopError` for a manifest that cannot be read.
    """
    manifest = read_manifest(manifest_path)
    scored = await score(manifest, models, decode, policy)
    pairs = _alerted_pairs(manifest, scored, policy)
    thinned = None if base_rate is None else _thinned(manifest, scored, base_rate, seed)
    report = Report(
        manifest=manifest.name,
        model_version=models.spec.model_version,
        policy_version=policy.policy_version,
        listings=len(manifest.listings),
        photos_left_out=sum(
            len(listing.photos) - len(head.photos)
            for listing, head in zip(manifest.listings, scored.heads, strict=True)
        ),
        pairs_verified=len(scored.pairs),
        embedding=measure(scored.cosines, manifest.items),
        verified=measure(scored.verified, manifest.items),
        alerts=_alerts(pairs, manifest.items),
        thinned=thinned,
    )
    return report, pairs


def write_report(report: Report, path: Path) -> None:
    """Write a report as JSON."""
    _write(path, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def write_pairs(pairs: tuple[AlertedPair, ...], path: Path) -> None:
    """Write pairs as JSON Lines."""
    _write(path, b"".join(msgspec.json.encode(pair) + b"\n" for pair in pairs))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _alerted_pairs(
    manifest: Manifest, scored: ScoredListings, policy: Policy
) -> tuple[AlertedPair, ...]:
    found = []
    for (left, right), probability in zip(
        scored.pairs.tolist(), scored.probabilities.tolist(), strict=True
    ):
        heads = scored.heads[left], scored.heads[right]
        threshold = policy.threshold(*heads)
        if probability >= threshold:
            one, other = sorted((head.listing_id for head in heads), key=str.encode)
            is_same = bool(manifest.items[left] == manifest.items[right])
            found.append(AlertedPair((one, other), probability, threshold, is_same))
    return tuple(sorted(found, key=lambda pair: (-pair.probability, pair.listings)))


def _alerts(pairs: tuple[AlertedPair, ...], items: NDArray[np.int64]) -> Alerts:
    counts = np.bincount(items)
    duplicates = int((counts * (counts - 1) // 2).sum())
    found = sum(pair.is_same for pair in pairs)
    return Alerts(
        len(pairs),
        precision=found / len(pairs) if pairs else float("nan"),
        recall=found / duplicates if duplicates else float("nan"),
    )


def _thinned(
    manifest: Manifest, scored: ScoredListings, base_rate: float, seed: int
) -> Thinned | None:
    if len(np.unique(manifest.items)) == len(manifest.items):
        return None
    kept = list(thinned_draws(manifest.items, base_rate, DRAWS, seed))
    embedding, verified = (
        mean_figures(
            [measure(table[np.ix_(places, places)], manifest.items[places]) for places in kept]
        )
        for table in (scored.cosines, scored.verified)
    )
    return Thinned(base_rate, DRAWS, embedding, verified)
