"""Events as hostile producers send them."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from stream.domain.errors import DeadLetterError
from stream.domain.event import ListingPosted, Message
from stream.pipeline.decode import decode
from tests.fuzz.mutations import mutate, random_of
from tests.fuzz.report import Report

MAX_BYTES = 2**16
_GOLDEN = Path(__file__).parents[1] / "contract" / "schemas" / "golden"
_LONGEST_ERROR = 600
_TELLING_VALUES: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    1.0,
    2**52,
    2**63,
    2**64,
    float("nan"),
    float("-inf"),
    1e308,
    "",
    "\0",
    "\ud800",
    "\n\x1b[31m",
    "x" * 2000,
    "2026-03-01T12:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:60Z",
    "listing.deleted.v1",
    "duplicate.verdict.v1",
    [],
    {},
    [[[[]]]],
    [{"url": "https://photos.example/1.jpg"}] * 30,
    {"url": {"url": {}}},
)


def fuzz_events(count: int, seed: int) -> Report:
    """Decode `count` events made from the golden examples."""
    report = Report("events", seed)
    examples = [file.read_bytes() for file in sorted(_GOLDEN.glob("*.json"))]
    for number in range(count):
        message = _message(examples, random_of(seed, number))
        report.take(number, message.value or b"", partial(_decode, message))
    return report


def _decode(message: Message) -> str:
    try:
        event = decode(message, MAX_BYTES)
    except DeadLetterError as error:
        told = str(error)
        if len(told) > _LONGEST_ERROR or not told.isprintable():
            raise AssertionError(f"not for a log: {told[:100]!r}") from error
        return f"dead letter {error.reason}"
    if event.key.encode() != message.key:
        raise AssertionError(f"the key of {event.key!r} is another")
    written = msgspec.json.encode(event)
    if isinstance(event, ListingPosted):
        event.listing.created_at.timestamp()  # two listings are compared by it
        msgspec.json.decode(written, type=ListingPosted)
    return type(event).__name__


def _message(examples: list[bytes], random: Random) -> Message:
    value = random.choice(examples)
    document: dict[str, Any] = json.loads(value)
    if random.random() < 0.7:
        for _ in range(random.randint(1, 3)):
            _change(document, random)
        value = json.dumps(document, ensure_ascii=random.random() < 0.9).encode(
            errors="surrogatepass"
        )
    is_binary = random.random() < 0.3
    headers = _headers(document, random) if is_binary else ()
    if is_binary:
        value = json.dumps(document.get("data")).encode()
    if random.random() < 0.6:
        value = mutate(value, examples, random)
    return Message(
        topic="listing-events",
        partition=0,
        offset=0,
        key=_key(document, random),
        value=value if random.random() < 0.999 else None,
        headers=headers,
    )


def _change(document: dict[str, Any], random: Random) -> None:
    """Take away or replace one value, somewhere in the document."""
    places = list(_places(document))
    if not places:
        return
    holder, name = random.choice(places)
    if random.random() < 0.2:
        del holder[name]
    else:
        holder[name] = deepcopy(random.choice(_TELLING_VALUES))


def _places(value: object) -> Iterator[tuple[Any, Any]]:
    """Every object or array with each of its names or indexes, whole tree."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in items:
            yield value, name
            yield from _places(inner)


def _headers(document: dict[str, Any], random: Random) -> tuple[tuple[str, bytes], ...]:
    headers = [
        (f"ce_{name}", value.encode(errors="surrogatepass"))
        for name, value in document.items()
        if isinstance(value, str)
    ]
    if headers and random.random() < 0.3:
        name, value = random.choice(headers)
        headers.append((name, mutate(value, [b"ce_"], random)))
    return tuple(headers)


def _key(document: dict[str, Any], random: Random) -> bytes | None:
    data = document.get("data")
    named = isinstance(data, dict) and (data.get("listing_id") or data.get("pair_id"))
    key = named.encode(errors="surrogatepass") if isinstance(named, str) else b""
    return key if random.random() < 0.95 else random.choice((None, b"", b"\xff", key + b"\n"))
