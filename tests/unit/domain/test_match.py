"""Which listings are verified, and which of their photos, whatever the order of arrival."""

from random import Random
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.match import (
    CANDIDATES_LIMIT,
    VERIFIED_PHOTOS,
    Hit,
    choose_photos,
    fuse,
)
from tests.support.listings import head
from tests.support.protocol_world import sha256_of

Item = TypeVar("Item")

ids = st.integers(0, 80).map("L-{}".format)
hits = st.lists(st.builds(Hit, ids, st.integers(-4, 4).map(lambda tenth: tenth / 4)), max_size=60)


@given(hits, hits, st.lists(ids, max_size=30), st.randoms(use_true_random=False))
def test_fusing_does_not_depend_on_the_order_of_hits(
    sets: list[Hit], photos: list[Hit], copies: list[str], random: Random
) -> None:
    def shuffled(items: list[Item]) -> list[Item]:
        return random.sample(items, len(items))

    fused = fuse(sets, photos, copies)
    assert fuse(shuffled(sets), shuffled(photos), shuffled(copies)) == fused


@given(hits, hits, st.lists(ids, max_size=30))
def test_fusing_names_each_listing_once_copies_first_and_no_more_than_the_limit(
    sets: list[Hit], photos: list[Hit], copies: list[str]
) -> None:
    fused = fuse(sets, photos, copies)
    assert set(fused[: len(set(copies))]) == set(copies)
    found = set(copies) | {hit.listing_id for hit in (*sets, *photos)}
    assert len(set(fused)) == len(fused) == min(len(found), CANDIDATES_LIMIT)
    assert set(fused) <= found


def test_a_listing_found_both_ways_comes_before_one_found_better_one_way() -> None:
    sets = [Hit("one way", 0.9), Hit("both", 0.8)]
    assert fuse(sets, [Hit("both", 0.1)], []) == ("both", "one way")


def test_a_listing_counts_at_its_best_photo() -> None:
    photos = [Hit("A", 0.2), Hit("B", 0.5), Hit("A", 0.9)]
    assert fuse([], photos, []) == ("A", "B")


def test_many_photos_of_one_listing_do_not_push_others_back() -> None:
    photos = [*(Hit("A", 0.9) for _ in range(20)), Hit("B", 0.5)]
    assert fuse([Hit("B", 0.5), Hit("A", 0.4)], photos, []) == ("A", "B")


def test_the_first_photos_are_chosen_each_file_once_and_no_stock_photo() -> None:
    listing = head("L-1", ["stock", "b", "a", "b", "c", "d", "e", "f", "g"])
    chosen = choose_photos(listing, frozenset({sha256_of("stock")}))
    assert [photo.index for photo in chosen] == [1, 2, 4, 5, 6, 7]
    assert len(chosen) == VERIFIED_PHOTOS


@pytest.mark.parametrize("photos", [[], ["stock"]])
def test_of_a_listing_without_telling_photos_none_is_chosen(photos: list[str]) -> None:
    assert choose_photos(head("L-1", photos), frozenset({sha256_of("stock")})) == ()
