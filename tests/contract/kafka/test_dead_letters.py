"""What stands in a dead letter, and how it finds its way back."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.adapters.kafka.dead_letters import (
    DeadLetter,
    Failure,
    Provenance,
    headers_that_tell,
    original_headers,
    read_dead_letter,
    replay_headers,
)
from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaDeadLetters
from stream.adapters.kafka.replay import (
    Selection,
    find_dead_letters,
    read_original,
    replay_dead_letters,
)
from stream.adapters.kafka.security import client_options
from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import Message
from stream.settings import KafkaSettings
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
    told = headers_that_tell(event, ERROR, time=TIME, attempts=2, version="0.1.0", model="m1")
    return (*original_headers(event), *told)


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
        ("twinlist-model", b"m1"),
    )


def test_headers_of_an_earlier_dead_letter_are_replaced_and_tries_counted_on() -> None:
    once = headers_for(message(headers=()))
    twice = headers_for(message(headers=once))
    assert dict(twice) == dict(once) | {"twinlist-attempts": b"4"}
    assert len(twice) == len(once)


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
        model="m1",
    )


def test_a_letter_of_before_models_were_named_can_be_read() -> None:
    told = tuple(one for one in headers_for(message()) if one[0] != "twinlist-model")
    origin = read_dead_letter(message(headers=told)).origin
    assert origin is not None
    assert origin.model == ""


def test_an_event_that_fails_again_after_a_replay_keeps_its_count_and_its_history() -> None:
    once = read_dead_letter(message(headers=headers_for(message())))
    twice = read_dead_letter(message(headers=headers_for(message(headers=replay_headers(once)))))
    assert twice.origin is not None
    assert twice.origin.attempts == 4
    assert twice.history == (
        Failure(reason="not_json", time=TIME.isoformat(), attempts=2, version="0.1.0", model="m1"),
    )
    thrice = read_dead_letter(message(headers=headers_for(message(headers=replay_headers(twice)))))
    assert thrice.origin is not None
    assert thrice.origin.attempts == 6
    assert [failure.attempts for failure in thrice.history] == [2, 4]
    assert thrice.headers == (("trace", b"1"),)


@pytest.mark.parametrize("attempts", [b"many", b"-1", b"\xff"])
def test_a_count_that_a_stranger_made_up_counts_for_nothing(attempts: bytes) -> None:
    forged = (("twinlist-attempts", attempts), ("twinlist-history", b"nonsense"))
    letter = read_dead_letter(message(headers=headers_for(message(headers=forged))))
    assert letter.origin is not None
    assert letter.origin.attempts == 2
    assert letter.history == ()


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
        dead_letters = KafkaDeadLetters(producer, settings.dead_letters, "0.1.0", "m1")
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
    assert [(m.partition, m.key, m.value, original_headers(m)) for m in replayed] == expected


@pytest.mark.usefixtures("letters")
async def test_a_dry_run_sends_nothing(any_kafka: Topics) -> None:
    settings = any_kafka.settings
    done = [one async for one in replay_dead_letters(settings, Selection(), is_dry_run=True)]
    assert [one.is_sent for one in done] == [False, False, False]

    await any_kafka.send(b"the only one")
    [only] = await any_kafka.read(settings.listing_events, 1)
    assert only.value == b"the only one"


@pytest.fixture
async def narrow(kafka: Topics) -> Topics:
    """Dead letters take less than an event may have."""
    topic = f"{kafka.settings.dead_letters}-narrow"
    admin = AIOKafkaAdminClient(**client_options(kafka.settings))
    await admin.start()
    try:
        limit = {"max.message.bytes": "10000"}
        await admin.create_topics([NewTopic(topic, 2, 1, topic_configs=limit)])
    finally:
        await admin.close()
    return Topics(kafka.settings.model_copy(update={"dead_letters": topic}))


async def bury(settings: KafkaSettings, event: Message) -> DeadLetter:
    """Send a dead letter and find it."""
    async with open_producer(settings) as producer:
        letters = KafkaDeadLetters(producer, settings.dead_letters, "0.1.0", "m1")
        await letters.send(event, ERROR, 1)
    [letter] = [one async for one in find_dead_letters(settings)]
    return letter


async def test_a_letter_that_refers_to_its_original_is_shown_and_replayed_whole(
    narrow: Topics,
) -> None:
    settings = narrow.settings
    await narrow.send(b"small")
    await narrow.send(100_000 * b"x", headers=(("trace", b"1"),))
    [_, original] = await narrow.read(settings.listing_events, 2)
    letter = await bury(settings, original)
    assert letter.value is None
    whole = await read_original(settings, letter)
    assert whole is not None
    assert (whole.key, whole.value) == (original.key, original.value)
    assert whole.headers == original.headers
    [done] = [one async for one in replay_dead_letters(settings, Selection(), is_dry_run=False)]
    assert done.is_sent
    [*_, replayed] = await narrow.read(settings.listing_events, 3)
    assert (replayed.value, original_headers(replayed)) == (original.value, original.headers)


@pytest.mark.parametrize("offset", [0, 99], ids=["another record", "none"])
async def test_an_original_that_is_no_longer_there_is_not_replayed(
    narrow: Topics, offset: int
) -> None:
    """As after its topic was made anew."""
    settings = narrow.settings
    await narrow.send(b"of today")
    event = message(topic=settings.listing_events, partition=0, value=100_000 * b"x")
    letter = await bury(settings, msgspec.structs.replace(event, offset=offset))
    assert letter.reference is not None
    [done] = [one async for one in replay_dead_letters(settings, Selection(), is_dry_run=False)]
    assert not done.is_sent
    assert done.obstacle == f"the original is no longer kept in {settings.listing_events}"


async def test_dead_letters_are_found_by_listing_and_by_age(
    any_kafka: Topics, letters: list[Message]
) -> None:
    del letters
    settings = any_kafka.settings
    by_listing = Selection(listing_id="key")
    assert [one.key async for one in find_dead_letters(settings, by_listing)] == [b"key"]
    later = Selection(since=datetime.now(UTC) + timedelta(minutes=1))
    assert [one async for one in find_dead_letters(settings, later)] == []
    lately = Selection(since=datetime.now(UTC) - timedelta(minutes=10))
    assert len([one async for one in find_dead_letters(settings, lately)]) == 2


@pytest.mark.usefixtures("letters")
async def test_who_looks_is_told_how_far_it_has_come(any_kafka: Topics) -> None:
    told: list[tuple[int, int]] = []
    found = find_dead_letters(any_kafka.settings, tell=lambda done, of: told.append((done, of)))
    assert len([one async for one in found]) == 3
    assert told == sorted(told)
    assert told[-1] == (3, 3)
