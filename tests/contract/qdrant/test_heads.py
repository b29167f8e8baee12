"""Heads: which writes take effect, and what is read back."""

import asyncio
from datetime import timedelta

import pytest

from stream.domain.listing import VERSION_LIMIT, Head
from stream.ports import ListingIndex, SearchFilter
from tests.contract.qdrant.records import UNUSUAL_IDS, head, tombstone, unit

pytestmark = pytest.mark.asyncio(loop_scope="session")
EVERYTHING = SearchFilter(excluded_id="nobody")


async def stored(index: ListingIndex, listing_id: str) -> Head:
    return (await index.read_heads([listing_id]))[listing_id]


async def found(index: ListingIndex) -> set[str]:
    return {hit.listing_id for hit in await index.nearest_sets(unit(0), EVERYTHING, 50)}


async def test_a_head_reads_back_as_it_was_written(index: ListingIndex) -> None:
    written = head("a", 7, finished_version=3)
    await index.write_head(written, unit(1))
    assert await stored(index, "a") == written


async def test_a_head_of_which_little_is_known_reads_back(index: ListingIndex) -> None:
    written = Head(listing_id="a", version=0)
    await index.write_head(written, None)
    assert await stored(index, "a") == written


@pytest.mark.parametrize("listing_id", UNUSUAL_IDS)
async def test_any_string_can_name_a_listing(index: ListingIndex, listing_id: str) -> None:
    await index.write_head(head(listing_id), unit(1))
    await index.finish(head(listing_id))
    assert await stored(index, listing_id) == head(listing_id, finished_version=1)
    assert await found(index) == {listing_id}


async def test_unknown_listings_are_left_out(index: ListingIndex) -> None:
    await index.write_head(head("a"), unit(1))
    assert set(await index.read_heads(["a", "b", "a"])) == {"a"}
    assert await index.read_heads([]) == {}


@pytest.mark.parametrize(
    ("before", "after", "takes_effect"),
    [
        (head("a", 1), head("a", 2), True),
        (head("a", 1, finished_version=1), head("a", 2), True),
        (head("a", 2), head("a", 1), False),
        (head("a", 2), tombstone("a", 1), False),
        (head("a", 1), tombstone("a", 2), True),
        (tombstone("a", 2), head("a", 1), False),
        (tombstone("a", 2), head("a", 3), True),
        (head("a", 2, finished_version=1), head("a", 2, seller_id="again"), True),
        (head("a", 2, finished_version=2), head("a", 2, seller_id="again"), False),
        (head("a", 2, finished_version=2), tombstone("a", 2), True),
        (head("a", 2), tombstone("a", 2), True),
        (tombstone("a", 2), head("a", 2), False),
        (tombstone("a", 2), Head(listing_id="a", version=2, deleted=True, seller_id="again"), True),
        (
            Head(listing_id="a", version=2, deleted=True, finished_version=2),
            Head(listing_id="a", version=2, deleted=True, seller_id="again"),
            False,
        ),
        (head("a", VERSION_LIMIT - 2), head("a", VERSION_LIMIT - 1), True),
        (head("a", VERSION_LIMIT - 1), head("a", VERSION_LIMIT - 2), False),
    ],
)
async def test_a_write_gives_way_to_what_is_newer_or_finished(
    index: ListingIndex, before: Head, after: Head, takes_effect: bool
) -> None:
    await index.write_head(before, unit(1) if before.is_visible else None)
    await index.write_head(after, unit(2) if after.is_visible else None)
    assert await stored(index, "a") == (after if takes_effect else before)


async def test_a_tombstone_leaves_no_embedding_behind(index: ListingIndex) -> None:
    await index.write_head(head("a", 1), unit(0))
    await index.write_head(tombstone("a", 2), None)
    assert await found(index) == set()
    await index.write_head(head("a", 3), unit(0))
    assert await found(index) == {"a"}


async def test_a_head_without_embedding_is_not_found(index: ListingIndex) -> None:
    await index.write_head(head("a", 1), unit(0))
    await index.write_head(head("a", 2, photos=()), None)
    assert await found(index) == set()
    assert await stored(index, "a") == head("a", 2, photos=())


async def test_a_version_is_finished_once_its_steps_are_done(index: ListingIndex) -> None:
    await index.write_head(head("a", 5), unit(1))
    assert not (await stored(index, "a")).is_finished
    await index.finish(head("a", 5))
    assert await stored(index, "a") == head("a", 5, finished_version=5)


@pytest.mark.parametrize("other", [head("a", 4), head("a", 6), tombstone("a", 5), head("b", 5)])
async def test_only_the_stored_state_can_be_finished(index: ListingIndex, other: Head) -> None:
    await index.write_head(head("a", 5), unit(1))
    await index.finish(other)
    assert await stored(index, "a") == head("a", 5)
    assert set(await index.read_heads(["a", "b"])) == {"a"}


async def test_of_writers_at_once_the_newest_version_stays(index: ListingIndex) -> None:
    versions = [11, 3, 20, 7, 1, 19, 2, 15, 8, 5, 14, 9, 18, 4, 13, 6, 17, 10, 12, 16]
    await asyncio.gather(*(index.write_head(head("a", one), unit(one)) for one in versions))
    assert await stored(index, "a") == head("a", 20)


async def test_tombstones_are_forgotten_when_they_are_old_and_nothing_else_is(
    index: ListingIndex,
) -> None:
    await index.write_head(tombstone("gone", 2), None)
    await index.write_head(head("here", 2), unit(1))
    await index.remove_tombstones(timedelta(days=1))
    assert (await index.read_heads(["gone", "here"])).keys() == {"gone", "here"}
    await index.remove_tombstones(timedelta(seconds=-10))  # all that is older than in a moment
    assert (await index.read_heads(["gone", "here"])).keys() == {"here"}
