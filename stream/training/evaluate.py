"""Measures the served models on a manifest: every listing queries all others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from stream.demo.object_maps import ObjectMap
from stream.domain.alert import in_pair_order
from stream.domain.policy import Policy
from stream.ports import Models
from stream.training.candidates import EncodedListings
from stream.training.data import Decode, Manifest
from stream.training.evaluation.ablate import score_without
from stream.training.evaluation.ablation import Ablation
from stream.training.evaluation.alerts import (
    JudgedPairs,
    judge,
    tally_by_category,
    tally_by_household,
    tally_by_photos,
)
from stream.training.evaluation.cases import PairLabels, tally_cases
from stream.training.evaluation.edited import measure_edits
from stream.training.evaluation.evidence import check_evidence, read_maps
from stream.training.evaluation.intervals import (
    CONFIDENCE,
    RESAMPLES,
    RateIntervals,
    figure_intervals,
    rate_intervals,
    resample,
    wilson_interval,
)
from stream.training.evaluation.reliability import (
    Reliability,
    measure_reliability,
    thinning_weights,
)
from stream.training.evaluation.report import (
    Ablated,
    AlertedPair,
    Alerts,
    CurvePoint,
    Intervals,
    Report,
    Slices,
    Thinned,
)
from stream.training.evaluation.views import measure_views
from stream.training.metrics import (
    mean_figures,
    measure,
    precision_recall,
    thinned_draws,
)
from stream.training.score import ScoredListings, encode, score_encoded

DRAWS = 40
_CURVE_POINTS = 200


@dataclass(frozen=True)
class Questions:
    """What is asked besides what every report answers."""

    base_rate: float | None = None
    """Share of the items listed twice that keep both listings, as in life."""
    labels: PairLabels | None = None
    """Of single pairs."""
    with_views: bool = False
    with_edits: bool = False
    ablations: tuple[Ablation, ...] = ()
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A report, and what it was made from."""

    report: Report
    manifest: Manifest
    scored: ScoredListings
    pairs: JudgedPairs

    @property
    def alerted_pairs(self) -> tuple[AlertedPair, ...]:
        """The pairs that the stream would alert on, best first."""
        found = [
            AlertedPair(
                in_pair_order(
                    *(
                        self.manifest.listings[listing].listing_id
                        for listing in (self.pairs.left[place], self.pairs.right[place])
                    )
                ),
                float(self.pairs.probability[place]),
                float(self.pairs.threshold[place]),
                bool(self.pairs.is_same[place]),
            )
            for place in np.flatnonzero(self.pairs.is_alert)
        ]
        return tuple(sorted(found, key=lambda pair: (-pair.probability, pair.listings)))


async def evaluate(
    manifest: Manifest,
    models: Models,
    decode: Decode,
    policy: Policy,
    questions: Questions = Questions(),
) -> Evaluation:
    """Measure the models on a manifest.

    The thinned figures take scores as they are among all listings: a pair's score depends on its
    two listings alone. Stock photos that the labels name are added to the policy's.
    """
    if questions.labels is not None:
        policy = replace(policy, stock_photos=policy.stock_photos | questions.labels.stock_photos)
    maps = read_maps(manifest)
    listings = await encode(manifest, models, decode)
    scored = await score_encoded(listings, models, policy)
    pairs = judge(manifest, scored, policy)
    report = _report(manifest, scored, pairs, policy, questions)
    asked = replace(
        report,
        model_version=models.spec.model_version,
        cases=tally_cases(manifest, pairs, questions.labels) if questions.labels else None,
        views=(
            await measure_views(manifest, listings, models, policy)
            if questions.with_views
            else None
        ),
        evidence=check_evidence(manifest, scored, pairs, maps) if maps else None,
        edits=(
            await measure_edits(manifest, listings, models, decode, policy, seed=questions.seed)
            if questions.with_edits
            else None
        ),
        ablations={
            ablation.value: await _ablated(
                ablation, listings, models, policy, manifest=manifest, decode=decode, maps=maps
            )
            for ablation in questions.ablations
        },
    )
    return Evaluation(asked, manifest, scored, pairs)


async def _ablated(
    ablation: Ablation,
    listings: EncodedListings,
    models: Models,
    policy: Policy,
    *,
    manifest: Manifest,
    decode: Decode,
    maps: Mapping[str, ObjectMap],
) -> Ablated:
    scored = await score_without(
        ablation, listings, models, policy, manifest=manifest, decode=decode, maps=maps
    )
    return Ablated(
        measure(scored.cosines, manifest.items), measure(scored.verified, manifest.items)
    )


def _report(
    manifest: Manifest,
    scored: ScoredListings,
    pairs: JudgedPairs,
    policy: Policy,
    questions: Questions,
) -> Report:
    tally = pairs.tally()
    return Report(
        manifest=manifest.name,
        model_version=policy.model_version,
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
        thinned=_thinned(manifest, scored, pairs, questions),
        intervals=_intervals(manifest, scored, pairs, questions),
        slices=Slices(
            tally_by_household(pairs),
            tally_by_category(manifest, pairs, policy),
            tally_by_photos(scored, pairs),
        ),
        reliability=_reliability(manifest, pairs, questions.base_rate),
        curve=_curve(pairs),
    )


def _thinned(
    manifest: Manifest, scored: ScoredListings, pairs: JudgedPairs, questions: Questions
) -> Thinned | None:
    items = manifest.items
    if questions.base_rate is None or len(np.unique(items)) == len(items):
        return None
    kept = list(thinned_draws(items, questions.base_rate, DRAWS, questions.seed))
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
    return Thinned(questions.base_rate, DRAWS, embedding, verified, rates)


def _intervals(
    manifest: Manifest, scored: ScoredListings, pairs: JudgedPairs, questions: Questions
) -> Intervals:
    resamples = resample(manifest, questions.seed)
    tally = pairs.tally()

    def of_alerts(base_rate: float | None) -> RateIntervals:
        weights = _weights(manifest, pairs, base_rate)
        return rate_intervals(pairs, weights, resamples)

    return Intervals(
        confidence=CONFIDENCE,
        resamples=RESAMPLES,
        unit=resamples.unit,
        units=resamples.counts.shape[1],
        embedding=figure_intervals(scored.cosines, manifest.items, resamples),
        verified=figure_intervals(scored.verified, manifest.items, resamples),
        alerts=of_alerts(None),
        alerts_precision_wilson=wilson_interval(tally.found, tally.found + tally.false_alarms),
        thinned_alerts=None if questions.base_rate is None else of_alerts(questions.base_rate),
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
