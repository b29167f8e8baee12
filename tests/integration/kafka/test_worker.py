"""The worker on a broker: order, acknowledgement, failure, shutdown."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer

from stream.adapters.kafka.faust_app import WorkerApp
from stream.adapters.kafka.window import Handle, Window
from stream.adapters.kafka.worker import run_worker
from stream.domain.errors import StopError
from stream.domain.event import Message
from stream.observability.progress import Progress
from stream.settings import KafkaSettings
from tests.support.kafka import Recorder, Topics, until

DEADLINE_SECONDS = 30


@asynccontextmanager
async def running(settings: KafkaSettings, handle: Handle) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.timeout(DEADLINE_SECONDS), asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(settings, handle, stop=stop))
        yield
        stop.set()


async def run_until_it_fails(settings: KafkaSettings, handle: Handle) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        await run_worker(settings, handle)


async def test_messages_reach_the_handler_unchanged(any_kafka: Topics) -> None:
    headers = (("trace", b"1"), ("trace", b"2"))
    await any_kafka.send(b"{}", None, b"not json \xff", headers=headers)
    await any_kafka.send(b"no key", key=None, partition=1)
    await any_kafka.send(b"verdict", topic=any_kafka.settings.duplicate_verdicts)
    recorder = Recorder()

    async with running(any_kafka.settings, recorder):
        messages = await recorder.wait_for(5)

    seen = {(m.topic, m.partition, m.offset): (m.key, m.value, m.headers) for m in messages}
    events, verdicts = any_kafka.settings.listing_events, any_kafka.settings.duplicate_verdicts
    assert seen == {
        (events, 0, 0): (b"key", b"{}", headers),
        (events, 0, 1): (b"key", None, headers),
        (events, 0, 2): (b"key", b"not json \xff", headers),
        (events, 1, 0): (None, b"no key", ()),
        (verdicts, 0, 0): (b"key", b"verdict", ()),
    }


async def test_a_worker_goes_on_where_the_one_before_it_stopped(any_kafka: Topics) -> None:
    first, second = Recorder(), Recorder()
    await any_kafka.send(*(b"old %d" % number for number in range(40)))
    async with running(any_kafka.settings, first):
        await first.wait_for(40)
    assert await any_kafka.committed() == 40

    await any_kafka.send(b"new")
    async with running(any_kafka.settings, second):
        await second.wait_for(1)

    assert [message.value for message in first.messages] == [b"old %d" % n for n in range(40)]
    assert [message.value for message in second.messages] == [b"new"]


async def test_nothing_is_acknowledged_past_an_event_that_fails(any_kafka: Topics) -> None:
    await any_kafka.send(*(b"%d" % number for number in range(100)))
    recorder = Recorder()

    async def fail_at_fifty(batch: Sequence[Message]) -> None:
        if any(message.offset == 50 for message in batch):
            raise StopError("the ledger refuses")

    with pytest.raises(StopError, match="the ledger refuses"):
        await run_until_it_fails(any_kafka.settings, fail_at_fifty)
    committed = await any_kafka.committed() or 0
    assert committed <= 50

    async with running(any_kafka.settings, recorder):
        await recorder.wait_for(100 - committed)
    assert [message.offset for message in recorder.messages] == list(range(committed, 100))


async def test_where_nothing_is_committed_yet_a_rebalance_goes_back_to_the_first_event(
    any_kafka: Topics,
) -> None:
    settings, offsets, release = any_kafka.settings, list[int](), asyncio.Event()
    await any_kafka.send(*(b"%d" % number for number in range(2 * settings.batch_size)))

    async def hold(batch: Sequence[Message]) -> None:
        offsets.extend(message.offset for message in batch)
        await release.wait()

    async with asyncio.TaskGroup() as tasks:
        app = WorkerApp(settings, Progress(DEADLINE_SECONDS), "it")
        window = Window(hold, tasks, limit=4, deadline_seconds=DEADLINE_SECONDS)
        app.consume(settings.listing_events, window)
        await app.start()
        try:
            await until(seen(offsets, range(2 * settings.batch_size)))
            await app.consumer.perform_seek()  # as Faust does when it has dropped what it fetched
            await until(seen(offsets, [*range(2 * settings.batch_size), 0]))
        finally:
            release.set()
            await window.close()
            await app.stop()


def seen(offsets: Sequence[int], wanted: Iterable[int]) -> Callable[[], Awaitable[bool]]:
    async def has_come() -> bool:
        return Counter(offsets) >= Counter(wanted)

    return has_come


async def test_messages_of_an_aborted_transaction_are_neither_seen_nor_in_the_way(
    kafka: Topics,
) -> None:
    topic, recorder = kafka.settings.listing_events, Recorder()
    await kafka.send(b"before")
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.settings.brokers, transactional_id=kafka.settings.group
    ) as producer:
        await producer.begin_transaction()
        for _ in range(3):
            await producer.send_and_wait(topic, b"aborted", partition=0)
        await producer.abort_transaction()
    await kafka.send(b"after")

    async with running(kafka.settings, recorder):
        await recorder.wait_for(2)

    assert [message.value for message in recorder.messages] == [b"before", b"after"]
    assert await kafka.committed() == recorder.messages[-1].offset + 1


async def test_batches_in_flight_are_acknowledged_in_order_of_arrival(kafka: Topics) -> None:
    await kafka.send(*(b"%d" % number for number in range(100)))
    started: list[int] = []
    window_is_full = asyncio.Event()

    async def fail_first_batch_last(batch: Sequence[Message]) -> None:
        started.append(batch[0].offset)
        if len(started) == kafka.settings.batches_in_flight:
            window_is_full.set()
        if batch[0].offset == 0:
            await window_is_full.wait()
            raise StopError("the first batch fails, the others are done")

    with pytest.raises(StopError, match="the first batch fails"):
        await run_until_it_fails(kafka.settings, fail_first_batch_last)

    assert started == [0, 8, 16, 24]
    assert await kafka.committed() is None


async def test_a_batch_that_misses_its_deadline_stops_the_worker(kafka: Topics) -> None:
    await kafka.send(b"slow")
    settings = kafka.settings.model_copy(update={"batch_deadline_seconds": 0.2})

    async def hang(_: Sequence[Message]) -> None:
        await asyncio.Event().wait()

    with pytest.raises(StopError, match=r"@0, was not done within 0.2 s"):
        await run_until_it_fails(settings, hang)
    assert await kafka.committed() is None


async def test_how_long_a_batch_may_take_can_be_left_to_what_handles_it(kafka: Topics) -> None:
    await kafka.send(b"slow")
    settings = kafka.settings.model_copy(update={"batch_deadline_seconds": 0.2})
    stop, is_late = asyncio.Event(), asyncio.Event()

    async def be_late(_: Sequence[Message]) -> None:
        asyncio.get_running_loop().call_later(0.5, is_late.set)
        await is_late.wait()
        stop.set()

    topics = [settings.listing_events]
    await run_worker(settings, be_late, topics=topics, stop=stop, batches_have_deadlines=False)

    assert await kafka.committed() == 1


async def test_what_is_in_flight_is_finished_before_the_worker_stops(kafka: Topics) -> None:
    await kafka.send(*(b"%d" % number for number in range(100)))
    is_busy, may_finish = asyncio.Event(), asyncio.Event()

    async def wait_for_leave(_: Sequence[Message]) -> None:
        is_busy.set()
        await may_finish.wait()

    async with running(kafka.settings, wait_for_leave):
        await is_busy.wait()
        asyncio.get_running_loop().call_later(0.5, may_finish.set)

    committed = await kafka.committed()
    assert committed is not None
    assert 8 <= committed <= 32


async def test_a_broker_that_does_not_answer_stops_the_worker() -> None:
    settings = KafkaSettings(brokers="127.0.0.1:1")
    with pytest.raises(StopError, match="do not answer"):
        await run_until_it_fails(settings, Recorder())


async def test_a_missing_topic_stops_the_worker(kafka: Topics) -> None:
    settings = kafka.settings.model_copy(update={"duplicate_verdicts": "nowhere"})
    with pytest.raises(StopError, match="missing topics: nowhere; run `twinlist topics create`"):
        await run_until_it_fails(settings, Recorder())
