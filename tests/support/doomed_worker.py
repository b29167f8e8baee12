"""A worker that is killed at a failpoint, once SIGUSR1 has armed it.

Run as `python -m tests.support.doomed_worker FAILPOINT CALL_NUMBER`, with settings as a worker has.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.app import work
from stream.demo.stack import environment_of
from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess
from stream.observability.logging import configure_logging
from stream.settings import Settings
from tests.support.deployment import until
from tests.support.failpoints import FAILPOINTS, Trap, commit_early

_READY = r'"event": "partitions assigned"'
_START_SECONDS = 60


class DoomedWorker:
    """The process, seen from the test."""

    def __init__(self, process: ChildProcess) -> None:
        self._process = process

    def arm(self) -> None:
        """Let the failpoint's calls count from now on."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGUSR1)

    async def wait_killed(self) -> None:
        """Wait until it is dead, and make sure that it was the failpoint."""
        await until(lambda: not self._process.is_alive, seconds=_START_SECONDS)
        with pytest.raises(StopError, match="killed by SIGKILL"):
            self._process.check_alive()


@contextmanager
def doomed_worker(
    settings: Settings, log_file: Path, failpoint: str, call_number: int = 1
) -> Iterator[DoomedWorker]:
    """Run a worker that will be killed at the `call_number`-th call after it is armed."""
    process = ChildProcess(
        "the doomed worker",
        [sys.executable, "-m", "tests.support.doomed_worker", failpoint, str(call_number)],
        log_file=log_file,
        environment=environment_of(settings),
    )
    try:
        process.start()
        process.wait_ready(_READY, _START_SECONDS)
        yield DoomedWorker(process)
    finally:
        process.kill()


def main() -> None:
    settings = Settings()
    configure_logging(settings.log_format, settings.log_level)
    commit_early()
    trap = Trap(int(sys.argv[2]))
    trap.set_at(FAILPOINTS[sys.argv[1]])
    signal.signal(signal.SIGUSR1, lambda *_: trap.arm())
    asyncio.run(work(settings))


if __name__ == "__main__":
    main()
