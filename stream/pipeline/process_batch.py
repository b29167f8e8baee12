"""Process a batch: its events at once, but those of one listing in their order, each to its end."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from stream.domain.errors import DeadLetterError, OutageError, TwinlistError
from stream.domain.event import Event, ListingDeleted, ListingPosted, Message, Place
from stream.observability import metrics
from stream.pipeline.bury import Burial
from stream.pipeline.end_repeats import Repeats
from stream.pipeline.handle_event import AS_LIVE, EventHandler, Manner
from stream.pipeline.process_event import Outcome, Services
from stream.pipeline.retry import Patience
from stream.pipeline.take_turn import Done, Result
from stream.ports import DeadLetters, Flight, FlightRecorder

_Decoded = Event | DeadLetterError | None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much is taken, and how long is waited."""

    max_message_bytes: int
    """The largest event that is decoded."""
    retry_seconds: float
    """How long a dependency may be away before the process stops."""
    dead_letters_per_minute: int
    """Past so many the process stops."""


@dataclass
class _Line:
    """The events of one key that are in flight, one at work and the rest waiting."""

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
        flights: where the events in flight are recorded.
        limits: how much is taken, and how long is waited.
        manner: what a replay does otherwise.
    """

    def __init__(
        self,
        services: Services,
        dead_letters: DeadLetters,
        flights: FlightRecorder,
        limits: Limits,
        manner: Manner = AS_LIVE,
    ) -> None:
        self._flights = flights
        self._patience = Patience(limits.retry_seconds)
        self._handler = EventHandler(
            services,
            Burial(dead_letters, self._patience, limits.dead_letters_per_minute),
            flights,
            self._patience,
            max_message_bytes=limits.max_message_bytes,
            manner=manner,
        )
        self._repeats = Repeats(self._handler, services.state, flights, self._patience, manner)
        self._taking_off = asyncio.Lock()  # fair, so that the order of batches is kept
        self._lines: dict[bytes | None, _Line] = {}

    async def process(self, batch: Sequence[Message]) -> None:
        """Return when every event's effect is durable, or its dead letter is.

        Raises `StopError`; nothing may be acknowledged then.
        """
        if not batch:
            return
        metrics.EVENTS_IN_FLIGHT.inc(len(batch))
        doubtful: Mapping[Place, Flight] = {}
        try:
            with metrics.BATCH_SECONDS.time():
                async with asyncio.TaskGroup() as tasks, self._taking_off:
                    doubtful = await self._take_off(batch)
                    for message in batch:
                        self._enqueue(message, doubtful.get(message.place), tasks)
        except ExceptionGroup as failures:
            if failures.split(OutageError)[1] is None:
                # No event is to blame: the next worker need not doubt these.
                await self._land([one for one in batch if one.place not in doubtful])
            raise failures.exceptions[0] from failures
        else:
            await self._land(batch)
        finally:
            metrics.EVENTS_IN_FLIGHT.dec(len(batch))
            metrics.TASKS.set(len(asyncio.all_tasks()))

    async def end_repeats(self, messages: Sequence[Message]) -> Sequence[Message]:
        """End what was finished before, at one look at all heads; return what is left to process.

        A replay does so before it makes batches. Raises `StopError`.
        """
        return await self._repeats.end(messages)

    async def _take_off(self, batch: Sequence[Message]) -> Mapping[Place, Flight]:
        places = [message.place for message in batch]
        return await self._patience.persist(lambda: self._flights.take_off(places))

    async def _land(self, batch: Sequence[Message]) -> None:
        """Forget what is done; where that fails, an event that comes again is tried alone."""
        with suppress(TwinlistError):
            await self._flights.land([message.place for message in batch])

    def _enqueue(self, message: Message, flight: Flight | None, tasks: asyncio.TaskGroup) -> None:
        """Start on an event once the events of its key before it are done."""
        event = self._handler.decode(message) if flight is None else None
        line = self._lines.setdefault(message.key, _Line())
        if isinstance(event, ListingPosted | ListingDeleted):
            line.waiting.append(event.order)
        work = self._work(message, event, flight, line, line.last)
        task = line.last = tasks.create_task(work)
        task.add_done_callback(lambda done: self._forget(message.key, done))

    def _forget(self, key: bytes | None, done: asyncio.Task[None]) -> None:
        if key in self._lines and self._lines[key].last is done:
            del self._lines[key]

    async def _work(
        self,
        message: Message,
        event: _Decoded,
        flight: Flight | None,
        line: _Line,
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        if isinstance(event, ListingPosted | ListingDeleted):
            line.waiting.popleft()
        if isinstance(event, ListingPosted) and any(o >= event.order for o in line.waiting):
            stale = Outcome(result=Result(done=Done.STALE))
            self._handler.report(message, event, stale, seconds=0)
            return
        await self._handler.handle(message, event, flight)
