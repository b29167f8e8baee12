"""What a worker on a broker knows of its own progress."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer

from stream.adapters.kafka import faust_app
from stream.adapters.kafka.window import Handle
from stream.adapters.kafka.worker import run_worker
from stream.domain.event import Message
from stream.observability.progress import Partition, Progress
from stream.settings import KafkaSettings
from tests.support.kafka import Recorder, Topics

DEADLINE_SECONDS = 30


class WatchedProgress(Progress):
    """Lets a test wait for a measured lag."""

    def __init__(self) -> None:
        super().__init__(stall_seconds=300)
        self.measured: Mapping[Partition, int] = {}
        self._changed = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    def measure_lag(self, lag: Mapping[Partition, int]) -> None:
        super().measure_lag(lag)
        self.measured = lag
        self._telling.add(asyncio.create_task(self._tell()))

    async def wait_for(self, partition: Partition, offsets: int) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: self.measured.get(partition) == offsets)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@pytest.fixture(autouse=True)
def _measure_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faust_app, "_LAG_INTERVAL_SECONDS", 0.2)


@asynccontextmanager
async def running(settings: KafkaSettings, handle: Handle) -> AsyncIterator[WatchedProgress]:
    stop, progress = asyncio.Event(), WatchedProgress()
    async with asyncio.timeout(DEADLINE_SECONDS), asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(settings, handle, progress=progress, stop=stop))
        yield progress
        stop.set()


async def test_the_lag_is_what_is_not_acknowledged(any_kafka: Topics) -> None:
    events = any_kafka.settings.listing_events
    await any_kafka.send(*(b"%d" % number for number in range(30)))
    may_finish = asyncio.Event()

    async def wait_for_leave(_: Sequence[Message]) -> None:
        await may_finish.wait()

    async with running(any_kafka.settings, wait_for_leave) as progress:
        await progress.wait_for((events, 0), 30)
        assert progress.is_ready
        assert progress.measured[events, 1] == 0
        may_finish.set()
        await progress.wait_for((events, 0), 0)


async def test_the_lag_counts_from_what_was_committed_before(any_kafka: Topics) -> None:
    events, recorder = any_kafka.settings.listing_events, Recorder()
    await any_kafka.send(b"1", b"2", b"3")
    async with running(any_kafka.settings, recorder):
        await recorder.wait_for(3)
    async with running(any_kafka.settings, recorder) as progress:
        await progress.wait_for((events, 0), 0)
    assert len(recorder.messages) == 3


async def test_what_a_transaction_leaves_behind_the_last_event_is_no_lag(kafka: Topics) -> None:
    """Nobody can acknowledge it; a worker that waits for events would seem to stall for ever."""
    events, recorder = kafka.settings.listing_events, Recorder()
    async with (
        AIOKafkaProducer(
            bootstrap_servers=kafka.settings.brokers, transactional_id=kafka.settings.group
        ) as producer,
        producer.transaction(),
    ):
        await producer.send_and_wait(events, b"committed", key=b"key", partition=0)
    async with running(kafka.settings, recorder) as progress:
        await recorder.wait_for(1)
        await progress.wait_for((events, 0), 0)
