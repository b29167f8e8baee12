"""Workers as processes of one group: signals, kills, rebalances."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.kafka import Topics

DEADLINE_SECONDS = 60
ROOT = Path(__file__).parents[3]

Place = tuple[int, int]
"""Partition and offset."""


class WorkerProcess:
    """A worker and what it has said so far."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.done: list[Place] = []

    async def wait_for(self, count: int) -> None:
        """Wait until it is done with so many events."""
        while len(self.done) < count and await self._read():
            pass

    async def wait_for_exit(self) -> int:
        while await self._read():
            pass
        return await self.process.wait()

    async def _read(self) -> bool:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if line:
            partition, offset = line.split()
            self.done.append((int(partition), int(offset)))
        return bool(line)


@asynccontextmanager
async def worker_process(
    kafka: Topics, *, seconds_per_batch: float
) -> AsyncIterator[WorkerProcess]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.kafka.record_worker"),
        *(kafka.settings.model_dump_json(), str(seconds_per_batch)),
        cwd=ROOT,
        stdout=PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield WorkerProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_terminated_worker_finishes_commits_and_exits_with_zero(kafka: Topics) -> None:
    await kafka.send(*(b"%d" % number for number in range(200)))
    async with worker_process(kafka, seconds_per_batch=0.3) as worker:
        await worker.wait_for(8)
        worker.process.send_signal(signal.SIGTERM)
        assert await worker.wait_for_exit() == 0

    assert worker.done == [(0, offset) for offset in range(len(worker.done))]
    assert len(worker.done) < 200
    assert await kafka.committed() == len(worker.done)


async def test_no_event_is_lost_when_one_of_two_workers_is_killed(kafka: Topics) -> None:
    per_partition = 150
    for partition in range(4):
        values = [b"%d" % number for number in range(per_partition)]
        await kafka.send(*values, partition=partition)
    expected = {(partition, n) for partition in range(4) for n in range(per_partition)}

    async with (
        worker_process(kafka, seconds_per_batch=0.05) as killed,
        worker_process(kafka, seconds_per_batch=0.05) as survivor,
    ):
        await asyncio.gather(killed.wait_for(30), survivor.wait_for(30))
        killed.process.kill()
        await killed.wait_for_exit()
        while not expected <= {*killed.done, *survivor.done}:
            await survivor.wait_for(len(survivor.done) + 1)
        survivor.process.send_signal(signal.SIGTERM)
        assert await survivor.wait_for_exit() == 0

    assert [await kafka.committed(partition) for partition in range(4)] == [per_partition] * 4


async def test_a_worker_that_joins_makes_nobody_repeat_what_is_in_flight(kafka: Topics) -> None:
    per_partition = 1000
    for partition in range(4):
        values = [b"%d" % number for number in range(per_partition)]
        await kafka.send(*values, partition=partition)

    async with worker_process(kafka, seconds_per_batch=0.2) as first:
        await first.wait_for(1)
        async with worker_process(kafka, seconds_per_batch=0.2) as second:
            await second.wait_for(1)
            for worker in (first, second):
                worker.process.send_signal(signal.SIGTERM)
                assert await worker.wait_for_exit() == 0

    done = [*first.done, *second.done]
    assert len(done) == len(set(done))
