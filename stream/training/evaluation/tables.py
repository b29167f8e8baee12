"""A report as tables, for the terminal and for the page."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

import msgspec
from msgspec.structs import astuple
from rich.console import Console
from rich.table import Table

from stream.training.evaluation.alerts import Tally
from stream.training.evaluation.intervals import Interval, RateIntervals
from stream.training.evaluation.report import Alerts, Report
from stream.training.metrics import Figures

_FIGURES = ("uAP", "R@1", "R@10", "R@50", "R at P .90", "R at P .95")


class Grid(msgspec.Struct, frozen=True):
    """A table of text; the first column names the rows."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def print_report(report: Report, console: Console) -> None:
    """Print what a report holds."""
    for grid in draw_grids(report):
        table = Table(title=grid.title, title_justify="left", caption_justify="left")
        table.caption = grid.note or None
        for place, column in enumerate(grid.columns):
            table.add_column(column, justify="right" if place else "left", no_wrap=not place)
        for row in grid.rows:
            table.add_row(*row)
        console.print(table)


def draw_grids(report: Report) -> Iterator[Grid]:
    """Yield the tables of a report."""
    yield _draw_rankings(report)
    yield _draw_alerts(report)
    if report.reliability.bins:
        yield _draw_reliability(report)
    slices, cases = report.slices, report.cases
    yield _draw_tallies("households", slices.by_household)
    yield _draw_tallies("category group", slices.by_category)
    yield _draw_tallies("photos of the listing that has fewer", slices.by_photos)
    if cases:
        yield _draw_tallies("question", cases.by_question)
        yield _draw_tallies("case", {**cases.by_case, "no label": cases.unlabelled})
        yield _draw_tallies("angle between the nearest views", cases.by_angle)
    if report.views:
        yield _draw_views(report)
    if report.edits:
        yield _draw_edits(report)
    if report.ablations:
        yield _draw_ablations(report)
    if report.evidence:
        yield _draw_evidence(report)


def say_rate(value: float) -> str:
    """Write a share as tables of figures do: .731, or `none` where there is none."""
    return "none" if math.isnan(value) else f"{value:.3f}".removeprefix("0")


def say_interval(interval: Interval) -> str:
    """Write an interval in brackets, as (.60-.81); nothing where there is none."""
    low, high = (f"{end:.2f}".removeprefix("0") for end in interval)
    return "" if math.isnan(interval[0]) else f"({low}-{high})"


def say_share(base_rate: float) -> str:
    """Say how many items that could be listed twice are."""
    return f"one twin in {1 / base_rate:.0f}"


def _draw_rankings(report: Report) -> Grid:
    intervals = report.intervals
    note = f"In brackets: 95 of 100 resamples of {intervals.units} {intervals.unit}s."
    columns = {
        "embedding": _say_figures(report.embedding, astuple(intervals.embedding)),
        "verified": _say_figures(report.verified, astuple(intervals.verified)),
    }
    if thinned := report.thinned:
        drawn = intervals.thinned
        columns["embedding, thinned"] = _say_figures(
            thinned.embedding, (drawn.embedding_uap,) if drawn else ()
        )
        columns["verified, thinned"] = _say_figures(
            thinned.verified, (drawn.verified_uap,) if drawn else ()
        )
        note += f" Thinned: {say_share(thinned.base_rate)} stays."
    return Grid(
        f"{report.manifest}: {report.listings} listings, models {report.model_version}",
        ("", *columns),
        list(zip(_FIGURES, *columns.values(), strict=True)),
        note,
    )


def _say_figures(figures: Figures, intervals: Sequence[Interval]) -> list[str]:
    """Write figures, with intervals of as many of the first ones as there are any of."""
    rates = [say_rate(one) for one in astuple(figures)]
    ends = [f" {say_interval(one)}" for one in intervals]
    return [rate + end for rate, end in zip_longest(rates, ends, fillvalue="")]


