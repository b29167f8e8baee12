"""Offsets of the workers' group: where it goes on, and setting them back."""

from collections.abc import Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.replay import open_reader
from stream.adapters.kafka.security import client_options
from stream.adapters.kafka.topics import open_admin
from stream.domain.alert import decode_alert
from stream.domain.errors import StopError
from stream.settings import KafkaSettings

Offsets = dict[str, dict[int, int]]
"""Offsets by topic and partition."""

_WITHOUT_MEMBERS = frozenset({"Empty", "Dead"})


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a partition that are no longer kept, or offsets that it never had."""

    topic: str
    partition: int
    wanted: int
    first: int
    end: int

    def __str__(self) -> str:
        place = f"{self.topic}[{self.partition}]"
        if self.wanted < self.first:
            return f"{place} keeps nothing before {self.first}: {self.first - self.wanted} are gone"
        return f"{place} ends at {self.end}, before {self.wanted}: it has been made anew"


async def read_offsets(settings: KafkaSettings) -> Offsets:
    """Return where the group goes on in the topics that workers read: what it has committed.

    Where it has not, that is the first event that is kept. Raises `RetryError` and `StopError`.
    """
    topics = (settings.listing_events, settings.duplicate_verdicts)
    async with open_reader(settings, *topics) as reader:
        with named_errors(f"reading the offsets of the group {settings.group}"):
            async with open_admin(settings) as admin:
                committed = await admin.list_consumer_group_offsets(settings.group)
        firsts = await reader.beginning_offsets(reader.assignment())
    known = {place: one.offset for place, one in committed.items() if one.offset >= 0}
    return _by_topic({place: known.get(place, first) for place, first in firsts.items()})


async def read_ends(settings: KafkaSettings, topic: str) -> Offsets:
    """Return the offsets that the next records of a topic will have."""
    async with open_reader(settings, topic) as reader:
        return _by_topic(await reader.end_offsets(reader.assignment()))


async def find_gaps(settings: KafkaSettings, offsets: Offsets) -> list[Gap]:
    """Say where a group that goes on from these offsets would miss events."""
    places = _places(offsets)
    async with open_reader(settings, *offsets) as reader:
        firsts = await reader.beginning_offsets(list(places))
        ends = await reader.end_offsets(list(places))
    return [
        Gap(
            topic=place.topic,
            partition=place.partition,
            wanted=wanted,
            first=firsts[place],
            end=ends[place],
        )
        for place, wanted in places.items()
        if not firsts[place] <= wanted <= ends[place]
    ]


async def check_nobody_works(settings: KafkaSettings) -> None:
    """Raise `StopError` while the group has members."""
    with named_errors(f"looking at the group {settings.group}"):
        async with open_admin(settings) as admin:
            (answer,) = await admin.describe_consumer_groups([settings.group])
    ((_, _, state, _, _, members, *_),) = answer.groups
    if state not in _WITHOUT_MEMBERS:
        raise StopError(
            f"the group {settings.group} has {len(members)} members: stop all workers first"
        )


async def commit_offsets(settings: KafkaSettings, offsets: Offsets) -> None:
    """Let the group go on from these offsets. Raises `StopError` while it has members."""
    await check_nobody_works(settings)
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        client_id="twinlist",
        group_id=settings.group,
        enable_auto_commit=False,
    )
    with named_errors(f"setting the offsets of the group {settings.group}"):
        try:
            await consumer.start()
            places = _places(offsets)
            consumer.assign(list(places))
            await consumer.commit(places)
        finally:
            await consumer.stop()


async def highest_revision(settings: KafkaSettings, since: Offsets) -> int:
    """Return the highest revision of the alerts sent since then, -1 when there are none."""
    highest = -1
    async with open_reader(settings) as reader:
        for place, start in _places(since).items():
            reader.assign([place])
            (first,) = (await reader.beginning_offsets([place])).values()
            (end,) = (await reader.end_offsets([place])).values()
            reader.seek(place, max(first, start))
            while await reader.position(place) < end:
                records = (await reader.getmany(place, timeout_ms=1000)).get(place, ())
                revisions = (_revision(record.value) for record in records)
                highest = max(highest, *revisions, -1)
    return highest


def _revision(value: bytes | None) -> int:
    try:
        return decode_alert(value or b"").data.revision
    except msgspec.DecodeError:
        return -1  # not one of ours


def _places(offsets: Offsets) -> dict[TopicPartition, int]:
    return {
        TopicPartition(topic, partition): offset
        for topic, partitions in offsets.items()
        for partition, offset in partitions.items()
    }


def _by_topic(places: Mapping[TopicPartition, int]) -> Offsets:
    offsets: Offsets = {}
    for place, offset in sorted(places.items()):
        offsets.setdefault(place.topic, {})[place.partition] = offset
    return offsets
