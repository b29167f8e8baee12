"""How far a backfill is, in each partition.

What is done is kept where Kafka keeps such things: as offsets committed by the backfill's own
group. Beside each offset stands, as its metadata, where the partition's stretch of the range begins
and ends and what became of the events so far, so that any process can go on, and any can report.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from stream.domain.event import Message, Place


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of events."""

    processed: int = 0
    stale: int = 0
    repeated: int = 0
    dead_letters: int = 0
    pairs_found: int = 0
    alerts: int = 0

    @property
    def events(self) -> int:
        """How many have come to their end."""
        return self.processed + self.stale + self.repeated + self.dead_letters

    def __add__(self, other: "Tally") -> "Tally":
        ours, theirs = msgspec.structs.asdict(self), msgspec.structs.asdict(other)
        return Tally(**{name: count + theirs[name] for name, count in ours.items()})


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """One partition's part of a range, and how far it is done."""

    start: int
    end: int
    """The first offset that is no longer part of it."""
    offset: int
    """All before this one is done."""
    ahead: tuple[int, ...] = ()
    """Offsets behind it that are done, too."""
    tally: Tally = Tally()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.offset >= self.end

    @property
    def done(self) -> int:
        """How many offsets are done."""
        return self.offset - self.start + len(self.ahead)

    def told(self) -> str:
        """Write what is committed beside the offset."""
        return msgspec.json.encode(_Metadata(self.start, self.end, self.tally)).decode()


Record = Mapping[TopicPartition, Stretch]
"""How far a backfill is, by partition."""


class _Metadata(msgspec.Struct, frozen=True):
    start: int
    end: int
    tally: Tally


async def read_record(admin: AIOKafkaAdminClient, group: str, topic: str) -> Record:
    """Return how far a backfill's group is; empty when nothing of it was begun."""
    committed = await admin.list_consumer_group_offsets(group)
    found: dict[TopicPartition, Stretch] = {}
    for place, (offset, metadata) in committed.items():
        if place.topic != topic or not metadata:
            continue
        told = msgspec.json.decode(metadata, type=_Metadata)
        found[place] = Stretch(start=told.start, end=told.end, offset=offset, tally=told.tally)
    return found


class Endings:
    """What became of the events that are not acknowledged yet."""

    def __init__(self) -> None:
        self._tallies: dict[Place, Tally] = {}

    def note(self, message: Message, tally: Tally) -> None:
        """An event has come to its end."""
        self._tallies[message.place] = tally

    def take(self, place: Place) -> Tally:
        """Forget an event and return what became of it."""
        return self._tallies.pop(place, Tally())


@dataclass
class Held:
    """A partition that this process works on."""

    stretch: Stretch
    in_flight: int = 0
    committed: int | None = None

    def advance(self, offset: int, tally: Tally) -> None:
        """All before an offset is done, and this became of the last of it."""
        self.in_flight -= 1
        self.stretch = msgspec.structs.replace(
            self.stretch, offset=offset, tally=self.stretch.tally + tally
        )

    def end(self) -> None:
        """Nothing follows before the end, but perhaps what transactions or compaction left."""
        self.stretch = msgspec.structs.replace(self.stretch, offset=self.stretch.end)
