"""Waiting for parts that are still starting: which one is said aloud, and in the end the way on."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import tenacity

from stream.domain.errors import RetryError, StopError

_WAITING_LOG_SECONDS = 10
_log = structlog.stdlib.get_logger(__name__)


class AwayError(RetryError):
    """A part that a worker needs does not answer."""

    def __init__(self, part: str, address: str, error: RetryError) -> None:
        said = str(error)
        super().__init__(said if address in said else f"{part} at {address}: {said}")
        self.part = part
        self.address = address


@contextmanager
def waiting_for(part: str, address: str) -> Iterator[None]:
    """Name the part in a `RetryError`."""
    try:
        yield
    except RetryError as error:
        raise AwayError(part, address, error) from error


class WaitingLog:
    """Says which part is waited for: at once, then now and again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}

    def __call__(self, tried: tenacity.RetryCallState) -> None:
        """Log why a try failed, unless that was just done."""
        error = tried.outcome.exception() if tried.outcome is not None else None
        if not isinstance(error, AwayError):
            return
        now = self._clock()
        if now - self._told.get(error.part, -math.inf) >= _WAITING_LOG_SECONDS:
            self._told[error.part] = now
            _log.info("waiting for a part", part=error.part, address=error.address)


def retrying(seconds: float) -> tenacity.AsyncRetrying:
    """Wait for parts that are still starting."""
    return tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type(RetryError),
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=5),
        stop=tenacity.stop_after_delay(seconds),
        after=WaitingLog(),
        reraise=True,
    )


def in_vain(seconds: float, error: RetryError) -> StopError:
    """Return what ends the process."""
    return StopError(f"waited {seconds:g} s in vain: {error}; `twinlist doctor` says more")
