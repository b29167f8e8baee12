"""Look through the dead-letter topic, and send events back to where they came from."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream.adapters.kafka.dead_letters import (
    DeadLetter,
    Provenance,
    read_dead_letter,
    replay_headers,
    with_original,
)
from stream.adapters.kafka.producer import deliver, named_errors, open_producer
from stream.adapters.kafka.records import message_of
from stream.adapters.kafka.security import client_options
from stream.settings import KafkaSettings

_FETCH_SECONDS = 10

Tell = Callable[[int, int], None]
"""Is told how many messages were looked at, and of how many."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters are meant; all by default."""

    reasons: frozenset[str] | None = None
    listing_id: str | None = None
    since: datetime | None = None
    """Given up then or later."""
    partition: int | None = None
    offset: int | None = None
    """Partition and offset in the dead-letter topic, as `list` prints them."""

    def includes(self, letter: DeadLetter) -> bool:
        """Whether a dead letter is meant."""
        given_up_at = letter.given_up_at
        return (
            (self.reasons is None or letter.reason in self.reasons)
            and self.listing_id in {None, letter.listing_id}
            and (self.since is None or (given_up_at is not None and given_up_at >= self.since))
            and self.partition in {None, letter.partition}
            and self.offset in {None, letter.offset}
        )


class Replayed(msgspec.Struct, frozen=True):
    """What was done with a dead letter, or would have been in a dry run."""

    letter: DeadLetter
    is_sent: bool
    obstacle: str = ""
    """Why it cannot be sent."""


async def find_dead_letters(
    settings: KafkaSettings, selection: Selection | None = None, tell: Tell = lambda *_: None
) -> AsyncIterator[DeadLetter]:
    """Yield the selected dead letters that are there now, by partition and offset.

    Raises `RetryError` when no broker answers and `StopError` when it refuses.
    """
    selection = selection or Selection()
    async with open_reader(settings, settings.dead_letters) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        starts = await consumer.beginning_offsets(consumer.assignment())
        before, total = 0, sum(end - starts[partition] for partition, end in ends.items())
        for partition, end in sorted(ends.items()):
            consumer.pause(*(other for other in ends if other != partition))
            consumer.resume(partition)
            while (position := await consumer.position(partition)) < end:
                tell(before + position - starts[partition], total)
                records = (await consumer.getmany(partition, timeout_ms=1000)).get(partition, ())
                for record in records:
                    letter = read_dead_letter(message_of(record))
                    if record.offset < end and selection.includes(letter):
                        yield letter
            before += end - starts[partition]
        tell(total, total)


async def read_original(settings: KafkaSettings, letter: DeadLetter) -> DeadLetter | None:
    """Return a letter whole: if it is a reference, with the original from where that lies.

    None when its topic does not keep the original any more, or has been made anew. Raises
    `RetryError` and `StopError` as `find_dead_letters`.
    """
    if letter.reference is None or letter.origin is None:
        return letter
    origin = letter.origin
    place = TopicPartition(origin.topic, origin.partition)
    async with open_reader(settings) as consumer:
        consumer.assign([place])
        start = (await consumer.beginning_offsets([place]))[place]
        if not start <= origin.offset < (await consumer.end_offsets([place]))[place]:
            return None
        consumer.seek(place, origin.offset)
        async with asyncio.timeout(_FETCH_SECONDS):
            record = await consumer.getone(place)
    return with_original(letter, message_of(record)) if record.offset == origin.offset else None


async def replay_dead_letters(
    settings: KafkaSettings,
    selection: Selection,
    *,
    is_dry_run: bool,
    tell: Tell = lambda *_: None,
) -> AsyncIterator[Replayed]:
    """Send the selected dead letters back to the topic and partition that they came from.

    The partition is the recorded one, because clients disagree on how keys are hashed and the
    order of a key's events must hold. The event carries its history, so that tries go on being
    counted should it fail again. A dead letter stays where it is; replaying it twice is harmless.
    Raises `RetryError` and `StopError` as `find_dead_letters`.
    """
    async with open_producer(settings) as producer:
        async for found in find_dead_letters(settings, selection, tell):
            if found.origin is None:
                yield Replayed(found, is_sent=False, obstacle="Twinlist did not write it")
                continue
            letter = await read_original(settings, found)
            if letter is None:
                obstacle = f"the original is no longer kept in {found.origin.topic}"
                yield Replayed(found, is_sent=False, obstacle=obstacle)
                continue
            if not is_dry_run:
                await _send_back(producer, letter, found.origin)
            yield Replayed(letter, is_sent=not is_dry_run)


async def _send_back(producer: AIOKafkaProducer, letter: DeadLetter, origin: Provenance) -> None:
    await deliver(
        producer,
        origin.topic,
        key=letter.key,
        value=letter.value,
        headers=replay_headers(letter),
        partition=origin.partition,
    )


@asynccontextmanager
async def open_reader(settings: KafkaSettings, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer that belongs to no group and commits nothing."""
    consumer = AIOKafkaConsumer(
        *topics,
        **client_options(settings),
        client_id="twinlist",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    where = f"the topic {topics[0]} from " if topics else ""
    with named_errors(f"reading {where}{settings.brokers}"):
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()
