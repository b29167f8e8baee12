"""The run as a whole: how sure, how fast, and what another threshold would have given."""

from collections import Counter
from collections.abc import Sequence

from stream.demo.page.chart import Axis, Plane, axis_to, count_axis, draw_chart
from stream.demo.page.markup import Markup, element
from stream.demo.report import EventTiming, Latency, PairResult, precision_recall

_BINS = 20
_DOTS_LIMIT = 2000
_VERDICTS = ("found", "false")


def plot_probabilities(results: Sequence[PairResult]) -> Markup:
    """Draw how probable the open pairs are: right ones, and false ones on top of them."""
    alerted = [(one.verdict, one.alert) for one in results if one.alert is not None]
    counts = Counter(
        (min(int(alert.probability * _BINS), _BINS - 1), verdict) for verdict, alert in alerted
    )
    tallest = max((sum(counts[place, v] for v in _VERDICTS) for place in range(_BINS)), default=0)
    plane = Plane(Axis("probability", 1, 0.2), count_axis("open pairs", tallest))
    thresholds = sorted({alert.threshold for _, alert in alerted})
    missed = sum(one.verdict == "missed" for one in results)
    right = sum(verdict == "found" for verdict, _ in alerted)
    return _figure(
        "How sure it was",
        draw_chart(
            plane,
            *(_bar(plane, counts, place, verdict) for place, verdict in sorted(counts)),
            *(
                element("path", d=plane.line([(at, 0), (at, plane.up.end)]), class_="threshold")
                for at in thresholds
            ),
            title="Histogram of the probabilities of open pairs",
            description=f"{right} expected pairs and {len(alerted) - right} false ones in "
            f"{_BINS} bins from 0 to 1.",
        ),
        _key("found", "expected"),
        _key("false", "false"),
        *([_key("threshold", "threshold")] if thresholds else []),
        f"{missed} missed: no alert, so no probability",
    )


def plot_latencies(timings: Sequence[EventTiming], latency: Latency) -> Markup:
    """Draw each event's latency at the moment when it was sent."""
    shown = timings[:: 1 + len(timings) // _DOTS_LIMIT]
    plane = Plane(
        axis_to("sent, seconds from the start", max((t.sent_seconds for t in timings), default=0)),
        axis_to(
            "seconds until done", max((t.latency_seconds for t in timings), default=latency.p99)
        ),
    )
    dots = plane.dots((one.sent_seconds, one.latency_seconds) for one in shown)
    return _figure(
        "How fast it was",
        draw_chart(
            plane,
            element("path", d=dots, class_="dots"),
            *(
                element("path", d=plane.line([(0, at), (plane.across.end, at)]), class_=name)
                for name, at in (("median", latency.median), ("p99", latency.p99))
            ),
            title="Latency of each event",
            description=f"{len(timings)} events; median {latency.median:.2f} seconds, "
            f"99th percentile {latency.p99:.2f} seconds.",
        ),
        _key("dots", "an event"),
        _key("median", f"median {latency.median:.2f} s"),
        _key("p99", f"99th percentile {latency.p99:.2f} s"),
    )


def plot_precision_recall(results: Sequence[PairResult]) -> Markup:
    """Draw what thresholds above the policy's would have given, with the policy's at the end."""
    points = [(one.recall, one.precision) for one in precision_recall(results)]
    plane = Plane(Axis("recall", 1, 0.2), Axis("precision", 1, 0.2))
    if not points:
        return _figure(
            "What another threshold gives",
            draw_chart(
                plane,
                title="Precision and recall by threshold",
                description="No curve: there are no alerts, or no pair was expected.",
            ),
            "no curve: no alerts, or no pair was expected",
        )
    recall, precision = points[-1]
    return _figure(
        "What another threshold gives",
        draw_chart(
            plane,
            element("path", d=plane.line([(0, points[0][1]), *points]), class_="curve"),
            element("circle", cx=plane.x(recall), cy=plane.y(precision), r=5, class_="here"),
            title="Precision and recall by threshold",
            description=f"{len(points)} thresholds; at the policy's precision {precision:.0%} "
            f"and recall {recall:.0%}.",
        ),
        _key("curve", "higher thresholds"),
        _key("here", f"as alerted: precision {precision:.0%}, recall {recall:.0%}"),
        "pairs without an alert count as missed",
    )


def _figure(title: str, chart: Markup, *legend: str) -> Markup:
    return element(
        "figure",
        element("h3", title),
        chart,
        element("figcaption", *(element("span", one) for one in legend)),
    )


def _key(name: str, meaning: str) -> Markup:
    return element("span", element("i", class_=f"key {name}"), meaning)


def _bar(plane: Plane, counts: Counter[tuple[int, str]], place: int, verdict: str) -> Markup:
    """Draw one verdict's part of a bin; false ones stand on the found ones."""
    below = counts[place, "found"] if verdict == "false" else 0
    top = plane.y(below + counts[place, verdict])
    left = plane.x(place / _BINS)
    return element(
        "rect",
        element(
            "title",
            f"{place / _BINS:.2f} to {(place + 1) / _BINS:.2f}: {counts[place, verdict]} {verdict}",
        ),
        x=left + 1,
        y=top,
        width=plane.x((place + 1) / _BINS) - left - 2,
        height=plane.y(below) - top,
        class_=f"bar {verdict}",
    )
