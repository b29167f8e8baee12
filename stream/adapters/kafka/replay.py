"""Look through the dead-letter topic, and send events back to where they came from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from stream.adapters.kafka.dead_letters import DeadLetter, read_dead_letter
from stream.adapters.kafka.producer import deliver, named_errors, open_producer
from stream.adapters.kafka.records import message_of
from stream.adapters.kafka.security import client_options
from stream.settings import KafkaSettings


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters are meant; all by default."""

    reasons: frozenset[str] | None = None
    partition: int | None = None
    offset: int | None = None
    """Partition and offset in the dead-letter topic, as `list` prints them."""

    def includes(self, letter: DeadLetter) -> bool:
        """Whether a dead letter is meant."""
        reason = letter.origin.reason if letter.origin is not None else None
        return (
            (self.reasons is None or reason in self.reasons)
            and self.partition in {None, letter.partition}
            and self.offset in {None, letter.offset}
        )


class Replayed(msgspec.Struct, frozen=True):
    """What was done with a dead letter, or would have been in a dry run."""

    letter: DeadLetter
    is_sent: bool
    """False in a dry run, and for letters that do not say where they came from."""


async def find_dead_letters(
    settings: KafkaSettings, selection: Selection | None = None
) -> AsyncIterator[DeadLetter]:
    """Yield the selected dead letters that are there now, by partition and offset.

    Raises `RetryError` when no broker answers and `StopError` when it refuses.
    """
    selection = selection or Selection()
    async with _open_consumer(settings) as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        for partition, end in sorted(ends.items()):
            consumer.pause(*(other for other in ends if other != partition))
            consumer.resume(partition)
            while await consumer.position(partition) < end:
                records = (await consumer.getmany(partition, timeout_ms=1000)).get(partition, ())
                for record in records:
                    letter = read_dead_letter(message_of(record))
                    if record.offset < end and selection.includes(letter):
                        yield letter


async def replay_dead_letters(
    settings: KafkaSettings, selection: Selection, *, is_dry_run: bool
) -> AsyncIterator[Replayed]:
    """Send the selected dead letters back to the topic and partition that they came from.

    The partition is the recorded one, because clients disagree on how keys are hashed and the
    order of a key's events must hold. A dead letter stays where it is; replaying it twice is
    harmless. Raises `RetryError` and `StopError` as `find_dead_letters`.
    """
    letters = [letter async for letter in find_dead_letters(settings, selection)]
    if is_dry_run:
        for letter in letters:
            yield Replayed(letter, is_sent=False)
        return
    async with open_producer(settings) as producer:
        for letter in letters:
            yield Replayed(letter, is_sent=await _send_back(producer, letter))


async def _send_back(producer: AIOKafkaProducer, letter: DeadLetter) -> bool:
    if letter.origin is None:
        return False
    await deliver(
        producer,
        letter.origin.topic,
        key=letter.key,
        value=letter.value,
        headers=letter.headers,
        partition=letter.origin.partition,
    )
    return True


@asynccontextmanager
async def _open_consumer(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        settings.dead_letters,
        **client_options(settings),
        client_id="twinlist",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    with named_errors(f"reading the topic {settings.dead_letters} from {settings.brokers}"):
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()
