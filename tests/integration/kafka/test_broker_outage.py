"""A broker that goes away under a running worker."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from stream.adapters.kafka.topics import create_topics
from stream.adapters.kafka.worker import run_worker
from stream.domain.event import Message
from tests.support.kafka import KafkaServer, Recorder, Topics, settings_for

pytestmark = pytest.mark.long


class SlowRecorder(Recorder):
    async def __call__(self, batch: Sequence[Message]) -> None:
        await asyncio.sleep(0.1)
        await super().__call__(batch)


@pytest.fixture
async def fragile_kafka(tmp_path: Path, kafka_server: KafkaServer) -> AsyncIterator[KafkaServer]:
    """A server of the test's own; the shared one says whether there can be one."""
    del kafka_server
    with KafkaServer(tmp_path) as server:
        yield server


async def test_a_worker_goes_on_when_a_killed_broker_is_back(fragile_kafka: KafkaServer) -> None:
    kafka = Topics(settings_for(fragile_kafka.address))
    await create_topics(kafka.settings, partitions=4, replication=1)
    await kafka.send(*(b"%d" % number for number in range(2000)))
    recorder, stop = SlowRecorder(), asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(kafka.settings, recorder, stop=stop))
        await recorder.wait_for(200)
        fragile_kafka.kill()
        await asyncio.to_thread(fragile_kafka.start)
        await recorder.wait_for(2000)
        stop.set()

    assert {message.offset for message in recorder.messages} == set(range(2000))
    assert await kafka.committed() == 2000


async def test_a_worker_stops_in_time_while_the_broker_is_away(fragile_kafka: KafkaServer) -> None:
    kafka = Topics(settings_for(fragile_kafka.address))
    await create_topics(kafka.settings, partitions=4, replication=1)
    await kafka.send(*(b"%d" % number for number in range(1000)))
    recorder, stop = SlowRecorder(), asyncio.Event()

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(kafka.settings, recorder, stop=stop))
        await recorder.wait_for(100)
        fragile_kafka.kill()
        stop.set()
