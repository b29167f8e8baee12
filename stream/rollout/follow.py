"""One process that fills the new model's index, first from the past, then with what happens.

It is a worker in a group of its own, behind live workers in everything, whose alerts reach nobody.
Any number of them share the partitions; what one was killed over, the others do again.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace

from stream.adapters.kafka.group import GroupLag, measure_lag
from stream.adapters.kafka.live_lag import LiveLag
from stream.adapters.kafka.offsets import read_ends
from stream.adapters.kafka.worker import client_id_of, run_worker
from stream.app import enter_processor
from stream.backfill.pace import Pace
from stream.backfill.run import share_of
from stream.backfill.watch_live import LiveWatch, open_live_watch
from stream.domain.alert import Origin
from stream.domain.control import Phase, Rollout
from stream.domain.errors import RetryError, StopError
from stream.domain.event import Event
from stream.observability.progress import Progress
from stream.pipeline.handle_event import Manner
from stream.pipeline.process_batch import BatchProcessor
from stream.pipeline.process_event import Kept, Outcome, Services, process_event
from stream.pipeline.watch_photo_servers import PhotoServerWatch
from stream.ports import ControlRecord
from stream.priority import Priority
from stream.rollout.record import ledger_of, rollout_settings
from stream.rollout.refill import Missing, Refill, is_refill, open_heads
from stream.settings import Settings

_LOOK_SECONDS = 0.5
_MEASURE_SECONDS = 2
_REFILL_PAUSE_SECONDS = 60
"""Before what could not be had is tried again."""


@dataclass(frozen=True)
class Effort:
    """How much of a worker's work this process takes on, and when it gives way."""

    share: float = 0.25
    """Of what a worker takes: events in flight and photos fetched at once."""
    yield_seconds: float = 3
    """How long the oldest live event may wait before this process slows down."""


@dataclass(frozen=True)
class Followed:
    """How far all processes are."""

    lag: GroupLag
    live: LiveLag
    missing: Missing | None
    """What this process could not take from the index in use; None until it has tried."""
    is_giving_way: bool


class Following:
    """Fills the index until the rollout is settled or aborted.

    Args:
        settings: those of a live worker.
        rollout: of which model and policy.
        record: says when it is over.
        effort: how hard it works.
        show: is told how far it is, every few seconds.
    """

    def __init__(
        self,
        settings: Settings,
        rollout: Rollout,
        record: ControlRecord,
        effort: Effort,
        show: Callable[[Followed], None],
    ) -> None:
        self._live = settings
        self._own = rollout_settings(settings, rollout, effort.share)
        self._rollout = rollout
        self._record = record
        self._show = show
        kafka = settings.kafka
        most = share_of(kafka.batch_size * kafka.batches_in_flight, effort.share)
        self._pace = Pace(most, effort.yield_seconds)
        self._progress = Progress(kafka.stall_seconds)
        self._missing: Missing | None = None
        self._partitions = 1
        self._over = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether the rollout asks for no more."""
        return self._over.is_set()

    async def run(self, old_model_version: str) -> None:
        """Follow until it is over, or SIGTERM or SIGINT. Raises `StopError`."""
        policy = self._rollout.policy
        async with AsyncExitStack() as opened:
            processor = await enter_processor(
                opened,
                self._own,
                policy,
                manner=Manner(origin=Origin.BACKFILL, process=self._process),
                priority=Priority.BACKFILL,
                shadow=ledger_of(policy.model_version),
            )
            live = await opened.enter_async_context(open_live_watch(self._live.kafka, self._pace))
            try:
                async with asyncio.TaskGroup() as tasks:
                    beside = [
                        tasks.create_task(one)
                        for one in (
                            self._heed_record(),
                            live.run(),
                            self._measure(live),
                            self._refill(processor, old_model_version),
                        )
                    ]
                    kafka = self._own.kafka
                    await run_worker(
                        kafka,
                        self._pace.guard(processor.process, kafka.batch_deadline_seconds),
                        topics=[kafka.listing_events],
                        progress=self._progress,
                        leave=self._over,
                        client_id=client_id_of(policy.model_version),
                        batches_have_deadlines=False,
                    )
                    for one in beside:
                        one.cancel()
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None

    async def _process(self, event: Event, services: Services, kept: Kept) -> Outcome:
        async with self._pace.turn() as turn:
            services = replace(services, fetching=turn.fetching)
            if is_refill(event):
                # That servers of old photos are gone says nothing of this machine's network.
                services = replace(services, photo_servers=PhotoServerWatch())
            return await process_event(event, services, kept)

    async def _heed_record(self) -> None:
        while not self._over.is_set():
            with suppress(RetryError):
                control = await self._record.read()
                rollout = control.rollout if control is not None else None
                if (
                    rollout is None
                    or rollout.started_at != self._rollout.started_at
                    or rollout.phase in {Phase.SETTLING, Phase.ABORTING}
                ):
                    self._over.set()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _measure(self, live: LiveWatch) -> None:
        while True:
            with suppress(RetryError, StopError):
                lag = await measure_lag(self._own.kafka)
                self._partitions = lag.partitions
                self._show(Followed(lag, live.lag, self._missing, not self._pace.is_open))
            await asyncio.sleep(_MEASURE_SECONDS)

    async def _catch_up(self) -> None:
        """Wait until all is done that the topic has now; where it is busy, its end is never met."""
        kafka = self._own.kafka
        ends: Mapping[int, int] | None = None
        while True:
            with suppress(RetryError, StopError):
                ends = ends or (await read_ends(kafka, kafka.listing_events))[kafka.listing_events]
                if not (await measure_lag(kafka, until=ends)).behind:
                    self._partitions = len(ends)
                    return
            await asyncio.sleep(_MEASURE_SECONDS)

    async def _refill(self, processor: BatchProcessor, old_model_version: str) -> None:
        """Once what the topic has is done, take what it no longer has from the other index."""
        await self._catch_up()
        qdrant = self._own.qdrant
        async with (
            open_heads(qdrant, old_model_version) as old,
            open_heads(qdrant, self._rollout.policy.model_version) as new,
        ):
            refill = Refill(old, new, processor, self._own.kafka.batch_size)
            while True:
                shares = {number for _, number in self._progress.assigned}
                with suppress(RetryError):
                    self._missing = await refill.run(shares, self._partitions)
                # A member that has only just joined has no share yet.
                await asyncio.sleep(_REFILL_PAUSE_SECONDS if shares else _MEASURE_SECONDS)
