"""What a check says of what it looked at."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """How grave a finding is; the values are those of `--json`."""

    OK = "ok"
    WARNING = "warning"
    """Works, or could not be looked at; somebody should know."""
    SKIPPED = "skipped"
    """Not looked at, because of what another finding says is wrong."""
    WRONG = "wrong"
    """A worker would stop, wait or lose a guarantee."""


class Observation(msgspec.Struct, frozen=True):
    """What one check saw, in one sentence, and how to mend it if anything is amiss."""

    state: State
    seen: str
    mend: str = ""


class Finding(msgspec.Struct, frozen=True):
    """An observation under the name of its check: one line of the report."""

    name: str
    state: State
    seen: str
    mend: str = ""


def skipped(cause: str) -> Observation:
    """It cannot be looked at before the finding of this name is mended."""
    return Observation(State.SKIPPED, f"not looked at: see {cause}")


def ok(seen: str) -> Observation:
    """Nothing is amiss."""
    return Observation(State.OK, seen)


def warning(seen: str, mend: str) -> Observation:
    """It works, and somebody should know."""
    return Observation(State.WARNING, seen, mend)


def wrong(seen: str, mend: str) -> Observation:
    """It does not work."""
    return Observation(State.WRONG, seen, mend)
