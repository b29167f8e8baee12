"""The pace of a backfill: slower as soon as the live stream waits, and faster again after that."""

import asyncio
from dataclasses import dataclass

import pytest

from stream.backfill.pace import Pace

PATIENCE_SECONDS = 3
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


async def _pass_through(pace: Pace) -> None:
    async with pace.turn():
        pass
