"""Composition: the pipeline with its real adapters, as one worker process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from stream import __version__
from stream.adapters.aside import NoAlerts, NoDeadLetters
from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaAlertPublisher, KafkaDeadLetters
from stream.adapters.kafka.worker import client_id_of, run_worker
from stream.adapters.photos.fetch import open_photos
from stream.adapters.qdrant.collections import Shadow
from stream.adapters.qdrant.control import check_in_use, open_control
from stream.adapters.qdrant.store import open_store
from stream.adapters.triton.models import open_models
from stream.domain.control import Control
from stream.domain.errors import RetryError, TwinlistError
from stream.domain.policy import Policy
from stream.observability.counted import CountedAlerts
from stream.observability.metrics import WORKER
from stream.observability.progress import Progress
from stream.observability.server import serve
from stream.pipeline.handle_event import AS_LIVE, Manner
from stream.pipeline.heed_switch import SwitchedError, SwitchWatch
from stream.pipeline.process_batch import BatchProcessor, Limits
from stream.pipeline.process_event import Services
from stream.pipeline.retry import Patience
from stream.pipeline.take_turn import State
from stream.ports import AlertPublisher, ControlRecord, DeadLetters, ListingIndex
from stream.priority import Priority
from stream.settings import QdrantSettings, Settings
from stream.shipped import read_policy
from stream.waiting import in_vain, retrying, waiting_for

_EXPIRY_INTERVAL_SECONDS = 3600
_log = structlog.stdlib.get_logger(__name__)


async def work(settings: Settings) -> None:
    """Process events until SIGTERM, SIGINT or a `StopError`.

    Where another model is switched to meanwhile, what is in flight is finished by the old one, and
    all begins again with the new one.
    """
    own, stop = read_policy(settings), asyncio.Event()
    progress = Progress(settings.kafka.stall_seconds)
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    with serve(settings.metrics_host, settings.metrics_port, progress, token=token):
        while not stop.is_set():
            async with AsyncExitStack() as opened:
                record = await enter_record(opened, settings)
                policy = _choose_policy(own, await record.read())
                processor = await enter_processor(opened, settings, policy)
                switch = SwitchWatch(record, policy.model_version, Patience(settings.retry_seconds))
                await _work_by(
                    settings,
                    policy,
                    processor=processor,
                    switch=switch,
                    progress=progress,
                    stop=stop,
                )
                if not switch.leave.is_set():
                    return
                _log.info("another model is in use, beginning again", model=policy.model_version)


async def _work_by(
    settings: Settings,
    policy: Policy,
    *,
    processor: BatchProcessor,
    switch: SwitchWatch,
    progress: Progress,
    stop: asyncio.Event,
) -> None:
    """Process events by one policy, until stopped or switched."""
    WORKER.info(
        {
            "version": __version__,
            "model_version": policy.model_version,
            "policy_version": policy.policy_version,
        }
    )
    _log.info("worker ready", group=settings.kafka.group, model=policy.model_version)
    watching = asyncio.create_task(switch.watch())
    try:
        with suppress(SwitchedError):
            await run_worker(
                settings.kafka,
                switch.guard(processor.process),
                progress=progress,
                stop=stop,
                leave=switch.leave,
                client_id=client_id_of(policy.model_version),
            )
    finally:
        watching.cancel()


def _choose_policy(own: Policy, control: Control | None) -> Policy:
    policy = control.policy_for(own) if control is not None else own
    if policy != own:
        _log.warning(
            "the recorded policy is used, not the one of the settings",
            model=policy.model_version,
            policy=policy.policy_version,
            settings_model=own.model_version,
        )
    return policy


async def enter_record(opened: AsyncExitStack, settings: Settings) -> ControlRecord:
    """Connect to the control record, waiting for a Qdrant that is still starting.

    Raises `StopError`.
    """
    try:
        async for attempt in retrying(settings.retry_seconds):
            with attempt, waiting_for("Qdrant", _address_of(settings.qdrant)):
                record = await opened.enter_async_context(open_control(settings.qdrant))
                await record.read()
    except RetryError as error:
        raise in_vain(settings.retry_seconds, error) from error
    return record


async def enter_processor(
    opened: AsyncExitStack,
    settings: Settings,
    policy: Policy,
    *,
    manner: Manner = AS_LIVE,
    priority: Priority = Priority.LIVE,
    shadow: Shadow | None = None,
) -> BatchProcessor:
    """Open a processor, waiting for parts that are still starting. Raises `StopError`."""
    try:
        async for attempt in retrying(settings.retry_seconds):
            with attempt:
                opening = open_processor(
                    settings, policy, manner=manner, priority=priority, shadow=shadow
                )
                processor = await opened.enter_async_context(opening)
    except RetryError as error:
        raise in_vain(settings.retry_seconds, error) from error
    return processor


@asynccontextmanager
async def open_processor(
    settings: Settings,
    policy: Policy,
    *,
    manner: Manner = AS_LIVE,
    priority: Priority = Priority.LIVE,
    shadow: Shadow | None = None,
) -> AsyncIterator[BatchProcessor]:
    """Connect to everything that processing needs; a `shadow` is written in the live store's stead.

    Raises `RetryError` while a part is away, `StopError` when the parts do not fit each other.
    """
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        with waiting_for("Triton", settings.triton.url):
            models = await enter(
                open_models(settings.triton, priority=priority, model_version=policy.model_version)
            )
        with waiting_for("Qdrant", _address_of(settings.qdrant)):
            if shadow is None:
                await check_in_use(settings.qdrant, policy.model_version)
            group = settings.kafka.group
            opening = open_store(settings.qdrant, models.spec, group, shadow, priority=priority)
            store = await enter(opening)
        photos = await enter(open_photos(settings.photos))
        with waiting_for("Kafka", settings.kafka.brokers):
            outlets = await enter(_open_outlets(settings, policy.model_version, shadow))
        state = State(
            models=models,
            index=store.index,
            ledger=store.ledger,
            publisher=outlets.alerts,
            policy=policy,
            max_open_pairs=settings.max_open_pairs,
            is_quiet=shadow is not None,
        )
        expiry = asyncio.create_task(_expire_tombstones(store.index, settings.tombstone_days))
        try:
            yield BatchProcessor(
                Services(state=state, photos=photos),
                outlets.dead_letters,
                store.flights,
                Limits(
                    max_message_bytes=settings.kafka.max_message_bytes,
                    retry_seconds=settings.retry_seconds,
                    dead_letters_per_minute=settings.dead_letters_per_minute,
                ),
                manner,
            )
        finally:
            expiry.cancel()


@dataclass(frozen=True)
class _Outlets:
    alerts: AlertPublisher
    dead_letters: DeadLetters


@asynccontextmanager
async def _open_outlets(
    settings: Settings, model_version: str, shadow: Shadow | None
) -> AsyncIterator[_Outlets]:
    """Open the ways out; a shadow has none."""
    if shadow is not None:
        yield _Outlets(NoAlerts(), NoDeadLetters())
        return
    kafka = settings.kafka
    async with open_producer(kafka) as producer:
        yield _Outlets(
            CountedAlerts(KafkaAlertPublisher(producer, kafka.duplicate_alerts)),
            KafkaDeadLetters(producer, kafka.dead_letters, __version__, model_version),
        )


async def _expire_tombstones(index: ListingIndex, days: float) -> None:
    """Forget listings deleted so long ago that no event of theirs can come any more."""
    while True:
        try:
            await index.remove_tombstones(timedelta(days=days))
        except TwinlistError as error:
            _log.warning("tombstones not expired, trying again later", error=str(error))
        await asyncio.sleep(_EXPIRY_INTERVAL_SECONDS)


def _address_of(settings: QdrantSettings) -> str:
    return urlsplit(settings.url).netloc.rpartition("@")[2]
