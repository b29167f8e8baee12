"""Process a batch: its events at once, but those of one listing in their order, each to its end."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
import tenacity

from stream.domain.errors import DeadLetterError, RetryError, StopError
from stream.domain.event import Event, ListingDeleted, ListingPosted, Message, VerdictGiven
from stream.observability import metrics
from stream.observability.metrics import Stage
from stream.pipeline.decode import decode
from stream.pipeline.process_event import Outcome, Services, process_event
from stream.pipeline.take_turn import Done, Result
from stream.ports import DeadLetters

_log = structlog.stdlib.get_logger(__name__)
_MAX_WAIT_SECONDS = 5
_UNREADABLE = "unreadable"
_DEAD_LETTER = "dead_letter"
_TYPES = {
    ListingPosted: "listing_posted",
    ListingDeleted: "listing_deleted",
    VerdictGiven: "verdict_given",
}
_decode_seconds = metrics.STAGE_SECONDS.labels(stage=Stage.DECODE)


@dataclass
class _Line:
    """The events of one listing (or pair) that are in flight, one at work and the rest waiting."""

    last: asyncio.Task[None] | None = None
    waiting: deque[tuple[int, bool]] = field(default_factory=deque)
    """`order` of the waiting listing events."""


class BatchProcessor:
    """Takes batches of records; several at once, in the order in which `process` was called.

    A posted listing is skipped when a newer or repeated event of it already waits behind: that one
    brings the listing to its newest state anyway, and should this process end before, it comes
    back. So a burst of updates costs one fetch of photos, however slow their server is.

    Args:
        services: what events are processed with.
        dead_letters: where events go that cannot be used.
        max_message_bytes: the largest event that is decoded.
        retry_seconds: how long a dependency may be away before the process stops.
    """

    def __init__(
        self,
        services: Services,
        dead_letters: DeadLetters,
        *,
        max_message_bytes: int,
        retry_seconds: float,
    ) -> None:
        self._services = services
        self._dead_letters = dead_letters
        self._max_message_bytes = max_message_bytes
        self._retry_seconds = retry_seconds
        self._lines: dict[str | bytes | None, _Line] = {}

    async def process(self, batch: Sequence[Message]) -> None:
        """Return when every event's effect is durable, or its dead letter is.

        Raises `StopError`, or whatever unforeseen error; nothing may be acknowledged then.
        """
        metrics.EVENTS_IN_FLIGHT.inc(len(batch))
        try:
            with metrics.BATCH_SECONDS.time():
                async with asyncio.TaskGroup() as tasks:
                    for message in batch:
                        self._enqueue(message, tasks)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        finally:
            metrics.EVENTS_IN_FLIGHT.dec(len(batch))

    def _enqueue(self, message: Message, tasks: asyncio.TaskGroup) -> None:
        """Start on an event once the events of its listing before it are done.

        Runs without a pause for the whole batch, so that the order of batches is kept.
        """
        try:
            with _decode_seconds.time():
                event: Event | DeadLetterError = decode(message, self._max_message_bytes)
        except DeadLetterError as error:
            event = error
        key = message.key if isinstance(event, DeadLetterError) else event.key
        line = self._lines.setdefault(key, _Line())
        if isinstance(event, ListingPosted | ListingDeleted):
            line.waiting.append(event.order)
        task = line.last = tasks.create_task(self._work(message, event, line, line.last))
        task.add_done_callback(lambda done: self._forget(key, done))

    def _forget(self, key: str | bytes | None, done: asyncio.Task[None]) -> None:
        if key in self._lines and self._lines[key].last is done:
            del self._lines[key]

    async def _work(
        self,
        message: Message,
        event: Event | DeadLetterError,
        line: _Line,
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        if isinstance(event, ListingPosted | ListingDeleted):
            line.waiting.popleft()
        if isinstance(event, ListingPosted) and any(o >= event.order for o in line.waiting):
            _report(message, event, Outcome(result=Result(done=Done.STALE)), seconds=0)
            return
        try:
            if isinstance(event, DeadLetterError):
                await self._bury(message, event, attempts=1)
                metrics.EVENTS.labels(type=_UNREADABLE, outcome=_DEAD_LETTER).inc()
            else:
                await self._finish(message, event)
        except RetryError as error:
            raise StopError(f"gave up after {self._retry_seconds:g} s: {error}") from error

    async def _finish(self, message: Message, event: Event) -> None:
        started = time.perf_counter()
        attempts = 0
        try:
            async for attempt in self._retrying():
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    outcome = await process_event(event, self._services)
                    _report(message, event, outcome, time.perf_counter() - started)
        except DeadLetterError as error:
            await self._bury(message, error, attempts)
            _count(event, _DEAD_LETTER, time.perf_counter() - started)

    async def _bury(self, message: Message, error: DeadLetterError, attempts: int) -> None:
        async for attempt in self._retrying():
            with attempt:
                await self._dead_letters.send(message, error, attempts)
        metrics.DEAD_LETTERS.labels(reason=error.reason).inc()
        _log.warning(
            "dead letter",
            reason=str(error.reason),
            error=str(error)[:500],
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
        )

    def _retrying(self) -> tenacity.AsyncRetrying:
        return tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(RetryError),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=_MAX_WAIT_SECONDS),
            stop=tenacity.stop_after_delay(self._retry_seconds),
            before_sleep=lambda _: metrics.RETRIES.inc(),
            reraise=True,
        )


def _report(message: Message, event: Event, outcome: Outcome, seconds: float) -> None:
    result = outcome.result
    _count(event, result.done, seconds)
    metrics.PAIRS_CROWDED_OUT.inc(len(result.crowded_out))
    _log.info(
        "event done",
        key=event.key,
        event_id=event.cause.event_id,
        outcome=str(result.done),
        alerts=result.alerts,
        photos_left_out={str(index): why for index, why in outcome.photos_left_out.items()},
        seconds=round(seconds, 4),
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
    )


def _count(event: Event, outcome: str, seconds: float) -> None:
    metrics.EVENTS.labels(type=_TYPES[type(event)], outcome=outcome).inc()
    metrics.EVENT_SECONDS.observe(seconds)
