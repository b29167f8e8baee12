"""Who goes first where one engine does one operation after another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

EXPECTED_SECONDS = 0.002
PATIENCE_SECONDS = 0.1

_SETTLED_ROUNDS = 25  # of the loop; gRPC hands over one request every few, however many there are


class LiveFirst:
    """Lets requests that can wait go one by one, while no other is there or soon to come.

    Who has had an answer mostly asks for the next thing at once. An operation begun in between
    would hold that up for all its time, so the engine is kept free for `EXPECTED_SECONDS`. Source:
    Iyer and Druschel, "Anticipatory scheduling: a disk scheduling framework to overcome deceptive
    idleness in synchronous I/O", SOSP 2001.

    The first in the row waits for `PATIENCE_SECONDS` at most: where live requests never pause, the
    others become slow and do not fail.
    """

    def __init__(self) -> None:
        self._one_by_one = asyncio.Lock()
        self._arrivals = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()
        self._until_quiet: asyncio.TimerHandle | None = None

    def note_arrival(self, *, can_wait: bool) -> None:
        """Take in that a request is about to be answered."""
        self._arrivals += 1
        if not can_wait:
            self._expect_more()

    @asynccontextmanager
    async def turn(self, *, can_wait: bool) -> AsyncIterator[None]:
        """Wait for the turn of a request, if that can wait, and hold it."""
        if can_wait:
            async with self._one_by_one:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await self._wait_until_free()
                yield
            return
        try:
            yield
        finally:
            self._expect_more()

    async def _wait_until_free(self) -> None:
        await self._take_in_arrivals()
        while not self._is_quiet.is_set():
            await self._is_quiet.wait()
            await self._take_in_arrivals()

    async def _take_in_arrivals(self) -> None:
        """Let the loop go round until nothing arrives any more."""
        rounds = 0
        while rounds < _SETTLED_ROUNDS:
            arrivals = self._arrivals
            await asyncio.sleep(0)
            rounds = rounds + 1 if arrivals == self._arrivals else 0

    def _expect_more(self) -> None:
        self._is_quiet.clear()
        if self._until_quiet is not None:
            self._until_quiet.cancel()
        loop = asyncio.get_running_loop()
        self._until_quiet = loop.call_later(EXPECTED_SECONDS, self._is_quiet.set)
