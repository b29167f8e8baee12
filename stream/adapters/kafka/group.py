"""What a consumer group's brokers say of it: who is in it, and how far it is behind."""

from collections.abc import Mapping, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.replay import open_reader
from stream.adapters.kafka.topics import open_admin
from stream.settings import KafkaSettings

_FETCH_MILLISECONDS = 500


class GroupLag(msgspec.Struct, frozen=True):
    """How far a group is in the topic of listing events."""

    done: int
    """Offsets before what it has committed."""
    behind: int
    """Offsets from there to the end."""
    partitions: int
    """Of the topic."""


async def read_members(settings: KafkaSettings) -> Sequence[str]:
    """Return the client id of each member of the group, sorted.

    Raises `RetryError` and `StopError`.
    """
    with named_errors(f"looking at the group {settings.group}"):
        async with open_admin(settings) as admin:
            (answer,) = await admin.describe_consumer_groups([settings.group])
    ((_, _, _, _, _, members, *_),) = answer.groups
    return sorted(client_id for _, client_id, *_ in members)


async def read_committed(settings: KafkaSettings) -> Mapping[int, int]:
    """Return what the group has committed of the listing events, by partition.

    Raises `RetryError` and `StopError`.
    """
    with named_errors(f"reading the offsets of the group {settings.group}"):
        async with open_admin(settings) as admin:
            committed = await admin.list_consumer_group_offsets(settings.group)
    return {
        place.partition: one.offset
        for place, one in committed.items()
        if place.topic == settings.listing_events and one.offset >= 0
    }


async def measure_lag(settings: KafkaSettings, until: Mapping[int, int] | None = None) -> GroupLag:
    """Say how far the group is, of what the topic keeps. Raises `RetryError` and `StopError`.

    Args:
        settings: of the group and the topic.
        until: an offset for each partition that is looked at; the end of each by default.
    """
    committed = await read_committed(settings)
    async with open_reader(settings, settings.listing_events) as reader:
        places = reader.assignment()
        firsts, ends = await reader.beginning_offsets(places), await reader.end_offsets(places)
        if until is not None:
            ends = {place: until.get(place.partition, 0) for place in places}
        at = {place: max(committed.get(place.partition, 0), firsts[place]) for place in places}
        behind = {place: ends[place] - at[place] for place in places if ends[place] > at[place]}
        gaps = await _find_gaps(reader, {place: at[place] for place in behind}, ends)
    return GroupLag(
        done=sum(at[place] - firsts[place] for place in places),
        behind=sum(count for place, count in behind.items() if place not in gaps),
        partitions=len(places),
    )


async def _find_gaps(
    reader: AIOKafkaConsumer, at: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> set[TopicPartition]:
    """Return where no event follows to the end: what ends a transaction is committed by nobody."""
    for place, offset in at.items():
        reader.seek(place, offset)
    if not at:
        return set()
    fetched = await reader.getmany(*at, timeout_ms=_FETCH_MILLISECONDS)
    return {
        place
        for place in at
        if await reader.position(place) >= ends[place]
        and all(record.offset >= ends[place] for record in fetched.get(place, ()))
    }
