"""Heads and pairs as payloads, and the ids of points: what is stored must never change."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from stream.adapters.qdrant.payloads import (
    flight_of,
    flight_payload,
    flight_point,
    head_of,
    head_payload,
    listing_point,
    pair_of,
    pair_payload,
    pair_point,
    photo_point,
)
from stream.domain.alert import VerdictChoice
from stream.domain.listing import Head, IndexedPhoto
from stream.domain.pair import Pair, RecordedVerdict
from stream.ports import Flight

CREATED_AT = datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
TEXT = st.text(min_size=1, max_size=20)
SHA256 = st.text("0123456789abcdef", min_size=64, max_size=64)


def test_point_ids_are_golden() -> None:
    assert listing_point("a") == "d0e9ab10-ec3e-5cfd-989e-32a0eb178685"
    assert listing_point("椅/1") == "d0970a62-a3a0-5ec7-b0aa-66344fdf83cc"
    assert (
        flight_point("workers", ("listing-events", 3, 7)) == "61b005e1-24ff-5800-b3f3-c4188b44decc"
    )
    assert photo_point("a", "0" * 64) == "4010893c-0973-500a-92b1-3e891c27ec0e"
    assert pair_point("00112233445566778899aabbccddeeff") == "00112233-4455-6677-8899-aabbccddeeff"


@given(st.lists(st.tuples(TEXT, SHA256), unique=True, min_size=2, max_size=2))
def test_points_of_different_photos_differ(keys: list[tuple[str, str]]) -> None:
    (one, other) = keys
    assert photo_point(*one) != photo_point(*other)
    assert photo_point(*one) not in {listing_point(one[0]), listing_point("".join(one))}


def test_a_head_is_stored_under_golden_keys() -> None:
    head = Head(
        listing_id="a",
        version=2,
        finished_version=1,
        seller_id="s",
        category="sofas",
        created_at=CREATED_AT,
        photos=(IndexedPhoto(0, "https://photos.example/1", "0" * 64),),
    )
    assert json.loads(json.dumps(head_payload(head))) == {
        "listing_id": "a",
        "version": 2,
        "finished_version": 1,
        "deleted": 0,
        "seller_id": "s",
        "category": "sofas",
        "region": None,
        "created_at": "2024-05-17T09:30:00Z",
        "photos": [{"index": 0, "url": "https://photos.example/1", "sha256": "0" * 64}],
    }


def test_a_pair_is_stored_under_golden_keys() -> None:
    pair = Pair(
        pair_id="0" * 32,
        left_id="a",
        right_id="b",
        revision=7,
        is_open=True,
        message='{"é":1}'.encode(),
        verdict=RecordedVerdict(
            verdict=VerdictChoice.CONFIRMED,
            time=CREATED_AT,
            event_id="event",
            photos_digest="digest",
        ),
    )
    assert pair_payload(pair) == {
        "pair_id": "0" * 32,
        "left_id": "a",
        "right_id": "b",
        "revision": 7,
        "is_open": 1,
        "probability": None,
        "message": '{"é":1}',
        "message_revision": -1,
        "published_revision": -1,
        "is_quiet": 0,
        "photos_digest": "",
        "photos_revision": 0,
        "comparison": "",
        "evidence": None,
        "verdict": {
            "verdict": "confirmed",
            "time": "2024-05-17T09:30:00Z",
            "event_id": "event",
            "photos_digest": "digest",
        },
    }


@given(
    st.builds(
        Head,
        listing_id=TEXT,
        version=st.integers(0, 2**52 - 1),
        finished_version=st.integers(-1, 2**52 - 1),
        deleted=st.booleans(),
        seller_id=st.none() | TEXT,
        category=st.none() | TEXT,
        region=st.none() | TEXT,
        created_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        photos=st.lists(st.builds(IndexedPhoto, st.integers(0, 23), TEXT, SHA256), max_size=3).map(
            tuple
        ),
    )
)
def test_every_head_survives_json(head: Head) -> None:
    assert head_of(json.loads(json.dumps(head_payload(head)))) == head


@given(
    st.builds(
        Pair,
        pair_id=st.text("0123456789abcdef", min_size=32, max_size=32),
        left_id=TEXT,
        right_id=TEXT,
        revision=st.integers(0, 2**53 - 1),
        is_open=st.booleans(),
        probability=st.none() | st.floats(0, 1),
        message=st.none() | TEXT.map(str.encode),
    )
)
def test_every_pair_survives_json_also_without_its_nulls(pair: Pair) -> None:
    payload = json.loads(json.dumps(pair_payload(pair)))
    assert pair_of(payload) == pair
    assert pair_of({key: value for key, value in payload.items() if value is not None}) == pair


def test_an_event_in_flight_is_stored_under_golden_keys() -> None:
    flight = Flight(tries_alone=2, error="ZeroDivisionError: é")
    payload = flight_payload("workers", ("listing-events", 3, 7), flight)
    assert payload == {
        "group": "workers",
        "topic": "listing-events",
        "partition": 3,
        "offset": 7,
        "tries_alone": 2,
        "error": "ZeroDivisionError: é",
    }
    assert flight_of(payload) == flight
