"""What Faust does with acknowledgements, found by trying: the reasons for our own window.

Each test shows Faust alone, as it comes. One that fails after an upgrade tells that a reason is
gone or that a new danger is there; then look at stream/adapters/kafka/faust_app.py again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaProducer
from faust.types import TP

from stream.adapters.kafka.faust_app import WorkerApp
from stream.observability.progress import Progress
from tests.support.kafka import Topics, until

Agent = Callable[[Any], Awaitable[None]]


class FaustAlone:
    """A Faust app with one agent on the topic of listing events, otherwise as it comes."""

    def __init__(self, kafka: Topics, folder: Path) -> None:
        self._kafka = kafka
        self._folder = folder

    @contextlib.asynccontextmanager
    async def running(
        self, agent: Agent, *, value_serializer: str = "raw", concurrency: int = 1
    ) -> AsyncIterator[faust.App]:
        app = faust.App(
            self._kafka.settings.group,
            broker=f"kafka://{self._kafka.settings.brokers}",
            datadir=self._folder,
            broker_commit_interval=0.1,
            consumer_auto_offset_reset="earliest",
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            stream_wait_empty=False,
        )
        topic = app.topic(self._kafka.settings.listing_events, value_serializer=value_serializer)
        app.agent(topic, concurrency=concurrency)(agent)
        await app.start()
        try:
            yield app
        finally:
            await app.stop()

    async def wait_for_commit(self, offset: int) -> None:
        async def is_committed() -> bool:
            return await self._kafka.committed() == offset

        await until(is_committed)


@pytest.fixture
def faust_alone(kafka: Topics, tmp_path: Path) -> FaustAlone:
    return FaustAlone(kafka, tmp_path)


async def test_an_exception_in_an_agent_acknowledges_the_event(
    kafka: Topics, faust_alone: FaustAlone
) -> None:
    await kafka.send(b"0", b"1", b"2")

    async def fail(stream: Any) -> None:
        async for value in stream:
            raise ValueError(value)

    async with faust_alone.running(fail):
        await faust_alone.wait_for_commit(3)


async def test_take_acknowledges_a_batch_that_failed(
    kafka: Topics, faust_alone: FaustAlone
) -> None:
    await kafka.send(b"0", b"1", b"2")

    async def fail(stream: Any) -> None:
        async for values in stream.take(3, within=10):
            raise ValueError(values)

    async with faust_alone.running(fail):
        await faust_alone.wait_for_commit(3)


async def test_noack_take_acknowledges_only_what_it_is_told_to(
    kafka: Topics, faust_alone: FaustAlone
) -> None:
    await kafka.send(b"0", b"1", b"2")
    taken = asyncio.Event()

    async def acknowledge_the_first(stream: Any) -> None:
        async for events in stream.noack_take(3, within=10):
            events[0].ack()
            taken.set()

    async with faust_alone.running(acknowledge_the_first):
        await taken.wait()
        await faust_alone.wait_for_commit(1)
    assert await kafka.committed() == 1


async def test_with_concurrency_an_event_in_flight_is_committed_by_the_one_after_it(
    kafka: Topics, faust_alone: FaustAlone
) -> None:
    await kafka.send(b"slow", b"quick")

    async def never_finish_the_slow_one(stream: Any) -> None:
        async for value in stream:
            if value == b"slow":
                await asyncio.Event().wait()

    async with faust_alone.running(never_finish_the_slow_one, concurrency=2):
        await faust_alone.wait_for_commit(2)


async def test_what_cannot_be_decoded_is_acknowledged_unseen(
    kafka: Topics, faust_alone: FaustAlone
) -> None:
    await kafka.send(b"not json", b"{}")
    seen: list[object] = []

    async def see(stream: Any) -> None:
        async for value in stream:
            seen.append(value)  # noqa: PERF401 (the stream never ends)

    async with faust_alone.running(see, value_serializer="json"):
        await faust_alone.wait_for_commit(2)
    assert seen == [{}]


async def test_an_agent_that_restarts_has_lost_what_it_had_taken(
    kafka: Topics, faust_alone: FaustAlone
) -> None:
    await kafka.send(b"0", b"1", b"2", b"3")
    seen: list[bytes] = []
    restarted = asyncio.Event()

    async def fail_once(stream: Any) -> None:
        async for events in stream.noack_take(2, within=10):
            values = [event.value for event in events]
            if values == [b"0", b"1"]:
                raise ValueError(values)
            seen.extend(values)
            restarted.set()

    async with faust_alone.running(fail_once):
        await restarted.wait()
    assert b"0" not in seen


async def test_an_agent_that_ends_leaves_the_events_behind_it_acknowledged_unseen(
    kafka: Topics, faust_alone: FaustAlone
) -> None:
    await kafka.send(*(b"%d" % number for number in range(20)))

    async def end_after_one_batch(stream: Any) -> None:
        async for _ in stream.noack_take(2, within=10):
            raise ValueError

    async with faust_alone.running(end_after_one_batch):
        await faust_alone.wait_for_commit(20)


async def test_messages_of_an_aborted_transaction_are_read(
    kafka: Topics, faust_alone: FaustAlone
) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.settings.brokers, transactional_id=kafka.settings.group
    )
    async with producer:
        await producer.begin_transaction()
        await producer.send_and_wait(kafka.settings.listing_events, b"aborted", partition=0)
        await producer.abort_transaction()
    await kafka.send(b"committed")
    seen: list[bytes] = []

    async def see(stream: Any) -> None:
        async for value in stream:
            seen.append(value)  # noqa: PERF401 (the stream never ends)

    async with faust_alone.running(see):
        await until(lambda: _holds(seen, b"committed"))
    assert seen == [b"aborted", b"committed"]


async def _holds(seen: list[bytes], value: bytes) -> bool:
    return value in seen


def test_faust_as_it_comes_serves_a_web_page_to_everybody_and_makes_topics(
    kafka: Topics,
) -> None:
    as_it_comes, ours = (
        faust.App("as-it-comes").conf,
        WorkerApp(kafka.settings, Progress(1), "it").conf,
    )

    assert (as_it_comes.web_enabled, as_it_comes.web_bind) == (True, "0.0.0.0")  # noqa: S104
    assert (as_it_comes.topic_allow_declare, as_it_comes.topic_disable_leader) == (True, False)
    assert as_it_comes.stream_buffer_maxsize == 4096
    assert ours.web_enabled is False
    assert (ours.topic_allow_declare, ours.topic_disable_leader) == (False, True)


async def test_going_back_to_what_is_committed_stays_where_nothing_is(
    kafka: Topics, tmp_path: Path
) -> None:
    await kafka.send(*(b"%d" % number for number in range(20)))
    place = TP(kafka.settings.listing_events, 0)

    async def hold(stream: Any) -> None:
        async for _ in stream:
            await asyncio.Event().wait()

    async with FaustAlone(kafka, tmp_path).running(hold) as app:

        async def has_fetched() -> bool:
            return await app.consumer.position(place) == 20

        await until(has_fetched)
        await app.consumer.perform_seek()  # as at a rebalance: what was fetched is dropped
        assert await app.consumer.position(place) == 20
