"""Every kind of bad event ends as a dead letter that says what, where and what to do."""

import json
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.alert import Origin, pair_id_of
from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import Event, ListingDeleted, ListingPosted, Message, VerdictGiven
from stream.pipeline.decode import decode

MAX_BYTES = 2**14
DATA = {
    "listing_id": "L-1",
    "version": 1,
    "seller_id": "S-1",
    "category": "furniture",
    "created_at": "2026-03-01T12:00:00Z",
    "photos": [{"url": "https://photos.example/1.jpg"}],
}
EVENT = {
    "specversion": "1.0",
    "id": "event-1",
    "source": "/classifieds",
    "subject": "L-1",
    "time": "2026-03-01T12:00:00Z",
    "type": "listing.created.v1",
    "data": DATA,
}
PAIR_ID = "0f" * 16
VERDICT = {"pair_id": PAIR_ID, "verdict": "rejected", "revision": 1}


def test_created_and_updated_are_read_alike() -> None:
    created, updated = _read(EVENT), _read(EVENT | {"type": "listing.updated.v1"})
    assert created == updated
    assert isinstance(created, ListingPosted)


def test_deleted_needs_id_and_version_only_and_may_say_more() -> None:
    bare = {"listing_id": "L-1", "version": 2}
    deleted = _read(EVENT | {"type": "listing.deleted.v1", "data": bare})
    assert isinstance(deleted, ListingDeleted)
    assert deleted == _read(EVENT | {"type": "listing.deleted.v1", "data": DATA | bare})


def test_verdict_is_keyed_by_its_pair() -> None:
    event = EVENT | {"type": "duplicate.verdict.v1", "subject": PAIR_ID, "data": VERDICT}
    verdict = _read(event, key=PAIR_ID.encode())
    assert isinstance(verdict, VerdictGiven)
    assert verdict.key == PAIR_ID


def test_binary_mode_takes_the_attributes_from_headers_and_the_last_of_a_name() -> None:
    headers = _binary_headers()
    twice = (("ce_id", b"overruled"), *headers, ("traceparent", b"\xff"))
    read = _decode(json.dumps(DATA).encode(), headers=twice)
    assert read == _read(EVENT)


def test_of_a_repeated_name_in_json_the_last_counts() -> None:
    value = json.dumps(EVENT).replace('"version": 1', '"version": 0, "version": 1')
    assert _decode(value.encode()) == _read(EVENT)


def test_origin_is_told_by_the_caller() -> None:
    message = _message(json.dumps(EVENT).encode())
    assert decode(message, MAX_BYTES).cause.origin is Origin.LIVE
    assert decode(message, MAX_BYTES, Origin.BACKFILL).cause.origin is Origin.BACKFILL


