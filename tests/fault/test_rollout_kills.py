"""A rollout in which everything is killed once ends as one that nothing disturbed."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import pytest

from stream.demo.stack import environment_of
from stream.domain.control import Phase
from stream.local.child_process import ChildProcess
from stream.rollout.status import RolloutStatus
from tests.support.crew import crew_of
from tests.support.deployment import until
from tests.support.end_state import NO_DIFFERENCE
from tests.support.kafka import kafka_server
from tests.support.platform import Platform, live_on
from tests.support.proving_ground import ProvingGround, ground
from tests.support.qdrant import qdrant_edge
from tests.support.rollouts import (
    STRICT,
    differences,
    light_triton,
    started_rollout,
    status_of,
    wait_filled,
)

__all__ = ["ground", "kafka_server", "light_triton", "qdrant_edge"]

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]
_SECONDS = 600


async def test_the_filling_a_live_worker_triton_and_finish_are_killed_in_the_middle(
    ground: ProvingGround,
) -> None:
    settings, folder = ground.settings, ground.folder
    platform, random = Platform(), Random(13)  # noqa: S311
    live_on(platform, random, 120, population=80)
    async with crew_of(settings, folder, 2) as crew:
        await ground.emit(platform)
        await ground.come_to_rest(_SECONDS)

        with started_rollout(settings, folder, name="first") as first:
            await wait_for(ground, lambda found: found is not None and found.events_done >= 30)
            first.kill()
        with started_rollout(settings, folder, name="second") as second:
            live_on(platform, random, 40, population=80)
            await ground.emit(platform)
            crew.workers[0].kill()
            await wait_for(ground, lambda found: found is not None and found.events_done >= 80)
            ground.parts.triton.kill()
            await asyncio.to_thread(ground.parts.triton.start)
            await wait_filled(settings, second)

            with started_finish(ground, "first") as killed:
                await wait_for(ground, is_switched)
                crew.workers[1].kill()
                killed.kill()
            ground.parts.triton.kill()
            live_on(platform, random, 20, population=80)
            await ground.emit(platform)
            await asyncio.to_thread(ground.parts.triton.start)
            with started_finish(ground, "second") as finish:
                await until(lambda: not finish.is_alive, seconds=_SECONDS)
                assert "is in use; pairs:" in (folder / "finish-second.log").read_text()
            await until(lambda: not second.is_alive)
        await ground.come_to_rest(_SECONDS)
    assert str(await differences(ground, platform, STRICT)) == NO_DIFFERENCE


async def wait_for(
    ground: ProvingGround, condition: Callable[[RolloutStatus | None], bool]
) -> None:
    """Wait until the rollout is as wanted."""
    async with asyncio.timeout(_SECONDS):
        while not condition(await status_of(ground.settings)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def is_switched(found: RolloutStatus | None) -> bool:
    return found is None or found.phase is not Phase.FOLLOWING


@contextmanager
def started_finish(ground: ProvingGround, name: str) -> Iterator[ChildProcess]:
    """Run `twinlist rollout finish` as a process of its own."""
    process = ChildProcess(
        "finish",
        [sys.executable, "-m", "stream.cli", "rollout", "finish"],
        log_file=ground.folder / f"finish-{name}.log",
        environment=environment_of(ground.settings),
    )
    try:
        process.start()
        yield process
    finally:
        process.kill()
