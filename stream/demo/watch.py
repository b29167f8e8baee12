"""Watches a worker from outside: alerts and dead letters on their topics, events in its log."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer

from stream.adapters.kafka.dead_letters import DeadLetter, read_dead_letter
from stream.adapters.kafka.records import message_of
from stream.adapters.kafka.security import client_options
from stream.domain.alert import Alert, AlertState, decode_alert
from stream.settings import KafkaSettings

_POLL_SECONDS = 0.2
_LEAVE_SECONDS = 3
Place = tuple[int, int]
"""Partition and offset in the topic of listing events."""


class _LogLine(msgspec.Struct):
    event: str
    timestamp: datetime
    topic: str = ""
    partition: int = -1
    offset: int = -1


@dataclass
class Watched:
    """All that has been seen of a run so far."""

    emitted: dict[Place, float] = field(default_factory=dict)
    """When each event was sent, in seconds since 1970, by partition and offset."""
    done: dict[Place, float] = field(default_factory=dict)
    """When each event was done or dead-lettered."""
    messages: list[bytes] = field(default_factory=list)
    """Alerts as they came."""
    alerts: dict[str, Alert] = field(default_factory=dict)
    """The highest revision of each pair: all that a subscriber has to keep."""
    dead_letters: list[DeadLetter] = field(default_factory=list)
    last_change: float = field(default_factory=time.monotonic)

    @property
    def open_alerts(self) -> list[Alert]:
        """What stands."""
        return [a for a in self.alerts.values() if a.state is not AlertState.RETRACTED]

    @property
    def latencies_seconds(self) -> list[float]:
        """From sending an event until it was done."""
        return [
            self.done[place] - sent for place, sent in self.emitted.items() if place in self.done
        ]

    def take_log_line(self, line: bytes) -> None:
        """Learn from a line of a worker's log that an event is done, if it says so."""
        try:
            told = msgspec.json.decode(line, type=_LogLine)
        except msgspec.DecodeError:
            return  # not ours: a library, or the interpreter itself
        if told.event in {"event done", "dead letter"}:
            self.done.setdefault((told.partition, told.offset), told.timestamp.timestamp())
            self.last_change = time.monotonic()

    def take_alert(self, message: bytes) -> Alert | None:
        """Keep an alert if it is news; returns it then."""
        self.messages.append(message)
        alert = decode_alert(message).data
        held = self.alerts.get(alert.pair_id)
        if held is not None and held.revision >= alert.revision:
            return None
        self.alerts[alert.pair_id] = alert
        return alert


@asynccontextmanager
async def open_watch(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """Consume alerts and dead letters from their beginning, outside any group."""
    consumer = AIOKafkaConsumer(
        settings.duplicate_alerts,
        settings.dead_letters,
        **client_options(settings),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        with suppress(TimeoutError):  # it would wait without end for a broker that went away
            async with asyncio.timeout(_LEAVE_SECONDS):
                await consumer.stop()


async def watch_topics(
    consumer: AIOKafkaConsumer,
    settings: KafkaSettings,
    watched: Watched,
    tell: Callable[[Alert | DeadLetter], None],
) -> None:
    """Take in alerts and dead letters until cancelled; `tell` is given each that is news."""
    while True:
        for partition, records in (await consumer.getmany(timeout_ms=200)).items():
            for record in records:
                if partition.topic == settings.duplicate_alerts:
                    if (alert := watched.take_alert(record.value)) is not None:
                        tell(alert)
                else:
                    letter = read_dead_letter(message_of(record))
                    watched.dead_letters.append(letter)
                    tell(letter)


async def watch_log(
    log_file: Path, watched: Watched, tell: Callable[[str], None] = lambda _: None
) -> None:
    """Take in what a worker's log says of events, until cancelled; `tell` is given each line."""
    with log_file.open("rb") as log:
        rest = b""
        while True:
            *lines, rest = (rest + log.read()).split(b"\n")
            for line in lines:
                watched.take_log_line(line)
                tell(line.decode(errors="replace"))
            await asyncio.sleep(_POLL_SECONDS)


def came_from(letter: DeadLetter) -> Place | None:
    """Where the event of a dead letter lies."""
    return (letter.origin.partition, letter.origin.offset) if letter.origin is not None else None
