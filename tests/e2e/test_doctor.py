"""`twinlist doctor` on real parts: whole ones, and each broken in turn."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from pydantic import SecretStr

from stream.adapters.qdrant.client import connect
from stream.adapters.qdrant.collections import prepare_collections
from stream.adapters.qdrant.control import open_control
from stream.adapters.triton.models import open_models
from stream.demo.stack import environment_of
from stream.doctor.finding import State
from stream.doctor.report import Report
from stream.domain.control import Control, Rollout
from stream.settings import Settings
from tests.e2e.patient import AWAY, Patient, wrong_of
from tests.support.deployment import POLICY, Deployment


@pytest.fixture
def patient(deployment: Deployment) -> Patient:
    return Patient(deployment.settings)


async def test_before_the_first_worker_all_is_well(patient: Patient) -> None:
    found = await patient.examine()
    assert {finding.state for finding in found.values()} == {State.OK}, found
    assert found["kafka version"].seen == "speaks the protocol of Kafka 4.0 or newer"
    assert found["kafka group"].seen.endswith(": no workers yet")
    assert "no collections yet" in found["qdrant collections"].seen
    assert "same as itself with probability 0.99" in found["triton inference"].seen


async def test_after_the_first_worker_all_is_well(deployment: Deployment) -> None:
    with deployment.worker():
        found = await Patient(deployment.settings).examine()
    assert {finding.state for finding in found.values()} == {State.OK}, found
    assert found["kafka group"].seen.endswith("stable, workers: 1")
    assert "listings-light-1 0 points" in found["qdrant collections"].seen
    assert found["qdrant dimensions"].seen == "set 256, global 48, tokens 48"


def test_the_command_prints_lines_for_people_and_an_object_for_machines(
    deployment: Deployment,
) -> None:
    lines = _doctor(deployment.settings)
    assert lines.returncode == 0, lines.stdout + lines.stderr
    assert not lines.stderr
    assert all(line.startswith("ok ") for line in lines.stdout.splitlines())
    report = msgspec.json.decode(_doctor(deployment.settings, "--json").stdout, type=Report)
    assert report.state is State.OK
    assert len(report.findings) == len(lines.stdout.splitlines())


def test_with_everything_away_the_command_names_each_part_and_fails(tmp_path: Path) -> None:
    settings = Settings()
    patient = Patient(settings)
    patient.change(
        kafka__brokers=AWAY,
        kafka__security_protocol="SASL_PLAINTEXT",
        kafka__sasl_username="twinlist",
        kafka__sasl_password=SecretStr("hunter2"),
        triton__url=AWAY,
        qdrant__url=f"http://user:hunter3@{AWAY}",
        qdrant__api_key=SecretStr("hunter4"),
        policy_file=tmp_path / "none.json",
    )
    done = _doctor(patient.settings, "--json")
    assert done.returncode == 1
    assert not done.stderr
    report = msgspec.json.decode(done.stdout, type=Report)
    found = {finding.name: finding for finding in report.findings}
    assert wrong_of(found) == ["kafka", "policy", "triton", "qdrant"]
    assert all(found[name].mend for name in wrong_of(found))
    assert "hunter" not in done.stdout


def test_settings_that_cannot_be_read_are_named_without_their_values() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stream.cli", "doctor"],
        env=os.environ | {"TWINLIST_KAFKA__BATCH_SIZE": "hunter2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "TWINLIST_KAFKA__BATCH_SIZE" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


async def test_a_triton_that_is_away_is_the_only_thing_wrong(patient: Patient) -> None:
    patient.change(triton__url=AWAY)
    found = await patient.examine()
    assert wrong_of(found) == ["triton"]
    assert AWAY in found["triton"].seen


async def test_a_version_folder_that_is_not_served_is_named(patient: Patient) -> None:
    patient.change(triton__model_version="7")
    found = await patient.examine()
    assert found["triton models"].state is State.WRONG
    assert "TWINLIST_TRITON__MODEL_VERSION" in found["triton models"].mend


async def test_a_policy_of_another_model_is_wrong(patient: Patient) -> None:
    assert patient.settings.policy_file is not None
    other = msgspec.structs.replace(POLICY, model_version="other")
    patient.settings.policy_file.write_bytes(msgspec.json.encode(other))
    found = await patient.examine()
    assert wrong_of(found) == ["triton policy"]
    assert "Triton serves model light-1" in found["triton policy"].seen
    assert "twinlist calibrate" in found["triton policy"].mend


async def test_the_model_of_a_rollout_must_be_served_beside_the_one_in_use(
    deployment: Deployment, patient: Patient
) -> None:
    with deployment.worker():
        pass  # which makes the collections
    coming = msgspec.structs.replace(POLICY, model_version="light-9", policy_version="next")
    rollout = Rollout(policy=coming, started_at=datetime(2026, 3, 1, tzinfo=UTC))
    async with open_control(patient.settings.qdrant) as record:
        await record.write(Control(active=POLICY, rollout=rollout), None)
    found = await patient.examine()
    assert wrong_of(found) == ["triton policy"]
    assert "thresholds are for light-9: serve that model too" in found["triton policy"].seen


async def test_without_a_policy_what_needs_it_is_not_looked_at(
    patient: Patient, tmp_path: Path
) -> None:
    patient.change(policy_file=tmp_path / "none.json")
    found = await patient.examine()
    assert wrong_of(found) == ["policy"]
    assert found["qdrant collections"].seen == "not looked at: see policy"
    assert found["qdrant version"].state is State.OK


async def test_a_qdrant_that_is_away_is_the_only_thing_wrong(patient: Patient) -> None:
    patient.change(qdrant__url=f"http://{AWAY}")
    found = await patient.examine()
    assert wrong_of(found) == ["qdrant"]
    assert "TWINLIST_QDRANT__URL" in found["qdrant"].mend


async def test_vectors_of_other_dimensions_are_wrong(patient: Patient) -> None:
    await _prepare_for(patient.settings, token_width=96)
    found = await patient.examine()
    assert wrong_of(found) == ["qdrant dimensions"]
    assert "is 96 wide, the models make 48" in found["qdrant dimensions"].seen


async def test_an_index_of_another_model_is_worth_a_warning_and_left_alone(
    patient: Patient,
) -> None:
    await _prepare_for(patient.settings, model_version="older")
    found = await patient.examine()
    assert not wrong_of(found)
    for name in ("qdrant collections", "qdrant aliases"):
        assert found[name].state is State.WARNING
        assert "listings-older" in found[name].seen
    prefix = patient.settings.qdrant.prefix
    async with connect(patient.settings.qdrant) as client:
        names = {one.name for one in (await client.get_collections()).collections}
    mine = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    assert mine == {"listings-older", "photos-older", "pairs", "flights"}


async def test_writes_that_no_majority_confirms_are_wrong(patient: Patient) -> None:
    async with connect(patient.settings.qdrant) as client:
        await client.create_collection(
            f"{patient.settings.qdrant.prefix}pairs",
            vectors_config={},
            replication_factor=2,
            write_consistency_factor=1,
        )
    found = await patient.examine()
    assert wrong_of(found) == ["qdrant consistency"]
    assert "write_consistency_factor=2" in found["qdrant consistency"].mend


def _doctor(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", "doctor", *arguments],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        check=False,
    )


async def _prepare_for(settings: Settings, **changes: object) -> None:
    """Make the collections that a worker of a changed model would make."""
    async with open_models(settings.triton) as models, connect(settings.qdrant) as client:
        spec = msgspec.structs.replace(models.spec, **changes)
        await prepare_collections(client, settings.qdrant, spec)
