"""What a dead letter looks like: the original message, and headers that tell why. Pure."""

from datetime import datetime

import msgspec

from stream.domain.errors import DeadLetterError
from stream.domain.event import Message

_PREFIX = "twinlist-"
_LONGEST_ERROR = 2000


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where an event came from, why it could not be used, and who says so."""

    reason: str
    error: str
    topic: str
    partition: int
    offset: int
    time: str
    attempts: int
    version: str
    """Of Twinlist, when it gave up."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the dead-letter topic, taken apart again."""

    partition: int
    """Of the dead-letter topic."""
    offset: int
    """In the dead-letter topic."""
    origin: Provenance | None
    """None when the message was not written by Twinlist; it cannot be replayed."""
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    """The original ones."""

    @property
    def summary(self) -> str:
        """Where it came from and why it is here, in one line, safe to print."""
        if self.origin is None:
            return f"{self.key!r} was not written by Twinlist"
        came_from = f"{self.origin.topic}[{self.origin.partition}]@{self.origin.offset}"
        return f"{self.key!r} from {came_from}, {self.origin.reason}: {self.origin.error!r}"


def headers_of(
    message: Message, error: DeadLetterError, *, time: datetime, attempts: int, version: str
) -> tuple[tuple[str, bytes], ...]:
    """Return the headers of a message's dead letter: the original ones, then those that tell why.

    `version` is Twinlist's own, `time` when it gave up, `attempts` how often it tried.
    """
    told = {
        "reason": error.reason.value,
        "error": str(error)[:_LONGEST_ERROR],
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
        "time": time.isoformat(),
        "attempts": str(attempts),
        "version": version,
    }
    added = ((_PREFIX + name, value.encode()) for name, value in told.items())
    return (*_original_headers(message), *added)


def read_dead_letter(message: Message) -> DeadLetter:
    """Take a message of the dead-letter topic apart."""
    told = {
        name.removeprefix(_PREFIX): value.decode(errors="replace")
        for name, value in message.headers
        if name.startswith(_PREFIX)
    }
    try:
        origin = msgspec.convert(told, Provenance, strict=False)
    except msgspec.ValidationError:
        origin = None
    return DeadLetter(
        partition=message.partition,
        offset=message.offset,
        origin=origin,
        key=message.key,
        value=message.value,
        headers=_original_headers(message),
    )


def _original_headers(message: Message) -> tuple[tuple[str, bytes], ...]:
    """Leave out what an earlier dead letter of the same event added."""
    return tuple(header for header in message.headers if not header[0].startswith(_PREFIX))
