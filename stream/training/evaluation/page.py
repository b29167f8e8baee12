"""An evaluation as one self-contained page: figures, plots, the worst misses and false alarms.

It holds photos of the manifest: where it may go is for whoever runs it to say.
"""

from pathlib import Path

from stream.demo.page.chart import Axis, Plane, draw_chart
from stream.demo.page.markup import Markup, element
from stream.demo.page.sheet import render_sheet
from stream.training.evaluate import Evaluation
from stream.training.evaluation.report import Report
from stream.training.evaluation.tables import (
    Grid,
    draw_grids,
    say_interval,
    say_rate,
    say_share,
)
from stream.training.evaluation.worst_pairs import draw_worst_pairs

_TABLES = """
table { width: 100%; margin: .4rem 0; border-collapse: collapse; font-size: .8125rem; }
th, td { padding: .25rem .4rem; text-align: right; border-bottom: 1px solid var(--line); }
th { overflow-wrap: normal; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
td { font-variant-numeric: tabular-nums; white-space: nowrap; }
.tables { display: block; columns: 24rem; column-gap: .75rem; margin-top: .75rem; }
.tables figure { margin-bottom: .75rem; break-inside: avoid; overflow-x: auto; }
.chart .even { stroke: var(--quiet); stroke-dasharray: 3 4; }
"""


def write_page(evaluation: Evaluation, path: Path) -> None:
    """Write the page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(evaluation), encoding="utf-8")


def render_page(evaluation: Evaluation) -> str:
    """Return the page."""
    report = evaluation.report
    name = f"Twinlist on {report.manifest}"
    return render_sheet(
        name,
        element("header", element("h1", name), _say_what(report), _figures(report)),
        element("section", _plot_curve(report), _plot_reliability(report), class_="plots"),
        element("section", *map(_draw_grid, draw_grids(report)), class_="plots tables"),
        *draw_worst_pairs(evaluation),
        style=_TABLES,
    )


def _say_what(report: Report) -> Markup:
    return element(
        "p",
        f"{report.listings} listings, {report.pairs_verified} pairs verified. Model ",
        element("code", report.model_version),
        ", policy ",
        element("code", report.policy_version),
        ".",
        class_="run",
    )


def _figures(report: Report) -> Markup:
    intervals = report.intervals
    rows = [
        ("verified uAP", report.verified.uap, intervals.verified.uap, "speed"),
        ("embedding uAP", report.embedding.uap, intervals.embedding.uap, "speed"),
        (
            "recall at precision .95",
            report.verified.recall_at_precision_95,
            intervals.verified.recall_at_precision_95,
            "found",
        ),
        ("recall of alerts", report.alerts.recall, intervals.alerts.recall, "found"),
        ("precision of alerts", report.alerts.precision, intervals.alerts.precision, "false"),
    ]
    if (thinned := report.thinned) and (drawn := intervals.thinned):
        share = say_share(thinned.base_rate)
        rows += [
            (f"verified uAP, {share}", thinned.verified.uap, drawn.verified_uap, "speed"),
            (f"precision, {share}", thinned.alerts.precision, drawn.alerts.precision, "false"),
        ]
    return element(
        "ul",
        *(
            element(
                "li",
                element("b", say_rate(value)),
                element("span", name),
                element("small", say_interval(interval)),
                class_=tone,
            )
            for name, value, interval, tone in rows
        ),
        class_="figures",
    )


def _plot_curve(report: Report) -> Markup:
    plane = Plane(Axis("recall", 1, 0.2), Axis("precision", 1, 0.2))
    points = [(one.recall, one.precision) for one in report.curve]
    alerts = report.alerts
    marks = [element("path", d=plane.line(points), class_="curve")] if points else []
    if alerts.pairs:
        here = {"cx": plane.x(alerts.recall), "cy": plane.y(alerts.precision)}
        marks.append(element("circle", **here, r=5, class_="here"))
    chart = draw_chart(
        plane,
        *marks,
        title="Precision and recall by threshold",
        description=f"{len(points)} thresholds, and what is shipped.",
    )
    return element(
        "figure",
        element("h3", "What another threshold gives"),
        chart,
        element("figcaption", "The dot is what the shipped thresholds give, as listed."),
    )


def _plot_reliability(report: Report) -> Markup:
    plane = Plane(Axis("probability", 1, 0.2), Axis("share of duplicates", 1, 0.2))
    bins = report.reliability.bins
    chart = draw_chart(
        plane,
        element("path", d=plane.line([(0, 0), (1, 1)]), class_="even"),
        element(
            "path",
            d=plane.line([(one.probability, one.duplicates) for one in bins]) if bins else None,
            class_="curve",
        ),
        *(
            element(
                "circle",
                element("title", f"{one.pairs} pairs"),
                cx=plane.x(one.probability),
                cy=plane.y(one.duplicates),
                r=4,
                class_="here",
            )
            for one in bins
        ),
        title="Share of duplicates by probability",
        description=f"{len(bins)} bins; on the dashed line a probability is a chance.",
    )
    error = say_rate(report.reliability.expected_calibration_error)
    return element(
        "figure",
        element("h3", "Whether a probability is a chance"),
        chart,
        element("figcaption", f"Expected calibration error {error}; of certain, verified pairs."),
    )


def _draw_grid(grid: Grid) -> Markup:
    return element(
        "figure",
        element("h3", grid.title),
        element(
            "table",
            element("tr", *(element("th", name) for name in grid.columns)),
            *(element("tr", *(element("td", cell) for cell in row)) for row in grid.rows),
        ),
        *([element("figcaption", grid.note)] if grid.note else []),
    )
