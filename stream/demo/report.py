"""The figures of a run: what was found, what was missed, how fast."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import msgspec
import numpy as np

from stream.demo.sample import ListingPair, Sample
from stream.demo.watch import Place, Watched, came_from
from stream.domain.alert import Alert, AlertState, in_pair_order
from stream.domain.policy import Policy

_QUEUED_SECONDS = 2
_QUEUED_SHARE = 0.2


class Latency(msgspec.Struct, frozen=True):
    """Seconds from sending an event until its alerts were published."""

    median: float
    p99: float


class CaseCount(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the pairs that are labelled with one case."""

    case: str
    """Empty for all pairs without a label."""
    found: int
    missed: int
    false: int
    avoided: int
    """Traps, and pairs that an update or a delete ended, for which no alert stands."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`report.json`. A rate is null where there is nothing to divide by."""

    events: int
    processed: int
    dead_letters: int
    meant_dead_letters: int
    """Those of the dead letters that the sample means to be."""
    expected_pairs: int
    found_pairs: int
    correct_pairs: int
    precision: float | None
    recall: float | None
    traps: int
    traps_avoided: int
    ended_pairs: int
    """Pairs that an update or a delete ended."""
    retracted_pairs: int
    """Those of the ended pairs for which an alert came and was taken back."""
    cases: tuple[CaseCount, ...]
    threshold: float
    """The policy's, for categories without one of their own."""
    latency_seconds: Latency
    events_per_second: float
    """The rate of sending."""
    listings_per_second: float
    """What was done from the first sending to the end; no more than was sent."""
    model_version: str
    policy_version: str

    @property
    def is_complete(self) -> bool:
        """Whether every event was accounted for."""
        return self.processed + self.dead_letters == self.events

    @property
    def is_saturated(self) -> bool:
        """Whether events queued: working them off went on well after the last was sent."""
        if not self.listings_per_second:
            return False
        sending_seconds = (self.events - 1) / self.events_per_second
        overtime_seconds = self.events / self.listings_per_second - sending_seconds
        return overtime_seconds > max(_QUEUED_SECONDS, _QUEUED_SHARE * sending_seconds)


class PairResult(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that was expected, found, or both."""

    pair: ListingPair
    is_expected: bool
    alert: Alert | None
    """The alert that stands."""
    case: str
    angle: float | None = None
    """Between the nearest two cameras, in degrees around the item."""

    @property
    def verdict(self) -> str:
        """In one word: found, missed or false."""
        if self.alert is None:
            return "missed"
        return "found" if self.is_expected else "false"


class Judgement(msgspec.Struct, frozen=True):
    """What the truth says of one alert, at whatever moment it came."""

    is_right: bool
    because: str = ""
    """What the pair is an example of, where that explains the alert; empty where nothing does."""


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
    alerts = {_pair_of(alert): alert for alert in watched.open_alerts}
    results: list[PairResult] = []
    for pair in sorted(sample.expected_pairs | alerts.keys()):
        label = sample.labels.get(pair)
        results.append(
            PairResult(
                pair=pair,
                is_expected=pair in sample.expected_pairs,
                alert=alerts.get(pair),
                case=label.case if label is not None else "",
                angle=label.angle if label is not None else None,
            )
        )
    return tuple(sorted(results, key=lambda one: ("false", "missed", "found").index(one.verdict)))


def judge(sample: Sample, alert: Alert) -> Judgement:
    """Hold one alert against the truth.

    A pair that ends within the sample may be raised until then. A retraction is right for every
    pair that is not true when all is over.
    """
    pair = _pair_of(alert)
    case = sample.labels[pair].case if pair in sample.labels else ""
    if alert.state is AlertState.RETRACTED:
        has_ended = pair in sample.retracted_pairs
        return Judgement(pair not in sample.expected_pairs, case if has_ended else "")
    is_right = pair in sample.expected_pairs | sample.retracted_pairs
    return Judgement(is_right, "" if is_right else case)


def count_cases(sample: Sample, results: Sequence[PairResult]) -> tuple[CaseCount, ...]:
    """Count verdicts by case, in the order of the sample's labels; pairs without a label last."""
    verdicts = Counter((one.case, one.verdict) for one in results)
    alerted = {one.pair for one in results if one.alert is not None}
    avoided = Counter(
        sample.labels[pair].case
        for pair in (sample.traps | sample.retracted_pairs) - alerted
        if pair in sample.labels
    )
    cases = dict.fromkeys((*(label.case for label in sample.labels.values()), ""))
    counts = (
        CaseCount(
            case=case,
            found=verdicts[case, "found"],
            missed=verdicts[case, "missed"],
            false=verdicts[case, "false"],
            avoided=avoided[case],
        )
        for case in cases
    )
    return tuple(one for one in counts if one.found + one.missed + one.false + one.avoided)


def meant_dead_letters(sample: Sample, watched: Watched) -> frozenset[Place]:
    """Return where the events were sent that are to end as dead letters, of those sent so far."""
    places = list(watched.emitted)
    return frozenset(places[index] for index in sample.dead_letters if index < len(places))


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
    policy: Policy,
    *,
    events_per_second: float,
) -> Report:
    """Count."""
    found = [one for one in results if one.alert is not None]
    correct = [one for one in found if one.is_expected]
    latencies = watched.latencies_seconds or [0.0]
    busy = max(watched.done.values(), default=0.0) - min(watched.emitted.values(), default=0.0)
    meant = meant_dead_letters(sample, watched)
    retracted = {
        _pair_of(alert) for alert in watched.alerts.values() if alert.state is AlertState.RETRACTED
    }
    return Report(
        events=len(sample.events),
        processed=len(watched.done) - len(watched.dead_letters),
        dead_letters=len(watched.dead_letters),
        meant_dead_letters=sum(came_from(letter) in meant for letter in watched.dead_letters),
        expected_pairs=len(sample.expected_pairs),
        found_pairs=len(found),
        correct_pairs=len(correct),
        precision=round(len(correct) / len(found), 4) if found else None,
        recall=(
            round(len(correct) / len(sample.expected_pairs), 4) if sample.expected_pairs else None
        ),
        traps=len(sample.traps),
        traps_avoided=len(sample.traps - {one.pair for one in found}),
        ended_pairs=len(sample.retracted_pairs),
        retracted_pairs=len(sample.retracted_pairs & retracted),
        cases=count_cases(sample, results),
        threshold=policy.thresholds.default,
        latency_seconds=Latency(
            round(float(np.median(latencies)), 3), round(float(np.percentile(latencies, 99)), 3)
        ),
        events_per_second=events_per_second,
        listings_per_second=round(len(watched.done) / busy, 2) if busy > 0 else 0.0,
        model_version=policy.model_version,
        policy_version=policy.policy_version,
    )


def _pair_of(alert: Alert) -> ListingPair:
    return in_pair_order(*(listing.listing_id for listing in alert.listings))
