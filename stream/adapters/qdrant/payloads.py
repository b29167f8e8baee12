"""Heads, pairs and flights as Qdrant's payloads, and the ids of their points.

Booleans are kept as 0 and 1, since the embedded engine cannot filter by booleans.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from stream.domain.event import Place
from stream.domain.listing import Head
from stream.domain.pair import Pair
from stream.ports import Flight

Payload = dict[str, Any]

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "twinlist")


def listing_point(listing_id: str) -> str:
    """Return the id of a listing's head."""
    return str(uuid.uuid5(_NAMESPACE, listing_id))


def photo_point(listing_id: str, sha256: str) -> str:
    """Return the id of a listing's photo; the length keeps apart what would read the same."""
    return str(uuid.uuid5(_NAMESPACE, f"{len(listing_id)}:{listing_id}{sha256}"))


def pair_point(pair_id: str) -> str:
    """Return the id of a pair's record: the pair id, as a UUID is written."""
    return str(uuid.UUID(hex=pair_id))


def flight_point(group: str, place: Place) -> str:
    """Return the id of an event in flight."""
    topic, partition, offset = place
    return str(uuid.uuid5(_NAMESPACE, f"{len(group)}:{group}{topic}[{partition}]@{offset}"))


def flight_payload(group: str, place: Place, flight: Flight) -> Payload:
    """Return what is stored of an event in flight; where it lies is for people to read."""
    topic, partition, offset = place
    lies = {"group": group, "topic": topic, "partition": partition, "offset": offset}
    return lies | msgspec.structs.asdict(flight)


def flight_of(payload: Mapping[str, Any]) -> Flight:
    """Return a stored flight. Raises `msgspec.ValidationError` when it is none."""
    return msgspec.convert(payload, Flight)


def head_payload(head: Head) -> Payload:
    """Return what is stored of a head."""
    payload: Payload = msgspec.to_builtins(head)
    return payload | {"deleted": int(head.deleted)}


def head_of(payload: Mapping[str, Any]) -> Head:
    """Return a stored head. Raises `msgspec.ValidationError` when it is none."""
    return msgspec.convert({**payload, "deleted": bool(payload["deleted"])}, Head)


def pair_payload(pair: Pair) -> Payload:
    """Return what is stored of a pair; alert and evidence as JSON text, which travels quickly."""
    payload: Payload = msgspec.to_builtins(pair, builtin_types=(bytes,))
    message = pair.message.decode() if pair.message is not None else None
    evidence = msgspec.json.encode(pair.evidence).decode() if pair.evidence else None
    return payload | {"is_open": int(pair.is_open), "message": message, "evidence": evidence}


def pair_of(payload: Mapping[str, Any]) -> Pair:
    """Return a stored pair. Raises `msgspec.ValidationError` when it is none."""
    text = payload.get("message")  # setting a key to null removes it
    message = text.encode() if text is not None else None
    evidence = msgspec.json.decode(payload.get("evidence") or "[]")
    return msgspec.convert(
        {
            **payload,
            "is_open": bool(payload["is_open"]),
            "message": message,
            "evidence": evidence,
        },
        Pair,
        builtin_types=(bytes,),
    )
