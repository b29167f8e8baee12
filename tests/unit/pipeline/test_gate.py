"""Many together, or one alone, in the order in which they come."""

import asyncio

from stream.pipeline.gate import Gate


class Visitors:
    """Who is inside, and who has been."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.inside: list[str] = []
        self.seen: list[tuple[str, ...]] = []
        self.leave = asyncio.Event()

    async def visit(self, name: str, *, alone: bool = False) -> None:
        async with self.gate.alone() if alone else self.gate.together():
            self.inside.append(name)
            self.seen.append(tuple(self.inside))
            await self.leave.wait()
            self.inside.remove(name)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_is_alone_waits_for_all_and_lets_nobody_in() -> None:
    visitors = Visitors()
    async with asyncio.TaskGroup() as tasks:
        for name in ("a", "b"):
            tasks.create_task(visitors.visit(name))
        await settle()
        tasks.create_task(visitors.visit("alone", alone=True))
        await settle()
        tasks.create_task(visitors.visit("late"))
        await settle()
        assert visitors.inside == ["a", "b"]
        visitors.leave.set()
    assert visitors.seen == [("a",), ("a", "b"), ("alone",), ("late",)]


async def test_two_that_want_to_be_alone_take_turns() -> None:
    visitors = Visitors()
    visitors.leave.set()
    async with asyncio.TaskGroup() as tasks:
        for name in ("first", "second"):
            tasks.create_task(visitors.visit(name, alone=True))
    assert visitors.seen == [("first",), ("second",)]


async def test_who_gives_up_waiting_holds_up_nobody() -> None:
    visitors = Visitors()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(visitors.visit("a"))
        await settle()
        alone = tasks.create_task(visitors.visit("alone", alone=True))
        await settle()
        alone.cancel()
        await settle()
        tasks.create_task(visitors.visit("b"))
        await settle()
        assert visitors.inside == ["a", "b"]
        visitors.leave.set()
