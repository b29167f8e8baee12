"""The range of a backfill: from where to where, and what that means in each partition."""

import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.adapters.kafka.backfill_record import Record, Stretch
from stream.adapters.kafka.records import message_of
from stream.domain.errors import StopError
from stream.domain.event import Message

EARLIEST, LATEST = "earliest", "latest"


class Bound(msgspec.Struct, frozen=True):
    """One end of a range: a time, an offset of every partition, or an end of the topic."""

    text: str
    """The same for two ways to write one bound."""
    offset: int | None = None
    time: datetime | None = None


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """From a bound up to another one, which is no longer part of it."""

    start: Bound
    end: Bound
    limits: Mapping[int, int] = msgspec.field(default_factory=dict)
    """By partition: an offset where it ends at the latest. The range is called the same."""

    def limited(self, partition: int, stretch: Stretch) -> Stretch:
        """Return a partition's stretch as far as that goes."""
        end = min(stretch.end, self.limits.get(partition, stretch.end))
        return msgspec.structs.replace(stretch, end=max(stretch.start, end))

    def __str__(self) -> str:
        return f"{self.start.text}..{self.end.text}"


def parse_bound(text: str) -> Bound:
    """Read a bound. Raises `StopError` when it is none."""
    if text in {EARLIEST, LATEST}:
        return Bound(text)
    if re.fullmatch("[0-9]{1,18}", text):
        return Bound(str(int(text)), offset=int(text))
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None or time.timestamp() < 0:
        raise StopError(
            f"{text!r} is no end of a range: write {EARLIEST}, {LATEST}, an offset, or a time with "
            "its zone, as in 2026-03-01T00:00:00Z"
        )
    time = time.astimezone(UTC)
    return Bound(time.isoformat().replace("+00:00", "Z"), time=time)


def parse_range(start: str, end: str) -> Range:
    """Read a range. Raises `StopError` when a bound is none, or the end lies before the start."""
    wanted = Range(start=parse_bound(start), end=parse_bound(end))
    first, last = wanted.start, wanted.end
    is_backward = first.text == LATEST or last.text == EARLIEST
    if first.offset is not None and last.offset is not None:
        is_backward |= last.offset < first.offset
    if first.time is not None and last.time is not None:
        is_backward |= last.time < first.time
    if is_backward:
        raise StopError(f"nothing lies between {first.text} and {last.text}: --from comes first")
    return wanted


async def find_stretches(
    consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition], wanted: Range
) -> Record:
    """Look up which offsets a range means now, as far as they are kept."""
    if not partitions:
        return {}
    firsts = await consumer.beginning_offsets(partitions)
    lasts = await consumer.end_offsets(partitions)

    async def place(bound: Bound) -> Mapping[TopicPartition, int]:
        if bound.time is not None:
            milliseconds = int(bound.time.timestamp() * 1000)
            found = await consumer.offsets_for_times(dict.fromkeys(partitions, milliseconds))
            return {one: at.offset if at is not None else lasts[one] for one, at in found.items()}
        if bound.offset is not None:
            return dict.fromkeys(partitions, bound.offset)
        return dict(firsts if bound.text == EARLIEST else lasts)

    starts, ends = await place(wanted.start), await place(wanted.end)
    found: dict[TopicPartition, Stretch] = {}
    for one in partitions:
        start = min(max(starts[one], firsts[one]), lasts[one])
        end = max(start, min(ends[one], lasts[one]))
        whole = Stretch(start=start, end=end, offset=start)
        found[one] = wanted.limited(one.partition, whole)
    return found


async def read_events(
    consumer: AIOKafkaConsumer, record: Record, *, page: int
) -> AsyncIterator[Sequence[Message]]:
    """Read what is left of a range, up to `page` events at once, and commit nothing.

    `consumer` belongs to no group.
    """
    left = {place: stretch for place, stretch in record.items() if not stretch.is_done}
    consumer.assign(list(left))
    for place, stretch in left.items():
        consumer.seek(place, stretch.offset)
    while left:
        fetched = await consumer.getmany(timeout_ms=500, max_records=page)
        messages = [
            message_of(record)
            for place, records in fetched.items()
            for record in records
            if place in left and record.offset < left[place].end
        ]
        if messages:
            yield messages
        for place in [*left]:
            if await consumer.position(place) >= left[place].end:
                consumer.pause(place)
                del left[place]
