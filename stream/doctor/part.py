"""A part of the deployment, and how it is examined: every check runs, whatever others find."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar

from stream.doctor.finding import Finding, Observation, State, ok, skipped, wrong
from stream.domain.errors import TwinlistError

T = TypeVar("T")


class UnmadeError(Exception):
    """A check cannot be made because of what another one, whose name this carries, finds."""


@dataclass(frozen=True)
class Check(Generic[T]):
    """One thing to look at once the part is open."""

    name: str
    look: Callable[[T], Awaitable[Observation]]


@dataclass(frozen=True)
class Part(Generic[T]):
    """What a worker depends on, as one connection and the checks that share it."""

    name: str
    open: Callable[[], AbstractAsyncContextManager[T]]
    checks: tuple[Check[T], ...]
    describe: Callable[[T], str]
    """What is seen once it is open."""
    mend: str
    """What to do when it cannot be opened, or a check of it gets no answer."""


async def examine(part: Part[T], deadline_seconds: float) -> tuple[Finding, ...]:
    """Open a part and run its checks at once; opening and each check have the deadline.

    Nothing is raised: what goes wrong is a finding. A part that does not open is one wrong
    finding, and its checks are named as not made.
    """
    async with AsyncExitStack() as opened:
        subject: T | None = None

        async def enter() -> Observation:
            nonlocal subject
            subject = await opened.enter_async_context(part.open())
            return ok(part.describe(subject))

        reached = await _within(deadline_seconds, enter(), part.mend)
        if reached.state is State.WRONG or subject is None:
            observations = [skipped(part.name)] * len(part.checks)
        else:
            observations = await asyncio.gather(
                *(
                    _within(deadline_seconds, check.look(subject), part.mend)
                    for check in part.checks
                )
            )
    names = (part.name, *(f"{part.name} {check.name}" for check in part.checks))
    return tuple(
        Finding(name, seen.state, seen.seen, seen.mend)
        for name, seen in zip(names, (reached, *observations), strict=True)
    )


async def _within(seconds: float, look: Awaitable[Observation], mend: str) -> Observation:
    try:
        async with asyncio.timeout(seconds):
            return await look
    except UnmadeError as error:
        return skipped(str(error))
    except TwinlistError as error:
        return wrong(str(error), mend)
    except TimeoutError:
        return wrong(f"no answer within {seconds:g} s", mend)
    except Exception as error:  # noqa: BLE001 - a check that trips must not hide the others
        return wrong(f"{type(error).__name__}: {error}", mend)
