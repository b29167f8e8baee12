"""A member of a backfill's group: takes events as they come, and commits what is done.

Whoever is given a partition that nobody has begun looks up its stretch of the range and commits it,
so that `latest` stays what it was at the start. What was done before is told apart many at a time,
before the rest is handed on in batches.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, IllegalStateError

from stream.adapters.kafka.backfill_range import Range, find_stretches
from stream.adapters.kafka.backfill_record import Endings, Held, Record, read_record
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.records import message_of
from stream.adapters.kafka.window import Acknowledge, Window
from stream.domain.errors import RetryError, StopError
from stream.domain.event import Message, Place
from stream.settings import KafkaSettings

_POLL_MILLISECONDS = 200
_LOOK_EVENTS = 128
"""Taken at once, so that one look tells which of them were done before."""
_RECORD_INTERVAL_SECONDS = 1
_ANSWER_SECONDS = 5
"""How long a commit or a look at the record may take."""
_HANDOVER_SECONDS = 20
"""How long a rebalance waits for what is in flight; the rest is repeated by the next owner."""

Skip = Callable[[Sequence[Message]], Awaitable[Sequence[Message]]]
"""Ends the events that were done before, many at once, and returns the others."""


def brokers_away(settings: KafkaSettings) -> StopError:
    """Return the error of brokers that were waited for in vain."""
    return StopError(
        f"the brokers {settings.brokers} do not answer, or too slowly; nothing is lost, the same "
        "command goes on"
    )


class BackfillMember(ConsumerRebalanceListener):  # type: ignore[misc]
    """Takes events of a range as long as there are any, and commits what is done.

    Args:
        settings: how the broker is spoken to; `group` is the backfill's own.
        wanted: which range.
        consumer: a member of that group.
        admin: a client of the same brokers.
        skip: ends what was done before.
        window: works on the rest.
        endings: what became of each of them.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        wanted: Range,
        *,
        consumer: AIOKafkaConsumer,
        admin: AIOKafkaAdminClient,
        skip: Skip,
        window: Window,
        endings: Endings,
    ) -> None:
        self._settings = settings
        self._wanted = wanted
        self._consumer = consumer
        self._admin = admin
        self._skip = skip
        self._window = window
        self._endings = endings
        self._held: dict[TopicPartition, Held] = {}
        self._ahead: deque[tuple[Sequence[Message], Acknowledge]] = deque()
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
        self._ahead.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_HANDOVER_SECONDS):
                await self._window.wait_idle()
        with suppress(RetryError, StopError, TimeoutError):
            await self.commit()
        self._held = {}
        self._ahead.clear()

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
            elif not is_open():
                await asyncio.sleep(_POLL_MILLISECONDS / 1000)
            elif self._ahead:
                await self._window.submit(*self._ahead.popleft())
            else:
                await self._look_ahead()
                await self._note_ends()

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
                    raise brokers_away(self._settings) from error

    async def read_record(self) -> Record:
        """Return how far all processes are. Raises `RetryError` or `TimeoutError`."""
        group, topic = self._settings.group, self._settings.listing_events
        async with asyncio.timeout(_ANSWER_SECONDS):
            with named_errors(f"reading the offsets of {group}"):
                self.record = await read_record(self._admin, group, topic)
        return self.record

    async def commit(self) -> bool:
        """Commit what is done; return whether anything was.

        Raises `RetryError`, `StopError` or `TimeoutError`.
        """
        async with self._committing:
            held = self._held
            due = {
                place: one.stretch
                for place, one in held.items()
                if one.committed != one.stretch.offset
            }
            if not due:
                return False
            offsets = {place: (stretch.offset, stretch.told()) for place, stretch in due.items()}
            async with asyncio.timeout(_ANSWER_SECONDS):
                with named_errors(f"committing offsets of {self._settings.group}"):
                    try:
                        await self._consumer.commit(offsets)
                    except (CommitFailedError, IllegalStateError):
                        return False  # on their way to others, who repeat what is not committed
            for place, stretch in due.items():
                held[place].committed = stretch.offset
            return True

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

    async def _look_ahead(self) -> None:
        """Take what comes next, and line up what of it is not done yet."""
        with named_errors(f"reading {self._settings.listing_events}"):
            fetched = await self._consumer.getmany(
                timeout_ms=_POLL_MILLISECONDS, max_records=_LOOK_EVENTS
            )
        held, messages = self._held, list[Message]()
        for place, records in fetched.items():
            if place in held:
                end = held[place].stretch.end
                wanted = [message_of(one) for one in records if one.offset < end]
                held[place].in_flight += len(wanted)
                messages += wanted
        if not messages:
            return
        left = {message.place for message in await self._skip(messages)}
        if self._held is held:  # there was no rebalance meanwhile
            self._ahead += (
                (
                    [one for one in stretch if one.place in left],
                    self._acknowledgement(stretch, held),
                )
                for stretch in cut(messages, left, self._settings.batch_size)
            )

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
        if self._held and all(one.stretch.is_done for one in self._held.values()):
            with suppress(RetryError, TimeoutError):  # tried again every second
                if await self.commit():
                    await self.read_record()


def cut(
    messages: Sequence[Message], left: Collection[Place], size: int
) -> Iterator[Sequence[Message]]:
    """Cut messages where `size` of those that are `left` have come together."""
    begin, count = 0, 0
    for index, message in enumerate(messages):
        count += message.place in left
        if count == size:
            yield messages[begin : index + 1]
            begin, count = index + 1, 0
    if begin < len(messages):
        yield messages[begin:]
