"""Backfills for tests: in this process, or as somebody types them."""

import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from stream.adapters.kafka.backfill_range import parse_range
from stream.adapters.kafka.backfill_record import Record
from stream.adapters.kafka.security import client_options
from stream.backfill.alerts import AlertChoice
from stream.backfill.run import BackfillOptions, BackfillReport, backfill
from stream.demo.stack import environment_of
from stream.local.child_process import ChildProcess
from stream.observability.metrics import REGISTRY
from stream.settings import KafkaSettings, Settings
from tests.support.end_state import read_whole_topic
from tests.support.kafka import until

REQUESTS = ("twinlist_photos_fetched_total", "twinlist_photos_encoded_total")


def options_of(
    alerts: str = "new", *, start: str = "earliest", end: str = "latest", run: str = ""
) -> BackfillOptions:
    """Options of a backfill that never gives way."""
    return BackfillOptions(
        wanted=parse_range(start, end),
        alerts=AlertChoice(alerts),
        share=1,
        yield_seconds=1e9,
        run=run,
    )


async def replay(settings: Settings, options: BackfillOptions) -> BackfillReport:
    """Run a backfill in this process."""
    return await backfill(settings, options, lambda *_: None)


def interrupt_once() -> Callable[[], None]:
    """Return what sends this process SIGINT the first time: the second one ends it at once."""
    is_sent = False

    def interrupt() -> None:
        nonlocal is_sent
        if not is_sent:
            is_sent = True
            signal.raise_signal(signal.SIGINT)

    return interrupt


@contextmanager
def started_backfill(settings: Settings, log_file: Path, *arguments: str) -> Iterator[ChildProcess]:
    """Start `twinlist backfill` as a process of its own."""
    process = ChildProcess(
        "the backfill",
        [sys.executable, "-m", "stream.cli", "backfill", *arguments],
        log_file=log_file,
        environment=environment_of(settings),
    )
    try:
        process.start()
        yield process
    finally:
        process.kill()


def counted() -> Mapping[str, float]:
    """How many photos this process has fetched and encoded."""
    return {name: REGISTRY.get_sample_value(name) or 0 for name in REQUESTS}


async def alerts_on(settings: Settings, topic: str | None = None) -> list[tuple[bytes, bytes]]:
    """Pair and bytes of every alert on a topic, the subscribers' by default; sorted."""
    messages = await read_whole_topic(settings.kafka, topic or settings.kafka.duplicate_alerts)
    return sorted((message.key or b"", message.value or b"") for message in messages)


async def replay_until(
    settings: Settings, options: BackfillOptions, *, events: int
) -> BackfillReport:
    """Run a backfill in this process, and send it a signal once so many events are done."""
    interrupt = interrupt_once()

    def show(record: Record, *_: object) -> None:
        if sum(stretch.tally.events for stretch in record.values()) >= events:
            interrupt()

    slow = settings.kafka.model_copy(update={"batch_size": 1, "batches_in_flight": 1})
    return await backfill(settings.model_copy(update={"kafka": slow}), options, show)


def group_settings(settings: Settings, group: str) -> Settings:
    """The same settings in another group."""
    kafka = settings.kafka.model_copy(update={"group": group})
    return settings.model_copy(update={"kafka": kafka})


@asynccontextmanager
async def live_member(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """A live worker, as far as its group can tell; it commits what it is told to."""
    consumer = AIOKafkaConsumer(
        settings.listing_events,
        **client_options(settings),
        group_id=settings.group,
        enable_auto_commit=False,
    )
    async with consumer:

        async def is_assigned() -> bool:
            return bool(consumer.assignment())

        await until(is_assigned)
        yield consumer
