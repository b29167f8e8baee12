"""Composition: the pipeline with its real adapters, as one process of a backfill."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import msgspec

from stream.adapters.kafka.backfill import run_backfill
from stream.adapters.kafka.backfill_range import Range
from stream.adapters.kafka.backfill_record import Endings, Record, Tally, read_record
from stream.adapters.kafka.live_lag import LiveLag
from stream.adapters.kafka.producer import named_errors, open_producer
from stream.adapters.kafka.publisher import KafkaAlertPublisher
from stream.adapters.kafka.topics import check_topics, open_admin
from stream.adapters.kafka.worker import set_on_signal
from stream.app import enter_processor, enter_record
from stream.backfill.alerts import AlertChoice, StoredAlerts
from stream.backfill.behind_live import BehindLive, stay_behind_live
from stream.backfill.pace import Pace
from stream.backfill.replay import Replay
from stream.backfill.watch_live import open_live_watch
from stream.domain.errors import StopError
from stream.pipeline.heed_switch import SwitchWatch
from stream.pipeline.retry import Patience
from stream.priority import Priority
from stream.settings import KafkaSettings, Settings
from stream.shipped import read_policy

LEAVE_SECONDS = 30
"""How long leaving the group may take once nothing is in flight."""


class BackfillOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is replayed, and how."""

    wanted: Range
    alerts: AlertChoice
    share: float = 0.25
    """Of what a worker takes: events in flight and photos fetched at once."""
    yield_seconds: float = 3
    """How long the oldest live event may wait before the backfill slows down."""
    run: str = ""
    """Tells runs of one range apart."""


class BackfillReport(msgspec.Struct, frozen=True, kw_only=True):
    """How far a backfill is, over all its processes."""

    range: str
    group: str
    is_done: bool
    events: int
    """Offsets in the range; those without an event among them."""
    done: int
    """Of these, how many are done, by any process at any time."""
    done_before: int
    """How many were when this process began."""
    left_to_live: int = 0
    """How many more it left to live workers when it began, since it alerts nobody."""
    tally: Tally
    seconds: float
    """How long this process worked, less its start."""


Show = Callable[[Record, LiveLag, Pace], None]
"""Is given how far all processes are, what waits in the live stream, and what that leaves."""


def backfill_settings(settings: Settings, options: BackfillOptions, model_version: str) -> Settings:
    """Return the settings of a process of a backfill: its own group, and its share of a worker's.

    The group is named by all that makes one backfill another: range, alerts, models, and the run.
    """
    group = settings.kafka.group
    named = (group, "backfill", model_version, str(options.wanted), options.alerts.name)
    own = "-".join((*named, options.run) if options.run else named)
    return settings_of_share(settings, own, options.share)


def settings_of_share(settings: Settings, group: str, share: float) -> Settings:
    """Return the settings of a process in a group of its own, with a share of a worker's photos."""
    photos = settings.photos
    concurrency = share_of(photos.concurrency, share)
    host_concurrency = share_of(photos.host_concurrency, share)
    return settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(update={"group": group}),
            "photos": photos.model_copy(
                update={"concurrency": concurrency, "host_concurrency": host_concurrency}
            ),
        }
    )


def share_of(limit: int, share: float) -> int:
    """Return so much of a limit, and one at least."""
    return max(1, round(limit * share))


async def backfill(settings: Settings, options: BackfillOptions, show: Show) -> BackfillReport:
    """Replay a range until it is done, or SIGINT or SIGTERM arrives; say what came of it.

    Raises `StopError` or `RetryError`; the same command goes on from what is committed.
    """
    policy = read_policy(settings)
    own = backfill_settings(settings, options, policy.model_version)
    kafka = own.kafka
    most = share_of(kafka.batch_size * kafka.batches_in_flight, options.share)
    pace, endings, stop = Pace(most, options.yield_seconds), Endings(), asyncio.Event()
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        await check_topics(kafka)
        alerts = await enter(_open_alerts(kafka, options.alerts))
        replay = Replay(alerts, pace, endings, is_quiet=options.alerts.is_quiet)
        processor = await enter_processor(
            opened, own, policy, manner=replay.manner, priority=Priority.BACKFILL
        )
        in_use = await enter_record(opened, own)
        switch = SwitchWatch(in_use, policy.model_version, Patience(own.retry_seconds))
        live = await enter(open_live_watch(settings.kafka, pace))
        patience_seconds = kafka.batch_deadline_seconds + LEAVE_SECONDS
        opened.enter_context(set_on_signal(stop, patience_seconds))
        before = await read_own_record(own)
        behind = await stay_behind(settings, options, before)
        started = time.monotonic()
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(live.run())
                record, is_done = await run_backfill(
                    kafka,
                    behind.range,
                    pace.guard(switch.guard(processor.process), kafka.batch_deadline_seconds),
                    processor.end_repeats,
                    endings,
                    stop=stop,
                    is_open=lambda: pace.is_open,
                    tell=lambda record: show(record, live.lag, pace),
                )
                watching.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
    report = report_of(
        record,
        before,
        wanted=str(options.wanted),
        group=kafka.group,
        is_done=is_done,
        seconds=time.monotonic() - started,
    )
    return msgspec.structs.replace(report, left_to_live=behind.left)


def report_of(
    record: Record, before: Record, *, wanted: str, group: str, is_done: bool, seconds: float
) -> BackfillReport:
    """Sum up a record; `before` is what it was when this process began."""
    return BackfillReport(
        range=wanted,
        group=group,
        is_done=is_done,
        events=sum(stretch.end - stretch.start for stretch in record.values()),
        done=_done(record),
        done_before=_done(before),
        tally=sum((stretch.tally for stretch in record.values()), Tally()),
        seconds=seconds,
    )


def _done(record: Record) -> int:
    return sum(stretch.done for stretch in record.values())


async def stay_behind(settings: Settings, options: BackfillOptions, begun: Record) -> BehindLive:
    """Return the range, as far as live workers have done it if the replay is a quiet one.

    Raises `StopError`.
    """
    if not options.alerts.is_quiet:
        return BehindLive(options.wanted)
    patience = Patience(settings.retry_seconds)
    return await patience.persist(partial(stay_behind_live, settings.kafka, options.wanted, begun))


async def read_own_record(settings: Settings) -> Record:
    """Return how far the group of these settings is. Raises `StopError`."""
    kafka = settings.kafka

    async def read() -> Record:
        with named_errors(f"reading the offsets of {kafka.group}"):
            async with open_admin(kafka) as admin:
                return await read_record(admin, kafka.group, kafka.listing_events)

    return await Patience(settings.retry_seconds).persist(read)  # a group may have to be found


@asynccontextmanager
async def _open_alerts(settings: KafkaSettings, choice: AlertChoice) -> AsyncIterator[StoredAlerts]:
    topic = choice.topic or settings.duplicate_alerts
    async with open_producer(settings) as producer:
        if choice.topic is not None:
            with named_errors(f"looking for the topic {topic}"):
                async with open_admin(settings) as admin:
                    described = await admin.describe_topics([topic])
            if not any(one["partitions"] for one in described):
                raise StopError(
                    f"--alerts {topic}: no such topic; make it, or write none, new or all"
                )
        yield StoredAlerts(choice, KafkaAlertPublisher(producer, topic))
