"""Composition: the pipeline with its real adapters, as one worker process."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
import tenacity

from stream import __version__
from stream.adapters.aside import NoAlerts, NoDeadLetters
from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaAlertPublisher, KafkaDeadLetters
from stream.adapters.kafka.worker import run_worker
from stream.adapters.photos.fetch import open_photos
from stream.adapters.qdrant.collections import Shadow
from stream.adapters.qdrant.store import open_store
from stream.adapters.triton.client import Priority
from stream.adapters.triton.models import open_models
from stream.domain.errors import RetryError, StopError, TwinlistError
from stream.domain.policy import Policy
from stream.observability.counted import CountedAlerts
from stream.observability.metrics import WORKER
from stream.observability.progress import Progress
from stream.observability.server import serve
from stream.pipeline.handle_event import AS_LIVE, Manner
from stream.pipeline.process_batch import BatchProcessor, Limits
from stream.pipeline.process_event import Services
from stream.pipeline.take_turn import State
from stream.ports import AlertPublisher, DeadLetters, ListingIndex
from stream.settings import Settings
from stream.shipped import read_policy

_EXPIRY_INTERVAL_SECONDS = 3600
_WAITING_LOG_SECONDS = 10
_log = structlog.stdlib.get_logger(__name__)


async def work(settings: Settings) -> None:
    """Process events until SIGTERM, SIGINT or a `StopError`."""
    policy = read_policy(settings)
    progress = Progress(settings.kafka.stall_seconds)
    async with AsyncExitStack() as opened:
        token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
        opened.enter_context(
            serve(settings.metrics_host, settings.metrics_port, progress, token=token)
        )
        processor = await enter_processor(opened, settings, policy)
        WORKER.info(
            {
                "version": __version__,
                "model_version": policy.model_version,
                "policy_version": policy.policy_version,
            }
        )
        _log.info("worker ready", group=settings.kafka.group, model=policy.model_version)
        await run_worker(settings.kafka, processor.process, progress=progress)


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
        async for attempt in _retrying(settings.retry_seconds):
            with attempt:
                opening = open_processor(
                    settings, policy, manner=manner, priority=priority, shadow=shadow
                )
                processor = await opened.enter_async_context(opening)
    except RetryError as error:
        raise StopError(
            f"waited {settings.retry_seconds:g} s in vain: {error}; `twinlist doctor` says more"
        ) from error
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
        with _waiting_for("Triton", settings.triton.url):
            models = await enter(
                open_models(settings.triton, priority=priority, model_version=policy.model_version)
            )
        with _waiting_for("Qdrant", urlsplit(settings.qdrant.url).netloc.rpartition("@")[2]):
            opening = open_store(settings.qdrant, models.spec, settings.kafka.group, shadow)
            store = await enter(opening)
        photos = await enter(open_photos(settings.photos))
        with _waiting_for("Kafka", settings.kafka.brokers):
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
    """Open the ways out: none of a shadow, but the dead letters of one that is to become live."""
    if shadow is not None and shadow.has_own_listings:
        yield _Outlets(NoAlerts(), NoDeadLetters())
        return
    kafka = settings.kafka
    async with open_producer(kafka) as producer:
        alerts = CountedAlerts(KafkaAlertPublisher(producer, kafka.duplicate_alerts))
        yield _Outlets(
            NoAlerts() if shadow is not None else alerts,
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


class AwayError(RetryError):
    """A part that a worker needs does not answer."""

    def __init__(self, part: str, address: str, error: RetryError) -> None:
        said = str(error)
        super().__init__(said if address in said else f"{part} at {address}: {said}")
        self.part = part
        self.address = address


@contextmanager
def _waiting_for(part: str, address: str) -> Iterator[None]:
    try:
        yield
    except RetryError as error:
        raise AwayError(part, address, error) from error


class WaitingLog:
    """Says which part is waited for: at once, then now and again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}

    def __call__(self, tried: tenacity.RetryCallState) -> None:
        """Log why a try failed, unless that was just done."""
        error = tried.outcome.exception() if tried.outcome is not None else None
        if not isinstance(error, AwayError):
            return
        now = self._clock()
        if now - self._told.get(error.part, -math.inf) >= _WAITING_LOG_SECONDS:
            self._told[error.part] = now
            _log.info("waiting for a part", part=error.part, address=error.address)


def _retrying(seconds: float) -> tenacity.AsyncRetrying:
    """Wait for parts that are still starting."""
    return tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type(RetryError),
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=5),
        stop=tenacity.stop_after_delay(seconds),
        after=WaitingLog(),
        reraise=True,
    )
