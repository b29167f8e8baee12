"""The figures of a run, counted by hand."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from stream.demo.report import (
    CaseCount,
    Judgement,
    OperatingPoint,
    PairResult,
    compare,
    count_cases,
    judge,
    precision_recall,
    summarise,
    time_events,
)
from stream.demo.watch import Watched
from stream.domain.alert import AlertState
from stream.domain.policy import Policy, Thresholds
from tests.unit.demo.pairs import REPORT, alert_of, letter_at, sample_of

POLICY = Policy(
    policy_version="p",
    model_version="m",
    thresholds=Thresholds(default=0.25),
    same_photos_similarity=0.99,
    near_miss_floor=0.05,
)


def test_each_pair_is_found_missed_or_false() -> None:
    sample = sample_of(expected=[("a", "b"), ("c", "d")])
    watched = _watched({("a", "b"): 0.9, ("a", "c"): 0.4})
    assert [(one.pair, one.verdict) for one in compare(sample, watched)] == [
        (("a", "c"), "false"),
        (("c", "d"), "missed"),
        (("a", "b"), "found"),
    ]


def test_a_retracted_alert_is_no_alert() -> None:
    watched = Watched()
    retracted = alert_of("a", "b", 0.9, state=AlertState.RETRACTED)
    watched.alerts[retracted.pair_id] = retracted
    (missed,) = compare(sample_of(expected=[("a", "b")]), watched)
    assert missed.verdict == "missed"
    assert compare(sample_of(expected=[]), watched) == ()


def test_precision_and_recall_at_every_threshold() -> None:
    sample = sample_of(expected=[("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")])
    alerts = {("a", "b"): 0.9, ("a", "c"): 0.6, ("c", "d"): 0.6, ("e", "f"): 0.3}
    assert precision_recall(compare(sample, _watched(alerts))) == (
        OperatingPoint(0.9, 1.0, 1 / 4),
        OperatingPoint(0.6, 2 / 3, 2 / 4),  # a tie is no order
        OperatingPoint(0.3, 3 / 4, 3 / 4),
    )


def test_there_is_no_curve_where_nothing_was_expected() -> None:
    assert precision_recall(compare(sample_of([]), _watched({("a", "b"): 0.9}))) == ()


def test_events_are_timed_from_the_first_and_in_the_order_they_were_sent() -> None:
    watched = Watched(
        emitted={(1, 0): 102.0, (0, 0): 100.0, (0, 1): 101.0},
        done={(0, 0): 103.0, (1, 0): 102.5},
    )
    timings = [(one.sent_seconds, one.latency_seconds) for one in time_events(watched)]
    assert timings == [(0.0, 3.0), (2.0, 0.5)]


def test_the_last_operating_point_is_what_the_report_says() -> None:
    sample = sample_of(expected=[("a", "b"), ("c", "d")])
    watched = _watched({("a", "b"): 0.9, ("a", "c"): 0.4})
    results: tuple[PairResult, ...] = compare(sample, watched)
    report = summarise(sample, watched, results, POLICY, events_per_second=4)
    last = precision_recall(results)[-1]
    assert (last.precision, last.recall) == pytest.approx((report.precision, report.recall))


def test_verdicts_are_counted_by_case_in_the_order_of_the_labels() -> None:
    cases = {("a", "b"): "far", ("c", "d"): "far", ("a", "c"): "trap", ("a", "d"): "trap"}
    sample = sample_of(
        expected=[("a", "b"), ("c", "d")],
        cases=cases | {("e", "f"): "ended"},
        traps=[("a", "c"), ("a", "d")],
        retracted=[("e", "f")],
    )
    results = compare(sample, _watched({("a", "b"): 0.9, ("a", "c"): 0.4, ("x", "y"): 0.4}))
    assert count_cases(sample, results) == (
        CaseCount(case="far", found=1, missed=1, false=0, avoided=0),
        CaseCount(case="trap", found=0, missed=0, false=1, avoided=1),
        CaseCount(case="ended", found=0, missed=0, false=0, avoided=1),
        CaseCount(case="", found=0, missed=0, false=1, avoided=0),
    )


def test_what_is_meant_to_fail_and_to_end_is_told_from_what_is_not() -> None:
    sample = sample_of([], retracted=[("a", "b"), ("c", "d")], dead_letters=[1])
    watched = Watched(
        emitted={(0, 0): 1.0, (3, 0): 2.0, (0, 1): 3.0},
        done={(0, 0): 1.0, (3, 0): 2.0, (0, 1): 3.0},
        dead_letters=[letter_at(3, 0), letter_at(0, 1), replace(letter_at(0, 0), origin=None)],
    )
    ended = alert_of("a", "b", 0.9, state=AlertState.RETRACTED)
    watched.alerts[ended.pair_id] = ended
    report = summarise(sample, watched, (), POLICY, events_per_second=4)
    assert (report.dead_letters, report.meant_dead_letters) == (3, 1)
    assert (report.ended_pairs, report.retracted_pairs) == (2, 1)


@pytest.mark.parametrize(
    ("pair", "raised", "retracted"),
    [
        (("a", "b"), Judgement(is_right=True), Judgement(is_right=False)),
        (("a", "c"), Judgement(False, "trap"), Judgement(is_right=True)),
        (("a", "d"), Judgement(is_right=True), Judgement(True, "ended")),
        (("a", "e"), Judgement(is_right=False), Judgement(is_right=True)),
    ],
)
def test_an_alert_is_judged_by_what_is_true_of_its_pair(
    pair: tuple[str, str], raised: Judgement, retracted: Judgement
) -> None:
    sample = sample_of(
        [("a", "b")],
        cases={("a", "b"): "far", ("a", "c"): "trap", ("a", "d"): "ended"},
        traps=[("a", "c")],
        retracted=[("a", "d")],
    )
    assert judge(sample, alert_of(*pair, 0.9)) == raised
    assert judge(sample, alert_of(*pair, 0.9, state=AlertState.RETRACTED)) == retracted


@pytest.mark.parametrize(
    ("events", "listings_per_second", "is_saturated"),
    [(69, 5.4, False), (69, 3.1, True), (3, 2.0, False), (0, 0.0, False)],
)
def test_a_queue_is_seen_by_how_long_work_goes_on_after_the_last_event(
    events: int, listings_per_second: float, is_saturated: bool
) -> None:
    report = replace(
        REPORT, events=events, events_per_second=6, listings_per_second=listings_per_second
    )
    assert report.is_saturated is is_saturated


def _watched(probabilities: Mapping[tuple[str, str], float]) -> Watched:
    alerts = [alert_of(*pair, probability) for pair, probability in probabilities.items()]
    return Watched(alerts={alert.pair_id: alert for alert in alerts})