@pytest.mark.parametrize("version", [0, 2**52 - 1])
def test_versions_to_the_limit_are_read(version: int) -> None:
    assert _read(_with(version=version)).key == "L-1"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"version": 2**52}, "$.data.version"),
        ({"version": -1}, "$.data.version"),
        ({"version": 1.0}, "$.data.version"),
        ({"version": True}, "$.data.version"),
        ({"photos": []}, "$.data.photos"),
        ({"photos": [{"url": "https://photos.example/1.jpg"}] * 25}, "$.data.photos"),
        ({"photos": [{"url": ""}]}, "$.data.photos[0].url"),
        ({"photos": ["https://photos.example/1.jpg"]}, "$.data.photos[0]"),
        ({"created_at": "2026-03-01T12:00:00"}, "$.data.created_at"),
        ({"created_at": 1772366400}, "$.data.created_at"),
        ({"listing_id": ""}, "$.data.listing_id"),
        ({"listing_id": "x" * 257}, "$.data.listing_id"),
        ({"category": None}, "$.data.category"),
        ({"price": {"amount": -1, "currency": "EUR"}}, "$.data.price.amount"),
        ({"price": {"amount": 1, "currency": "euro"}}, "$.data.price.currency"),
        ({"price": {"amount": 1, "currency": "EUR\n"}}, "$.data.price.currency"),
        ({"price": {"amount": "1", "currency": "EUR"}}, "$.data.price.amount"),
        ({"version": "1"}, "$.data.version"),
        ({"version": 1.5}, "$.data.version"),
        ({"version": 10**30}, "$.data.version"),
        ({"title": "x" * 1025}, "$.data.title"),
        ({"category": "x" * 129}, "$.data.category"),
        ({"region": "x" * 129}, "$.data.region"),
        ({"seller_id": "x" * 257}, "$.data.seller_id"),
        ({"created_at": "2026-03-01T12:00:60Z"}, "$.data.created_at"),
        ({"created_at": "2026-02-30T12:00:00Z"}, "$.data.created_at"),
        ({"created_at": "2026-03-01T12:00:00+24:00"}, "$.data.created_at"),
        ({"created_at": "0000-01-01T00:00:00Z"}, "$.data.created_at"),
    ],
)
def test_invalid_data_says_where(change: dict[str, object], where: str) -> None:
    error = _refused(json.dumps(_with(**change)).encode())
    assert error.reason is DeadLetterReason.INVALID_DATA
    assert f"`{where}`" in str(error)
    assert "listing.created.v1" in str(error)
    assert "deploy/asyncapi.yaml" in str(error)


@pytest.mark.parametrize("number", ["1e400", "9" * 5000])
@pytest.mark.parametrize("field", ["version", "price"])
def test_a_number_that_no_computer_holds_is_invalid_data(field: str, number: str) -> None:
    data = _with(version=0, price={"amount": 0, "currency": "EUR"})["data"]
    name = {"version": '"version": 0', "price": '"amount": 0'}[field]
    value = json.dumps(EVENT | {"data": data}).replace(name, name[:-1] + number)
    assert _refused(value.encode()).reason is DeadLetterReason.INVALID_DATA


@pytest.mark.parametrize(
    "time",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-03-01T12:00:00.123456789Z",
        "2026-03-01t12:00:00z",
    ],
)
def test_the_ends_of_time_go_all_the_way_into_an_alert(time: str) -> None:
    event = _read(_with(created_at=time) | {"time": time})
    assert isinstance(event, ListingPosted)
    listing = event.listing
    assert isinstance(listing.created_at.timestamp(), float)  # the newer listing is found by it
    written = msgspec.json.encode({"time": event.cause.time, "created_at": listing.created_at})
    read = msgspec.json.decode(written, type=dict[str, datetime])
    assert read == {"time": event.cause.time, "created_at": listing.created_at}


@pytest.mark.parametrize(
    "listing_id", ["a/b/../c", "a\0b", "a\nb", " ", "\u202eb", "\ufeff", "😀", "é", "e\u0301", "É"]
)
def test_an_id_is_any_text_and_is_taken_as_it_is_written(listing_id: str) -> None:
    event = _read(_with(listing_id=listing_id), key=listing_id.encode())
    assert event.key == listing_id


def test_ids_that_differ_by_case_or_normal_form_name_different_listings() -> None:
    ids = ["é", "e\u0301", "É", "é ", "\u00e9\0"]
    assert len({pair_id_of("L-1", other) for other in ids}) == len(ids)
    for one, other in pairwise(ids):
        error = _refused(json.dumps(_with(listing_id=one)).encode(), key=other.encode())
        assert error.reason is DeadLetterReason.KEY_MISMATCH


def test_a_pair_id_with_a_line_end_is_none() -> None:
    data = VERDICT | {"pair_id": PAIR_ID + "\n"}
    event = EVENT | {"type": "duplicate.verdict.v1", "data": data}
    error = _refused(json.dumps(event).encode(), key=f"{PAIR_ID}\n".encode())
    assert error.reason is DeadLetterReason.INVALID_DATA


