"""Listings that the topic has forgotten become events that lead to the same heads."""

import msgspec
import pytest

from stream.domain.event import ListingDeleted, ListingPosted
from stream.domain.listing import Head, IndexedPhoto
from stream.pipeline.decode import decode
from stream.rollout.refill import event_of, lacking, share_of
from tests.support.listings import head, tombstone
from tests.support.memory_index import MemoryIndex

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
