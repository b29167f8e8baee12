"""What a rollout would change: counted, and a few pairs of each kind on a page."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream.domain.alert import AlertedPhoto, Kind, PhotoPair
from stream.domain.control import Rollout
from stream.pipeline.redecide import Outcome, Redecided
from stream.rollout.diff import Example, Fate, choose, fate_of, summarise, tenth_of
from stream.rollout.page import render_page
from tests.support.listings import head, policy

ROLLOUT = Rollout(policy=policy(), started_at=datetime(2026, 3, 1, tzinfo=UTC))


def pair(
    number: int,
    outcome: Outcome,
    probability: float | None = 0.5,
    *,
    kinds: tuple[Kind | None, Kind | None] = (None, None),
) -> Redecided:
    return Redecided(
        pair_id=f"{number:032x}",
        listings=(f"<a>-{number}", f"b-{number}"),
        outcome=outcome,
        categories=("bikes",),
        probability=probability,
        threshold=0.4,
        kind_before=kinds[0],
        kind=kinds[1],
    )


@pytest.mark.parametrize(
    ("one", "fate"),
    [
        (pair(1, Outcome.RAISED), Fate.NEW),
        (pair(1, Outcome.RETRACTED), Fate.GONE),
        (pair(1, Outcome.KEPT, kinds=(Kind.SAME_ITEM, Kind.SAME_ITEM)), Fate.SAME),
        (pair(1, Outcome.KEPT, kinds=(Kind.SAME_ITEM, Kind.SAME_PHOTOS)), Fate.CHANGED),
        (pair(1, Outcome.UNKNOWN), Fate.UNKNOWN),
        (pair(1, Outcome.CLOSED), None),
    ],
)
def test_each_outcome_is_a_fate_of_an_alert_or_none(one: Redecided, fate: Fate | None) -> None:
    assert fate_of(one) is fate


@pytest.mark.parametrize(
    ("probability", "tenth"),
    [(0.0, "0.0 to 0.1"), (0.35, "0.3 to 0.4"), (1.0, "0.9 to 1.0"), (None, "-")],
)
def test_a_probability_lies_in_its_tenth(probability: float | None, tenth: str) -> None:
    assert tenth_of(pair(1, Outcome.RAISED, probability)) == tenth


def test_alerts_are_counted_by_category_probability_and_fate_and_listed_unless_the_same() -> None:
    raised = [pair(number, Outcome.RAISED, 0.9 - number / 100) for number in range(3)]
    kept = pair(9, Outcome.KEPT)
    found = summarise(ROLLOUT, [*reversed(raised), kept, pair(10, Outcome.CLOSED)])
    assert [(one.probability, one.fate, one.alerts) for one in found.counts] == [
        ("0.5 to 0.6", Fate.SAME, 1),
        ("0.8 to 0.9", Fate.NEW, 2),
        ("0.9 to 1.0", Fate.NEW, 1),
    ]
    assert found.pairs[Fate.NEW] == raised
    assert kept not in [one for pairs in found.pairs.values() for one in pairs]
    assert found.total(Fate.NEW) == 3


def test_examples_are_of_each_fate_and_from_likely_to_unlikely() -> None:
    many = [pair(number, Outcome.RAISED, 1 - number / 100) for number in range(100)]
    few = [pair(200 + number, Outcome.RETRACTED) for number in range(2)]
    chosen = choose(summarise(ROLLOUT, [*many, *few]), 10)
    assert Counter(fate for _, fate in chosen) == {Fate.NEW: 5, Fate.GONE: 2}
    likely = [one.probability or 0 for one, fate in chosen if fate is Fate.NEW]
    assert likely == sorted(likely, reverse=True)
    assert likely[-1] < 0.3
    assert choose(summarise(ROLLOUT, []), 10) == []


def test_the_page_shows_pairs_and_what_sellers_typed_is_text() -> None:
    one = pair(1, Outcome.RAISED)
    photo = PhotoPair(
        left=AlertedPhoto(0, "0" * 64), right=AlertedPhoto(0, "1" * 64), similarity=0.9
    )
    example = Example(pair=one, fate=Fate.NEW, heads=(head("<a>-1"), None), evidence=(photo,))
    text = render_page(summarise(ROLLOUT, [one]), [example], {"https://nothing": Path("none")})
    assert "&lt;a&gt;-1 and b-1" in text
    assert "<a>" not in text
    assert "no picture" in text
    assert "0.500" in text


def test_the_page_counts_alerts_by_category_and_probability() -> None:
    done = [pair(1, Outcome.RAISED), pair(2, Outcome.RAISED, 0.55), pair(3, Outcome.RETRACTED, 0.9)]
    text = render_page(summarise(ROLLOUT, done), [], {})
    rows = [row for row in re.findall("<tr>.*?</tr>", text, re.DOTALL) if "bikes" in row]
    cells = [re.findall("<t[hd][^>]*>([^<]*)<", row) for row in rows]
    assert cells == [
        ["bikes", "0.5 to 0.6", "2", "", "", "", ""],
        ["bikes", "0.9 to 1.0", "", "1", "", "", ""],
    ]
    assert "<table" not in render_page(summarise(ROLLOUT, []), [], {})
