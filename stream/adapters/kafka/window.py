"""The batches of one topic that are in flight, acknowledged strictly in order of arrival."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from stream.domain.errors import StopError
from stream.domain.event import Message

Handle = Callable[[Sequence[Message]], Awaitable[None]]
"""Returns when every event of the batch is done: its effect durable, or dead-lettered."""

Acknowledge = Callable[[], None]


class Window:
    """Works on a bounded number of batches at once, so that models and cores stay busy.

    A batch that fails, or is not done by its deadline, fails the task group: siblings are
    cancelled, and nothing is acknowledged from then on.
    """

    def __init__(
        self, handle: Handle, tasks: asyncio.TaskGroup, *, limit: int, deadline_seconds: float
    ) -> None:
        self._handle = handle
        self._tasks = tasks
        self._deadline_seconds = deadline_seconds
        self._is_closed = False
        self._places = asyncio.Semaphore(limit)
        self._submitted: asyncio.Queue[tuple[Sequence[Message], Acknowledge]] = asyncio.Queue()
        self._started: asyncio.Queue[tuple[asyncio.Task[None], Acknowledge]] = asyncio.Queue()
        self._starting = tasks.create_task(self._start_in_order())
        self._acknowledging = tasks.create_task(self._acknowledge_in_order())

    async def submit(self, batch: Sequence[Message], acknowledge: Acknowledge) -> None:
        """Start on a batch as soon as there is a place; `acknowledge` is called in its turn.

        Never returns once the window has failed or is closed: who submits is to be cancelled.
        """
        await self._places.acquire()
        if self._is_closed:
            await asyncio.Event().wait()
        self._submitted.put_nowait((batch, acknowledge))

    async def wait_idle(self) -> None:
        """Wait until everything submitted is acknowledged, or nothing will be any more."""
        idle = asyncio.ensure_future(self._submitted.join())
        await asyncio.wait({idle, self._acknowledging}, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()

    async def close(self) -> None:
        """Take nothing more, and wait until everything submitted is acknowledged."""
        self._is_closed = True
        await self.wait_idle()
        self._starting.cancel()
        self._acknowledging.cancel()

    async def _start_in_order(self) -> None:
        while True:
            batch, acknowledge = await self._submitted.get()
            task = self._tasks.create_task(self._work_on(batch))
            self._started.put_nowait((task, acknowledge))

    async def _work_on(self, batch: Sequence[Message]) -> None:
        deadline = asyncio.timeout(self._deadline_seconds)
        try:
            async with deadline:
                await self._handle(batch)
        except TimeoutError as error:
            if not deadline.expired():
                raise
            places = (f"{one.topic}[{one.partition}]@{one.offset}" for one in batch)
            raise StopError(
                f"a batch of {len(batch)} events, the first of them at {next(places, 'none')}, was "
                f"not done within {self._deadline_seconds:g} s"
            ) from error

    async def _acknowledge_in_order(self) -> None:
        while True:
            task, acknowledge = await self._started.get()
            await task
            acknowledge()
            self._places.release()
            self._submitted.task_done()
