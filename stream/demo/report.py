"""The figures of a run: what was found, what was missed, how fast."""

from collections.abc import Sequence
from itertools import groupby

import msgspec
import numpy as np

from stream.demo.sample import ListingPair, Sample
from stream.demo.watch import Watched
from stream.domain.alert import Alert, in_pair_order


class Latency(msgspec.Struct, frozen=True):
    """Seconds from sending an event until its alerts were published."""

    median: float
    p99: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`report.json`. A rate is null where there is nothing to divide by."""

    events: int
    processed: int
    dead_letters: int
    expected_pairs: int
    found_pairs: int
    correct_pairs: int
    precision: float | None
    recall: float | None
    latency_seconds: Latency
    listings_per_second: float
    model_version: str
    policy_version: str

    @property
    def is_complete(self) -> bool:
        """Whether every event was accounted for."""
        return self.processed + self.dead_letters == self.events


class PairResult(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that was expected, found, or both."""

    pair: ListingPair
    is_expected: bool
    alert: Alert | None
    """The alert that stands."""
    case: str

    @property
    def verdict(self) -> str:
        """In one word: found, missed or false."""
        if self.alert is None:
            return "missed"
        return "found" if self.is_expected else "false"


class EventTiming(msgspec.Struct, frozen=True):
    """When an event was sent, counted from the first one, and how long it took."""

    sent_seconds: float
    latency_seconds: float


class OperatingPoint(msgspec.Struct, frozen=True):
    """What a threshold gives."""

    threshold: float
    precision: float
    recall: float


def compare(sample: Sample, watched: Watched) -> tuple[PairResult, ...]:
    """Hold the alerts that stand against the truth: false ones first, then missed, then found."""
    alerts = {
        in_pair_order(*(listing.listing_id for listing in alert.listings)): alert
        for alert in watched.open_alerts
    }
    results = (
        PairResult(
            pair=pair,
            is_expected=pair in sample.expected_pairs,
            alert=alerts.get(pair),
            case=sample.labels[pair].case if pair in sample.labels else "",
        )
        for pair in sorted(sample.expected_pairs | alerts.keys())
    )
    return tuple(sorted(results, key=lambda one: ("false", "missed", "found").index(one.verdict)))


def time_events(watched: Watched) -> tuple[EventTiming, ...]:
    """Tell for each event that is done when it was sent and how long it took, in that order."""
    start = min(watched.emitted.values(), default=0.0)
    return tuple(
        EventTiming(sent - start, watched.done[place] - sent)
        for place, sent in sorted(watched.emitted.items(), key=lambda item: item[1])
        if place in watched.done
    )


def precision_recall(results: Sequence[PairResult]) -> tuple[OperatingPoint, ...]:
    """Tell what each threshold at or above the policy's gives, the highest first.

    A pair without an alert is missed at all of them. Empty where a rate has nothing to divide by.
    """
    expected = sum(one.is_expected for one in results)
    if not expected:
        return ()
    ranked = sorted(
        ((one.alert.probability, one.is_expected) for one in results if one.alert is not None),
        reverse=True,
    )
    points: list[OperatingPoint] = []
    found = correct = 0
    for threshold, ties in groupby(ranked, key=lambda pair: pair[0]):
        rights = [is_expected for _, is_expected in ties]
        found += len(rights)
        correct += sum(rights)
        points.append(OperatingPoint(threshold, correct / found, correct / expected))
    return tuple(points)


def summarise(
    sample: Sample,
    watched: Watched,
    results: Sequence[PairResult],
    *,
    model_version: str,
    policy_version: str,
) -> Report:
    """Count."""
    found = [one for one in results if one.alert is not None]
    correct = [one for one in found if one.is_expected]
    latencies = watched.latencies_seconds or [0.0]
    busy = max(watched.done.values(), default=0.0) - min(watched.emitted.values(), default=0.0)
    return Report(
        events=len(sample.events),
        processed=len(watched.done) - len(watched.dead_letters),
        dead_letters=len(watched.dead_letters),
        expected_pairs=len(sample.expected_pairs),
        found_pairs=len(found),
        correct_pairs=len(correct),
        precision=round(len(correct) / len(found), 4) if found else None,
        recall=(
            round(len(correct) / len(sample.expected_pairs), 4) if sample.expected_pairs else None
        ),
        latency_seconds=Latency(
            round(float(np.median(latencies)), 3), round(float(np.percentile(latencies, 99)), 3)
        ),
        listings_per_second=round(len(watched.done) / busy, 2) if busy > 0 else 0.0,
        model_version=model_version,
        policy_version=policy_version,
    )
