"""A quiet backfill stays behind the live group.

What it finishes, it keeps to itself, and live workers that come to the event after that pass it
over: nobody would hear of what the event changes. So what they have yet to do is left to them.
"""

import msgspec

from stream.adapters.kafka.backfill_range import Range, find_stretches
from stream.adapters.kafka.backfill_record import Record
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.replay import open_reader
from stream.adapters.kafka.topics import open_admin
from stream.settings import KafkaSettings


class BehindLive(msgspec.Struct, frozen=True):
    """A range as far as live workers have done it."""

    range: Range
    left: int = 0
    """Offsets that lie beyond, and are left to live workers."""


async def stay_behind_live(settings: KafkaSettings, wanted: Range, begun: Record) -> BehindLive:
    """Limit a range to what the live group, which `settings` name, has committed.

    Partitions of which it has committed nothing are not limited: nobody is about to do them. What
    is left is counted in partitions that are not begun; where others end was found out before.
    Raises `RetryError` and `StopError`.
    """
    topic = settings.listing_events
    async with open_reader(settings, topic) as reader:
        with named_errors(f"reading the offsets of the group {settings.group}"):
            async with open_admin(settings) as admin:
                committed = await admin.list_consumer_group_offsets(settings.group)
        fresh = [place for place in reader.assignment() if place not in begun]
        with named_errors(f"looking up the range {wanted}"):
            stretches = await find_stretches(reader, fresh, wanted)
    limits = {
        place.partition: one.offset
        for place, one in committed.items()
        if place.topic == topic and one.offset >= 0
    }
    behind = msgspec.structs.replace(wanted, limits=limits)
    left = sum(
        stretch.end - behind.limited(place.partition, stretch).end
        for place, stretch in stretches.items()
    )
    return BehindLive(behind, left)
