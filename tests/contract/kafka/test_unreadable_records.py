"""Records that no ordinary client sends: which ones brokers take, and what a worker does then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaError
from aiokafka.record.memory_records import MemoryRecords

from stream.adapters.kafka.dead_letters import DeadLetter
from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaDeadLetters
from stream.adapters.kafka.record_batches import MOST_HEADERS
from stream.adapters.kafka.replay import (
    Selection,
    find_dead_letters,
    read_original,
    replay_dead_letters,
)
from stream.adapters.kafka.security import client_options
from stream.adapters.kafka.unpacking import LARGEST_BYTES
from stream.adapters.kafka.window import Handle
from stream.adapters.kafka.worker import run_worker
from stream.domain.errors import StopError
from tests.support.kafka import KafkaServer, Recorder, Topics, until
from tests.support.memory_worker import MemoryWorker, posted
from tests.support.record_batches import (
    Header,
    send_batch,
    write_batch,
    write_record,
    write_varint,
)

DEADLINE_SECONDS = 30
ILL_NAMED: Header = (b"\xff-trace", b"1")


def write_event(delta: int, listing_id: str, *headers: Header) -> bytes:
    event = posted(listing_id, ["a chair"])
    return write_record(delta, key=event.key, value=event.value, headers=headers)


@asynccontextmanager
async def working(kafka: Topics, worker: MemoryWorker) -> AsyncIterator[None]:
    """The pipeline on fakes, between real events and real dead letters."""
    stop = asyncio.Event()
    async with open_producer(kafka.settings) as producer:
        letters = KafkaDeadLetters(producer, kafka.settings.dead_letters, "0.1.0", "m1")
        handle = worker.processor(dead_letters=letters).process
        async with asyncio.timeout(DEADLINE_SECONDS), asyncio.TaskGroup() as tasks:
            tasks.create_task(run_worker(kafka.settings, handle, stop=stop))
            yield
            stop.set()


async def work_to(kafka: Topics, end: int) -> MemoryWorker:
    """Run a worker until it has committed so many records of partition 0."""
    worker = MemoryWorker()

    async def is_done() -> bool:
        return await kafka.committed() == end

    async with working(kafka, worker):
        await until(is_done)
    return worker


async def letters_of(kafka: Topics) -> list[DeadLetter]:
    return [letter async for letter in find_dead_letters(kafka.settings)]


async def test_aiokafka_alone_never_gets_past_a_header_whose_name_is_no_text(
    any_kafka: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetcher, "MemoryRecords", MemoryRecords)
    settings = any_kafka.settings
    await send_batch(settings, write_batch(write_record(0), write_record(1, headers=[ILL_NAMED])))
    await any_kafka.send(b"behind")
    async with AIOKafkaConsumer(
        settings.listing_events, **client_options(settings), auto_offset_reset="earliest"
    ) as consumer:
        for _ in range(3):
            with pytest.raises(UnicodeDecodeError):
                await asyncio.wait_for(consumer.getmany(timeout_ms=10_000), DEADLINE_SECONDS)


async def test_a_header_whose_name_is_no_text_makes_a_dead_letter_and_work_goes_on(
    any_kafka: Topics,
) -> None:
    spoilt = write_event(1, "L-2", (b"trace", b"\0"), ILL_NAMED)
    batch = write_batch(write_event(0, "L-1"), spoilt, write_event(2, "L-3"))
    await send_batch(any_kafka.settings, batch)
    await any_kafka.send(posted("L-4", ["a table"]).value, key=b"L-4")

    worker = await work_to(any_kafka, 4)

    assert set(worker.index.heads) == {"L-1", "L-3", "L-4"}
    [letter] = await letters_of(any_kafka)
    assert letter.origin is not None
    assert (letter.origin.topic, letter.origin.partition, letter.origin.offset) == (
        any_kafka.settings.listing_events,
        0,
        1,
    )
    assert letter.origin.reason == "unreadable_record"
    assert letter.origin.error == (
        r"the name of a header is not UTF-8: b'\xff-trace'; "
        "correct the producer and send the event again"
    )
    assert (letter.key, letter.value) == (b"L-2", posted("L-2", ["a chair"]).value)
    assert letter.headers == (("trace", b"\0"), (r"\xff-trace", b"1"))


async def test_a_replay_of_such_an_event_can_be_read(kafka: Topics) -> None:
    await send_batch(kafka.settings, write_batch(write_event(0, "L-1", ILL_NAMED)))
    await work_to(kafka, 1)

    [replayed] = [
        one async for one in replay_dead_letters(kafka.settings, Selection(), is_dry_run=False)
    ]
    assert replayed.is_sent
    worker = await work_to(kafka, 2)

    assert set(worker.index.heads) == {"L-1"}
    assert len(await letters_of(kafka)) == 1


async def test_too_many_headers_make_a_dead_letter_without_most_of_them(kafka: Topics) -> None:
    headers: list[Header] = [(b"", None)] * 200_000
    await send_batch(kafka.settings, write_batch(write_event(0, "L-1", *headers)))
    await work_to(kafka, 1)
    [letter] = await letters_of(kafka)
    assert letter.reason == "unreadable_record"
    assert letter.key == b"L-1"
    assert 100 < len(letter.headers) < MOST_HEADERS


@pytest.mark.parametrize("packing", ["gzip", "lz4", "zstd"])
async def test_a_bomb_is_a_dead_letter_as_it_lies_and_what_is_behind_it_is_read(
    kafka: Topics, packing: str
) -> None:
    bomb = write_batch(write_record(0, value=bytes(2 * LARGEST_BYTES)), packing=packing)
    await send_batch(kafka.settings, bomb)
    await send_batch(kafka.settings, write_batch(write_event(0, "L-1")))

    worker = await work_to(kafka, 2)

    assert set(worker.index.heads) == {"L-1"}
    [letter] = await letters_of(kafka)
    assert letter.reason == "unreadable_record"
    assert letter.value is not None
    assert bomb[61:] in letter.value
    assert await read_original(kafka.settings, letter) == letter


@pytest.mark.parametrize("place", [0, 2**30, -5])
async def test_records_that_claim_other_places_are_not_passed_over(
    kafka: Topics, place: int
) -> None:
    records = write_event(0, "L-1"), write_event(place, "L-2"), write_event(2, "L-3")
    await send_batch(kafka.settings, write_batch(*records))
    worker = await work_to(kafka, 3)
    assert set(worker.index.heads) == {"L-1", "L-2", "L-3"}


@pytest.mark.parametrize(
    "batch",
    [
        pytest.param(write_batch(write_record(0, headers=[(None, b"x")])), id="a nameless header"),
        pytest.param(write_batch(write_record(0), packing="zstd", packed=b"x"), id="badly packed"),
        pytest.param(write_batch(write_record(0) * 2), id="more records than said"),
        pytest.param(write_batch(write_record(0), b""), id="fewer records than said"),
        pytest.param(write_batch(write_record(0)[:-1] + write_varint(1)), id="a field cut off"),
    ],
)
async def test_kafka_itself_refuses_what_is_no_batch(kafka: Topics, batch: bytes) -> None:
    with pytest.raises(KafkaError):
        await send_batch(kafka.settings, batch)


async def test_a_disk_that_changed_records_stops_the_worker_and_is_named(
    kafka: Topics, kafka_server: KafkaServer
) -> None:
    await kafka.send(b"an event")
    log = kafka_server.log_file(kafka.settings.listing_events, 0)
    log.write_bytes(log.read_bytes().replace(b"an event", b"another."))
    recorder = Recorder()
    with pytest.raises(StopError, match=f"Invalid CRC.*{kafka.settings.listing_events}"):
        await _run(kafka, recorder)
    assert not recorder.messages
    assert await kafka.committed() is None


async def _run(kafka: Topics, handle: Handle) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        await run_worker(kafka.settings, handle)
