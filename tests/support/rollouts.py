"""Rollouts for tests: of a second, stricter version of the light models, as somebody types them."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from stream.demo.stack import environment_of
from stream.domain.errors import StopError
from stream.domain.policy import Policy
from stream.local.child_process import ChildProcess
from stream.local.triton import TritonProcess
from stream.rollout.finish import Finished, FinishOptions, finish
from stream.rollout.status import RolloutStatus, read_status
from stream.settings import Settings
from tests.support.deployment import POLICY
from tests.support.end_state import Differences, Facts, compare, read_end_state
from tests.support.light_models import STRICT_VERSION, write_light_models
from tests.support.platform import Platform
from tests.support.proving_ground import ProvingGround

STRICT = msgspec.structs.replace(POLICY, model_version=STRICT_VERSION, policy_version="strict")
"""Under its model other photos of the same thing are no duplicates."""
_POLL_SECONDS = 0.2
_PATIENCE_SECONDS = 240


@pytest.fixture(scope="session")
def light_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonProcess]:
    """A Triton that serves both versions of the light models."""
    folder = tmp_path_factory.mktemp("triton")
    models = write_light_models(folder / "models", strict_folder="2")
    with TritonProcess(models, folder / "triton") as triton:
        yield triton


@contextmanager
def started_rollout(
    settings: Settings, folder: Path, policy: Policy = STRICT, name: str = "rollout"
) -> Iterator[ChildProcess]:
    """Run `twinlist rollout start` as a process of its own."""
    file = folder / f"{policy.policy_version}-policy.json"
    file.write_bytes(msgspec.json.encode(policy))
    process = ChildProcess(
        "the rollout",
        [
            *(sys.executable, "-m", "stream.cli", "rollout", "start", str(file)),
            *("--share", "1", "--yield-after", "1000"),
        ],
        log_file=folder / f"{name}.log",
        environment=environment_of(settings),
    )
    try:
        process.start()
        yield process
    finally:
        process.kill()


async def status_of(settings: Settings) -> RolloutStatus | None:
    """How far the rollout is, if one is under way."""
    try:
        return (await read_status(settings, sample_seconds=0.1)).rollout
    except StopError:
        return None  # it is still starting


async def wait_filled(settings: Settings, process: ChildProcess) -> None:
    """Wait until the new index has everything, as long as a process fills it."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            process.check_alive()
            found = await status_of(settings)
            if found and found.processes and not (found.events_behind or found.listings_missing):
                return
            await asyncio.sleep(_POLL_SECONDS)


async def finished(settings: Settings, *, missing: int = 0) -> Finished:
    """Finish the rollout, in this process."""
    return await finish(settings, FinishOptions(missing=missing), lambda _: None)


async def differences(ground: ProvingGround, platform: Platform, policy: Policy) -> Differences:
    """Compare what is there with what a run under this policy ends with."""
    facts: Mapping[str, str] = platform.facts(ground.places)
    if policy == STRICT:
        facts = without_other_photos(facts)
    return compare(facts, await read_end_state(ground.settings, policy.model_version))


def without_other_photos(facts: Facts) -> Facts:
    """Leave out the pairs that the strict model finds too little alike."""
    return {name: fact for name, fact in facts.items() if not fact.endswith("same_item")}