def _draw_alerts(report: Report) -> Grid:
    rows = [_say_alerts("as listed", report.alerts, report.intervals.alerts)]
    if (thinned := report.thinned) and (intervals := report.intervals.thinned):
        rows.append(_say_alerts(say_share(thinned.base_rate), thinned.alerts, intervals.alerts))
    low, high = map(say_rate, report.intervals.alerts_precision_wilson)
    return Grid(
        f"Alerts, policy {report.policy_version}",
        ("", "alerts", "precision", "recall"),
        rows,
        f"Were alerts independent, precision as listed would lie from {low} to {high}.",
    )


def _say_alerts(name: str, alerts: Alerts, intervals: RateIntervals) -> tuple[str, ...]:
    return (
        name,
        f"{alerts.pairs:g}",
        f"{say_rate(alerts.precision)} {say_interval(intervals.precision)}",
        f"{say_rate(alerts.recall)} {say_interval(intervals.recall)}",
    )


def _draw_reliability(report: Report) -> Grid:
    reliability = report.reliability
    rate = reliability.base_rate
    return Grid(
        f"Whether a probability is a chance, {'as listed' if rate is None else say_share(rate)}",
        ("probability", "pairs", "mean", "share of duplicates"),
        [
            (
                f"{one.start:.1f} to {one.end:.1f}",
                str(one.pairs),
                say_rate(one.probability),
                say_rate(one.duplicates),
            )
            for one in reliability.bins
        ],
        f"Expected calibration error {say_rate(reliability.expected_calibration_error)}.",
    )


def _draw_tallies(kind: str, tallies: Mapping[str, Tally]) -> Grid:
    rows = [
        (
            name.replace("_", " "),
            f"{one.found} of {one.duplicates}" if one.duplicates else "",
            say_rate(one.recall) if one.duplicates else "",
            f"{one.false_alarms} of {one.others}" if one.others else "",
        )
        for name, one in tallies.items()
        if one.duplicates or one.others
    ]
    return Grid(f"Alerts by {kind}", ("", "found", "recall", "false alarms"), rows)


def _draw_views(report: Report) -> Grid:
    return Grid(
        "One photo against one, of the same item, by how far the views are apart",
        ("", "pairs", "alerts", "R at P .95"),
        [
            (name, str(one.pairs), say_rate(one.recall), say_rate(one.recall_at_precision_95))
            for name, one in (report.views or {}).items()
        ],
    )


def _draw_edits(report: Report) -> Grid:
    return Grid(
        "Posted again with edited photos",
        ("", "R at P .95", "alerts", "same photos", "other photos: R at P .95", "alerts"),
        [
            (
                name,
                *_say_rates(
                    one.recall_at_precision_95,
                    one.alerted,
                    one.same_photos,
                    one.reposts_recall_at_precision_95,
                    one.reposts_alerted,
                ),
            )
            for name, one in (report.edits or {}).items()
        ],
        "Other photos: of the listings whose item was listed before with photos of its own.",
    )


def _draw_ablations(report: Report) -> Grid:
    figures = {"nothing": (report.embedding, report.verified)} | {
        name: (one.embedding, one.verified) for name, one in report.ablations.items()
    }
    return Grid(
        "What the models lean on",
        ("taken away", "embedding uAP", "R@1", "verified uAP", "R@1", "R at P .95"),
        [
            (
                name,
                *_say_rates(
                    embedding.uap,
                    embedding.recall_at_1,
                    verified.uap,
                    verified.recall_at_1,
                    verified.recall_at_precision_95,
                ),
            )
            for name, (embedding, verified) in figures.items()
        ],
    )


def _draw_evidence(report: Report) -> Grid:
    evidence = report.evidence
    rows = (
        []
        if evidence is None
        else [
            ("right alerts looked at", str(evidence.alerts)),
            ("all named regions small and on one object", say_rate(evidence.grounded)),
            ("no region named", str(evidence.silent)),
            ("pairs of regions", str(evidence.regions)),
            ("small", say_rate(evidence.small)),
            ("on one object", say_rate(evidence.same_object)),
            ("on the item for sale", say_rate(evidence.on_item)),
        ]
    )
    return Grid("Evidence: what the named regions of the best photo pair show", ("", ""), rows)


def _say_rates(*values: float) -> Iterable[str]:
    return map(say_rate, values)
