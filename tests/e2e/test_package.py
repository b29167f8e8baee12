"""What `pip install twinlist` brings: contents and metadata, and a demo away from the checkout."""

import email
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import msgspec
import pytest

from stream import __version__
from stream.demo.report import Report

ROOT = Path(__file__).parents[2]
NAME = f"twinlist-{__version__}"


@dataclass(frozen=True)
class Archives:
    """What is published of one tree."""

    wheel: Path
    source: Path

    @property
    def wheel_files(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as wheel:
            return set(wheel.namelist())

    @property
    def source_files(self) -> set[str]:
        with tarfile.open(self.source) as source:
            return {name.removeprefix(f"{NAME}/") for name in source.getnames()}

    @property
    def metadata(self) -> Message:
        with zipfile.ZipFile(self.wheel) as wheel:
            return email.message_from_bytes(wheel.read(f"{NAME}.dist-info/METADATA"))


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    return _build(ROOT, tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_code_scenes_models_and_licence_and_nothing_else(
    archives: Archives,
) -> None:
    package = _files("stream") | {f"stream/{file}" for file in _files("model_repository")}
    about = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
    assert archives.wheel_files == package | {f"{NAME}.dist-info/{file}" for file in about}
    assert archives.wheel_files > {
        "stream/py.typed",
        "stream/demo/scenes/events.jsonl",
        "stream/model_repository/policy.json",
        "stream/model_repository/photo_encoder/1/model.onnx",
    }


def test_the_source_archive_holds_what_the_wheel_is_built_of_and_nothing_else(
    archives: Archives,
) -> None:
    about = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO", ".gitignore"}
    assert archives.source_files == _files("stream") | _files("model_repository") | about


def test_a_wheel_built_of_the_source_archive_is_the_same_byte_for_byte(
    archives: Archives, tmp_path: Path
) -> None:
    with tarfile.open(archives.source) as source:
        source.extractall(tmp_path, filter="data")
    rebuilt = _build(tmp_path / NAME, tmp_path / "dist")
    assert rebuilt.wheel.read_bytes() == archives.wheel.read_bytes()


def test_the_metadata_says_what_it_is_and_what_it_needs(archives: Archives) -> None:
    metadata = archives.metadata
    assert metadata["Name"] == "twinlist"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == "<3.12,>=3.11"
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    assert str(metadata.get_payload()).startswith("# Twinlist")


def test_every_extra_that_is_named_anywhere_exists(archives: Archives) -> None:
    files = [ROOT / "README.md", *ROOT.glob("*/**/*.md"), *(ROOT / "stream").rglob("*.py")]
    named = {
        extra
        for file in files
        if not file.relative_to(ROOT).parts[0].startswith(".")
        for extra in re.findall(r"(?:twinlist|'\.)\[([a-z]+)\]", file.read_text())
    }
    assert named
    assert named <= set(archives.metadata.get_all("Provides-Extra", []))


def test_the_chart_and_the_changelog_speak_of_this_version() -> None:
    chart = ROOT / "deploy" / "helm"
    assert f'appVersion: "{__version__}"\n' in (chart / "Chart.yaml").read_text()
    assert f"image: twinlist:{__version__}\n" in (chart / "values.yaml").read_text()
    assert f"\n## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.long
@pytest.mark.timeout(900)  # 575 MB are installed
def test_installed_in_a_clean_environment_the_demo_runs_from_any_folder(
    archives: Archives, tmp_path: Path
) -> None:
    programs = tmp_path / "environment" / "bin"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    _run(ROOT, sys.executable, "-m", "venv", programs.parent)
    install = (programs / "pip", "install", "--quiet", "--constraint", ROOT / "requirements.lock")

    _run(ROOT, *install, ".")
    assert __version__ in _run(elsewhere, programs / "twinlist", "--version").stdout
    without_parts = _run(elsewhere, programs / "twinlist", "demo", must_succeed=False)
    assert without_parts.returncode == 1
    assert "twinlist[local]" in without_parts.stderr
    assert "Traceback" not in without_parts.stderr

    _run(ROOT, *install, f"{archives.wheel}[local]")
    _run(elsewhere, programs / "pip", "check")
    _run(elsewhere, programs / "twinlist", "demo", "--rate", "10")
    played = (elsewhere / "build" / "demo" / "report.json").read_bytes()
    assert msgspec.json.decode(played, type=Report).is_complete


def _build(tree: Path, folder: Path) -> Archives:
    """Build both archives of a tree as its pyproject.toml says."""
    _run(tree, sys.executable, "-m", "hatchling", "build", "--directory", folder)
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Archives(wheel, source)


def _files(folder: str) -> set[str]:
    """List the files of a folder of the checkout that are no build output."""
    return {
        str(file.relative_to(ROOT))
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


def _run(
    folder: Path, *command: str | Path, must_succeed: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Run a command that knows nothing of the environment that the tests run in."""
    foreign = ("PYTHONPATH", "VIRTUAL_ENV", "TWINLIST_")
    done = subprocess.run(
        command,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(foreign)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or not must_succeed, done.stdout + done.stderr
    return done
