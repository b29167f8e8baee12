"""What is different about an event that is replayed: who says so, how fast, and to whom."""

from dataclasses import replace

from stream.adapters.kafka.backfill_record import Endings, Tally
from stream.backfill.alerts import StoredAlerts
from stream.backfill.pace import Pace
from stream.domain.alert import Origin
from stream.domain.event import Event, Message, VerdictGiven
from stream.pipeline.handle_event import Manner
from stream.pipeline.process_event import Kept, Outcome, Services, process_event
from stream.pipeline.take_turn import Done


class Replay:
    """Handles events as the live stream does, in their turn, and sends the alerts that were chosen.

    Args:
        alerts: sends what the ledger has.
        is_quiet: whether what is found stays in the ledger.
        pace: gives turns.
        endings: where it is noted what became of each event.
    """

    def __init__(
        self, alerts: StoredAlerts, pace: Pace, endings: Endings, *, is_quiet: bool
    ) -> None:
        self._alerts = alerts
        self._pace = pace
        self._endings = endings
        self._is_quiet = is_quiet

    @property
    def manner(self) -> Manner:
        """What the pipeline is to do otherwise than live."""
        return Manner(
            origin=Origin.BACKFILL,
            process=self._process,
            tell=self._tell,
            resend=self._alerts.send,
        )

    async def _process(self, event: Event, services: Services, kept: Kept) -> Outcome:
        async with self._pace.turn() as turn:
            state = services.state
            state = replace(
                state,
                is_quiet=self._is_quiet or state.is_quiet,
                publisher=state.publisher if self._is_quiet else self._alerts.publisher,
            )
            services = replace(services, state=state, fetching=turn.fetching)
            outcome = await process_event(event, services, kept)
            if isinstance(event, VerdictGiven):
                return outcome
            sent = await self._alerts.send([event.key], state.ledger)
        result = replace(outcome.result, alerts=outcome.result.alerts + sent.total())
        return replace(outcome, result=result)

    def _tell(self, message: Message, outcome: Outcome | None) -> None:
        self._endings.note(message, _tally(outcome))


def _tally(outcome: Outcome | None) -> Tally:
    if outcome is None:
        return Tally(dead_letters=1)
    result = outcome.result
    return Tally(
        processed=int(result.done is Done.PROCESSED),
        stale=int(result.done is Done.STALE),
        repeated=int(result.done is Done.REPEATED),
        pairs_found=len(result.opened),
        alerts=result.alerts,
    )
