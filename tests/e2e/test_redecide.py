"""`twinlist redecide` as somebody types it, on real Kafka and Qdrant Edge, a worker beside."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from stream.demo.stack import environment_of
from stream.domain.alert import Alert, AlertState, Origin
from stream.domain.policy import Thresholds
from stream.pipeline.redecide import Outcome, Redecided
from stream.settings import Settings
from tests.support.deployment import POLICY, Deployment, draw_listings, open_pairs, until

pytestmark = pytest.mark.long


def command(file: Path, *options: str) -> Sequence[str]:
    return (sys.executable, "-m", "stream.cli", "redecide", f"--policy={file}", *options)


async def redecide(
    settings: Settings, file: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        command(file, *options),
        env=environment_of(settings),
        capture_output=True,
        text=True,
    )


def write_policy(folder: Path, version: str, threshold: float) -> Path:
    file = folder / f"{version}.json"
    policy = msgspec.structs.replace(
        POLICY, policy_version=version, thresholds=Thresholds(default=threshold)
    )
    file.write_bytes(msgspec.json.encode(policy))
    return file


async def test_another_threshold_is_tried_told_once_and_taken_back(
    deployment: Deployment, tmp_path: Path
) -> None:
    sample, settings = draw_listings(tmp_path / "photos", 30, 15), deployment.settings
    watched = deployment.watched
    with deployment.worker():
        async with deployment.watching("worker"):
            await deployment.send(sample.events)
            await until(lambda: watched.emitted.keys() <= watched.done.keys())
    before = open_pairs(watched)
    alerts: dict[str, Alert] = {one.pair_id: one for one in watched.open_alerts}
    assert {pair for pair, _, _ in before} == sample.expected_pairs
    middle = sorted(one.probability for one in alerts.values())[len(alerts) // 2]
    likely = {name for name, one in alerts.items() if one.probability >= middle}
    assert 0 < len(likely) < len(alerts)
    strict = write_policy(tmp_path, "strict", middle)

    with deployment.worker("beside"):
        dry = await redecide(settings, strict, "--dry-run", "--json")
        assert dry.returncode == 0, dry.stderr
        said = [msgspec.json.decode(line, type=Redecided) for line in dry.stdout.splitlines()]
        retracted = {one.pair_id for one in said if one.outcome is Outcome.RETRACTED}
        assert retracted == alerts.keys() - likely
        assert {one.pair_id for one in said if one.outcome is Outcome.KEPT} == likely
        assert "nothing was changed" in dry.stderr

        async with deployment.watching("beside"):
            killed = await asyncio.create_subprocess_exec(
                *command(strict), env=environment_of(settings), stdout=asyncio.subprocess.DEVNULL
            )
            ended = asyncio.create_task(killed.wait())
            await until(
                lambda: (
                    ended.done()
                    or any(one.policy_version == "strict" for one in watched.alerts.values())
                )
            )
            with contextlib.suppress(ProcessLookupError):  # it was quicker
                killed.kill()
            await ended
            both = await asyncio.gather(*(redecide(settings, strict) for _ in range(2)))
            assert [one.returncode for one in both] == [0, 0], [one.stderr for one in both]
        assert {one.pair_id for one in watched.open_alerts} == likely
        for name, alert in watched.alerts.items():
            # One revision each, however often it was run: an update, or the end.
            assert alert.revision == alerts[name].revision + 1
            assert alert.policy_version == "strict"
            assert alert.origin is Origin.BACKFILL
            kept = AlertState.UPDATED if name in likely else AlertState.RETRACTED
            assert alert.state is kept

        async with deployment.watching("beside"):
            back = await redecide(settings, write_policy(tmp_path, "back", 0.5))
            assert back.returncode == 0, back.stderr
            assert back.stdout.count("raised") == len(retracted)
    assert open_pairs(watched) == before
    assert {one.pair_id: one.evidence for one in watched.open_alerts} == {
        name: one.evidence for name, one in alerts.items()
    }


async def test_a_policy_that_cannot_hold_is_refused_and_what_is_out_of_reach_is_said(
    deployment: Deployment, tmp_path: Path
) -> None:
    settings = deployment.settings
    other = tmp_path / "other.json"
    other.write_bytes(msgspec.json.encode(msgspec.structs.replace(POLICY, model_version="m9")))
    assert "is for model m9" in (await redecide(settings, other)).stderr
    same = write_policy(tmp_path, POLICY.policy_version, 0.4)
    assert "give it one of its own" in (await redecide(settings, same)).stderr
    low = write_policy(tmp_path, "low", 0.01)
    refused = await redecide(settings, low, "--dry-run")
    assert "the threshold 0.01 (default) is below 0.05" in refused.stderr
    # No worker has made collections here.
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no worker has run there" in refused.stderr
