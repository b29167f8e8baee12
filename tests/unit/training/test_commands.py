"""`twinlist evaluate` and `calibrate` from the command line to their files, on light models."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from stream.cli import app
from stream.domain.policy import Policy
from stream.ports import Models
from stream.training import serving
from stream.training.calibration import read_calibration
from tests.support.memory_models import MemoryModels
from tests.support.onnx_models import REPOSITORY

LABELS = {
    "pairs": [{"left": "listing-0-0", "right": "listing-0-1", "case": "moved", "angle": 30.0}],
    "no_pairs": [{"left": "listing-0-0", "right": "listing-1-1", "case": "neighbour"}],
}


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The light models are served, whatever is asked for; returns what was."""
    asked: list[Path | None] = []

    @asynccontextmanager
    async def serve(_triton: str | None, repository: Path | None) -> AsyncIterator[Models]:
        asked.append(repository)
        yield MemoryModels()

    monkeypatch.setattr(serving, "serve_models", serve)
    return asked


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_evaluate_answers_all_questions_at_once(
    manifest_path: Path, tmp_path: Path, served: list[Path | None]
) -> None:
    labels = tmp_path / "labels.json"
    labels.write_bytes(msgspec.json.encode(LABELS))
    out, pairs, page = (tmp_path / "new" / name for name in ("r.json", "p.jsonl", "p.html"))

    printed = run(
        *("evaluate", manifest_path, "--out", out, "--pairs", pairs, "--page", page),
        *("--base-rate", 0.1, "--cases", labels, "--views", "--edits"),
        *("--ablate", "one-photo", "--ablate", "no-regions", "--repository", REPOSITORY),
    )

    report = msgspec.json.decode(out.read_bytes())
    assert served == [REPOSITORY]
    assert report["thinned"]["base_rate"] == 0.1
    assert report["cases"]["by_case"]["moved"]["found"] == 1
    assert report["cases"]["by_case"]["neighbour"]["false_alarms"] == 0
    assert report["views"] == {}  # nobody knows from where the patterns are seen
    assert report["edits"]["as it is"]["alerted"] == 1
    assert set(report["ablations"]) == {"one-photo", "no-regions"}
    assert len(pairs.read_bytes().splitlines()) == report["alerts"]["pairs"]
    assert page.read_text().startswith("<!doctype html>")
    assert "Posted again with edited photos" in printed


def test_evaluate_prints_json_for_machines(manifest_path: Path, tmp_path: Path) -> None:
    printed = run("evaluate", manifest_path, "--out", tmp_path / "report.json", "--json")

    assert msgspec.json.decode(printed) == msgspec.json.decode(
        (tmp_path / "report.json").read_bytes()
    )


def test_calibrate_writes_the_policy_anew(
    manifest_path: Path, tmp_path: Path, served: list[Path | None]
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_bytes((REPOSITORY / "policy.json").read_bytes())
    before = msgspec.json.decode(policy.read_bytes(), type=Policy)

    run("calibrate", manifest_path, "--policy", policy, "--source", "drawn")
    after = msgspec.json.decode(policy.read_bytes(), type=Policy)

    assert served == [tmp_path]
    assert after.model_version == "light-1"
    assert after.thresholds != before.thresholds
    assert after.fitted_on["sources"] == ["drawn"]


def test_calibrate_leaves_the_policy_when_it_writes_probabilities(
    manifest_path: Path, tmp_path: Path
) -> None:
    policy, probabilities = tmp_path / "policy.json", tmp_path / "new" / "calibration.json"
    content = (REPOSITORY / "policy.json").read_bytes()
    policy.write_bytes(content)

    run("calibrate", manifest_path, "--policy", policy, "--probabilities", probabilities)

    assert read_calibration(probabilities).slope > 0
    assert policy.read_bytes() == content


def test_what_is_wrong_is_said_before_models_are_served(
    manifest_path: Path, tmp_path: Path, served: list[Path | None]
) -> None:
    result = CliRunner().invoke(
        app,
        ["evaluate", str(manifest_path), "--out", str(tmp_path / "r.json"), "--cases", "none.json"],
    )

    assert result.exit_code == 1
    assert "none.json" in result.stderr
    assert served == []
