"""What becomes of this machine's processors: idle, or given to others by its host."""

import asyncio
import bisect
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

CORES = os.cpu_count() or 1
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Spent:
    """Seconds of all processors."""

    idle_seconds: float
    stolen_seconds: float


class ProcessorWatch:
    """When processors had nothing to do, and when this machine's host gave them to others."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._spent: list[Spent] = []
        self.look()

    def look(self) -> None:
        """Take in what was spent until now."""
        self._spent.append(read_spent())
        self._times.append(time.time())

    async def run(self) -> None:
        """Look again and again, without end."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def stolen(self, since: float, until_then: float) -> float:
        """Return the share that was stolen between the looks before and after two times."""
        seconds, spent = self._between(since, until_then)
        return spent.stolen_seconds / seconds / CORES

    def idle(self, since: float, until_then: float) -> float:
        """Return the share of what was had that was idle, between the same looks."""
        seconds, spent = self._between(since, until_then)
        return spent.idle_seconds / (seconds * CORES - spent.stolen_seconds)

    def _between(self, since: float, until_then: float) -> "tuple[float, Spent]":
        first = max(0, bisect.bisect_right(self._times, since) - 1)
        last = min(len(self._times) - 1, bisect.bisect_left(self._times, until_then))
        before, after = self._spent[first], self._spent[last]
        return self._times[last] - self._times[first], Spent(
            after.idle_seconds - before.idle_seconds, after.stolen_seconds - before.stolen_seconds
        )


@asynccontextmanager
async def watched_processors() -> AsyncIterator[ProcessorWatch]:
    """Watch the processors meanwhile."""
    watch = ProcessorWatch()
    watching = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        watching.cancel()


def read_spent() -> Spent:
    """Return what was spent since this machine was started.

    Source: `man 5 proc_stat`, the fields `idle`, `iowait` and `steal`.
    """
    fields = [int(field) for field in Path("/proc/stat").read_text().split()[1:9]]
    ticks = os.sysconf("SC_CLK_TCK")
    return Spent((fields[3] + fields[4]) / ticks, fields[7] / ticks)