@pytest.mark.parametrize(
    "change",
    [
        {"type": "\n\x1b[31m" * 1000},
        {"specversion": "\n\x1b[31m" * 1000},
        {"type": "duplicate.verdict.v1", "data": VERDICT | {"verdict": "\n\x1b[31m" * 1000}},
        {"data": DATA | {"listing_id": "\n\x1b[31m" * 30}},
    ],
)
def test_what_strangers_wrote_is_quoted_short_and_in_one_line(change: dict[str, object]) -> None:
    error = _refused(json.dumps(EVENT | change).encode())
    assert len(str(error)) < 600
    assert str(error).isprintable()


def test_an_event_may_be_as_large_as_allowed_and_no_larger() -> None:
    value = json.dumps(EVENT).encode()
    assert _decode(value + b" " * (MAX_BYTES - len(value))).key == "L-1"
    assert (
        _refused(value + b" " * (MAX_BYTES - len(value) + 1)).reason is DeadLetterReason.TOO_LARGE
    )


def test_what_could_not_be_read_whole_is_a_dead_letter_that_says_why_in_one_line() -> None:
    message = Message(
        topic="listing-events",
        partition=0,
        offset=0,
        key=b"L-1",
        value=json.dumps(EVENT).encode(),
        unreadable="the name of a header is\n" + 1000 * "x",
    )
    with pytest.raises(DeadLetterError) as raised:
        decode(message, MAX_BYTES)
    assert raised.value.reason is DeadLetterReason.UNREADABLE_RECORD
    told = str(raised.value)
    assert r"is\nxxx" in told
    assert told.endswith("correct the producer and send the event again")
    assert len(told) < 400


@pytest.mark.parametrize("level", [b"[", b'{"a":'])
def test_nesting_beyond_measure_is_named(level: bytes) -> None:
    value = json.dumps(EVENT).encode()[:-1] + b', "more": ' + level * 3000
    error = _refused(value)
    assert error.reason is DeadLetterReason.NOT_JSON
    assert "nested" in str(error)


@pytest.mark.parametrize("around", [b"\xef\xbb\xbf%b", b"%b{}", b"%b\0", b"/**/%b"])
def test_bytes_around_an_event_are_no_json(around: bytes) -> None:
    assert _refused(around % json.dumps(EVENT).encode()).reason is DeadLetterReason.NOT_JSON


@pytest.mark.parametrize("name", ["seller_id", "created_at", "photos"])
def test_missing_field_is_named(name: str) -> None:
    data = {field: value for field, value in DATA.items() if field != name}
    error = _refused(json.dumps(EVENT | {"data": data}).encode())
    assert error.reason is DeadLetterReason.INVALID_DATA
    assert f"`{name}`" in str(error)


@pytest.mark.parametrize("name", ["id", "source", "subject", "time", "data"])
def test_missing_attribute_is_named(name: str) -> None:
    event = {field: value for field, value in EVENT.items() if field != name}
    error = _refused(json.dumps(event).encode())
    assert error.reason is DeadLetterReason.INVALID_DATA
    assert f"`{name}`" in str(error)


def test_naive_time_is_refused() -> None:
    error = _refused(json.dumps(EVENT | {"time": "2026-03-01T12:00:00"}).encode())
    assert error.reason is DeadLetterReason.INVALID_DATA
    assert "`$.time`" in str(error)


@pytest.mark.parametrize(
    ("value", "reason", "told"),
    [
        (None, DeadLetterReason.NULL_VALUE, "listing.deleted.v1"),
        (b"x" * (MAX_BYTES + 1), DeadLetterReason.TOO_LARGE, "MAX_MESSAGE_BYTES"),
        (b"", DeadLetterReason.NOT_JSON, "truncated"),
        (b"\x00\x00\x00\x00\x01avro", DeadLetterReason.NOT_JSON, "no JSON"),
        (b"[]", DeadLetterReason.NOT_A_CLOUDEVENT, "CloudEvents 1.0"),
        (json.dumps(DATA).encode(), DeadLetterReason.NOT_A_CLOUDEVENT, "`specversion`"),
        (
            json.dumps(EVENT | {"specversion": "0.3"}).encode(),
            DeadLetterReason.NOT_A_CLOUDEVENT,
            "'0.3'",
        ),
        (
            json.dumps(EVENT | {"type": "listing.created.v2"}).encode(),
            DeadLetterReason.UNKNOWN_TYPE,
            "'listing.created.v2'",
        ),
    ],
)
def test_what_is_no_event_says_so(value: bytes | None, reason: DeadLetterReason, told: str) -> None:
    error = _refused(value)
    assert error.reason is reason
    assert told in str(error)


