"""The pace of a backfill: slower as soon as the live stream waits, and faster again after that."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from stream.backfill.pace import Pace
from stream.domain.errors import StopError
from stream.domain.event import Message

PATIENCE_SECONDS = 3
DEADLINE_SECONDS = 190
WAITS, WAITS_NOT = PATIENCE_SECONDS + 1, PATIENCE_SECONDS


@dataclass
class Busy:
    """Counts how many are busy at once."""

    now: int = 0
    most: int = 0

    async def be_busy(self, steps: int = 1) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(steps):
            await asyncio.sleep(0)
        self.now -= 1


async def test_it_halves_down_to_nothing_while_live_waits_and_comes_back_bit_by_bit() -> None:
    pace = Pace(16, PATIENCE_SECONDS)
    limits = []
    for oldest_seconds in [WAITS] * 5 + [WAITS_NOT] * 8:
        await pace.look(oldest_seconds)
        limits.append(pace.limit)
    assert limits == [8, 4, 2, 1, 0, 2, 4, 6, 8, 10, 12, 14, 16]


async def test_while_it_is_closed_nothing_is_begun_but_what_is_begun_comes_to_its_end() -> None:
    pace = Pace(1, PATIENCE_SECONDS)
    await pace.look(WAITS)
    assert not pace.is_open
    async with pace.turn():
        pass
    await pace.look(WAITS_NOT)
    assert pace.is_open


async def test_so_many_turns_at_once_of_which_a_quarter_does_not_fetch() -> None:
    pace, working, fetching = Pace(16, PATIENCE_SECONDS), Busy(), Busy()

    async def work() -> None:
        async with pace.turn() as turn:
            await working.be_busy()
            async with turn.fetching():
                await fetching.be_busy(steps=50)
            await working.be_busy()

    await asyncio.gather(*(work() for _ in range(100)))
    assert working.most == 4
    assert 4 < fetching.most <= 16


async def test_a_turn_that_fails_while_it_fetches_leaves_no_place_taken() -> None:
    pace = Pace(1, PATIENCE_SECONDS)
    for _ in range(2):
        with pytest.raises(ValueError, match="no photo"):
            async with pace.turn() as turn, turn.fetching():
                raise ValueError("no photo")
    async with asyncio.timeout(1):
        await _pass_through(pace)


async def test_who_waits_for_a_turn_gets_it_when_the_pace_grows() -> None:
    pace = Pace(16, PATIENCE_SECONDS)
    for _ in range(5):
        await pace.look(WAITS)
    async with pace.turn():
        waiting = asyncio.create_task(_pass_through(pace))
        await asyncio.sleep(0)
        await pace.look(WAITS_NOT)
        await pace.look(WAITS_NOT)
        await waiting


@dataclass
class Clock:
    """The event loop's, which moves when it is told to."""

    now: float = 0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    loop = asyncio.get_running_loop()
    clock = Clock(loop.time())
    monkeypatch.setattr(loop, "time", clock)
    return clock


def batch(number: int) -> Sequence[Message]:
    return [
        Message(topic="events", partition=0, offset=16 * number + index, key=b"", value=b"")
        for index in range(16)
    ]


async def test_giving_way_one_by_one_makes_no_batch_miss_its_deadline(clock: Clock) -> None:
    pace = Pace(16, PATIENCE_SECONDS)
    for _ in range(5):
        await pace.look(WAITS)
    began = clock.now

    async def work() -> None:
        async with pace.turn():
            await asyncio.sleep(0)
            clock.now += 10

    async def handle(messages: Sequence[Message]) -> None:
        await asyncio.gather(*(work() for _ in messages))

    guarded = pace.guard(handle, DEADLINE_SECONDS)
    await asyncio.gather(*(guarded(batch(number)) for number in range(4)))
    assert clock.now - began == 640


async def test_where_nothing_comes_to_its_end_a_batch_has_its_deadline(clock: Clock) -> None:
    pace = Pace(16, PATIENCE_SECONDS)

    async def handle(_messages: Sequence[Message]) -> None:
        clock.now += DEADLINE_SECONDS - 1
        await _pass_through(pace)
        clock.now += DEADLINE_SECONDS + 1
        await asyncio.Event().wait()

    with pytest.raises(StopError) as stopped:
        await pace.guard(handle, DEADLINE_SECONDS)(batch(1))
    assert str(stopped.value) == (
        "a batch of 16 events, the first of them at events[0]@16, was not done, and nothing came "
        "to its end for 190 s"
    )


async def test_a_batch_past_its_deadline_does_not_keep_others_from_their_end(clock: Clock) -> None:
    pace, is_free = Pace(16, PATIENCE_SECONDS), asyncio.Event()

    async def hang(_messages: Sequence[Message]) -> None:
        async with pace.turn():
            clock.now += DEADLINE_SECONDS + 1
            await asyncio.Event().wait()

    async def wait(_messages: Sequence[Message]) -> None:
        await is_free.wait()

    waiting = asyncio.ensure_future(pace.guard(wait, 10 * DEADLINE_SECONDS)(batch(0)))
    with pytest.raises(StopError):
        await pace.guard(hang, DEADLINE_SECONDS)(batch(1))
    is_free.set()
    await waiting


async def test_a_timeout_of_the_handler_itself_is_not_mistaken_for_the_deadline() -> None:
    async def handle(_messages: Sequence[Message]) -> None:
        raise TimeoutError("photo")

    with pytest.raises(TimeoutError, match="photo"):
        await Pace(16, PATIENCE_SECONDS).guard(handle, DEADLINE_SECONDS)(batch(0))


async def _pass_through(pace: Pace) -> None:
    async with pace.turn():
        pass
