"""What every report answers: rankings, alerts, how sure they are, and for whom they hold."""

import numpy as np
from numpy.typing import NDArray

from stream.domain.policy import Policy
from stream.training.data import Manifest
from stream.training.evaluation.alerts import (
    JudgedPairs,
    tally_by_category,
    tally_by_household,
    tally_by_photos,
)
from stream.training.evaluation.intervals import (
    CONFIDENCE,
    RESAMPLES,
    RateIntervals,
    Resamples,
    figure_intervals,
    rate_intervals,
    resample,
    thinned_uap_interval,
    wilson_interval,
)
from stream.training.evaluation.reliability import (
    Reliability,
    measure_reliability,
    thinning_weights,
)
from stream.training.evaluation.report import (
    Alerts,
    CurvePoint,
    Intervals,
    Report,
    Slices,
    Thinned,
    ThinnedIntervals,
)
from stream.training.metrics import mean_figures, measure, precision_recall, thinned_draws
from stream.training.score import ScoredListings

DRAWS = 40
_CURVE_POINTS = 200


def summarise(
    manifest: Manifest,
    scored: ScoredListings,
    pairs: JudgedPairs,
    policy: Policy,
    *,
    model_version: str,
    base_rate: float | None,
    seed: int,
) -> Report:
    """Return the report of listings that were scored and judged.

    Args:
        manifest: The listings.
        scored: Their scores.
        pairs: The judgement by `policy`.
        policy: The one in force.
        model_version: Of the models that scored.
        base_rate: Share of the items listed twice that keep both listings, as in life.
        seed: Of what is drawn.
    """
    resamples = resample(manifest, seed)
    tally = pairs.tally()
    return Report(
        manifest=manifest.name,
        model_version=model_version,
        policy_version=policy.policy_version,
        listings=len(manifest.listings),
        photos_left_out=sum(
            len(listing.photos) - len(head.photos)
            for listing, head in zip(manifest.listings, scored.heads, strict=True)
        ),
        pairs_verified=len(scored.pairs),
        embedding=measure(scored.cosines, manifest.items),
        verified=measure(scored.verified, manifest.items),
        alerts=Alerts(int(pairs.is_alert.sum()), tally.precision, tally.recall),
        thinned=_thinned(manifest, scored, pairs, base_rate, seed),
        intervals=_intervals(manifest, scored, pairs, base_rate, resamples),
        slices=Slices(
            tally_by_household(pairs),
            tally_by_category(manifest, pairs, policy),
            tally_by_photos(scored, pairs),
        ),
        reliability=_reliability(manifest, pairs, base_rate),
        curve=_curve(pairs),
    )


def _thinned(
    manifest: Manifest,
    scored: ScoredListings,
    pairs: JudgedPairs,
    base_rate: float | None,
    seed: int,
) -> Thinned | None:
    """Scores are those among all listings: a pair's depends on its two listings alone."""
    items = manifest.items
    if base_rate is None or len(np.unique(items)) == len(items):
        return None
    kept = list(thinned_draws(items, base_rate, DRAWS, seed))
    embedding, verified = (
        mean_figures([measure(table[np.ix_(places, places)], items[places]) for places in kept])
        for table in (scored.cosines, scored.verified)
    )
    alerts = right = duplicates = 0
    for places in kept:
        is_there = np.isin(np.arange(len(items)), places)
        tally = pairs.tally(is_there[pairs.left] & is_there[pairs.right])
        alerts += tally.found + tally.false_alarms
        right += tally.found
        duplicates += tally.duplicates
    rates = Alerts(
        alerts / DRAWS,
        precision=right / alerts if alerts else float("nan"),
        recall=right / duplicates,
    )
    return Thinned(base_rate, DRAWS, embedding, verified, rates)


def _intervals(
    manifest: Manifest,
    scored: ScoredListings,
    pairs: JudgedPairs,
    base_rate: float | None,
    resamples: Resamples,
) -> Intervals:
    tally = pairs.tally()

    def of_alerts(rate: float | None) -> RateIntervals:
        return rate_intervals(pairs, _weights(manifest, pairs, rate), resamples)

    return Intervals(
        confidence=CONFIDENCE,
        resamples=RESAMPLES,
        unit=resamples.unit,
        units=resamples.counts.shape[1],
        embedding=figure_intervals(scored.cosines, manifest.items, resamples),
        verified=figure_intervals(scored.verified, manifest.items, resamples),
        alerts=of_alerts(None),
        alerts_precision_wilson=wilson_interval(tally.found, tally.found + tally.false_alarms),
        thinned=None
        if base_rate is None
        else ThinnedIntervals(
            thinned_uap_interval(scored.cosines, manifest, base_rate, resamples),
            thinned_uap_interval(scored.verified, manifest, base_rate, resamples),
            of_alerts(base_rate),
        ),
    )


def _reliability(manifest: Manifest, pairs: JudgedPairs, base_rate: float | None) -> Reliability:
    known = pairs.is_verified & pairs.is_certain
    weights = _weights(manifest, pairs, base_rate)
    return measure_reliability(
        pairs.probability[known], pairs.is_same[known], weights[known], base_rate
    )


def _weights(
    manifest: Manifest, pairs: JudgedPairs, base_rate: float | None
) -> NDArray[np.float64]:
    if base_rate is None:
        return np.ones(len(pairs.left))
    return thinning_weights(manifest, pairs.left, pairs.right, base_rate)


def _curve(pairs: JudgedPairs) -> tuple[CurvePoint, ...]:
    """Return what thresholds give; duplicates that are not verified are missed at all of them."""
    known = pairs.is_verified
    if not (pairs.is_same & known).any():
        return ()
    precision, recall, levels = precision_recall(pairs.probability[known], pairs.is_same[known])
    recall = recall * pairs.is_same[known].sum() / pairs.is_same.sum()
    shown = np.unique(np.linspace(0, len(levels) - 1, _CURVE_POINTS).round().astype(np.int64))
    return tuple(
        CurvePoint(*map(float, point))
        for point in zip(levels[shown], precision[shown], recall[shown], strict=True)
    )
