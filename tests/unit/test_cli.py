"""The command line: what it says of itself, and what it says when it cannot do as told."""

import json
import logging
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import typer
from typer.testing import CliRunner, Result

from stream import __version__
from stream.cli import app
from stream.cli_frame import frame
from stream.settings import Settings
from stream.shipped import read_policy

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    root, ours = logging.getLogger(), logging.getLogger("stream")
    kept = (root.handlers, root.level, ours.level)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    root.handlers, level, our_level = kept
    root.setLevel(level)
    ours.setLevel(our_level)
    structlog.reset_defaults()


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_help_groups_the_commands_and_says_where_to_start() -> None:
    text = " ".join(_run().output.split())
    groups = [text.index(name) for name in ("See what it does", "Run it on your own", "Models")]
    assert groups == sorted(groups)
    assert groups[0] < text.index("Play sample listings") < groups[1] < text.index("dead-letters")
    assert "New here? `twinlist demo`" in text


def test_version_names_the_models_and_the_policy_too() -> None:
    policy = read_policy(Settings())
    assert _run("--version").output.splitlines() == [
        f"twinlist {__version__}",
        f"models {policy.model_version}",
        f"policy {policy.policy_version}",
    ]


def test_settings_as_json_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLIST_QDRANT__API_KEY", "s3cret")
    written = _run("settings", "--json").stdout
    settings = {one["variable"]: one for one in json.loads(written)}
    assert settings["TWINLIST_QDRANT__API_KEY"]["is_secret"]
    assert settings["TWINLIST_KAFKA__BROKERS"]["value"] == "localhost:9092"
    assert "s3cret" not in written


def test_a_setting_that_is_none_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLIST_KAFKA__BATCH_SIZE", "many")
    refused = _run("settings")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("twinlist: TWINLIST_KAFKA__BATCH_SIZE: ")


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("TWINLIST_KAFKA__BROKER", "; did you mean TWINLIST_KAFKA__BROKERS?"),
        ("TWINLIST_PHOTOS__ALLOW_PRIVATE", "; did you mean TWINLIST_PHOTOS__ALLOWED_PORTS?"),
        ("TWINLIST_KAFKA__COLOUR_OF_THE_SKY", ""),
    ],
)
def test_a_mistyped_variable_is_told_with_what_may_be_meant(
    variable: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "s3cret")
    refused = _run("settings")
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"twinlist: {variable}: no such setting{meant}; see `twinlist settings`\n"
    )


@pytest.mark.parametrize("command", ["list", "replay"])
def test_a_reason_that_is_none_is_refused_with_those_that_there_are(command: str) -> None:
    refused = _run("dead-letters", command, "--reason", "not_json", "--reason", "bogus")
    assert refused.exit_code == 1
    [line] = refused.stderr.splitlines()
    assert line.startswith("twinlist: no such reason: bogus; there are unreadable_record, ")


def test_a_file_of_settings_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWINLIST_ENV_FILE", str(tmp_path / "none.env"))
    refused = _run("settings")
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"twinlist: TWINLIST_ENV_FILE={tmp_path}/none.env is no file: name one, or unset it\n"
    )


def test_a_manifest_that_is_not_there_is_told_before_the_engines_are_loaded() -> None:
    engines = ("faust", "qdrant_client", "tritonclient", "aiokafka", "torch")
    asked = (
        "import sys; from stream.cli import app; from typer.testing import CliRunner\n"
        "for words in (['demo', '--manifest', '/no/such'], ['--version'], ['settings']):\n"
        "    print(CliRunner().invoke(app, words).stderr, end='')\n"
        f"print(sorted(set({engines}) & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked], check=True, capture_output=True, text=True
    ).stdout
    assert said == (
        "twinlist: the manifest /no/such cannot be read: No such file or directory\n[]\n"
    )


def test_a_folder_that_cannot_be_written_is_named_with_the_way_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = _run("demo", "--out", tmp_path / "file" / "demo")
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"twinlist: {tmp_path}/file/demo cannot be written: Not a directory; "
        "name another folder with --out\n"
    )


def test_a_wrong_manifest_is_told_before_anything_is_made(tmp_path: Path) -> None:
    manifest = tmp_path / "own.jsonl"
    manifest.write_text("{}\n")
    refused = _run("demo", "--manifest", manifest, "--out", tmp_path / "demo")
    assert refused.exit_code == 1
    assert f"{manifest}, line 1" in refused.stderr
    assert not (tmp_path / "demo").exists()


def test_a_wrong_manifest_is_not_evaluated(tmp_path: Path) -> None:
    manifest = tmp_path / "own.jsonl"
    manifest.write_text("{}\n")
    refused = _run("evaluate", manifest, "--out", tmp_path / "out" / "report.json")
    assert refused.exit_code == 1
    assert str(manifest) in refused.stderr
    assert not (tmp_path / "out").exists()


def test_another_machine_is_told_of_containers_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    refused = _run("demo", "--out", tmp_path)
    assert refused.exit_code == 1
    assert "Linux x86-64 only" in refused.stderr
    assert "deploy/compose.yaml" in refused.stderr
    assert not list(tmp_path.rglob("*.log"))


@pytest.mark.parametrize(
    ("module", "install"),
    [
        ("confluent_kafka", "install 'twinlist[local]'"),
        ("confluent_kafka", "install --constraint requirements.lock '.[local]'"),
        ("torch.nn", "install 'twinlist[train]'"),
        ("msgspec", "install 'twinlist'"),
    ],
)
def test_a_missing_module_is_named_with_what_brings_it(
    module: str, install: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit), frame():
        raise ModuleNotFoundError("no module", name=module)
    said = capsys.readouterr().err
    assert module.partition(".")[0] in said
    assert install in said


def test_an_error_of_the_system_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), frame():
        Path("/no/such/file").read_text()
    assert capsys.readouterr().err == "twinlist: /no/such/file: No such file or directory\n"


def test_logs_are_quiet_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for is_verbose in (False, True):
        with frame(is_verbose=is_verbose):
            logging.getLogger("stream.pipeline").info("ours")
            logging.getLogger("aiokafka").error("theirs")
            logging.getLogger("stream.pipeline").warning("our warning")
        said = capsys.readouterr().err
        assert ("ours" in said, "theirs" in said) == (is_verbose, is_verbose)
        assert "our warning" in said


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_command_with_one_line_and_its_status(
    number: signal.Signals, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, frame():
        signal.raise_signal(number)
    assert ended.value.exit_code == status
    assert capsys.readouterr().err == "twinlist: stopped\n"
