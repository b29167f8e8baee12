"""End repeats: events that were finished before come to their end together, at one look.

Finished stays finished, so it matters not what else is in flight meanwhile, of the same listing
either. Nothing is fetched, encoded or searched for such an event: it needs no record of its flight.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

from stream.domain.errors import TwinlistError
from stream.domain.event import ListingDeleted, ListingPosted, Message, Place
from stream.pipeline.handle_event import EventHandler, Manner
from stream.pipeline.process_event import Outcome
from stream.pipeline.retry import Patience, Reaction, reaction_to
from stream.pipeline.take_turn import Done, Result, State, is_repeat
from stream.ports import FlightRecorder

_Listed = ListingPosted | ListingDeleted


class Repeats:
    """Tells what was finished before from what is to be processed.

    Args:
        handler: reads events, and reports those that are done.
        state: where the heads are.
        flights: where a process that was killed may have left a record of them.
        patience: with what is away.
        manner: what a replay does otherwise.
    """

    def __init__(
        self,
        handler: EventHandler,
        state: State,
        flights: FlightRecorder,
        patience: Patience,
        manner: Manner,
    ) -> None:
        self._handler = handler
        self._state = state
        self._flights = flights
        self._patience = patience
        self._manner = manner

    async def end(self, messages: Sequence[Message]) -> Sequence[Message]:
        """End what was finished before; return the rest. Raises `StopError`."""
        try:
            repeats = await self._find(messages)
            sent = await self._resend(repeats)
        except Exception as error:
            if reaction_to(error) is not Reaction.TRY_ALONE:
                raise
            return messages  # which of them is to blame shows when each is handled by itself
        with suppress(TwinlistError):
            await self._flights.land([*repeats])
        for message in messages:
            if (event := repeats.get(message.place)) is not None:
                result = Result(done=Done.REPEATED, alerts=sent.pop(event.key, 0))
                self._handler.report(message, event, Outcome(result=result), seconds=0)
        return [message for message in messages if message.place not in repeats]

    async def _find(self, messages: Sequence[Message]) -> Mapping[Place, _Listed]:
        decoded = ((message.place, self._handler.decode(message)) for message in messages)
        listed = {place: event for place, event in decoded if isinstance(event, _Listed)}
        listing_ids = [event.key for event in listed.values()]
        heads = await self._patience.persist(lambda: self._state.index.read_heads(listing_ids))
        return {
            place: event
            for place, event in listed.items()
            if event.key in heads and is_repeat(event, heads[event.key])
        }

    async def _resend(self, repeats: Mapping[Place, _Listed]) -> Counter[str]:
        listing_ids = {event.key for event in repeats.values()}
        return await self._patience.persist(
            lambda: self._manner.resend(listing_ids, self._state.ledger)
        )
