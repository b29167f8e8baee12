"""Bury: send an event that cannot be used to the dead letters, but never a flood of them."""

import time
from collections import deque
from collections.abc import Callable

import structlog

from stream.domain.errors import DeadLetterError, OutageError
from stream.domain.event import Message
from stream.observability import metrics
from stream.pipeline.retry import Patience
from stream.ports import DeadLetters

_MINUTE_SECONDS = 60
_log = structlog.stdlib.get_logger(__name__)


class Burial:
    """The way to the dead letters; past so many a minute something else is wrong than the events.

    Args:
        dead_letters: their topic.
        patience: with that topic.
        per_minute: the most that this process sends.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        dead_letters: DeadLetters,
        patience: Patience,
        per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dead_letters = dead_letters
        self._patience = patience
        self._per_minute = per_minute
        self._clock = clock
        self._sent_at: deque[float] = deque()

    async def bury(self, message: Message, error: DeadLetterError, attempts: int) -> None:
        """Send a dead letter and wait until the broker has it.

        Raises `OutageError` when the topic stays away, or when this one is one too many.
        """
        self._count(error)
        await self._patience.persist(lambda: self._dead_letters.send(message, error, attempts))
        metrics.DEAD_LETTERS.labels(reason=error.reason).inc()
        _log.warning(
            "dead letter",
            reason=str(error.reason),
            error=str(error)[:500],
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
        )

    def _count(self, error: DeadLetterError) -> None:
        now = self._clock()
        while self._sent_at and self._sent_at[0] <= now - _MINUTE_SECONDS:
            self._sent_at.popleft()
        if len(self._sent_at) >= self._per_minute:
            raise OutageError(
                f"more than {self._per_minute} events within a minute cannot be used, this one for "
                f"{error.reason}: {error}; look at `twinlist dead-letters list --summary` and mend "
                "what they have in common, or raise TWINLIST_DEAD_LETTERS_PER_MINUTE"
            )
        self._sent_at.append(now)
