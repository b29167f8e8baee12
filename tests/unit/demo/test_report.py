"""The figures of a run, counted by hand."""

from collections.abc import Mapping

import pytest

from stream.demo.report import (
    OperatingPoint,
    PairResult,
    compare,
    precision_recall,
    summarise,
    time_events,
)
from stream.demo.watch import Watched
from stream.domain.alert import AlertState
from tests.unit.demo.pairs import alert_of, sample_of


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
    report = summarise(sample, watched, results, model_version="m", policy_version="p")
    last = precision_recall(results)[-1]
    assert (last.precision, last.recall) == pytest.approx((report.precision, report.recall))


def _watched(probabilities: Mapping[tuple[str, str], float]) -> Watched:
    alerts = [alert_of(*pair, probability) for pair, probability in probabilities.items()]
    return Watched(alerts={alert.pair_id: alert for alert in alerts})
