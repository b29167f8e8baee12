"""How long the live stream has been waiting, as its own group's offsets tell."""

import time
from collections import deque
from collections.abc import Callable, Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

_GONE = frozenset({"Empty", "Dead"})
"""States of a group that has no members."""

_FETCH_MILLISECONDS = 500


class LiveLag(msgspec.Struct, frozen=True, kw_only=True):
    """What the live workers have not acknowledged yet."""

    events: int = 0
    oldest_seconds: float = 0
    """For how long the oldest of them has been waiting."""


class LiveLagWatch:
    """Measures the lag of the live workers' group.

    An event waits from when the end of its partition was first seen behind it until the group has
    committed it: events' own timestamps are of another clock, and may be of another year.

    Args:
        consumer: belongs to no group.
        admin: likewise of the same brokers.
        group: that of the live workers.
        topic: what they read.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        admin: AIOKafkaAdminClient,
        group: str,
        topic: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer
        self._admin = admin
        self._group = group
        self._topic = topic
        self._ends = SeenEnds(clock)
        self._before: Mapping[TopicPartition, int] = {}
        self._standing: Mapping[TopicPartition, int] = {}
        self._is_gap: dict[TopicPartition, bool] = {}

    async def measure(self) -> LiveLag:
        """Return the lag now; none where no live worker runs, or none has begun."""
        ((_, _, state, *_),) = (await self._admin.describe_consumer_groups([self._group]))[0].groups
        if state in _GONE:
            return LiveLag()
        offsets = await self._admin.list_consumer_group_offsets(self._group)
        committed = {
            place: offset
            for place, (offset, _) in offsets.items()
            if place.topic == self._topic and offset >= 0
        }
        if not committed:
            return LiveLag()
        ends = await self._consumer.end_offsets(list(committed))
        standing = {
            place: offset
            for place, offset in committed.items()
            if self._before.get(place) == offset < ends[place]
        }
        self._before = committed
        await self._look_behind(standing, ends)
        for place in standing:
            if self._is_gap.get(place):
                ends[place] = committed[place]
        return self._ends.compare(ends, committed)

    async def _look_behind(
        self, standing: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> None:
        """Find out where no event lies: what ends a transaction is acknowledged by nobody."""
        if standing != self._standing:
            self._standing, self._is_gap = standing, {}
            self._consumer.assign(list(standing))
            for place, offset in standing.items():
                self._consumer.seek(place, offset)
        unknown = standing.keys() - self._is_gap.keys()
        if not unknown:
            return
        fetched = await self._consumer.getmany(*unknown, timeout_ms=_FETCH_MILLISECONDS)
        for place in unknown:
            if fetched.get(place):
                self._is_gap[place] = False
            elif await self._consumer.position(place) >= ends[place]:
                self._is_gap[place] = True


class SeenEnds:
    """The ends of partitions, and when each was seen first, as far as something waits there."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[TopicPartition, deque[tuple[float, int]]] = {}

    def compare(
        self, ends: Mapping[TopicPartition, int], committed: Mapping[TopicPartition, int]
    ) -> LiveLag:
        """Take in the ends of now, and say what lies before them."""
        now, oldest = self._clock(), self._clock()
        for place, offset in committed.items():
            seen = self._seen.setdefault(place, deque())
            if not seen or seen[-1][1] < ends[place]:
                seen.append((now, ends[place]))
            while seen and (seen[0][1] <= offset or ends[place] <= offset):
                seen.popleft()
            if seen:
                oldest = min(oldest, seen[0][0])
        return LiveLag(
            events=sum(max(0, ends[place] - offset) for place, offset in committed.items()),
            oldest_seconds=now - oldest,
        )
