"""Pace: how many events are worked on at once, fewer as soon as the live stream waits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from stream.adapters.kafka.window import Handle
from stream.domain.errors import StopError
from stream.domain.event import Message

_FETCHING = 3
"""How many turns may be fetching photos for each one at Qdrant and Triton.

There live workers stand in the same queue: what a backfill has in it at once delays each of their
requests, and more of it soon makes the backfill no faster.
"""


class Pace:
    """Turns, as many at once as the live stream leaves room for.

    Their number is halved at each look that finds the live stream waiting, down to none, and grows
    by an eighth of the most at each that does not: additive increase, multiplicative decrease.
    Source: Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion
    Avoidance in Computer Networks", 1989.

    Args:
        most: turns at once.
        patience_seconds: how long the oldest live event may wait.
    """

    def __init__(self, most: int, patience_seconds: float) -> None:
        self._most = most
        self._patience_seconds = patience_seconds
        self._limit = most
        self._taken = 0
        self._changed = asyncio.Condition()
        self._deadlines: dict[asyncio.Timeout, float] = {}
        self._places = asyncio.Semaphore(max(1, most // (1 + _FETCHING)))

    @property
    def limit(self) -> int:
        """Turns at once, for now."""
        return self._limit

    @property
    def is_open(self) -> bool:
        """Whether anything new may be begun."""
        return self._limit > 0

    async def look(self, oldest_seconds: float) -> None:
        """Take in for how long the oldest live event has been waiting."""
        if oldest_seconds > self._patience_seconds:
            self._limit //= 2
        else:
            self._limit = min(self._most, self._limit + max(1, self._most // 8))
        async with self._changed:
            self._changed.notify_all()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["Turn"]:
        """Wait for a turn and hold it; what is begun already goes on one by one at the least."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._taken < max(1, self._limit))
            self._taken += 1
        turn = Turn(self._places)
        try:
            await turn.take_place()
            yield turn
        finally:
            turn.leave_place()
            self._taken -= 1
            self._put_off()
            async with self._changed:
                self._changed.notify()

    def guard(self, handle: Handle, seconds: float) -> Handle:
        """Return what handles a batch, and stops when no turn has come to its end for so long.

        Its events may stand behind those of all other batches, one turn at a time: how long that
        takes says nothing of whether it goes on.
        """

        async def process(batch: Sequence[Message]) -> None:
            deadline = asyncio.timeout(seconds)
            try:
                async with deadline:
                    self._deadlines[deadline] = seconds
                    await handle(batch)
            except TimeoutError as error:
                if not deadline.expired():
                    raise
                places = (f"{one.topic}[{one.partition}]@{one.offset}" for one in batch)
                raise StopError(
                    f"a batch of {len(batch)} events, the first of them at {next(places, 'none')}, "
                    f"was not done, and nothing came to its end for {seconds:g} s"
                ) from error
            finally:
                del self._deadlines[deadline]

        return process

    def _put_off(self) -> None:
        now = asyncio.get_running_loop().time()
        for deadline, seconds in self._deadlines.items():
            if not deadline.expired():
                deadline.reschedule(now + seconds)


class Turn:
    """A turn with one of the places at Qdrant and Triton, which it can leave for a while.

    Args:
        places: those that there are.
    """

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._has_place = False

    async def take_place(self) -> None:
        """Wait for a place."""
        await self._places.acquire()
        self._has_place = True

    def leave_place(self) -> None:
        """Let another turn have the place, if this one has any."""
        if self._has_place:
            self._has_place = False
            self._places.release()

    @asynccontextmanager
    async def fetching(self) -> AsyncIterator[None]:
        """Let another turn have the place meanwhile; who fails does not come back for it."""
        self.leave_place()
        yield
        await self.take_place()