@pytest.mark.parametrize("key", [None, b"", b"L-2", b"\xff"])
def test_key_must_be_that_of_the_data(key: bytes | None) -> None:
    error = _refused(json.dumps(EVENT).encode(), key=key)
    assert error.reason is DeadLetterReason.KEY_MISMATCH
    assert "'L-1'" in str(error)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(rb'"\ud800"', id="lone surrogate"),
        pytest.param(b'"\xff"', id="no utf-8"),
        pytest.param(rb'"\q"', id="bad escape"),
        pytest.param(b"NaN", id="not a number"),
        pytest.param(b"[" * 2000 + b"]" * 2000, id="too deep"),
    ],
)
@pytest.mark.parametrize("field", [b'"furniture"', b'"event-1"', b'"L-1"'])
def test_what_no_json_may_hold_is_a_dead_letter_wherever_it_stands(
    field: bytes, written: bytes
) -> None:
    structured = json.dumps(EVENT).encode().replace(field, written)
    assert _refused(structured).reason is DeadLetterReason.NOT_JSON
    if field != b'"event-1"':
        binary = json.dumps(DATA).encode().replace(field, written)
        error = _refused(binary, headers=_binary_headers())
        assert error.reason is DeadLetterReason.NOT_JSON


def test_attribute_that_is_no_text_is_a_dead_letter() -> None:
    headers = (*_binary_headers(), ("ce_id", b"\xff"))
    error = _refused(json.dumps(DATA).encode(), headers=headers)
    assert error.reason is DeadLetterReason.NOT_JSON


@given(
    st.one_of(
        st.none(),
        st.binary(max_size=200),
        st.integers(0, 400).map(lambda end: json.dumps(EVENT).encode()[:end]),
        st.tuples(st.integers(0, 300), st.binary(min_size=1, max_size=3)).map(
            lambda edit: (
                json.dumps(EVENT).encode()[: edit[0]]
                + edit[1]
                + json.dumps(EVENT).encode()[edit[0] + len(edit[1]) :]
            )
        ),
    )
)
def test_no_bytes_get_past_as_another_error(value: bytes | None) -> None:
    for headers in ((), _binary_headers()):
        with suppress(DeadLetterError):
            _decode(value, headers=headers)


def _with(**data: object) -> dict[str, Any]:
    return EVENT | {"data": DATA | data}


def _binary_headers() -> tuple[tuple[str, bytes], ...]:
    attributes = {name: value for name, value in EVENT.items() if isinstance(value, str)}
    return tuple((f"ce_{name}", value.encode()) for name, value in attributes.items())


def _read(event: dict[str, Any], key: bytes = b"L-1") -> Event:
    return _decode(json.dumps(event).encode(), key=key)


def _decode(
    value: bytes | None, key: bytes | None = b"L-1", headers: tuple[tuple[str, bytes], ...] = ()
) -> Event:
    return decode(_message(value, key, headers), MAX_BYTES)


def _refused(
    value: bytes | None, key: bytes | None = b"L-1", headers: tuple[tuple[str, bytes], ...] = ()
) -> DeadLetterError:
    with pytest.raises(DeadLetterError) as caught:
        _decode(value, key, headers)
    return caught.value


def _message(
    value: bytes | None,
    key: bytes | None = b"L-1",
    headers: tuple[tuple[str, bytes], ...] = (),
) -> Message:
    return Message(
        topic="listing-events", partition=0, offset=0, key=key, value=value, headers=headers
    )
