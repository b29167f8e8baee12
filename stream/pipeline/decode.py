"""Decode: the bytes of a Kafka record to a typed event, or a dead letter. Pure.

CloudEvents' Kafka binding: structured mode carries the whole event as JSON, binary mode the data
as the value and the attributes as headers prefixed with `ce_`.
Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from typing import TypeVar

import msgspec

from stream.domain.alert import Origin
from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import (
    Cause,
    Event,
    ListingCreatedEvent,
    ListingDeleted,
    ListingDeletedEvent,
    ListingPosted,
    ListingUpdatedEvent,
    Message,
    VerdictEvent,
    VerdictGiven,
)

_Decoded = TypeVar("_Decoded")
_BINARY_PREFIX = "ce_"
_LONGEST_COMPLAINT = 300
_EVENT_TYPES: dict[
    str,
    type[ListingCreatedEvent | ListingUpdatedEvent | ListingDeletedEvent | VerdictEvent],
] = {
    "listing.created.v1": ListingCreatedEvent,
    "listing.updated.v1": ListingUpdatedEvent,
    "listing.deleted.v1": ListingDeletedEvent,
    "duplicate.verdict.v1": VerdictEvent,
}


class _Typed(msgspec.Struct):
    specversion: str
    type: str


def decode(message: Message, max_bytes: int, origin: Origin = Origin.LIVE) -> Event:
    """Read an event. Raises `DeadLetterError` that says what is wrong, where and what to do."""
    if message.unreadable:
        raise DeadLetterError(
            DeadLetterReason.UNREADABLE_RECORD,
            f"{_plain(message.unreadable)}; correct the producer and send the event again",
        )
    value = message.value
    if value is None:
        raise DeadLetterError(
            DeadLetterReason.NULL_VALUE,
            "the record has no value; to delete a listing send a listing.deleted.v1 event",
        )
    if len(value) > max_bytes:
        raise DeadLetterError(
            DeadLetterReason.TOO_LARGE,
            f"the event has {len(value)} bytes and {max_bytes} are allowed; send photos as urls, "
            "or raise TWINLIST_KAFKA__MAX_MESSAGE_BYTES",
        )
    document = _as_structured(message, value)
    event_type = _event_type(document)
    try:
        envelope = _read(document, _EVENT_TYPES[event_type])
    except msgspec.ValidationError as error:
        raise DeadLetterError(
            DeadLetterReason.INVALID_DATA,
            f"{event_type}: {_plain(error)}; correct the producer by deploy/asyncapi.yaml and send "
            "the listing again with a higher version",
        ) from error
    event = _as_event(envelope, origin)
    if message.key != event.key.encode():
        raise DeadLetterError(
            DeadLetterReason.KEY_MISMATCH,
            f"the record's key must be {event.key[:64]!r}, as in the data, or events of one "
            "listing can overtake each other; set the key in the producer",
        )
    return event


def _as_structured(message: Message, value: bytes) -> bytes:
    headers = dict(message.headers)
    if "ce_specversion" not in headers:
        return value
    try:
        attributes: dict[str, object] = {
            name.removeprefix(_BINARY_PREFIX): content.decode()
            for name, content in headers.items()
            if name.startswith(_BINARY_PREFIX)
        }
    except UnicodeDecodeError as error:
        raise _not_json(error) from error
    return msgspec.json.encode(attributes | {"data": _read(value, msgspec.Raw)})


def _event_type(document: bytes) -> str:
    try:
        typed = _read(document, _Typed)
    except msgspec.ValidationError as error:
        raise DeadLetterError(
            DeadLetterReason.NOT_A_CLOUDEVENT,
            f"no CloudEvents 1.0 envelope: {_plain(error)}; send specversion, id, source, type, "
            "subject, time and data",
        ) from error
    if typed.specversion != "1.0":
        raise DeadLetterError(
            DeadLetterReason.NOT_A_CLOUDEVENT,
            f"specversion is {typed.specversion[:16]!r}; only CloudEvents 1.0 is understood",
        )
    if typed.type not in _EVENT_TYPES:
        raise DeadLetterError(
            DeadLetterReason.UNKNOWN_TYPE,
            f"type {typed.type[:64]!r} is none of {', '.join(_EVENT_TYPES)}; send it to another "
            "topic, or update Twinlist and replay",
        )
    return typed.type


def _read(document: bytes, of: type[_Decoded]) -> _Decoded:
    """Decode JSON. What is no JSON is a dead letter; a `ValidationError` is the caller's."""
    try:
        return msgspec.json.decode(document, type=of)
    except msgspec.ValidationError:
        raise
    except RecursionError as error:
        raise DeadLetterError(
            DeadLetterReason.NOT_JSON,
            "the event is nested far deeper than any event needs; correct the producer and send "
            "the event again",
        ) from error
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise _not_json(error) from error


def _not_json(error: Exception) -> DeadLetterError:
    return DeadLetterError(
        DeadLetterReason.NOT_JSON,
        f"the event is no JSON in UTF-8: {_plain(error)}; correct the producer and send the event "
        "again",
    )


def _plain(error: Exception | str) -> str:
    """What is wrong, in one short line: errors quote what strangers wrote."""
    told = str(error)[:_LONGEST_COMPLAINT]
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in told)


def _as_event(
    envelope: ListingCreatedEvent | ListingUpdatedEvent | ListingDeletedEvent | VerdictEvent,
    origin: Origin,
) -> Event:
    cause = Cause(envelope.id, envelope.time, origin)
    match envelope:
        case ListingCreatedEvent() | ListingUpdatedEvent():
            return ListingPosted(cause, envelope.data)
        case ListingDeletedEvent():
            return ListingDeleted(cause, envelope.data)
        case VerdictEvent():
            return VerdictGiven(cause, envelope.data)
