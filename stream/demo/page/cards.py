"""A pair as a card: what was said of it, and the photos that it was said for."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from stream.demo.page.markup import Markup, element
from stream.demo.page.strips import best_matches, draw_strips
from stream.demo.page.thumbnails import Album
from stream.demo.report import PairResult
from stream.demo.sample import ListingFacts
from stream.domain.alert import Alert

_BAR_WIDTH, _BAR_HEIGHT = 240, 18


def draw_card(
    one: PairResult,
    files: tuple[Sequence[Path], Sequence[Path]],
    facts: Mapping[str, ListingFacts],
    album: Album,
) -> Markup:
    """Draw a pair."""
    left, right = one.pair
    evidence = one.alert.evidence if one.alert is not None else ()
    return element(
        "article",
        element(
            "header",
            element("span", one.verdict, class_="verdict"),
            element("h3", left, element("span", " = ", class_="equals"), right),
            *_say_label(one),
        ),
        element(
            "div",
            _say_listing(left, one.alert, facts),
            draw_strips(files, evidence, album, title=f"Photos of {left} and {right}"),
            _say_listing(right, one.alert, facts),
            class_="photos",
        ),
        _say_alert(one.alert) if one.alert is not None else _say_nothing(),
        class_=f"card {one.verdict}",
    )


def _say_label(one: PairResult) -> Iterator[Markup]:
    if one.case:
        yield element("span", one.case.replace("_", " "), class_="case")
    if one.angle is not None:
        yield element(
            "span",
            f"closest photos {one.angle:.0f}° apart",
            class_="case",
            title="The angle between the two cameras that are nearest to each other, around the "
            "item.",
        )


def _say_listing(listing_id: str, alert: Alert | None, facts: Mapping[str, ListingFacts]) -> Markup:
    """Say what the alert knew of a listing, or else what the sample knows."""
    alerted = {one.listing_id: one for one in (alert.listings if alert else ())}
    known = alerted.get(listing_id) or facts.get(listing_id)
    return element(
        "p",
        element("b", listing_id),
        f" {known.category}, from {known.seller_id}" if known else "",
        class_="listing",
    )


def _say_nothing() -> Markup:
    return element(
        "div",
        element("p", "No alert stands for this pair.", class_="none"),
        element("p", "Its listings are labelled as one item."),
        class_="says",
    )


def _say_alert(alert: Alert) -> Markup:
    rows = [
        element(
            "li",
            element("i", class_="swatch"),
            f"photo {pair.left.index + 1} and photo {pair.right.index + 1}",
            element("b", f"{pair.similarity:.2f}"),
            class_=f"m{place}",
        )
        for place, pair in enumerate(best_matches(alert.evidence))
    ]
    return element(
        "div",
        element(
            "p", element("b", f"{alert.probability:.3f}"), " probability", class_="probability"
        ),
        _draw_probability(alert),
        element("p", f"threshold {alert.threshold:.3f}", class_="least"),
        element(
            "p",
            element("span", alert.kind.replace("_", " ")),
            element("span", alert.relation.replace("_", " ")),
            class_="pills",
        ),
        *(
            [element("p", "Matching photos and their similarity"), element("ol", *rows)]
            * bool(rows)
        ),
        class_="says",
    )


def _draw_probability(alert: Alert) -> Markup:
    """Draw the probability as a bar and the threshold as a tick across it."""
    at = alert.threshold * _BAR_WIDTH
    return element(
        "svg",
        element("title", "Probability against threshold"),
        element("desc", f"{alert.probability:.3f}, where {alert.threshold:.3f} is needed."),
        element("rect", y=4, width=_BAR_WIDTH, height=_BAR_HEIGHT - 8, rx=5, class_="room"),
        element(
            "rect",
            y=4,
            width=alert.probability * _BAR_WIDTH,
            height=_BAR_HEIGHT - 8,
            rx=5,
            class_="full",
        ),
        element("path", d=f"M{at:.1f} 0V{_BAR_HEIGHT}", class_="tick"),
        class_="gauge",
        role="img",
        viewBox=f"-1 0 {_BAR_WIDTH + 2} {_BAR_HEIGHT}",
    )
