"""The pace of a backfill: slower as soon as the live stream waits, and faster again after that."""

import asyncio

from stream.backfill.pace import Pace

PATIENCE_SECONDS = 3
WAITS, WAITS_NOT = PATIENCE_SECONDS + 1, PATIENCE_SECONDS


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


async def test_so_many_turns_at_once_and_no_more() -> None:
    pace, inside, most = Pace(2, PATIENCE_SECONDS), 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with pace.turn():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(10)))
    assert most == 2


async def test_who_waits_for_a_turn_gets_it_when_the_pace_grows() -> None:
    pace = Pace(8, PATIENCE_SECONDS)
    for _ in range(4):
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
