"""Handle an event to its end: repeated while it must be, alone when it is in doubt, or buried.

An event is in doubt when a worker did not bring it to its end: the process was killed, or met an
error that nobody had foreseen. It is tried while nothing else is in flight, so that what happens
then is its own doing, and each such try is recorded before it begins. Three of them without an
end, and the event is quarantined as a dead letter. A kill at random hits an event that is alone
now and then, but hardly the same one three times.
"""

import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import msgspec
import structlog

from stream.domain.alert import Origin
from stream.domain.errors import DeadLetterError, DeadLetterReason, TwinlistError
from stream.domain.event import Event, ListingDeleted, ListingPosted, Message, VerdictGiven
from stream.observability import metrics
from stream.observability.metrics import Stage
from stream.pipeline.bury import Burial
from stream.pipeline.decode import decode
from stream.pipeline.gate import Gate
from stream.pipeline.process_event import Kept, Outcome, Services, process_event
from stream.pipeline.retry import TRIES_ALONE, Patience, Reaction, reaction_to
from stream.ports import Flight, FlightRecorder, PairLedger

_log = structlog.stdlib.get_logger(__name__)
_LONGEST_ERROR = 500
_UNREADABLE = "unreadable"
_DEAD_LETTER = "dead_letter"
_TYPES = {
    ListingPosted: "listing_posted",
    ListingDeleted: "listing_deleted",
    VerdictGiven: "verdict_given",
}
_decode_seconds = metrics.STAGE_SECONDS.labels(stage=Stage.DECODE)


async def _nothing(_listing_ids: Collection[str], _ledger: PairLedger) -> Counter[str]:
    return Counter()


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How events are handled: as those of the live stream, or otherwise in a replay."""

    origin: Origin = Origin.LIVE
    process: Callable[[Event, Services, Kept], Awaitable[Outcome]] = process_event
    tell: Callable[[Message, Outcome | None], None] = lambda *_: None
    """Is told of each event that has come to its end; without an outcome it is a dead letter."""

    resend: Callable[[Collection[str], PairLedger], Awaitable[Counter[str]]] = _nothing
    """Sends alerts of listings that have nothing new, and says how many of each."""


AS_LIVE = Manner()


class EventHandler:
    """Brings events to their end, many at once.

    Args:
        services: what events are processed with.
        burial: the way to the dead letters.
        flights: where tries of events in doubt are recorded.
        patience: with what is away.
        max_message_bytes: the largest event that is decoded.
        manner: what a replay does otherwise.
    """

    def __init__(
        self,
        services: Services,
        burial: Burial,
        flights: FlightRecorder,
        patience: Patience,
        *,
        max_message_bytes: int,
        manner: Manner = AS_LIVE,
    ) -> None:
        self._services = services
        self._burial = burial
        self._flights = flights
        self._patience = patience
        self._max_message_bytes = max_message_bytes
        self._manner = manner
        self._gate = Gate()

    def decode(self, message: Message) -> Event | DeadLetterError:
        """Read an event, or say why it cannot be."""
        try:
            with _decode_seconds.time():
                return decode(message, self._max_message_bytes, self._manner.origin)
        except DeadLetterError as error:
            return error

    async def handle(
        self,
        message: Message,
        event: Event | DeadLetterError | None,
        flight: Flight | None,
    ) -> None:
        """Return when the event's effect is durable, or its dead letter is.

        Args:
            message: the event as it came.
            event: the same, decoded; None to leave even that to a try alone.
            flight: what is known of the event if it is in doubt.

        Raises:
            StopError: the process must end; nothing may be acknowledged then.
        """
        if flight is None:
            try:
                async with self._gate.together():
                    await self._bring_to_end(message, event)
            except Exception as error:
                if reaction_to(error) is not Reaction.TRY_ALONE:
                    raise
                flight = _failed(message, Flight(), error)
            else:
                return
        await self._try_alone(message, event, flight)

    async def _try_alone(
        self, message: Message, event: Event | DeadLetterError | None, flight: Flight
    ) -> None:
        while flight.tries_alone < TRIES_ALONE:
            before = flight
            flight = msgspec.structs.replace(before, tries_alone=before.tries_alone + 1)
            async with self._gate.alone():
                await self._patience.persist(partial(self._flights.note, message.place, flight))
                try:
                    await self._bring_to_end(message, event)
                except Exception as error:
                    match reaction_to(error):
                        case Reaction.STOP:
                            await self._leave_behind(message, before)
                            raise
                        case Reaction.STOP_DOUBTING:
                            await self._leave_behind(message, _failed(message, flight, error))
                            raise
                    flight = _failed(message, flight, error)
                else:
                    with suppress(TwinlistError):
                        await self._flights.land([message.place])  # ere the next one is tried
                    return
        await self._bury(message, event, _quarantined(flight), flight.tries_alone + 1)

    async def _bring_to_end(self, message: Message, event: Event | DeadLetterError | None) -> None:
        event = event or self.decode(message)
        if isinstance(event, DeadLetterError):
            await self._bury(message, event, event, attempts=1)
            return
        started = time.perf_counter()
        kept, attempts = Kept(), 0
        try:
            with self._patience.given_up():
                async for attempt in self._patience.attempts():
                    with attempt:
                        attempts = attempt.retry_state.attempt_number
                        outcome = await self._manner.process(event, self._services, kept)
        except DeadLetterError as error:
            await self._bury(message, event, error, attempts, time.perf_counter() - started)
        else:
            self.report(message, event, outcome, time.perf_counter() - started)

    def report(self, message: Message, event: Event, outcome: Outcome, seconds: float) -> None:
        """Count, log and tell of an event that is done."""
        _report(message, event, outcome, seconds)
        self._manner.tell(message, outcome)

    async def _bury(
        self,
        message: Message,
        event: Event | DeadLetterError | None,
        error: DeadLetterError,
        attempts: int,
        seconds: float = 0,
    ) -> None:
        await self._burial.bury(message, error, attempts)
        _count(event, _DEAD_LETTER, seconds)
        self._manner.tell(message, None)

    async def _leave_behind(self, message: Message, flight: Flight) -> None:
        """Tell the next worker what is known, if that can be told: this one is about to end."""
        with suppress(TwinlistError):
            await self._flights.note(message.place, flight)


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


def _count(event: Event | DeadLetterError | None, outcome: str, seconds: float) -> None:
    if event is None or isinstance(event, DeadLetterError):
        metrics.EVENTS.labels(type=_UNREADABLE, outcome=outcome).inc()
        return
    metrics.EVENTS.labels(type=_TYPES[type(event)], outcome=outcome).inc()
    metrics.EVENT_SECONDS.observe(seconds)


def _failed(message: Message, flight: Flight, error: Exception) -> Flight:
    """What is known of an event after a try that failed of something unforeseen."""
    topic, partition, offset = message.place
    _log.error(
        "event failed, tried alone next",
        tries_alone=flight.tries_alone,
        topic=topic,
        partition=partition,
        offset=offset,
        exception="".join(traceback.format_exception(error)),
    )
    named = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
    return msgspec.structs.replace(flight, error=named)


def _quarantined(flight: Flight) -> DeadLetterError:
    how = flight.error or "its process was killed and left no word, of too little memory perhaps"
    return DeadLetterError(
        DeadLetterReason.QUARANTINED,
        f"{flight.tries_alone} tries with nothing else in flight did not come to an end; the last "
        f"one known: {how}; look at the workers' logs, update Twinlist or mend the listing, and "
        "replay this event",
    )
