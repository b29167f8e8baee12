"""What became of the pairs, by what they are examples of."""

from collections.abc import Sequence

from stream.demo.page.markup import Markup, element
from stream.demo.report import CaseCount

_COLUMNS = ("found", "missed", "false", "avoided")
_MEANINGS = {
    "plain_copy": "The same photo files, posted again.",
    "edited_copy": "The same photos, cropped, brightened or compressed.",
    "mirrored_copy": "The same photos, left and right swapped.",
    "watermarked_copy": "The same photos with a mark across them.",
    "screenshot": "The same photos, taken from a screen.",
    "collage": "Several of the photos in one picture.",
    "other_angles": "One item in one place, seen from other sides.",
    "item_moved": "One item, moved within the same place.",
    "light_changed": "One item at another time of day.",
    "partly_hidden": "One item with things in front of it.",
    "one_of_a_lot": "One item, sold alone and together with others.",
    "same_home": "One home, photographed twice.",
    "other_room": "One item in two places.",
    "same_product_same_room": "Two items of one kind, in one place.",
    "same_product_other_room": "Two items of one kind, in two places.",
    "shared_stock_photo": "Two items, with the maker's picture of both.",
    "other_item_same_room": "Two different items in front of one background.",
    "shared_floor_plan": "Two homes of one house, with the same plan.",
    "update_replaces_photos": "A pair until one listing's photos were replaced.",
    "listing_deleted": "A pair until one listing was deleted.",
}
"""What the sample's cases are, in plain words; a manifest may have others."""


def draw_case_table(cases: Sequence[CaseCount]) -> Markup:
    """Draw a row for each case: pairs to be found first, then those that are none, large first."""
    ordered = sorted(cases, key=lambda one: (not one.found + one.missed, -_size(one)))
    largest = max((_size(one) for one in cases), default=1)
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
            element("tbody", *(_draw_row(one, largest) for one in ordered)),
            element("tfoot", _draw_total(cases)),
        ),
        element(
            "p",
            "Avoided: pairs that look alike and are none, or that an update or a delete ended, "
            "and for which no alert stands.",
            class_="note",
        ),
        class_="cases",
    )


def _draw_row(one: CaseCount, largest: int) -> Markup:
    meaning = _MEANINGS.get(one.case)
    counts = _counts(one)
    return element(
        "tr",
        element(
            "th",
            one.case.replace("_", " ") or "none",
            *([element("small", meaning)] if meaning else []),
            _draw_bar(counts, largest),
            scope="row",
        ),
        *(element("td", str(count or ""), class_=name) for name, count in counts.items()),
    )


def _draw_total(cases: Sequence[CaseCount]) -> Markup:
    totals = {name: sum(_counts(one)[name] for one in cases) for name in _COLUMNS}
    return element(
        "tr",
        element("th", "all cases", scope="row"),
        *(element("td", str(total), class_=name) for name, total in totals.items()),
    )


def _draw_bar(counts: dict[str, int], largest: int) -> Markup:
    """Draw the counts, which the cells say in numbers; the largest row fills the width."""
    bars: list[Markup] = []
    start = 0.0
    for name, count in counts.items():
        width = 100 * count / largest
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


def _counts(one: CaseCount) -> dict[str, int]:
    return {name: int(getattr(one, name)) for name in _COLUMNS}


def _size(one: CaseCount) -> int:
    return sum(_counts(one).values())
