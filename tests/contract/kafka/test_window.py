"""The window by itself: how many batches are in flight, and when each is acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest

from stream.adapters.kafka.window import Handle, Window
from stream.domain.errors import StopError
from stream.domain.event import Message

LIMIT = 3


def batch(offset: int) -> list[Message]:
    return [Message(topic="events", partition=0, offset=offset, key=b"", value=b"")]


class Gates:
    """A handler whose batches are done when the test says so."""

    def __init__(self) -> None:
        self.started: list[int] = []
        self._gates: dict[int, asyncio.Future[None]] = {}

    async def __call__(self, messages: Sequence[Message]) -> None:
        offset = messages[0].offset
        self.started.append(offset)
        self._gates[offset] = asyncio.get_running_loop().create_future()
        await self._gates[offset]

    def open(self, offset: int) -> None:
        self._gates[offset].set_result(None)

    def fail(self, offset: int, error: Exception) -> None:
        self._gates[offset].set_exception(error)


class Submitted:
    """Batches 0 to 9, submitted one after the other, and what was acknowledged of them."""

    def __init__(self, window: Window) -> None:
        self.acknowledged: list[int] = []
        self._window = window

    async def submit_all(self) -> None:
        for offset in range(10):
            await self._window.submit(batch(offset), partial(self.acknowledged.append, offset))


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def submitting(
    handle: Handle, *, deadline_seconds: float = 60
) -> AsyncIterator[tuple[Window, Submitted]]:
    async with asyncio.TaskGroup() as tasks:
        window = Window(handle, tasks, limit=LIMIT, deadline_seconds=deadline_seconds)
        submitted = Submitted(window)
        submission = tasks.create_task(submitted.submit_all())
        await settle()
        yield window, submitted
        submission.cancel()
        await window.close()


async def test_no_more_batches_are_in_flight_than_there_are_places() -> None:
    gates = Gates()
    async with submitting(gates):
        assert gates.started == [0, 1, 2]
        gates.open(0)
        await settle()
        assert gates.started == [0, 1, 2, 3]
        for offset in (1, 2, 3):
            gates.open(offset)
        await settle()
        assert gates.started == [0, 1, 2, 3, 4, 5, 6]
        for offset in (4, 5, 6):
            gates.open(offset)


async def test_a_batch_that_is_done_early_waits_for_its_turn() -> None:
    gates = Gates()
    async with submitting(gates) as (_, submitted):
        gates.open(1)
        gates.open(2)
        await settle()
        assert submitted.acknowledged == []
        gates.open(0)
        await settle()
        assert submitted.acknowledged == [0, 1, 2]
        for offset in (3, 4, 5):
            gates.open(offset)


async def test_after_a_failure_nothing_starts_and_nothing_is_acknowledged() -> None:
    gates, acknowledged = Gates(), []
    with pytest.RaisesGroup(pytest.RaisesExc(StopError, match="refused")):
        async with submitting(gates) as (_, submitted):
            acknowledged = submitted.acknowledged
            gates.open(0)
            await settle()
            gates.fail(1, StopError("refused"))
            gates.open(2)
            await asyncio.Event().wait()
    assert acknowledged == [0]
    assert gates.started == [0, 1, 2, 3]


async def test_a_window_that_failed_keeps_nobody_waiting() -> None:
    gates, windows = Gates(), []
    with pytest.RaisesGroup(StopError):
        async with submitting(gates) as (window, _):
            windows.append(window)
            gates.fail(0, StopError("refused"))
            await asyncio.Event().wait()
    async with asyncio.timeout(1):
        await windows[0].wait_idle()


async def test_closing_finishes_what_is_in_flight_and_takes_nothing_more() -> None:
    gates = Gates()
    async with submitting(gates) as (window, submitted):
        closing = asyncio.create_task(window.close())
        await settle()
        assert not closing.done()
        for offset in (2, 1, 0):
            gates.open(offset)
        await closing
        assert submitted.acknowledged == [0, 1, 2]
    assert gates.started == [0, 1, 2]


async def test_a_batch_past_its_deadline_names_its_first_event() -> None:
    with pytest.raises(ExceptionGroup) as failures:
        async with submitting(Gates(), deadline_seconds=0.01):
            await asyncio.Event().wait()
    [first, *_] = failures.value.exceptions
    assert isinstance(first, StopError)
    assert str(first) == (
        "a batch of 1 events, the first of them at events[0]@0, was not done within 0.01 s"
    )


async def test_a_timeout_of_the_handler_itself_is_not_mistaken_for_the_deadline() -> None:
    gates = Gates()
    with pytest.RaisesGroup(pytest.RaisesExc(TimeoutError, match="photo")):
        async with submitting(gates):
            gates.fail(0, TimeoutError("photo"))
            await asyncio.Event().wait()
