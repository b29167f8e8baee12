"""What `twinlist evaluate` writes: `report.json`, and the pairs that would be alerted."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from stream.training.evaluation.alerts import Tally
from stream.training.evaluation.cases import CaseTallies
from stream.training.evaluation.edited import EditFigures
from stream.training.evaluation.evidence import EvidenceFigures
from stream.training.evaluation.intervals import FigureIntervals, Interval, RateIntervals
from stream.training.evaluation.reliability import Reliability
from stream.training.evaluation.views import ViewFigures
from stream.training.metrics import Figures


class Alerts(msgspec.Struct, frozen=True):
    """What the shipped thresholds let through; null precision without an alert."""

    pairs: float
    """A mean where they are thinned."""
    precision: float
    recall: float
    """Of all duplicate pairs of the manifest."""


class Thinned(msgspec.Struct, frozen=True):
    """Means over draws in which few items keep their second listing, as in life."""

    base_rate: float
    draws: int
    embedding: Figures
    verified: Figures
    alerts: Alerts
    """Rates are of the alerts of all draws together: one draw may have none."""


class ThinnedIntervals(msgspec.Struct, frozen=True):
    """When pairs count by their chance to be there at the base rate."""

    embedding_uap: Interval
    verified_uap: Interval
    alerts: RateIntervals


class Intervals(msgspec.Struct, frozen=True, kw_only=True):
    """Where the figures lie when other households, or items, are drawn. See `intervals`."""

    confidence: float
    resamples: int
    unit: str
    units: int
    embedding: FigureIntervals
    verified: FigureIntervals
    alerts: RateIntervals
    alerts_precision_wilson: Interval
    """Of the precision of alerts were they independent; it has a width without an error, too."""
    thinned: ThinnedIntervals | None


class CurvePoint(msgspec.Struct, frozen=True):
    """What a threshold for all categories would give."""

    threshold: float
    precision: float
    recall: float


class Slices(msgspec.Struct, frozen=True):
    """Tallies at the shipped thresholds of pairs of one kind."""

    by_household: Mapping[str, Tally]
    by_category: Mapping[str, Tally]
    by_photos: Mapping[str, Tally]
    """By the number of photos of the listing that has fewer."""


class Ablated(msgspec.Struct, frozen=True):
    """Figures with a part taken away."""

    embedding: Figures
    verified: Figures


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
    thinned: Thinned | None
    intervals: Intervals
    slices: Slices
    reliability: Reliability
    curve: tuple[CurvePoint, ...]
    """Of verified pairs, by falling threshold."""
    cases: CaseTallies | None = None
    views: Mapping[str, ViewFigures] | None = None
    evidence: EvidenceFigures | None = None
    edits: Mapping[str, EditFigures] | None = None
    ablations: Mapping[str, Ablated] = {}


class AlertedPair(msgspec.Struct, frozen=True):
    """A pair at or above its threshold; ids sorted by bytes."""

    listings: tuple[str, str]
    probability: float
    threshold: float
    is_same: bool


def write_report(report: Report, path: Path) -> None:
    """Write a report as JSON."""
    _write(path, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def write_pairs(pairs: tuple[AlertedPair, ...], path: Path) -> None:
    """Write pairs as JSON Lines."""
    _write(path, b"".join(msgspec.json.encode(pair) + b"\n" for pair in pairs))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
