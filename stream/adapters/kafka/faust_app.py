"""Faust, kept to what it does well here: group membership, fetching, streams, commits.

What was found by trying stands in tests/contract/kafka/test_faust_facts.py. In short: Faust
acknowledges events that failed, were never seen, or are still in flight, and where transactions
leave gaps it commits no more. So its acknowledgements are not looked at: what is committed is
what a window has acknowledged. And before the first commit it loses what a rebalance makes it drop,
so that our consumer goes back by itself, and hands on all that is fetched then.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, cast

import aiokafka
import faust
import structlog
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, EventT, StreamT
from faust.types.tuples import Message as FaustMessage
from yarl import URL

from stream.adapters.kafka.records import Record, message_of
from stream.adapters.kafka.security import brokers_of, client_options, faust_credentials
from stream.adapters.kafka.window import Acknowledge, Window
from stream.observability.progress import Partition, Progress
from stream.settings import KafkaSettings

_log = structlog.stdlib.get_logger(__name__)

_FAUST_LOG = logging.getLogger("faust")
"""Where Faust's services log from our subclasses, too; else they would speak in our name."""

_COMMIT_INTERVAL_SECONDS = 0.5

_HANDOVER_SECONDS = 20
"""How long a rebalance waits for what is in flight; the rest is repeated by the next owner.

Other workers' requests to join hang meanwhile, and aiokafka gives such a request up after 40 s.
"""

_COMMIT_SECONDS = 5
"""How long a commit may take; without a broker aiokafka would go on for ever, and never stop."""

_LEAVE_SECONDS = 10
"""How long leaving the group may take, for the same reason."""

_LAG_INTERVAL_SECONDS = 5
"""How often the lag is measured."""

_LAG_TIMEOUT_SECONDS = 10
"""How long that may take."""


