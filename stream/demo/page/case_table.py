"""What became of the pairs, by what they are examples of."""

from collections.abc import Sequence

from stream.demo.page.markup import Markup, element
from stream.demo.report import CaseCount

_COLUMNS = ("found", "missed", "false", "avoided")


def draw_case_table(cases: Sequence[CaseCount]) -> Markup:
    """Draw a row for each case, with a bar of its shares."""
    return element(
        "section",
        element("h2", "Cases"),
        element(
            "table",
            element(
                "thead",
                element(
                    "tr",
                    element("th", "case", scope="col"),
                    *(element("th", name, scope="col", class_=name) for name in _COLUMNS),
                ),
            ),
            element("tbody", *(_draw_row(one) for one in cases)),
        ),
        element(
            "p",
            "Avoided: pairs that look alike and are none, or that an update or a delete ended, "
            "and for which no alert stands.",
            class_="note",
        ),
        class_="cases",
    )


def _draw_row(one: CaseCount) -> Markup:
    counts = {name: int(getattr(one, name)) for name in _COLUMNS}
    return element(
        "tr",
        element("th", one.case.replace("_", " ") or "none", _draw_shares(counts), scope="row"),
        *(element("td", str(count or ""), class_=name) for name, count in counts.items()),
    )


def _draw_shares(counts: dict[str, int]) -> Markup:
    """Draw the counts, which the cells say in numbers, as parts of one bar."""
    whole = sum(counts.values())
    bars: list[Markup] = []
    start = 0.0
    for name, count in counts.items():
        width = 100 * count / whole
        bars.append(element("rect", x=start, width=width, height=1, class_=name))
        start += width
    return element(
        "svg",
        *bars,
        class_="shares",
        viewBox="0 0 100 1",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
