"""The events of a range in the order of their own times, over all its partitions.

A window holds the events that come next in each partition, `limit_events` and `limit_bytes` of it
at most. Once it is as full as it gets, the earliest event of all is taken; ties go by partition and
offset. So the order depends on the events alone, and

- events of one key keep the order of their offsets, whatever their times say: so they were lived;
- all others come out sorted by time, over all partitions, as long as none lies a whole window
  behind its place in its own partition. One that does comes late: as soon as it is read;
- one that does not tell its time comes right after the event before it.

Memory is bounded by the windows, and by the page that was read last.
"""

import asyncio
import heapq
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.adapters.kafka.backfill_record import Record, Stretch, Tally
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.records import message_of
from stream.domain.errors import StopError
from stream.domain.event import Message

LIMIT_EVENTS = 1000
LIMIT_BYTES = 64 * 2**20
"""Of all partitions together."""
_PAGE = 500
_POLL_MILLISECONDS = 500
_NEVER = datetime.min.replace(tzinfo=UTC)

TimeOf = Callable[[Message], datetime | None]


@dataclass
class _Lane:
    """What is left of a partition."""

    stretch: Stretch
    ahead: set[int]
    """Done, while something before is not."""
    next_offset: int
    latest: datetime = _NEVER
    """When the event that was held last is to come."""
    backlog: deque[Message] = field(default_factory=deque)
    """Read, and not in the window yet."""
    held: deque[int] = field(default_factory=deque)
    """Offsets in the window or at work, and those among them that are done."""
    waiting: int = 0
    waiting_bytes: int = 0
    is_read: bool = False

    @property
    def offset(self) -> int:
        """All before this one is done."""
        if self.held:
            return self.held[0]
        if self.backlog:
            return self.backlog[0].offset
        return self.stretch.end if self.is_read else self.next_offset


class EventTimeOrder:
    """Sorts what is left of a range, and keeps the record of what is done.

    Args:
        record: how far each partition is.
        time_of: when an event happened.
        limit_events: how many events of a partition the window holds.
        limit_bytes: likewise, of their values; one event it holds however large it is.
    """

    def __init__(
        self,
        record: Record,
        time_of: TimeOf,
        *,
        limit_events: int = LIMIT_EVENTS,
        limit_bytes: int | None = None,
    ) -> None:
        self._time_of = time_of
        self._limit_events = limit_events
        self._limit_bytes = limit_bytes or LIMIT_BYTES // max(1, len(record))
        self._lanes = {
            place: _Lane(
                stretch=stretch,
                ahead=set(stretch.ahead),
                next_offset=stretch.offset,
                is_read=stretch.is_done,
            )
            for place, stretch in record.items()
        }
        self._heap: list[tuple[datetime, int, int, Message]] = []
        self._keys: dict[tuple[int, bytes], tuple[datetime, int]] = {}
        """By partition and key: when its last event in the window is to come, and how many are."""

    @property
    def record(self) -> Record:
        """How far each partition is."""
        return {
            place: msgspec.structs.replace(
                lane.stretch,
                offset=lane.offset,
                ahead=tuple(sorted(offset for offset in lane.ahead if offset > lane.offset)),
            )
            for place, lane in self._lanes.items()
        }

    @property
    def wanted(self) -> Mapping[TopicPartition, int]:
        """The partitions to be read before anything can be taken, and from where on."""
        return {
            place: lane.next_offset
            for place, lane in self._lanes.items()
            if not lane.is_read and not lane.backlog and self._has_room(lane)
        }

    def add(self, place: TopicPartition, messages: Iterable[Message], next_offset: int) -> None:
        """Take in what follows in a partition, up to the offset that is read next."""
        lane = self._lanes[place]
        end = lane.stretch.end
        lane.backlog += (
            one for one in messages if one.offset < end and one.offset not in lane.ahead
        )
        lane.next_offset, lane.is_read = next_offset, next_offset >= end
        self._fill(lane)

    def take(self) -> Message | None:
        """Return the earliest event; None when none is left. Nothing may be `wanted`."""
        if not self._heap:
            return None
        _, partition, _, message = heapq.heappop(self._heap)
        lane = self._lanes[TopicPartition(message.topic, partition)]
        lane.waiting -= 1
        lane.waiting_bytes -= _size(message)
        if message.key is not None:
            last_time, count = self._keys.pop((partition, message.key))
            if count > 1:
                self._keys[partition, message.key] = (last_time, count - 1)
        self._fill(lane)
        return message

    def note_done(self, message: Message, tally: Tally) -> None:
        """An event that was taken has come to its end."""
        lane = self._lanes[TopicPartition(message.topic, message.partition)]
        lane.stretch = msgspec.structs.replace(lane.stretch, tally=lane.stretch.tally + tally)
        lane.ahead.add(message.offset)
        while lane.held and lane.held[0] in lane.ahead:
            lane.ahead.discard(lane.held.popleft())

    def _has_room(self, lane: _Lane) -> bool:
        is_small = lane.waiting_bytes < self._limit_bytes
        return lane.waiting < self._limit_events and (is_small or not lane.waiting)

    def _fill(self, lane: _Lane) -> None:
        while lane.backlog and self._has_room(lane):
            message = lane.backlog.popleft()
            turn = self._time_of(message) or lane.latest
            if message.key is not None:
                before, count = self._keys.get((message.partition, message.key), (turn, 0))
                turn = max(turn, before)
                self._keys[message.partition, message.key] = (turn, count + 1)
            lane.latest = turn
            lane.held.append(message.offset)
            lane.waiting += 1
            lane.waiting_bytes += _size(message)
            heapq.heappush(self._heap, (turn, message.partition, message.offset, message))


def _size(message: Message) -> int:
    return len(message.value or b"")


async def read_in_order(
    consumer: AIOKafkaConsumer,
    order: EventTimeOrder,
    stop: asyncio.Event,
    *,
    patience_seconds: float,
) -> AsyncIterator[Message]:
    """Read what is left of a range by and by until `stop` is set, and commit nothing.

    `consumer` belongs to no group. Raises `RetryError`, and `StopError` when nothing comes for as
    long as there is patience.
    """
    consumer.assign(list(order.record))
    for place, offset in order.wanted.items():
        consumer.seek(place, offset)
    moved_at = time.monotonic()
    while not stop.is_set():
        if wanted := order.wanted:
            await _read_more(consumer, order, list(wanted))
            if order.wanted != wanted:
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > patience_seconds:
                raise _nothing_came(wanted, patience_seconds)
        elif (message := order.take()) is not None:
            yield message
            moved_at = time.monotonic()
        else:
            return


async def _read_more(
    consumer: AIOKafkaConsumer, order: EventTimeOrder, places: Sequence[TopicPartition]
) -> None:
    with named_errors("reading the range"):
        fetched = await consumer.getmany(*places, timeout_ms=_POLL_MILLISECONDS, max_records=_PAGE)
        for place in places:
            messages = map(message_of, fetched.get(place, ()))
            order.add(place, messages, await consumer.position(place))


def _nothing_came(wanted: Mapping[TopicPartition, int], patience_seconds: float) -> StopError:
    place, offset = min(wanted.items())
    return StopError(
        f"{place.topic}[{place.partition}] gave nothing from {offset} on for "
        f"{patience_seconds:g} s: look at its brokers; nothing is lost, the same command goes on"
    )
