"""Listings that the topic has forgotten become events that lead to the same heads."""

from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from stream.domain.errors import RetryError
from stream.domain.event import ListingDeleted, ListingPosted
from stream.domain.listing import Head, IndexedPhoto
from stream.pipeline.decode import decode
from stream.rollout.refill import Missing, Refill, event_of, is_refill, lacking, share_of
from tests.support.listings import head, tombstone
from tests.support.memory_index import MemoryIndex
from tests.support.memory_worker import MemoryWorker, posted

_MAX_BYTES = 2**20


def test_an_event_says_all_that_its_head_does() -> None:
    stored = head("bike-1", ["a", "b"], version=7, region="kiel")
    event = decode(event_of(stored), _MAX_BYTES)
    assert isinstance(event, ListingPosted)
    listing = event.listing
    assert (listing.version, listing.seller_id, listing.category) == (7, "S-1", "furniture")
    assert (listing.region, listing.created_at) == ("kiel", stored.created_at)
    assert [photo.url for photo in listing.photos] == [photo.url for photo in stored.photos]


def test_photos_keep_their_places_where_others_could_not_be_used() -> None:
    second = msgspec.structs.replace(
        head("bike-1"), photos=(IndexedPhoto(2, "https://photos.example/c", "0" * 64),)
    )
    event = decode(event_of(second), _MAX_BYTES)
    assert isinstance(event, ListingPosted)
    assert [photo.url for photo in event.listing.photos] == [
        "data:,",
        "data:,",
        "https://photos.example/c",
    ]


def test_a_tombstone_becomes_a_delete() -> None:
    event = decode(event_of(tombstone("bike-1", version=9)), _MAX_BYTES)
    assert isinstance(event, ListingDeleted)
    assert event.order == (9, True)


def test_the_same_listing_has_the_same_place_each_time_so_that_it_is_in_doubt_after_a_kill() -> (
    None
):
    assert event_of(head("a")).place == event_of(head("a", version=2)).place
    assert event_of(head("a")).place != event_of(head("b")).place


def test_every_listing_belongs_to_one_share() -> None:
    shares = [share_of(f"listing-{number}", 4) for number in range(200)]
    assert set(shares) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("known", "is_lacking"),
    [
        (None, True),
        (head("a", version=1), True),
        (head("a", version=2), True),
        (msgspec.structs.replace(head("a", version=2), finished_version=2), False),
        (head("a", version=3), False),
        (head("a", [], version=2), True),
        (head("a", [], version=3), False),
        (tombstone("a", version=2), False),
    ],
)
async def test_what_the_new_index_knows_less_of_is_missing(
    known: Head | None, is_lacking: bool
) -> None:
    new = MemoryIndex({"a": known} if known is not None else {})
    stored = head("a", version=2)
    assert list(await lacking([stored], new)) == [stored] * is_lacking


class PagedHeads(MemoryIndex):
    """An index that can be gone through."""

    async def read_all(self) -> AsyncIterator[Sequence[Head]]:
        yield list(self.heads.values())


async def test_what_cannot_be_had_is_counted_and_all_else_is_brought() -> None:
    worker = MemoryWorker()
    old = PagedHeads({f"L-{n}": head(f"L-{n}", [f"p{n}"]) for n in range(4)})
    for number in (0, 1):  # the first batch
        worker.photos.failures[old.heads[f"L-{number}"].photos[0].url] = RetryError("away")
    refill = Refill(old, worker.index, worker.processor(retry_seconds=0.001), 2)
    assert await refill.run([0], 1) == Missing(listings=2, looked_at=4)
    worker.photos.failures.clear()
    assert await refill.run([0], 1) == Missing(listings=0, looked_at=4)


def test_events_of_a_refill_are_told_from_those_that_are_lived() -> None:
    refilled, lived = (
        decode(one, _MAX_BYTES) for one in (event_of(head("L-1")), posted("L-1", ["a"]))
    )
    assert is_refill(refilled)
    assert not is_refill(lived)
