"""Composition: a backfill into a shadow, by one process and in the order of event time.

Each event is begun when the one before it has come to its end, so that a listing meets only what
existed when it came. What is found stays in the shadow.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import partial

import msgspec
from aiokafka import AIOKafkaConsumer

from stream.adapters.aside import NoAlerts
from stream.adapters.kafka.backfill_range import Range, find_stretches, parse_range
from stream.adapters.kafka.backfill_record import Endings
from stream.adapters.kafka.event_time_order import EventTimeOrder, read_in_order
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.replay import open_reader
from stream.adapters.kafka.sole_member import check_no_members, sole_member
from stream.adapters.kafka.topics import check_topics
from stream.adapters.kafka.window import Window
from stream.adapters.kafka.worker import set_on_signal
from stream.adapters.qdrant.client import connect
from stream.app import enter_processor
from stream.backfill.alerts import AlertChoice, StoredAlerts
from stream.backfill.pace import Pace
from stream.backfill.replay import Replay
from stream.backfill.run import (
    LEAVE_SECONDS,
    BackfillReport,
    Show,
    report_of,
    settings_of_share,
)
from stream.backfill.shadow import ShadowBook, ShadowRecord, drop, shadow_of
from stream.backfill.watch_live import open_live_watch
from stream.domain.errors import DeadLetterError
from stream.domain.event import Message
from stream.domain.policy import Policy
from stream.pipeline.decode import decode
from stream.pipeline.retry import Patience
from stream.priority import Priority
from stream.settings import KafkaSettings, Settings
from stream.shipped import read_policy

_NOTE_SECONDS = 1
_POLL_SECONDS = 0.2


class IntoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is replayed, and where to."""

    name: str
    wanted: Range | None = None
    """None for the whole topic, and for whatever is the range of a shadow that is there."""
    share: float = 0.25
    """Of the photos that a worker fetches at once."""
    yield_seconds: float = 3
    """How long the oldest live event may wait before the backfill slows down."""


async def backfill_into(settings: Settings, options: IntoOptions, show: Show) -> BackfillReport:
    """Replay a range into a shadow until it is done, or SIGINT or SIGTERM arrives.

    Raises `StopError` or `RetryError`; the same command goes on from where that left it.
    """
    policy, shadow = read_policy(settings), shadow_of(options.name)
    own = into_settings(settings, options.name, options.share)
    kafka = own.kafka
    patience = Patience(own.retry_seconds)
    pace, endings, stop = Pace(1, options.yield_seconds), Endings(), asyncio.Event()
    replay = Replay(StoredAlerts(AlertChoice("none"), NoAlerts()), pace, endings, is_quiet=True)
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        await check_topics(kafka)
        member = await enter(sole_member(kafka, filling(options.name)))
        book = ShadowBook(await enter(connect(own.qdrant)), own.qdrant, options.name)
        reader = await enter(open_reader(kafka, kafka.listing_events))
        stored = await book.read()
        begun = stored or await _begin(reader, kafka, options, policy)
        reader.unsubscribe()  # from here on it reads what it is told to
        begun.check(options.wanted, policy)
        if stored is not None and stored.is_done:
            return _report(stored, stored, kafka, seconds=0)
        manner, priority = replay.manner, Priority.BACKFILL
        processor = await enter_processor(
            opened, own, policy, manner=manner, priority=priority, shadow=shadow
        )
        await book.write(begun)
        live = await enter(open_live_watch(settings.kafka, pace))
        opened.enter_context(set_on_signal(stop, kafka.batch_deadline_seconds + LEAVE_SECONDS))
        progress, started = _Progress(begun, endings, kafka.max_message_bytes), time.monotonic()

        async def keep() -> None:
            while True:
                await asyncio.sleep(_NOTE_SECONDS)
                await member.check()
                record = progress.record
                await patience.persist(partial(book.write, record))
                show(record.record, live.lag, pace)

        try:
            async with asyncio.TaskGroup() as tasks:
                deadline_seconds = kafka.batch_deadline_seconds
                window = Window(
                    processor.process, tasks, limit=1, deadline_seconds=deadline_seconds
                )
                beside = [tasks.create_task(one) for one in (live.run(), keep())]
                events = progress.events(reader, stop, patience_seconds=deadline_seconds)
                await progress.hand_over(events, window, stop, lambda: pace.is_open)
                await window.close()
                for task in beside:
                    task.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        await patience.persist(partial(book.write, progress.record))
        return _report(progress.record, begun, kafka, seconds=time.monotonic() - started)


