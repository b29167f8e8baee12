"""Retry: what each class of error leads to, and how long a dependency is waited for.

All limits of time fit into each other, which the settings check: the deadline of a listing's
photos, then the patience with a dependency, then one last try into the deadline of a batch, and
that into the rebalance timeout. Meanwhile nothing piles up: a worker has a bounded number of
batches in flight and takes no more while they wait.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import tenacity

from stream.domain.errors import (
    DeadLetterError,
    OutageError,
    PhotoError,
    RetryError,
    StopError,
)
from stream.observability import metrics

TRIES_ALONE = 3
"""How often an event is tried while nothing else is in flight, before it is given up."""

_Returned = TypeVar("_Returned")


class Reaction(StrEnum):
    """What an error of an event leads to."""

    LEAVE_OUT = "the listing goes on without the photo, which is named in the outcome"
    REPEAT = "the event is repeated, and past the patience the worker stops; nobody is to blame"
    BURY = "the event becomes a dead letter at once"
    STOP = "the worker stops; the event is begun again as if nothing had been"
    STOP_DOUBTING = "the worker stops; the next one tries the event alone"
    TRY_ALONE = "the event is tried alone, and becomes a dead letter when that fails for good"


@dataclass(frozen=True)
class Rule:
    """A row of the table."""

    error: type[Exception]
    reaction: Reaction
    how_long: str


RULES = (
    Rule(
        PhotoError,
        Reaction.LEAVE_OUT,
        "a server that is away: TWINLIST_PHOTOS__PATIENCE_SECONDS with jittered waits, or those it "
        "asks for; TWINLIST_PHOTOS__DEADLINE_SECONDS with all else that a photo waits for",
    ),
    Rule(
        RetryError,
        Reaction.REPEAT,
        "TWINLIST_RETRY_SECONDS from the first failure, with jittered waits of up to 5 s",
    ),
    Rule(DeadLetterError, Reaction.BURY, "one try; the dead letter itself as for a RetryError"),
    Rule(OutageError, Reaction.STOP, "no further try"),
    Rule(
        StopError,
        Reaction.STOP_DOUBTING,
        f"a dead letter after {TRIES_ALONE} workers that stopped at it alone",
    ),
    Rule(Exception, Reaction.TRY_ALONE, f"{TRIES_ALONE} tries alone, kills of the process counted"),
)
"""The whole policy; the first row whose class an error has is the one that holds."""


def reaction_to(error: Exception) -> Reaction:
    """Look the error up."""
    return next(rule.reaction for rule in RULES if isinstance(error, rule.error))


@dataclass(frozen=True)
class Patience:
    """How a step is repeated while what it needs is away: with full jitter, up to a limit.

    Waits grow from 0.1 s to 5 s at most and are drawn from the whole range, so that workers that
    failed together do not come back together.
    Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    seconds: float
    """From the first failure on: the time that a first try took is not held against it."""
    longest_wait_seconds: float = 5

    def attempts(self) -> tenacity.AsyncRetrying:
        """Repeat after `RetryError`; the last one is raised as it is."""
        return tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(RetryError),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=self.longest_wait_seconds),
            stop=_stop_after(self.seconds),
            before_sleep=lambda _: metrics.RETRIES.inc(),
            reraise=True,
        )

    async def persist(self, step: Callable[[], Awaitable[_Returned]]) -> _Returned:
        """Return what the step returns. Raises `OutageError` when what it needs stays away."""

        async def take() -> _Returned:  # tenacity awaits what is a coroutine function alone
            return await step()

        with self.given_up():
            return await self.attempts()(take)

    @contextmanager
    def given_up(self) -> Iterator[None]:
        """Turn the `RetryError` that is left in the end into an `OutageError`."""
        try:
            yield
        except RetryError as error:
            raise OutageError(f"gave up after {self.seconds:g} s: {error}") from error


def _stop_after(seconds: float) -> Callable[[tenacity.RetryCallState], bool]:
    failed_at: float | None = None

    def stop(_: tenacity.RetryCallState) -> bool:
        nonlocal failed_at
        now = time.monotonic()
        failed_at = now if failed_at is None else failed_at
        return now - failed_at >= seconds

    return stop
