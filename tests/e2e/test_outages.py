"""A part that stays away stops the worker with one sentence, and nothing is acknowledged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stream.demo.sample import SampleEvent
from stream.domain.errors import StopError
from stream.local.triton import TritonProcess
from tests.support.deployment import Deployment, deploy, draw_listings, until
from tests.support.kafka import Topics
from tests.support.qdrant import memory_folder, qdrant_for, qdrant_process
from tests.support.triton import start_light_triton

_RETRY_SECONDS = 2
_STOP_SECONDS = 90


async def _stops_in_vain(
    deployment: Deployment, kill_the_part: Callable[[], None], event: SampleEvent
) -> str:
    """Take the part away, send an event, and return what the worker says when it ends."""
    deployment.settings = deployment.settings.model_copy(update={"retry_seconds": _RETRY_SECONDS})
    with pytest.raises(StopError, match="status 1"), deployment.worker() as worker:  # noqa: PT012
        kill_the_part()
        await deployment.send([event])
        await until(lambda: not worker.is_alive, seconds=_STOP_SECONDS)
        worker.check_alive()
    return deployment.log_file().read_text()


async def test_qdrant_away(kafka: Topics, light_triton: TritonProcess, tmp_path: Path) -> None:
    [event] = draw_listings(tmp_path / "photos", items=1, twins=0).events
    with memory_folder() as folder, qdrant_process(folder) as qdrant:
        deployment = deploy(kafka, qdrant, light_triton, tmp_path / "deployment")
        told = await _stops_in_vain(deployment, qdrant.kill, event)
    assert f"twinlist: gave up after {_RETRY_SECONDS} s: Qdrant could not" in told
    assert "Traceback" not in told
    assert await kafka.committed() is None


async def test_triton_away(request: pytest.FixtureRequest, kafka: Topics, tmp_path: Path) -> None:
    [event] = draw_listings(tmp_path / "photos", items=1, twins=0).events
    triton = start_light_triton(tmp_path / "triton")
    try:
        deployment = deploy(kafka, qdrant_for(request), triton, tmp_path / "deployment")
        told = await _stops_in_vain(deployment, triton.kill, event)
    finally:
        triton.kill()
    assert f"twinlist: gave up after {_RETRY_SECONDS} s: Triton at" in told
    assert await kafka.committed() is None
