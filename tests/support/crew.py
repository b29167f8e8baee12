"""Workers that are started again whenever they end, as an orchestrator does it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from stream.demo.stack import environment_of
from stream.local.child_process import ChildProcess
from stream.settings import Settings

WORKER = (sys.executable, "-m", "stream.cli", "worker")
_POLL_SECONDS = 0.2
_READY = r'"event": "partitions assigned"'
_START_SECONDS = 120


class Crew:
    """A fixed number of workers, whatever happens to them."""

    def __init__(self, settings: Settings, folder: Path, size: int) -> None:
        self._settings = settings
        self._folder = folder
        self.workers: Sequence[ChildProcess] = [self.hire(f"worker-{n}") for n in range(size)]
        self.restarts = 0

    def hire(self, name: str, command: Sequence[str] = WORKER) -> ChildProcess:
        """Return one more worker, not started yet."""
        return ChildProcess(
            name,
            command,
            log_file=self._folder / f"{name}.log",
            environment=environment_of(self._settings),
        )

    async def start(self) -> None:
        for worker in self.workers:
            worker.start()
        await asyncio.gather(*(wait_ready(worker) for worker in self.workers))

    async def look_after(self) -> None:
        """Start again whoever ended, until cancelled."""
        while True:
            for worker in self.workers:
                if not worker.is_alive:
                    worker.kill()  # what it has started
                    worker.start()
                    self.restarts += 1
            await asyncio.sleep(_POLL_SECONDS)


async def wait_ready(worker: ChildProcess) -> None:
    await asyncio.to_thread(worker.wait_ready, _READY, _START_SECONDS)


@asynccontextmanager
async def crew_of(settings: Settings, folder: Path, size: int) -> AsyncIterator[Crew]:
    """Run that many workers until the context is left."""
    crew = Crew(settings, folder, size)
    try:
        await crew.start()
        async with asyncio.TaskGroup() as tasks:
            supervisor = tasks.create_task(crew.look_after())
            yield crew
            supervisor.cancel()
    finally:
        for worker in crew.workers:
            worker.kill()
