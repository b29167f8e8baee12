"""Every check is made and named, whatever others find."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from stream.doctor.finding import Finding, Observation, State, ok, wrong
from stream.doctor.part import Check, Part, UnmadeError, examine
from stream.domain.errors import RetryError, StopError

Look = Callable[[str], Awaitable[Observation]]
DEADLINE_SECONDS = 0.05


@asynccontextmanager
async def _open() -> AsyncIterator[str]:
    yield "door"


@asynccontextmanager
async def _refuse() -> AsyncIterator[str]:
    raise RetryError("nobody there")
    yield


@asynccontextmanager
async def _hang() -> AsyncIterator[str]:
    await asyncio.Event().wait()
    yield ""


async def _see(subject: str) -> Observation:
    return ok(f"a {subject}")


async def _never(_: str) -> Observation:
    await asyncio.Event().wait()
    raise AssertionError


def _raising(error: Exception) -> Look:
    async def look(_: str) -> Observation:
        raise error

    return look


def _part(*looks: Look, opening: Callable[[], object] = _open) -> Part[str]:
    checks = tuple(Check(str(number), look) for number, look in enumerate(looks))
    return Part("part", opening, checks, str.upper, "open it")  # type: ignore[arg-type]


async def test_a_part_and_its_checks_each_get_a_line() -> None:
    assert await examine(_part(_see, _see), DEADLINE_SECONDS) == (
        Finding("part", State.OK, "DOOR"),
        Finding("part 0", State.OK, "a door"),
        Finding("part 1", State.OK, "a door"),
    )


@pytest.mark.parametrize(
    ("look", "state", "seen"),
    [
        (_raising(RetryError("away")), State.WRONG, "away"),
        (_raising(StopError("refused")), State.WRONG, "refused"),
        (_raising(ZeroDivisionError("oh")), State.WRONG, "ZeroDivisionError: oh"),
        (_raising(UnmadeError("policy")), State.SKIPPED, "not looked at: see policy"),
        (_never, State.WRONG, "no answer within 0.05 s"),
    ],
)
async def test_a_check_that_fails_hides_no_other(look: Look, state: State, seen: str) -> None:
    _, failed, other = await examine(_part(look, _see), DEADLINE_SECONDS)
    assert (failed.state, failed.seen) == (state, seen)
    assert failed.mend == ("open it" if state is State.WRONG else "")
    assert other.state is State.OK


@pytest.mark.parametrize(
    ("opening", "seen"), [(_refuse, "nobody there"), (_hang, "no answer within 0.05 s")]
)
async def test_a_part_that_does_not_open_is_wrong_once_and_its_checks_are_named(
    opening: Callable[[], object], seen: str
) -> None:
    assert await examine(_part(_see, opening=opening), DEADLINE_SECONDS) == (
        Finding("part", State.WRONG, seen, "open it"),
        Finding("part 0", State.SKIPPED, "not looked at: see part"),
    )


async def test_checks_run_at_once() -> None:
    meeting = asyncio.Barrier(2)

    async def meet(_: str) -> Observation:
        await meeting.wait()
        return ok("met")

    findings = await examine(_part(meet, meet), 5)
    assert {finding.state for finding in findings} == {State.OK}


async def test_what_a_check_says_itself_is_left_as_it_is() -> None:
    async def look(_: str) -> Observation:
        return wrong("ajar", "close it")

    _, finding = await examine(_part(look), DEADLINE_SECONDS)
    assert finding == Finding("part 0", State.WRONG, "ajar", "close it")
