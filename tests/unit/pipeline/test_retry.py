"""The table of errors, and how long a dependency is waited for."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from stream.domain import errors
from stream.domain.errors import OutageError, RetryError, TwinlistError
from stream.pipeline import retry
from stream.pipeline.retry import RULES, Patience, Reaction, reaction_to


def _classes(base: type[Exception]) -> Iterator[type[Exception]]:
    for one in base.__subclasses__():
        if one.__module__ == errors.__name__:
            yield one
            yield from _classes(one)


def test_every_error_of_twinlist_has_its_row() -> None:
    assert {rule.error for rule in RULES} == {*_classes(TwinlistError), Exception}


@pytest.mark.parametrize("rule", RULES)
def test_no_row_hides_another(rule: retry.Rule) -> None:
    assert reaction_to(rule.error.__new__(rule.error)) is rule.reaction


def test_what_nobody_has_foreseen_is_tried_alone() -> None:
    assert reaction_to(ZeroDivisionError()) is Reaction.TRY_ALONE
    assert reaction_to(TimeoutError()) is Reaction.TRY_ALONE


class Dependency:
    """Away for so many calls."""

    def __init__(self, failures: int, clock: list[float], seconds_a_try: float = 0) -> None:
        self.calls = 0
        self._failures = failures
        self._clock = clock
        self._seconds_a_try = seconds_a_try

    async def ask(self) -> str:
        self.calls += 1
        self._clock[0] += self._seconds_a_try
        if self.calls <= self._failures:
            raise RetryError("it is away")
        return "there"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that only passes while somebody waits, and as much as is waited for."""
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(retry, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr("asyncio.sleep", sleep)
    return now


async def test_what_comes_back_in_time_was_never_missed(clock: list[float]) -> None:
    assert await Patience(60).persist(Dependency(5, clock).ask) == "there"
    assert 0 < clock[0] < 0.1 * 2**6


async def test_what_stays_away_is_given_up_after_the_patience(clock: list[float]) -> None:
    dependency = Dependency(10**6, clock)
    with pytest.raises(OutageError, match="gave up after 60 s: it is away"):
        await Patience(60).persist(dependency.ask)
    assert 60 <= clock[0] < 60 + 5
    assert dependency.calls > 60 / 5


async def test_a_first_try_that_takes_long_is_not_held_against_the_patience(
    clock: list[float],
) -> None:
    assert await Patience(10).persist(Dependency(1, clock, seconds_a_try=50).ask) == "there"
