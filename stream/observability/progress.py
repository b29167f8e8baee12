"""Progress: whether a worker gets on, as probes and Prometheus see it."""

import time
from collections.abc import Callable, Collection, Mapping

from stream.observability.metrics import ASSIGNED_PARTITIONS, CONSUMER_LAG, LAST_PROGRESS

Partition = tuple[str, int]
"""Topic and number."""


class Progress:
    """What a worker consumes, what waits there, and when all was well last.

    All is well when something is acknowledged, when nothing waits, and when partitions were just
    assigned. A worker can stall while looking healthy; one whose event loop hangs, or whose broker
    stays away, sees no empty partition either. Written by the worker's loop, read by any thread.

    Args:
        stall_seconds: how long it may not be well.
        clock: seconds that only grow.
    """

    def __init__(
        self, stall_seconds: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stall_seconds = stall_seconds
        self._clock = clock
        self._well_at: float | None = None
        self._measured: Collection[Partition] = ()
        self.assigned: frozenset[Partition] = frozenset()
        """The partitions of this worker."""

    @property
    def is_ready(self) -> bool:
        """Whether the group has told this worker its partitions, if only that it has none."""
        return self._well_at is not None

    @property
    def is_live(self) -> bool:
        """Whether it is still starting, or was well not long ago."""
        return self._well_at is None or self._clock() - self._well_at <= self._stall_seconds

    def assign(self, partitions: Collection[Partition]) -> None:
        """The group gave this worker its partitions; all that it had before are gone."""
        self.assigned = frozenset((topic, partition) for topic, partition in partitions)
        ASSIGNED_PARTITIONS.set(len(partitions))
        self._forget_lag(partitions)
        self._is_well()

    def acknowledge(self) -> None:
        """An event is done for good."""
        self._is_well()

    def measure_lag(self, lag: Mapping[Partition, int]) -> None:
        """So many offsets wait in each partition of this worker."""
        self._forget_lag(lag)
        for (topic, partition), offsets in lag.items():
            CONSUMER_LAG.labels(topic=topic, partition=partition).set(offsets)
        self._measured = tuple(lag)
        if not any(lag.values()):
            self._is_well()

    def _forget_lag(self, partitions: Collection[Partition]) -> None:
        for topic, partition in self._measured:
            if (topic, partition) not in partitions:
                CONSUMER_LAG.remove(topic, str(partition))
        self._measured = [one for one in self._measured if one in partitions]

    def _is_well(self) -> None:
        self._well_at = self._clock()
        LAST_PROGRESS.set_to_current_time()
