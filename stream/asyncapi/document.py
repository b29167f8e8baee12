"""The document: topics, keys, headers, messages with examples, schemas.

Source: https://github.com/asyncapi/spec/blob/v3.0.0/spec/asyncapi.md
"""

from typing import Any

import msgspec

from stream import __version__
from stream.adapters.kafka.dead_letters import headers_that_tell
from stream.asyncapi import examples
from stream.domain.alert import AlertEvent
from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import (
    ListingCreatedEvent,
    ListingDeletedEvent,
    ListingUpdatedEvent,
    Message,
    VerdictEvent,
)
from stream.settings import KafkaSettings

Json = dict[str, Any]

_CONTENT_TYPE = "application/cloudevents+json"
_TOPICS = KafkaSettings()
_READ_MODES = (
    "CloudEvents 1.0 in JSON: structured mode as described here, or binary mode, in which the "
    "value is `data` alone and the attributes are the headers `ce_specversion`, `ce_id`, "
    "`ce_source`, `ce_type`, `ce_subject` and `ce_time`. Unknown fields are no error; a null "
    "value is a dead letter."
)
_DEAD_LETTER_HEADERS: dict[str, Json] = {
    "twinlist-reason": {
        "enum": [reason.value for reason in DeadLetterReason],
        "description": "Why the event cannot be used.",
    },
    "twinlist-error": {"description": "What is wrong, where, and what to do."},
    "twinlist-topic": {"description": "Where the event was read."},
    "twinlist-partition": {"description": "Of that topic; a replay goes there."},
    "twinlist-offset": {"description": "In that partition."},
    "twinlist-time": {"format": "date-time", "description": "When the event was given up."},
    "twinlist-attempts": {"description": "How often it was tried, before replays too."},
    "twinlist-version": {"description": "Of Twinlist."},
    "twinlist-model": {"description": "Version of the models."},
    "twinlist-history": {
        "description": "Of an event that was replayed: its earlier failures, oldest first, as a "
        "JSON array of objects with `reason`, `time`, `attempts`, `version` and `model`."
    },
    "twinlist-bytes": {
        "description": "Only where the event was too large for this topic; key (if it is long), "
        "value and headers are then not here but where the event was read. How long the value is."
    },
    "twinlist-sha256": {"description": "Likewise: of the value."},
}


def document() -> Json:
    """Return the document; topics are named by their defaults."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Twinlist",
            "version": "1",
            "description": "Listing events in, alerts about duplicate listings out. Schemas "
            "change only by addition. Written by `python -m stream.asyncapi`: do not edit.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _CONTENT_TYPE,
        "channels": {
            "listingEvents": _channel(
                _TOPICS.listing_events,
                f"What happens to listings. {_READ_MODES}",
                "listingCreated",
                "listingUpdated",
                "listingDeleted",
            ),
            "duplicateVerdicts": _channel(
                _TOPICS.duplicate_verdicts,
                f"What moderators answer to alerts. {_READ_MODES}",
                "duplicateVerdict",
            ),
            "duplicateAlerts": _channel(
                _TOPICS.duplicate_alerts,
                "Pairs of listings that show the same item. Keep the highest `revision` of a "
                "pair; a repeated alert is the same message, byte for byte. The topic can be "
                "compacted, its number of partitions is fixed, no value is null.",
                "duplicateAlert",
            ),
            "listingDeadLetters": _channel(
                _TOPICS.dead_letters,
                "Events and verdicts that cannot be used. Takes larger messages than the topics "
                "that they come from.",
                "deadLetter",
            ),
        },
        "operations": {
            "takeListingEvents": _operation("receive", "listingEvents"),
            "takeVerdicts": _operation("receive", "duplicateVerdicts"),
            "publishAlerts": _operation("send", "duplicateAlerts"),
            "sendDeadLetters": _operation("send", "listingDeadLetters"),
        },
        "components": {
            "messages": {
                "listingCreated": _event(examples.CREATED, "listing_id"),
                "listingUpdated": _event(examples.UPDATED, "listing_id"),
                "listingDeleted": _event(examples.DELETED, "listing_id"),
                "duplicateVerdict": _event(examples.VERDICT, "pair_id"),
                "duplicateAlert": _event(examples.ALERT, "pair_id"),
                "deadLetter": _dead_letter(),
            },
            "schemas": schemas(),
        },
    }


def schemas() -> Json:
    """Return the schema of each type that a message consists of, by the type's name."""
    _, by_name = msgspec.json.schema_components(
        (ListingCreatedEvent, ListingUpdatedEvent, ListingDeletedEvent, VerdictEvent, AlertEvent),
        ref_template="#/components/schemas/{name}",
    )
    return {name: _as_draft_07(by_name[name]) for name in sorted(by_name)}


def _channel(address: str, description: str, *messages: str) -> Json:
    return {
        "address": address,
        "description": description,
        "messages": {name: _ref("components", "messages", name) for name in messages},
    }


def _operation(action: str, channel: str) -> Json:
    return {"action": action, "channel": _ref("channels", channel)}


def _event(
    example: ListingCreatedEvent
    | ListingUpdatedEvent
    | ListingDeletedEvent
    | VerdictEvent
    | AlertEvent,
    key: str,
) -> Json:
    return {
        "name": example.type,
        "contentType": _CONTENT_TYPE,
        "payload": _ref("components", "schemas", type(example).__name__),
        "bindings": _kafka_key({"type": "string", "description": f"`{key}` of the data."}),
        "examples": [
            {"name": "full", "payload": msgspec.json.decode(msgspec.json.encode(example))}
        ],
    }


def _dead_letter() -> Json:
    written = headers_that_tell(
        Message(topic=_TOPICS.listing_events, partition=3, offset=1207, key=b"L-2", value=None),
        DeadLetterError(DeadLetterReason.NULL_VALUE, "the record has no value; …"),
        time=examples.TIME,
        attempts=1,
        version=__version__,
        model="1-3f9a0c27",
    )
    return {
        "name": "dead letter",
        "description": "Key, value and headers as they were, and headers that tell why. "
        "`twinlist dead-letters replay` sends them back to where they came from.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": {
                name: {"type": "string"} | schema for name, schema in _DEAD_LETTER_HEADERS.items()
            },
            "required": [name for name, _ in written],
        },
        "payload": {"description": "The original value, whatever it was; null if it was null."},
        "bindings": _kafka_key({"type": ["string", "null"], "description": "The original key."}),
        "examples": [
            {"name": "null value", "headers": {name: value.decode() for name, value in written}}
        ],
    }


def _kafka_key(schema: Json) -> Json:
    return {"kafka": {"key": schema, "bindingVersion": "0.5.0"}}


def _ref(*path: str) -> Json:
    return {"$ref": "/".join(("#", *path))}


def _as_draft_07(schema: object) -> object:
    """Rewrite tuples, the one thing that AsyncAPI's draft 07 says otherwise than draft 2020-12."""
    match schema:
        case {"prefixItems": items, **rest}:
            return _as_draft_07(rest | {"items": items, "additionalItems": False})
        case dict():
            return {name: _as_draft_07(value) for name, value in schema.items()}
        case list():
            return [_as_draft_07(value) for value in schema]
    return schema
