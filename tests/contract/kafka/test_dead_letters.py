"""What stands in a dead letter, and how it finds its way back."""

from datetime import UTC, datetime

import pytest

from stream.adapters.kafka.dead_letters import Provenance, headers_of, read_dead_letter
from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaDeadLetters
from stream.adapters.kafka.replay import Selection, find_dead_letters, replay_dead_letters
from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import Message
from tests.support.kafka import Topics

TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ERROR = DeadLetterError(DeadLetterReason.NOT_JSON, "byte 0 is no JSON: send the event again")


def message(
    *,
    topic: str = "listing-events",
    partition: int = 3,
    key: bytes | None = b"key",
    value: bytes | None = b"\xff",
    headers: tuple[tuple[str, bytes], ...] = (("trace", b"1"),),
) -> Message:
    return Message(
        topic=topic, partition=partition, offset=7, key=key, value=value, headers=headers
    )


def headers_for(event: Message) -> tuple[tuple[str, bytes], ...]:
    return headers_of(event, ERROR, time=TIME, attempts=2, version="0.1.0")


def test_headers_tell_what_where_when_and_what_to_do() -> None:
    assert headers_for(message()) == (
        ("trace", b"1"),
        ("twinlist-reason", b"not_json"),
        ("twinlist-error", b"byte 0 is no JSON: send the event again"),
        ("twinlist-topic", b"listing-events"),
        ("twinlist-partition", b"3"),
        ("twinlist-offset", b"7"),
        ("twinlist-time", b"2026-01-02T03:04:05+00:00"),
        ("twinlist-attempts", b"2"),
        ("twinlist-version", b"0.1.0"),
    )


def test_headers_of_an_earlier_dead_letter_are_replaced() -> None:
    once = headers_for(message(headers=()))
    assert headers_for(message(headers=once)) == once


def test_a_dead_letter_is_taken_apart_again() -> None:
    letter = read_dead_letter(message(topic="dead", headers=headers_for(message())))

    assert letter.headers == (("trace", b"1"),)
    assert letter.origin == Provenance(
        reason="not_json",
        error="byte 0 is no JSON: send the event again",
        topic="listing-events",
        partition=3,
        offset=7,
        time="2026-01-02T03:04:05+00:00",
        attempts=2,
        version="0.1.0",
    )


def test_a_message_that_twinlist_did_not_write_has_no_origin() -> None:
    assert read_dead_letter(message()).origin is None


@pytest.fixture
async def letters(any_kafka: Topics) -> list[Message]:
    """Three dead letters: one not JSON, one null with a null key, one of a stranger."""
    settings = any_kafka.settings
    no_value = DeadLetterError(DeadLetterReason.NULL_VALUE, "no value")
    broken = message(topic=settings.listing_events)
    empty = message(topic=settings.listing_events, partition=1, key=None, value=None, headers=())
    async with open_producer(settings) as producer:
        dead_letters = KafkaDeadLetters(producer, settings.dead_letters, "0.1.0")
        await dead_letters.send(broken, ERROR, 1)
        await dead_letters.send(empty, no_value, 1)
        await producer.send_and_wait(settings.dead_letters, b"of a stranger")
    return [empty, broken]


async def test_dead_letters_are_found_by_reason_and_by_place(
    any_kafka: Topics, letters: list[Message]
) -> None:
    settings = any_kafka.settings
    everything = [letter async for letter in find_dead_letters(settings)]
    assert len(everything) == len(letters) + 1

    of_reason = Selection(reasons=frozenset({"not_json"}))
    [broken] = [letter async for letter in find_dead_letters(settings, of_reason)]
    assert broken.value == b"\xff"

    at_place = Selection(partition=broken.partition, offset=broken.offset)
    assert [letter async for letter in find_dead_letters(settings, at_place)] == [broken]


async def test_replay_sends_originals_to_the_partition_they_came_from(
    any_kafka: Topics, letters: list[Message]
) -> None:
    settings = any_kafka.settings
    done = [one async for one in replay_dead_letters(settings, Selection(), is_dry_run=False)]
    assert sorted(one.is_sent for one in done) == [False, True, True]

    replayed = await any_kafka.read(settings.listing_events, 2)
    expected = [(m.partition, m.key, m.value, m.headers) for m in letters]
    assert [(m.partition, m.key, m.value, m.headers) for m in replayed] == expected


@pytest.mark.usefixtures("letters")
async def test_a_dry_run_sends_nothing(any_kafka: Topics) -> None:
    settings = any_kafka.settings
    done = [one async for one in replay_dead_letters(settings, Selection(), is_dry_run=True)]
    assert [one.is_sent for one in done] == [False, False, False]

    await any_kafka.send(b"the only one")
    [only] = await any_kafka.read(settings.listing_events, 1)
    assert only.value == b"the only one"
