"""Searches: nearest sets and photos, exact copies, and who they may bring up."""

import numpy as np
import pytest

from stream.domain.match import PhotoHit
from stream.ports import ListingIndex, SearchFilter
from tests.contract.qdrant.records import head, sha, tokens, tombstone, towards, unit

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROUNDING = 1e-5


async def found(index: ListingIndex, search_filter: SearchFilter) -> set[str]:
    return {hit.listing_id for hit in await index.nearest_sets(unit(0), search_filter, 50)}


async def test_the_nearest_sets_come_first_with_their_cosine(index: ListingIndex) -> None:
    cosines = {"far": -0.5, "near": 0.95, "same": 1.0, "middle": 0.4}
    for name, cosine in cosines.items():
        await index.write_head(head(name), towards(unit(0), unit(1), cosine))
    hits = await index.nearest_sets(unit(0), SearchFilter(excluded_id="nobody"), 3)
    assert [hit.listing_id for hit in hits] == ["same", "near", "middle"]
    assert [hit.similarity for hit in hits] == pytest.approx([1.0, 0.95, 0.4], abs=ROUNDING)
    assert all(hit.similarity <= 1 + ROUNDING for hit in hits)


async def test_a_search_in_an_empty_index_finds_nothing(index: ListingIndex) -> None:
    assert await index.nearest_sets(unit(0), SearchFilter(excluded_id="a"), 10) == []
    assert await index.nearest_photos(tokens(1)[None], "a", 10) == []
    assert await index.exact_copies([sha(1)], "a", 10) == []


async def test_the_listing_itself_and_tombstones_are_never_found(index: ListingIndex) -> None:
    for name in ("self", "other", "gone"):
        await index.write_head(head(name), unit(0))
    await index.write_head(tombstone("gone", 2), None)
    assert await found(index, SearchFilter(excluded_id="self")) == {"other"}


async def test_a_region_matches_its_own_listings_and_those_without_one(
    index: ListingIndex,
) -> None:
    for region in ("north", "south", None):
        await index.write_head(head(f"in {region}", region=region), unit(0))
    north = SearchFilter(excluded_id="nobody", region="north")
    assert await found(index, north) == {"in north", "in None"}
    anywhere = SearchFilter(excluded_id="nobody")
    assert await found(index, anywhere) == {"in north", "in south", "in None"}


async def test_foreign_categories_are_excluded_and_missing_ones_match(
    index: ListingIndex,
) -> None:
    for category in ("sofas", "cars", "vans", "books", None):
        await index.write_head(head(f"{category}", category=category), unit(0))
    search_filter = SearchFilter(
        excluded_id="nobody", region="north", excluded_categories=frozenset({"cars", "vans"})
    )
    assert await found(index, search_filter) == {"sofas", "books", "None"}


async def test_each_photo_brings_up_its_nearest_by_global_token(index: ListingIndex) -> None:
    first, second = tokens(1), tokens(2)
    near_first = tokens(3)
    near_first[0] = 7 * towards(first[0] / np.linalg.norm(first[0]), unit(4, 96), 0.9)
    await index.write_photos("a", 1, {sha(1): first, sha(2): second})
    await index.write_photos("b", 1, {sha(3): near_first})
    await index.write_photos("self", 1, {sha(1): first})
    hits = await index.nearest_photos(np.stack([first, second]), "self", 2)
    assert [(hit.listing_id, hit.sha256) for hit in hits[:3]] == [
        ("a", sha(1)),
        ("b", sha(3)),
        ("a", sha(2)),
    ]
    assert [hit.similarity for hit in hits[:3]] == pytest.approx([1.0, 0.9, 1.0], abs=ROUNDING)
    assert len(hits) == 4


async def test_photos_of_listings_at_many_versions_are_found_as_last_written(
    index: ListingIndex,
) -> None:
    await index.write_photos("a", 1, {sha(1): tokens(1)})
    await index.write_photos("a", 2, {sha(1): tokens(2)})
    (hit,) = await index.nearest_photos(tokens(2)[None], "self", 5)
    assert hit.similarity == pytest.approx(1.0, abs=ROUNDING)


async def test_exact_copies_are_other_listings_points_of_the_same_files(
    index: ListingIndex,
) -> None:
    await index.write_photos("self", 1, {sha(1): tokens(1)})
    await index.write_photos("a", 1, {sha(1): tokens(1), sha(3): tokens(3)})
    await index.write_photos("b", 1, {sha(2): tokens(2)})
    hits = await index.exact_copies([sha(1), sha(2)], "self", 10)
    assert set(hits) == {PhotoHit("a", sha(1), 1.0), PhotoHit("b", sha(2), 1.0)}


async def test_a_photo_that_many_share_does_not_crowd_out_copies_of_another(
    index: ListingIndex,
) -> None:
    for listing_id in "abcdef":
        await index.write_photos(listing_id, 1, {sha(1): tokens(1)})
    await index.write_photos("z", 1, {sha(2): tokens(2)})
    hits = await index.exact_copies([sha(1), sha(2)], "self", 3)
    assert PhotoHit("z", sha(2), 1.0) in hits
    assert len(hits) == 4


async def test_no_photo_asks_for_nothing(index: ListingIndex) -> None:
    assert await index.nearest_photos(np.empty((0, 10, 96), np.float32), "a", 5) == []
