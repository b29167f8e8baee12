"""Measures the served models on a manifest: every listing queries all others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from stream.demo.object_maps import ObjectMap
from stream.domain.alert import in_pair_order
from stream.domain.policy import Policy
from stream.ports import Models
from stream.training.candidates import EncodedListings
from stream.training.data import Decode, Manifest
from stream.training.evaluation.ablate import score_without
from stream.training.evaluation.ablation import Ablation
from stream.training.evaluation.alerts import JudgedPairs, judge
from stream.training.evaluation.cases import PairLabels, tally_cases
from stream.training.evaluation.edited import measure_edits
from stream.training.evaluation.evidence import check_evidence, read_maps
from stream.training.evaluation.report import Ablated, AlertedPair, Report
from stream.training.evaluation.summary import summarise
from stream.training.evaluation.views import measure_views
from stream.training.metrics import measure
from stream.training.score import ScoredListings, encode, score_encoded


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
    """Measure the models on a manifest; stock photos that the labels name join the policy's."""
    if questions.labels is not None:
        policy = replace(policy, stock_photos=policy.stock_photos | questions.labels.stock_photos)
    maps = read_maps(manifest)
    listings = await encode(manifest, models, decode)
    scored = await score_encoded(listings, models, policy)
    pairs = judge(manifest, scored, policy)
    report = summarise(
        manifest,
        scored,
        pairs,
        policy,
        model_version=models.spec.model_version,
        base_rate=questions.base_rate,
        seed=questions.seed,
    )
    asked = replace(
        report,
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
