"""One process of a backfill: a plain consumer in the group that the range has to itself.

Kafka shares the partitions out among the processes and takes over those of one that dies. A process
whose own partitions are done waits for the others, so as to go on where one of them ends.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer

from stream.adapters.kafka.backfill_member import BackfillMember, Skip, brokers_away
from stream.adapters.kafka.backfill_range import Range
from stream.adapters.kafka.backfill_record import Endings, Record
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.security import client_options
from stream.adapters.kafka.topics import open_admin
from stream.adapters.kafka.window import Handle, Window
from stream.domain.errors import RetryError
from stream.settings import KafkaSettings

_LEAVE_SECONDS = 10
_PAUSE_SECONDS = 0.5
"""Before what brokers did not answer is asked once more."""
_POLL_INTERVAL_MILLISECONDS = 24 * 3600 * 1000
"""A process that gives way to the live stream may take nothing for hours, and is well."""


async def run_backfill(
    settings: KafkaSettings,
    wanted: Range,
    handle: Handle,
    skip: Skip,
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
        handle: brings a batch of events to its end; it is empty where all of them were skipped.
            How long that may take is its own affair: it knows how much of that is giving way.
        skip: ends what was done before.
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
                    deadline_seconds=math.inf,
                )
                member = BackfillMember(
                    settings,
                    wanted,
                    consumer=consumer,
                    admin=admin,
                    skip=skip,
                    window=window,
                    endings=endings,
                )
                consumer.subscribe([settings.listing_events], listener=member)
                keeping = tasks.create_task(member.keep_record(tell))
                await member.take_events(stop, is_open)
                await window.close()
                keeping.cancel()
                return await _end(member, settings), member.is_done
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None


async def _end(member: BackfillMember, settings: KafkaSettings) -> Record:
    """Commit what is left, and return how far all are. Raises `StopError`."""
    answered = time.monotonic()
    while True:
        try:
            await member.commit()
            return await member.read_record()
        except (RetryError, TimeoutError) as error:
            if time.monotonic() - answered > settings.batch_deadline_seconds:
                raise brokers_away(settings) from error
            await asyncio.sleep(_PAUSE_SECONDS)


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