class WorkerApp(faust.App):
    """A Faust app with one agent a topic, which hands batches to a window."""

    logger = _FAUST_LOG

    def __init__(self, settings: KafkaSettings, progress: Progress, client_id: str) -> None:
        self._settings = settings
        self._progress = progress
        self._client_id = client_id
        self._windows: list[Window] = []
        super().__init__(
            settings.group,
            broker=[URL(f"kafka://{broker}") for broker in brokers_of(settings)],
            broker_credentials=faust_credentials(settings),
            broker_commit_interval=_COMMIT_INTERVAL_SECONDS,
            broker_session_timeout=settings.session_timeout_seconds,
            key_serializer="raw",
            value_serializer="raw",
            # Dropped and fetched again at every rebalance, so no more than the next window.
            stream_buffer_maxsize=settings.batch_size * settings.batches_in_flight,
            # Faust would log an error for every event that takes longer.
            stream_processing_timeout=10 * settings.batch_deadline_seconds,
            broker_commit_livelock_soft_timeout=10 * settings.batch_deadline_seconds,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,  # it would listen on 0.0.0.0 without a password
        )
        self.transport = _Transport(self.conf.broker_consumer, self)

    @property
    def settings(self) -> KafkaSettings:
        """The broker, the topics, and how much is in flight."""
        return self._settings

    @property
    def client_id(self) -> str:
        """What the group sees of this member."""
        return self._client_id

    @property
    def progress(self) -> Progress:
        """Who is told of assignments, acknowledgements and lag."""
        return self._progress

    def consume(self, topic: str, window: Window) -> None:
        """Hand the events of a topic to a window, in batches, in order of arrival."""
        settings = self._settings

        async def take(stream: StreamT[bytes]) -> None:
            batches = cast("faust.Stream[bytes]", stream).noack_take(
                settings.batch_size, within=settings.batch_wait_seconds
            )
            async for events in cast("AsyncIterator[Sequence[EventT[bytes]]]", batches):
                await window.submit(
                    [message_of(cast("Record", event.message)) for event in events],
                    self._acknowledgement(events),
                )

        self._windows.append(window)
        self.agent(self.topic(topic), name=topic, concurrency=1)(take)

    async def wait_idle(self) -> None:
        """Wait until everything that was submitted to a window is acknowledged."""
        for window in self._windows:
            await window.wait_idle()

    async def drain(self) -> None:
        """Take nothing more, and finish what is in flight."""
        for window in self._windows:
            await window.close()

    async def watch_lag(self) -> None:
        """Measure the lag every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(_LAG_INTERVAL_SECONDS)
            try:
                async with asyncio.timeout(_LAG_TIMEOUT_SECONDS):
                    lag = await cast("_Consumer", self.consumer).measure_lag()
            except (KafkaError, TimeoutError):
                continue  # no broker, or no assignment, just now; `Progress` notes its absence
            self._progress.measure_lag(lag)

    async def on_first_start(self) -> None:
        """Create no data folder: there are no tables."""

    def _acknowledgement(self, events: Sequence[EventT[bytes]]) -> Acknowledge:
        consumer = cast("_Consumer", self.consumer)

        def acknowledge() -> None:
            for event in events:
                consumer.acknowledge(event.message)

        return acknowledge


class _ConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust's thread around a consumer of our own making: Faust reads uncommitted messages."""

    app: WorkerApp
    logger = _FAUST_LOG

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        del transport
        settings = self.app.settings
        self._assignor = RoundRobinPartitionAssignor
        return aiokafka.AIOKafkaConsumer(
            **client_options(settings),
            client_id=self.app.client_id,
            group_id=settings.group,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=settings.batch_size * settings.batches_in_flight,
            # Two windows of events may have to pass between two polls; a batch that does not is
            # stopped by its own deadline.
            max_poll_interval_ms=int(3 * settings.batch_deadline_seconds * 1000),
            session_timeout_ms=int(settings.session_timeout_seconds * 1000),
            heartbeat_interval_ms=int(settings.session_timeout_seconds * 1000 / 10),
            rebalance_timeout_ms=int(settings.rebalance_timeout_seconds * 1000),
        )

    async def on_thread_stop(self) -> None:
        """Leave the group, if a broker is there to be told.

        Without one, aiokafka cancels its own fetches and lets that escape; it would end this
        thread before Faust knows.
        """
        with suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                await super().on_thread_stop()

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go back to what is committed, and to the beginning where nothing is.

        There aiokafka would stay where it is: past what Faust fetched during a rebalance, dropped,
        and means to fetch again.
        """
        return cast("Mapping[TP, int]", await self.call_thread(self._seek_to_committed))

    async def _seek_to_committed(self) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        committed = await consumer.seek_to_committed()
        if untouched := [tp for tp, offset in committed.items() if not offset]:
            await consumer.seek_to_beginning(*untouched)
        return cast("Mapping[TP, int]", committed)

    async def read_extent(self, partitions: Iterable[TP]) -> Mapping[TP, tuple[int, int]]:
        """Return where each partition will be fetched from next, and its end."""
        return cast(
            "Mapping[TP, tuple[int, int]]",
            await self.call_thread(self._read_extent, tuple(partitions)),
        )

    async def _read_extent(self, partitions: Sequence[TP]) -> Mapping[TP, tuple[int, int]]:
        consumer = self._ensure_consumer()
        ends = await consumer.end_offsets(partitions)
        return {tp: (await consumer.position(tp), ends[tp]) for tp in partitions}

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                return await super()._commit(offsets)
        except TimeoutError:
            return False  # tried again at the next interval


class _ReadOffsets(dict[TP, int | None]):
    """Where Faust has read to: nowhere, so that it hands on whatever is fetched again.

    It drops what lies before that, and notes it for an event it was handing on when a rebalance
    cut in: after it has gone back, so that what is fetched again would never be seen.
    """

    def __missing__(self, key: TP) -> None:
        return None

    def __setitem__(self, key: TP, value: int | None) -> None:
        """Note nothing."""

    def update(self, *args: object, **kwargs: object) -> None:
        """Note nothing."""


class _Consumer(driver.Consumer):
    """Faust's consumer, which commits what windows have acknowledged and nothing else."""

    app: WorkerApp
    logger = _FAUST_LOG

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (as Faust has it)
        super().__init__(*args, **kwargs)
        self._read_offset = _ReadOffsets()
        self._committable: dict[TP, int] = {}  # acknowledged and not committed yet
        self._done: dict[TP, int] = {}  # where what is unacknowledged begins
        self._taken: dict[TP, int] = {}  # where what is taken ends

    def acknowledge(self, message: FaustMessage) -> None:
        """Let everything up to and with this message be committed."""
        # After a rebalance a partition starts again at its committed offset, even if it is ours
        # again: an old acknowledgement must not speak for what is new in flight.
        if message.generation_id == self.app.consumer_generation_id:
            self._committable[message.tp] = self._done[message.tp] = message.offset + 1
            self.app.progress.acknowledge()

    async def measure_lag(self) -> Mapping[Partition, int]:
        """Return, by partition, the offsets from what is acknowledged to the end.

        Where everything taken is acknowledged, what counts is the place of the next fetch: it is
        past what transactions leave behind the last event, which nobody can acknowledge.
        """
        thread = cast("_ConsumerThread", self._thread)
        extents = await thread.read_extent(self.assignment())
        return {
            (tp.topic, tp.partition): max(
                0, end - (position if self._is_idle(tp) else self._done[tp])
            )
            for tp, (position, end) in extents.items()
        }

    def _is_idle(self, tp: TP) -> bool:
        return self._done.get(tp, 0) >= self._taken.get(tp, 0)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, FaustMessage]]:  # noqa: ASYNC109 (as Faust has it)
        """Note what is taken, whether Faust has handed it to an agent yet or not."""
        messages = cast("AsyncGenerator[tuple[TP, FaustMessage], None]", super().getmany(timeout))
        async with aclosing(messages) as taken:
            async for tp, message in taken:
                self._done.setdefault(tp, message.offset)
                self._taken[tp] = message.offset + 1
                yield tp, message

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Forget what could not be committed in time: its partitions start again."""
        for offsets in (self._committable, self._done, self._taken):
            offsets.clear()
        await super().on_partitions_assigned(assigned, generation_id)
        places = sorted(f"{partition.topic}[{partition.partition}]" for partition in assigned)
        _log.info("partitions assigned", partitions=places)
        self.app.progress.assign(assigned)

    async def wait_empty(self) -> None:
        """Finish what is in flight before its partitions go to others.

        Faust's own way waits for the events that it has buffered as well; when an agent has
        ended, for ever.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_HANDOVER_SECONDS):
                await self.app.wait_idle()
        await self.commit()

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        del tps  # those that Faust has acknowledged itself
        return dict(self._committable)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        is_committed = await super()._commit(offsets)
        if is_committed:
            for tp, offset in offsets.items():
                if self._committable.get(tp) == offset:
                    del self._committable[tp]
        return is_committed


class _Transport(driver.Transport):
    Consumer = _Consumer