async def drop_shadow(settings: Settings, name: str) -> list[str]:
    """Remove a shadow, and return which collections that were.

    Raises `StopError` when there is none, or while a process fills it.
    """
    shadow_of(name)
    await check_no_members(into_settings(settings, name).kafka, filling(name))
    async with connect(settings.qdrant) as client:
        return await drop(client, settings.qdrant, name)


def into_settings(settings: Settings, name: str, share: float = 1) -> Settings:
    """Return the settings of the process that fills a shadow: its group has no other member."""
    return settings_of_share(settings, f"{settings.kafka.group}-backfill-into-{name}", share)


def filling(name: str) -> str:
    """Say what a process does that fills a shadow."""
    return f"filling the shadow {name!r}"


class _Progress:
    """Takes the events of a range in their order, one by one, and knows which of them are done."""

    def __init__(self, begun: ShadowRecord, endings: Endings, max_message_bytes: int) -> None:
        self._begun = begun
        self._endings = endings
        self._max_message_bytes = max_message_bytes
        self._first_time, self._last_time = begun.first_time, begun.last_time
        self._order = EventTimeOrder(begun.record, self._time_of)

    @property
    def record(self) -> ShadowRecord:
        """How far it is."""
        return msgspec.structs.replace(
            self._begun,
            stretches={place.partition: one for place, one in self._order.record.items()},
            first_time=self._first_time,
            last_time=self._last_time,
        )

    def events(
        self, reader: AIOKafkaConsumer, stop: asyncio.Event, *, patience_seconds: float
    ) -> AsyncIterator[Message]:
        """Read what is left of the range, in its order."""
        return read_in_order(reader, self._order, stop, patience_seconds=patience_seconds)

    async def hand_over(
        self,
        events: AsyncIterator[Message],
        window: Window,
        stop: asyncio.Event,
        is_open: Callable[[], bool],
    ) -> None:
        """Hand events to the window until there are no more or `stop` is set."""
        async for message in events:
            while not is_open():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _POLL_SECONDS)
                    return
            await window.submit([message], partial(self._note_done, message))

    def _note_done(self, message: Message) -> None:
        self._order.note_done(message, self._endings.take(message.place))

    def _time_of(self, message: Message) -> datetime | None:
        try:
            time = decode(message, self._max_message_bytes).cause.time
        except DeadLetterError:
            return None
        self._first_time = min(self._first_time or time, time)
        self._last_time = max(self._last_time or time, time)
        return time


async def _begin(
    reader: AIOKafkaConsumer, kafka: KafkaSettings, options: IntoOptions, policy: Policy
) -> ShadowRecord:
    wanted = options.wanted or parse_range("earliest", "latest")
    with named_errors(f"looking up the range {wanted}"):
        stretches = await find_stretches(reader, reader.assignment(), wanted)
    return ShadowRecord(
        name=options.name,
        range=str(wanted),
        topic=kafka.listing_events,
        model_version=policy.model_version,
        policy_version=policy.policy_version,
        started_at=datetime.now(UTC),
        stretches={place.partition: one for place, one in stretches.items()},
    )


def _report(
    now: ShadowRecord, begun: ShadowRecord, kafka: KafkaSettings, *, seconds: float
) -> BackfillReport:
    return report_of(
        now.record,
        begun.record,
        wanted=now.range,
        group=kafka.group,
        is_done=now.is_done,
        seconds=seconds,
    )
