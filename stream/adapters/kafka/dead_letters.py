"""What a dead letter looks like: the original message, and headers that tell why. Pure."""

import hashlib
from datetime import datetime

import msgspec

from stream.domain.errors import DeadLetterError
from stream.domain.event import Message

Headers = tuple[tuple[str, bytes], ...]

_PREFIX = "twinlist-"
_ATTEMPTS, _HISTORY = _PREFIX + "attempts", _PREFIX + "history"
_LONGEST_ERROR = 2000
_LONGEST_HISTORY = 20  # failures that are told; the first ones go
_LONGEST_KEY = 1024  # of a reference; a listing id has 256 characters at most


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A time that an event was given up, before it was replayed."""

    reason: str
    time: str
    attempts: int
    """All tries until then."""
    version: str
    model: str


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where an event came from, why it could not be used, and who says so."""

    reason: str
    error: str
    topic: str
    partition: int
    offset: int
    time: str
    attempts: int
    """All tries, those before a replay too."""
    version: str
    """Of Twinlist, when it gave up."""
    model: str = ""
    """Of the models."""


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """Stands for an original that is too large for the dead letters: it lies where it was read."""

    bytes: int
    sha256: str
    """Of the value."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the dead-letter topic, taken apart again."""

    partition: int
    """Of the dead-letter topic."""
    offset: int
    """In the dead-letter topic."""
    origin: Provenance | None
    """None when the message was not written by Twinlist; it cannot be replayed."""
    history: tuple[Failure, ...] = ()
    """Earlier failures of the same event, oldest first."""
    reference: Reference | None = None
    """Set when key, value and headers are not here."""
    key: bytes | None
    value: bytes | None
    headers: Headers
    """The original ones."""

    @property
    def reason(self) -> str:
        """Why it is here; empty when Twinlist did not write it."""
        return self.origin.reason if self.origin is not None else ""

    @property
    def listing_id(self) -> str:
        """The listing, or the pair, that the event is about, as its key says."""
        return (self.key or b"").decode(errors="replace")

    @property
    def given_up_at(self) -> datetime | None:
        """When; None when Twinlist did not write it."""
        return datetime.fromisoformat(self.origin.time) if self.origin is not None else None

    @property
    def summary(self) -> str:
        """Where it came from and why it is here, in one line, safe to print."""
        if self.origin is None:
            return f"{self.key!r} was not written by Twinlist"
        came_from = f"{self.origin.topic}[{self.origin.partition}]@{self.origin.offset}"
        return f"{self.key!r} from {came_from}, {self.origin.reason}: {self.origin.error!r}"


def headers_that_tell(
    message: Message,
    error: DeadLetterError,
    *,
    time: datetime,
    attempts: int,
    version: str,
    model: str,
) -> Headers:
    """Return the headers that a dead letter has besides the original ones.

    `version` is Twinlist's own, `model` that of the models, `time` when it gave up, `attempts` how
    often it tried since the event was sent or replayed.
    """
    told = {
        "reason": error.reason.value,
        "error": str(error)[:_LONGEST_ERROR],
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
        "time": time.isoformat(),
        "attempts": str(attempts + _earlier_attempts(message)),
        "version": version,
        "model": model,
    }
    earlier = tuple(header for header in message.headers if header[0] == _HISTORY)
    return (*((_PREFIX + name, value.encode()) for name, value in told.items()), *earlier)


def refer_to(message: Message, told: Headers) -> tuple[bytes | None, Headers]:
    """Return key and headers of a dead letter that refers to its original, without a value."""
    value = message.value or b""
    key = message.key if message.key is None or len(message.key) <= _LONGEST_KEY else None
    reference = {"bytes": str(len(value)), "sha256": hashlib.sha256(value).hexdigest()}
    return key, (*told, *((_PREFIX + name, one.encode()) for name, one in reference.items()))


def read_dead_letter(message: Message) -> DeadLetter:
    """Take a message of the dead-letter topic apart."""
    told = {
        name.removeprefix(_PREFIX): value.decode(errors="replace")
        for name, value in message.headers
        if name.startswith(_PREFIX)
    }
    try:
        origin = msgspec.convert(told, Provenance, strict=False)
        datetime.fromisoformat(origin.time)
    except (msgspec.ValidationError, ValueError):
        origin = None
    return DeadLetter(
        partition=message.partition,
        offset=message.offset,
        origin=origin,
        history=_history(message),
        reference=msgspec.convert(told, Reference, strict=False) if "sha256" in told else None,
        key=message.key,
        value=message.value,
        headers=original_headers(message),
    )


def with_original(letter: DeadLetter, original: Message) -> DeadLetter | None:
    """Fill a letter that is a reference; None when this is not the message that it refers to."""
    digest = hashlib.sha256(original.value or b"").hexdigest()
    if letter.reference is None or letter.reference.sha256 != digest:
        return None
    return msgspec.structs.replace(
        letter,
        reference=None,
        key=original.key,
        value=original.value,
        headers=original_headers(original),
    )


def replay_headers(letter: DeadLetter) -> Headers:
    """Return the headers of an event that is sent again: the original ones, and its history."""
    if letter.origin is None:
        return letter.headers
    told = msgspec.structs.asdict(letter.origin)
    failure = msgspec.convert(told, Failure)
    history = (*letter.history, failure)[-_LONGEST_HISTORY:]
    return (
        *letter.headers,
        (_ATTEMPTS, str(letter.origin.attempts).encode()),
        (_HISTORY, msgspec.json.encode(history)),
    )


def original_headers(message: Message) -> Headers:
    """Leave out what Twinlist itself has added, in an earlier dead letter or a replay."""
    return tuple(header for header in message.headers if not header[0].startswith(_PREFIX))


def _earlier_attempts(message: Message) -> int:
    """Read what a replay has added; others write headers, too: what is no number counts for 0."""
    told = dict(message.headers).get(_ATTEMPTS, b"")
    return int(told) if told.isdigit() else 0


def _history(message: Message) -> tuple[Failure, ...]:
    try:
        told = dict(message.headers).get(_HISTORY, b"[]")
        return msgspec.json.decode(told, type=tuple[Failure, ...])
    except msgspec.DecodeError:
        return ()
