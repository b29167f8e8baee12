"""The pairs that are judged worst, as cards with their photos and the evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from stream.demo.page.markup import Markup, element
from stream.demo.page.strips import best_matches, draw_strips
from stream.demo.page.thumbnails import Album, define, read_album
from stream.domain.alert import PhotoPair
from stream.training.data import LabelledListing
from stream.training.evaluate import Evaluation

WORST = 20
"""Misses, and false alarms, that are shown."""


@dataclass(frozen=True)
class WorstPair:
    """A pair that is judged wrongly, or nearly so."""

    listings: tuple[LabelledListing, LabelledListing]
    is_same: bool
    probability: float | None
    """None for a pair that is no candidate of either listing."""
    threshold: float
    evidence: Sequence[PhotoPair]

    @property
    def verdict(self) -> str:
        """What the page's style colours the card by."""
        return "missed" if self.is_same else "false"


def worst_pairs(evaluation: Evaluation, *, is_same: bool) -> list[WorstPair]:
    """Return the least probable duplicates, or the most probable others, worst first.

    Others whose label nobody checked are left out.
    """
    pairs = evaluation.pairs
    chosen = np.flatnonzero(
        (pairs.is_same & ~pairs.is_alert)
        if is_same
        else (~pairs.is_same & pairs.is_certain & pairs.is_verified)
    )
    order = np.argsort(pairs.probability[chosen] * (1 if is_same else -1), kind="stable")
    return [_worst_pair(evaluation, place) for place in chosen[order][:WORST].tolist()]


def _worst_pair(evaluation: Evaluation, place: int) -> WorstPair:
    pairs, listings = evaluation.pairs, evaluation.manifest.listings
    match = int(pairs.match[place])
    is_verified = match >= 0
    return WorstPair(
        (listings[pairs.left[place]], listings[pairs.right[place]]),
        bool(pairs.is_same[place]),
        float(pairs.probability[place]) if is_verified else None,
        float(pairs.threshold[place]),
        evaluation.scored.matches[match].evidence if is_verified else (),
    )


def draw_worst_pairs(evaluation: Evaluation) -> list[Markup]:
    """Draw the worst misses, then the worst false alarms."""
    missed, false = (worst_pairs(evaluation, is_same=is_same) for is_same in (True, False))
    root = evaluation.manifest.path.parent
    files = {
        photo: root / photo
        for one in (*missed, *false)
        for listing in one.listings
        for photo in listing.photos
    }
    album = read_album(files.values())
    return [
        define(album),
        *chain.from_iterable(
            (
                element("h2", title),
                element("main", *(_draw_card(one, root, album) for one in worst)),
            )
            for title, worst in (
                (f"The {len(missed)} worst misses", missed),
                (f"The {len(false)} most probable pairs of two items", false),
            )
        ),
    ]


def _draw_card(one: WorstPair, root: Path, album: Album) -> Markup:
    left, right = one.listings
    files = tuple([root / photo for photo in listing.photos] for listing in one.listings)
    names = f"{left.listing_id} and {right.listing_id}"
    is_alert = one.probability is not None and one.probability >= one.threshold
    labels = (
        *dict.fromkeys((left.category, right.category)),
        "one seller" if left.seller_id == right.seller_id else "two sellers",
    )
    return element(
        "article",
        element(
            "header",
            element("span", "alert" if is_alert else "no alert", class_="verdict"),
            element("h3", names),
            *(element("span", label.replace("_", " "), class_="case") for label in labels),
        ),
        element(
            "div",
            draw_strips((files[0], files[1]), one.evidence, album, title=f"Photos of {names}"),
            class_="photos",
        ),
        element("div", *_say_judgement(one), class_="says"),
        class_=f"card {one.verdict}",
    )


def _say_judgement(one: WorstPair) -> Iterator[Markup]:
    if one.probability is None:
        yield element("p", "Not verified.", class_="none")
        yield element("p", "Neither listing has the other among its candidates.")
        return
    chance = element("b", f"{one.probability:.3f}")
    yield element("p", chance, " probability", class_="probability")
    yield element("p", f"threshold {one.threshold:.3f}")
    yield element(
        "ol",
        *(
            element(
                "li",
                element("i", class_="swatch"),
                f"photo {pair.left.index + 1} and photo {pair.right.index + 1}",
                element("b", f"{pair.similarity:.2f}"),
                class_=f"m{place}",
            )
            for place, pair in enumerate(best_matches(one.evidence))
        ),
    )
