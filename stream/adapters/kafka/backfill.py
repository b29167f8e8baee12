"""One process of a backfill: a plain consumer in the group that the range has to itself.

Kafka shares the partitions out among the processes and takes over those of one that dies. Whoever
is given a partition that nobody has begun looks up its stretch of the range and commits it, so that
`latest` stays what it was at the start. A process whose own partitions are done waits for the
others, so as to go on where one of them ends.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, IllegalStateError

from stream.adapters.kafka.backfill_range import Range, find_stretches
from stream.adapters.kafka.backfill_record import Endings, Held, Record, read_record
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.records import message_of
from stream.adapters.kafka.security import client_options
from stream.adapters.kafka.topics import open_admin
from stream.adapters.kafka.window import Acknowledge, Handle, Window
from stream.domain.errors import RetryError, StopError
from stream.domain.event import Message
from stream.settings import KafkaSettings

_POLL_MILLISECONDS = 200
_RECORD_INTERVAL_SECONDS = 1
_ANSWER_SECONDS = 5
"""How long a commit or a look at the record may take."""
_HANDOVER_SECONDS = 20
"""How long a rebalance waits for what is in flight; the rest is repeated by the next owner."""
_LEAVE_SECONDS = 10
_POLL_INTERVAL_MILLISECONDS = 24 * 3600 * 1000
"""A process that gives way to the live stream may take nothing for hours, and is well."""


class Backfill(ConsumerRebalanceListener):  # type: ignore[misc]
    """Takes events of a range as long as there are any, and commits what is done.

    Args:
        settings: how the broker is spoken to; `group` is the backfill's own.
        wanted: which range.
        consumer: a member of that group.
        admin: a client of the same brokers.
        window: works on the events.
        endings: what became of each of them.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        wanted: Range,
        *,
        consumer: AIOKafkaConsumer,
        admin: AIOKafkaAdminClient,
        window: Window,
        endings: Endings,
    ) -> None:
        self._settings = settings
        self._wanted = wanted
        self._consumer = consumer
        self._admin = admin
        self._window = window
        self._endings = endings
        self._held: dict[TopicPartition, Held] = {}
        self._assigned: Collection[TopicPartition] | None = None
        self._committing = asyncio.Lock()
        self.record: Record = {}

    @property
    def is_done(self) -> bool:
        """Whether the whole range is, by whichever processes."""
        numbers = self._consumer.partitions_for_topic(self._settings.listing_events) or ()
        places = {TopicPartition(self._settings.listing_events, number) for number in numbers}
        return bool(places) and all(
            place in self.record and self.record[place].is_done for place in places
        )

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Finish what is in flight before its partitions go to others."""
        del revoked
        with suppress(TimeoutError):
            async with asyncio.timeout(_HANDOVER_SECONDS):
                await self._window.wait_idle()
        with suppress(RetryError, StopError, TimeoutError):
            await self.commit()
        self._held = {}

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Remember them: what a listener raises here would be lost."""
        self._held, self._assigned = {}, assigned

    async def take_events(self, stop: asyncio.Event, is_open: Callable[[], bool]) -> None:
        """Hand events to the window until the range is done or `stop` is set.

        Nothing is taken while `is_open` says no.
        """
        while not (stop.is_set() or self.is_done):
            if self._assigned is not None:
                await self._take_over(self._assigned)
            elif is_open():
                with named_errors(f"reading {self._settings.listing_events}"):
                    fetched = await self._consumer.getmany(
                        timeout_ms=_POLL_MILLISECONDS, max_records=self._settings.batch_size
                    )
                await self._submit(fetched)
                await self._note_ends()
            else:
                await asyncio.sleep(_POLL_MILLISECONDS / 1000)

    async def keep_record(self, tell: Callable[[Record], None]) -> None:
        """Commit and read what all processes have committed, every second until it is done.

        Raises `StopError` when the brokers stay away.
        """
        answered = time.monotonic()
        while not self.is_done:
            await asyncio.sleep(_RECORD_INTERVAL_SECONDS)
            try:
                await self.commit()
                tell(await self.read_record())
                answered = time.monotonic()
            except (RetryError, TimeoutError) as error:
                if time.monotonic() - answered > self._settings.batch_deadline_seconds:
                    raise StopError(
                        f"the brokers {self._settings.brokers} do not answer ({error}); nothing is "
                        "lost, the same command goes on"
                    ) from error

    async def read_record(self) -> Record:
        """Return how far all processes are. Raises `RetryError` or `TimeoutError`."""
        group, topic = self._settings.group, self._settings.listing_events
        async with asyncio.timeout(_ANSWER_SECONDS):
            with named_errors(f"reading the offsets of {group}"):
                self.record = await read_record(self._admin, group, topic)
        return self.record

    async def commit(self) -> None:
        """Commit what is done. Raises `RetryError`, `StopError` or `TimeoutError`."""
        async with self._committing:
            held = self._held
            due = {
                place: one.stretch
                for place, one in held.items()
                if one.committed != one.stretch.offset
            }
            if not due:
                return
            offsets = {place: (stretch.offset, stretch.told()) for place, stretch in due.items()}
            async with asyncio.timeout(_ANSWER_SECONDS):
                with named_errors(f"committing offsets of {self._settings.group}"):
                    try:
                        await self._consumer.commit(offsets)
                    except (CommitFailedError, IllegalStateError):
                        return  # on their way to others, who repeat what is not committed
            for place, stretch in due.items():
                held[place].committed = stretch.offset

    async def _take_over(self, assigned: Collection[TopicPartition]) -> None:
        """Go on with what others have begun, and begin the rest."""
        try:
            record = await self.read_record()
            with named_errors(f"looking up the range {self._wanted}"):
                fresh = await find_stretches(
                    self._consumer, [one for one in assigned if one not in record], self._wanted
                )
            if self._assigned is not assigned:
                return  # there was another rebalance meanwhile
            held = {
                place: Held(fresh[place])
                if place in fresh
                else Held(record[place], committed=record[place].offset)
                for place in assigned
            }
            for place, one in held.items():
                self._consumer.seek(place, one.stretch.offset)
        except (RetryError, TimeoutError, IllegalStateError):
            await asyncio.sleep(_POLL_MILLISECONDS / 1000)
            return
        self._held, self._assigned = held, None
        with suppress(RetryError, TimeoutError):  # tried again every second
            await self.commit()

    async def _submit(self, fetched: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        held, messages = self._held, list[Message]()
        for place, records in fetched.items():
            if place in held:
                end = held[place].stretch.end
                wanted = [message_of(one) for one in records if one.offset < end]
                held[place].in_flight += len(wanted)
                messages += wanted
        if messages:
            await self._window.submit(messages, self._acknowledgement(messages, held))

    def _acknowledgement(
        self, messages: Sequence[Message], held: Mapping[TopicPartition, Held]
    ) -> Acknowledge:
        def acknowledge() -> None:
            for message in messages:
                place = TopicPartition(message.topic, message.partition)
                held[place].advance(message.offset + 1, self._endings.take(message.place))

        return acknowledge

    async def _note_ends(self) -> None:
        for place, one in [*self._held.items()]:
            with suppress(IllegalStateError):  # given to another process meanwhile
                position = await self._consumer.position(place)
                if position >= one.stretch.end:
                    self._consumer.pause(place)
                    if not one.in_flight and not one.stretch.is_done:
                        one.end()


async def run_backfill(
    settings: KafkaSettings,
    wanted: Range,
    handle: Handle,
    endings: Endings,
    *,
    stop: asyncio.Event,
    is_open: Callable[[], bool],
    tell: Callable[[Record], None],
) -> tuple[Record, bool]:
    """Work on a range until it is done or `stop` is set.

    Args:
        settings: how the broker is spoken to; `group` is the backfill's own.
        wanted: which range.
        handle: brings a batch of events to its end.
        endings: what became of each of them.
        stop: what is in flight is finished and committed, and the group left.
        is_open: whether anything may be taken at the moment.
        tell: is given how far all processes are, every second.

    Returns:
        How far all processes are, and whether the whole range is done.

    Raises what `handle` raised, `StopError` and `RetryError`; what was not committed by then is
    done again by whoever goes on.
    """
    async with AsyncExitStack() as opened:
        with named_errors(f"connecting to {settings.brokers}"):
            admin = await opened.enter_async_context(open_admin(settings))
            consumer = await opened.enter_async_context(_open_member(settings))
        try:
            async with asyncio.TaskGroup() as tasks:
                window = Window(
                    handle,
                    tasks,
                    limit=settings.batches_in_flight,
                    deadline_seconds=settings.batch_deadline_seconds,
                )
                backfill = Backfill(
                    settings,
                    wanted,
                    consumer=consumer,
                    admin=admin,
                    window=window,
                    endings=endings,
                )
                consumer.subscribe([settings.listing_events], listener=backfill)
                keeping = tasks.create_task(backfill.keep_record(tell))
                await backfill.take_events(stop, is_open)
                await window.close()
                keeping.cancel()
                await backfill.commit()
                return await backfill.read_record(), backfill.is_done
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None


@asynccontextmanager
async def _open_member(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        client_id="twinlist-backfill",
        group_id=settings.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_poll_interval_ms=_POLL_INTERVAL_MILLISECONDS,
        session_timeout_ms=int(settings.session_timeout_seconds * 1000),
        heartbeat_interval_ms=int(settings.session_timeout_seconds * 1000 / 10),
        rebalance_timeout_ms=int(settings.rebalance_timeout_seconds * 1000),
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        with suppress(TimeoutError):  # it would wait without end for a broker that went away
            async with asyncio.timeout(_LEAVE_SECONDS):
                await consumer.stop()
