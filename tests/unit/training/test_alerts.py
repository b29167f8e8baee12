"""Tallies against loops over all pairs of the drawn manifest."""

import itertools
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from stream.domain.listing import Head, IndexedPhoto
from stream.domain.match import Match
from stream.domain.policy import Policy, Scope, Thresholds
from stream.training.data import Manifest, read_manifest, uncertain_pairs
from stream.training.evaluation.alerts import (
    JudgedPairs,
    Tally,
    judge,
    tally_by_category,
    tally_by_household,
    tally_by_photos,
)
from stream.training.evaluation.cases import BAND_ENDS, band_of
from stream.training.score import ScoredListings

POLICY = Policy(
    policy_version="test",
    model_version="light-1",
    thresholds=Thresholds(0.5, {"cars": 0.8}),
    same_photos_similarity=0.99,
    near_miss_floor=0.1,
    scope=Scope(category_groups={"toys": "play"}),
)


@pytest.fixture
def manifest(manifest_path: Path) -> Manifest:
    manifest = read_manifest(manifest_path)
    listings = [
        msgspec.structs.replace(one, category="cars" if place % 5 == 0 else "toys")
        for place, one in enumerate(manifest.listings)
    ]
    return Manifest(manifest.path, tuple(listings))


@pytest.fixture
def scored(manifest: Manifest) -> ScoredListings:
    """Every second pair is verified, with a probability from a seed."""
    count = len(manifest.listings)
    pairs = np.array(list(itertools.combinations(range(count), 2))[::2])
    random = np.random.default_rng(3)
    heads = [
        Head(
            listing_id=one.listing_id,
            version=0,
            category=one.category,
            photos=tuple(IndexedPhoto(at, "", "0" * 64) for at in range(1 + place % 3)),
        )
        for place, one in enumerate(manifest.listings)
    ]
    matches = [Match(float(probability)) for probability in random.random(len(pairs))]
    return ScoredListings(heads, np.zeros((count, count), np.float32), pairs, matches)


@pytest.fixture
def judged(manifest: Manifest, scored: ScoredListings) -> JudgedPairs:
    return judge(manifest, scored, POLICY)


def plain_tally(
    manifest: Manifest,
    scored: ScoredListings,
    is_counted: Callable[[int, int], bool] = lambda _one, _other: True,
) -> Tally:
    probabilities = {
        tuple(pair): match.probability
        for pair, match in zip(scored.pairs.tolist(), scored.matches, strict=True)
    }
    duplicates = found = others = false_alarms = 0
    for one, other in itertools.combinations(range(len(manifest.listings)), 2):
        if not is_counted(one, other):
            continue
        left, right = manifest.listings[one], manifest.listings[other]
        threshold = 0.8 if "cars" in {left.category, right.category} else 0.5
        is_alert = probabilities.get((one, other), -1.0) >= threshold
        is_same = left.item_id == right.item_id
        duplicates += is_same
        found += is_same and is_alert
        others += not is_same
        false_alarms += not is_same and is_alert
    alerts = found + false_alarms
    return Tally(
        duplicates,
        found,
        others,
        false_alarms,
        found / duplicates if duplicates else float("nan"),
        found / alerts if alerts else float("nan"),
    )


def assert_equal(tally: Tally, expected: Tally) -> None:
    assert msgspec.structs.astuple(tally) == pytest.approx(
        msgspec.structs.astuple(expected), nan_ok=True
    )


def test_counts_all_pairs(manifest: Manifest, scored: ScoredListings, judged: JudgedPairs) -> None:
    expected = plain_tally(manifest, scored)

    assert expected.false_alarms > 0
    assert_equal(judged.tally(), expected)


def test_finds_a_pair_given_in_either_order(judged: JudgedPairs) -> None:
    for one, other in itertools.combinations(range(18), 2):
        place = judged.place(other, one)
        assert place == judged.place(one, other)
        assert (judged.left[place], judged.right[place]) == (one, other)


def test_names_the_match_of_each_verified_pair(scored: ScoredListings, judged: JudgedPairs) -> None:
    for place in np.flatnonzero(judged.is_verified):
        pair = scored.pairs[judged.match[place]]
        assert pair.tolist() == [judged.left[place], judged.right[place]]
    assert judged.is_verified.sum() == len(scored.pairs)


def test_siblings_with_labels_that_nobody_checked_stand_apart(
    manifest: Manifest, scored: ScoredListings, judged: JudgedPairs
) -> None:
    sellers = [one.seller_id for one in manifest.listings]
    uncertain = uncertain_pairs(manifest)
    tallies = tally_by_household(judged)

    assert uncertain
    assert_equal(
        tallies["one household"],
        plain_tally(
            manifest,
            scored,
            lambda one, other: sellers[one] == sellers[other] and (one, other) not in uncertain,
        ),
    )
    assert_equal(
        tallies["one household, label not checked"],
        plain_tally(manifest, scored, lambda one, other: (one, other) in uncertain),
    )
    assert sum(one.others + one.duplicates for one in tallies.values()) == 18 * 17 / 2


def test_category_groups_stand_apart(
    manifest: Manifest, scored: ScoredListings, judged: JudgedPairs
) -> None:
    kinds = [one.category for one in manifest.listings]
    tallies = tally_by_category(manifest, judged, POLICY)

    assert set(tallies) == {"cars", "play", "mixed"}
    for name, expected in (("cars", {"cars"}), ("play", {"toys"}), ("mixed", {"cars", "toys"})):

        def is_counted(one: int, other: int, expected: set[str] = expected) -> bool:
            return {kinds[one], kinds[other]} == expected

        assert_equal(tallies[name], plain_tally(manifest, scored, is_counted))


def test_numbers_of_photos_stand_apart(
    manifest: Manifest, scored: ScoredListings, judged: JudgedPairs
) -> None:
    tallies = tally_by_photos(scored, judged)

    assert list(tallies) == ["1", "2", "3"]
    for fewer in (1, 2, 3):

        def is_counted(one: int, other: int, fewer: int = fewer) -> bool:
            return min(1 + one % 3, 1 + other % 3) == fewer

        assert_equal(tallies[str(fewer)], plain_tally(manifest, scored, is_counted))


@pytest.mark.parametrize(
    ("angle", "band"),
    [
        (0.0, "0 to 15 degrees"),
        (15.0, "0 to 15 degrees"),
        (15.1, "15 to 45 degrees"),
        (180.0, "135 to 180 degrees"),
    ],
)
def test_bands_of_angles(angle: float, band: str) -> None:
    assert band_of(angle) == band


def test_bands_cover_all_angles_once() -> None:
    angles: NDArray[np.float64] = np.linspace(0, 180, 721)

    assert list(dict.fromkeys(map(band_of, angles))) == [band_of(end) for end in BAND_ENDS]
