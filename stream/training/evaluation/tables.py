"""A report as a person reads it in the terminal."""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from stream.training.evaluation.alerts import Tally
from stream.training.evaluation.intervals import FigureIntervals, Interval
from stream.training.evaluation.report import Report
from stream.training.metrics import Figures

_FIGURES = ("uAP", "R@1", "R@10", "R@50", "R@P.90", "R@P.95")


def print_report(report: Report, console: Console) -> None:
    """Print what a report holds."""
    for table in draw_tables(report):
        console.print(table)


def draw_tables(report: Report) -> Iterable[Table]:
    """Yield the tables of a report."""
    yield _rankings(report)
    if report.ablations:
        yield _ablations(report)
    yield _alerts(report)
    if report.reliability.bins:
        yield _reliability(report)
    yield _tallies("At the shipped thresholds", tallies_of(report))
    if report.views:
        yield _table(
            "One photo against one, of the same item",
            ("views", "pairs", "recall", "R@P.95"),
            [
                (name, str(one.pairs), say_rate(one.recall), say_rate(one.recall_at_precision_95))
                for name, one in report.views.items()
            ],
        )
    if report.edits:
        yield _table(
            "Posted again with edited photos",
            ("edit", "R@P.95", "alerted", "same photos", "new photos: R@P.95", "alerted"),
            [(name, *map(say_rate, _edit_rates(one))) for name, one in report.edits.items()],
        )
    if evidence := report.evidence:
        counts = ("alerts", "silent", "regions")
        yield _table(
            "Evidence of right alerts: do the named regions show one object?",
            evidence.__struct_fields__,
            [
                [
                    str(value) if name in counts else say_rate(value)
                    for name, value in msgspec.structs.asdict(evidence).items()
                ]
            ],
        )


def tallies_of(report: Report) -> Mapping[str, Mapping[str, Tally]]:
    """Return the tallies of a report by what they tell pairs apart by."""
    slices, cases = report.slices, report.cases
    kinds = {
        "households": slices.by_household,
        "category group": slices.by_category,
        "photos of the smaller listing": slices.by_photos,
    }
    if cases is None:
        return kinds
    return {
        **kinds,
        "question": cases.by_question,
        "case": cases.by_case,
        "views apart": cases.by_angle,
        "labels": {"none": cases.unlabelled},
    }


def say_rate(value: float) -> str:
    """Write a share as tables of figures do: .731, or `none` where there is none."""
    return "none" if math.isnan(value) else f"{value:.3f}".removeprefix("0")


def say_interval(interval: Interval) -> str:
    """Write an interval in brackets, as (.60-.81); nothing where there is none."""
    low, high = (f"{end:.2f}".removeprefix("0") for end in interval)
    return "" if math.isnan(interval[0]) else f"({low}-{high})"


def _edit_rates(one: msgspec.Struct) -> list[float]:
    return [
        value
        for name, value in msgspec.structs.asdict(one).items()
        if name not in {"copies", "reposts"}
    ]


def _rankings(report: Report) -> Table:
    intervals = report.intervals
    columns = {
        "set embedding": _figures(report.embedding, intervals.embedding),
        "verified": _figures(report.verified, intervals.verified),
    }
    if thinned := report.thinned:
        share = _share(thinned.base_rate)
        columns[f"set embedding, {share}"] = _figures(thinned.embedding)
        columns[f"verified, {share}"] = _figures(thinned.verified)
    title = f"{report.manifest}: {report.listings} listings, models {report.model_version}"
    return _table(title, ("", *columns), zip(_FIGURES, *columns.values(), strict=True))


def _figures(figures: Figures, intervals: FigureIntervals | None = None) -> list[str]:
    rates = [say_rate(one) for one in msgspec.structs.astuple(figures)]
    if intervals is None:
        return rates
    ends = [say_interval(one) for one in msgspec.structs.astuple(intervals)]
    return [f"{rate} {end}" for rate, end in zip(rates, ends, strict=True)]


def _ablations(report: Report) -> Table:
    figures = {"nothing": (report.embedding, report.verified)} | {
        name: (one.embedding, one.verified) for name, one in report.ablations.items()
    }
    rows = [
        (
            name,
            *(say_rate(one.uap) for one in both),
            *(say_rate(one.recall_at_1) for one in both),
            say_rate(both[1].recall_at_precision_95),
        )
        for name, both in figures.items()
    ]
    columns = ("taken away", "set uAP", "verified uAP", "set R@1", "verified R@1", "R@P.95")
    return _table("What the models lean on", columns, rows)


def _alerts(report: Report) -> Table:
    intervals = report.intervals
    rows = [
        (
            "as listed",
            f"{report.alerts.pairs:g}",
            f"{say_rate(report.alerts.precision)} {say_interval(intervals.alerts.precision)}",
            f"{say_rate(report.alerts.recall)} {say_interval(intervals.alerts.recall)}",
        )
    ]
    if (thinned := report.thinned) and (drawn := intervals.thinned_alerts):
        rows.append(
            (
                _share(thinned.base_rate),
                f"{thinned.alerts.pairs:g}",
                f"{say_rate(thinned.alerts.precision)} {say_interval(drawn.precision)}",
                f"{say_rate(thinned.alerts.recall)} {say_interval(drawn.recall)}",
            )
        )
    table = _table(
        f"Alerts, policy {report.policy_version}", ("", "alerts", "precision", "recall"), rows
    )
    table.caption = (
        f"Intervals hold 95 of 100 resamples of {intervals.units} {intervals.unit}s. "
        f"Expected calibration error {say_rate(report.reliability.expected_calibration_error)}."
    )
    return table


def _reliability(report: Report) -> Table:
    reliability = report.reliability
    rate = reliability.base_rate
    at = "as listed" if rate is None else _share(rate)
    return _table(
        f"Whether a probability is a chance, {at}",
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
    )


def _tallies(title: str, groups: Mapping[str, Mapping[str, Tally]]) -> Table:
    rows = [
        (
            kind if place == 0 else "",
            name,
            f"{one.found} of {one.duplicates}" if one.duplicates else "",
            say_rate(one.recall) if one.duplicates else "",
            f"{one.false_alarms} of {one.others}" if one.others else "",
        )
        for kind, tallies in groups.items()
        for place, (name, one) in enumerate(tallies.items())
    ]
    return _table(title, ("by", "", "found", "recall", "false alarms"), rows)


def _share(base_rate: float) -> str:
    return f"one twin in {1 / base_rate:.0f}"


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place and column else "left")
    for row in rows:
        table.add_row(*row)
    return table
