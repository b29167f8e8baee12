"""Faults: what happens to the parts of a deployment, each for real, and mended again."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tritonclient.grpc.aio import InferenceServerClient  # type: ignore[import-untyped]

from tests.support.crew import WORKER, Crew, wait_ready
from tests.support.failpoints import FAILPOINTS
from tests.support.proving_ground import Parts

_OUTAGE_SECONDS = 5.0
"""Longer than the timeouts of the clients, and than a worker may be silent."""


@dataclass(frozen=True)
class Scene:
    """What faults can happen to."""

    parts: Parts
    crew: Crew
    random: Random


Fault = Callable[[Scene], Coroutine[Any, Any, None]]


async def kill_a_worker(scene: Scene) -> None:
    """As a machine that goes down; the crew starts it again."""
    scene.random.choice(scene.crew.workers).kill()


async def terminate_a_worker(scene: Scene) -> None:
    """As a deployment does it; the worker finishes what is in flight."""
    worker = scene.random.choice(scene.crew.workers)
    await asyncio.to_thread(worker.stop, 60)


async def pause_a_worker(scene: Scene) -> None:
    """It is given up meanwhile, and comes back with what it had in flight."""
    worker = scene.random.choice(scene.crew.workers)
    if worker.pid is not None and worker.is_alive:
        await _pause(worker.pid)


async def doom_a_worker(scene: Scene) -> None:
    """One more worker joins and is killed between two steps."""
    failpoint = scene.random.choice([*FAILPOINTS])
    call_number = str(scene.random.randint(1, 20))
    command = (sys.executable, "-m", "tests.support.doomed_worker", failpoint, call_number)
    worker = scene.crew.hire("doomed", command)
    worker.start()
    try:
        await wait_ready(worker)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGUSR1)
        await asyncio.sleep(_OUTAGE_SECONDS)
    finally:
        worker.kill()


async def join_and_leave(scene: Scene) -> None:
    """One more worker joins, and leaves in order."""
    await _host(scene, WORKER)


async def jump_in_time(scene: Scene) -> None:
    """One more worker joins, whose clock jumps by days, and leaves."""
    await _host(scene, (sys.executable, "-m", "tests.support.jumping_worker"))


async def kill_triton(scene: Scene) -> None:
    scene.parts.triton.kill()
    await asyncio.to_thread(scene.parts.triton.start)


async def pause_triton(scene: Scene) -> None:
    """So slow that requests run into their timeout."""
    assert scene.parts.triton.pid is not None
    await _pause(scene.parts.triton.pid)


async def unload_a_model(scene: Scene) -> None:
    """Triton is up and refuses."""
    model = scene.random.choice(("photo_encoder", "listing_encoder", "pair_verifier"))
    async with InferenceServerClient(scene.parts.triton.url) as triton:
        await triton.unload_model(model)
        await asyncio.sleep(_OUTAGE_SECONDS)
        await triton.load_model(model)


async def kill_qdrant(scene: Scene) -> None:
    scene.parts.qdrant.kill()
    await asyncio.to_thread(scene.parts.qdrant.start)


async def pause_qdrant(scene: Scene) -> None:
    """So slow that requests run into their timeout, some of them after they took effect."""
    assert scene.parts.qdrant.pid is not None
    await _pause(scene.parts.qdrant.pid)


async def fill_qdrants_disk(scene: Scene) -> None:
    """Files can grow no more: what cannot be kept is refused."""
    assert scene.parts.qdrant.pid is not None
    pid = scene.parts.qdrant.pid
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    try:
        await asyncio.sleep(_OUTAGE_SECONDS)
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)


async def kill_the_broker(scene: Scene) -> None:
    scene.parts.kafka.kill()
    await asyncio.to_thread(scene.parts.kafka.start)


async def restart_the_broker(scene: Scene) -> None:
    await asyncio.to_thread(scene.parts.kafka.stop)
    await asyncio.to_thread(scene.parts.kafka.start)


async def take_the_broker_away(scene: Scene) -> None:
    """Gone for longer than a session lasts."""
    scene.parts.kafka.kill()
    await asyncio.sleep(_OUTAGE_SECONDS)
    await asyncio.to_thread(scene.parts.kafka.start)


async def pause_the_broker(scene: Scene) -> None:
    await _pause(scene.parts.kafka.pid)


FAULTS: Mapping[str, Fault] = {
    fault.__name__.replace("_", " "): fault
    for fault in (
        kill_a_worker,
        terminate_a_worker,
        pause_a_worker,
        doom_a_worker,
        join_and_leave,
        jump_in_time,
        kill_triton,
        pause_triton,
        unload_a_model,
        kill_qdrant,
        pause_qdrant,
        fill_qdrants_disk,
        kill_the_broker,
        restart_the_broker,
        take_the_broker_away,
        pause_the_broker,
    )
}


async def _host(scene: Scene, command: Sequence[str]) -> None:
    worker = scene.crew.hire("guest", command)
    worker.start()
    try:
        await wait_ready(worker)
        await asyncio.sleep(_OUTAGE_SECONDS)
        await asyncio.to_thread(worker.stop, 60)
    finally:
        worker.kill()


async def _pause(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(_OUTAGE_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)
