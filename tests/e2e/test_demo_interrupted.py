"""Whenever a demo is stopped, or a part of it dies, nothing of it goes on running."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

_MARK = "DEMO_MARK"


@dataclass(frozen=True)
class RunningDemo:
    """A demo, and all processes that come of it: they share a variable of the environment."""

    process: subprocess.Popen[str]
    mark: str

    def wait_for(self, line: str) -> None:
        assert self.process.stdout is not None
        assert any(one.startswith(line) for one in self.process.stdout)

    def processes(self, part: str = "") -> list[int]:
        """The ids of those that live and have `part` in their command line."""
        return [
            int(folder.name)
            for folder in Path("/proc").iterdir()
            if folder.name.isdigit() and self._is_ours(folder, part)
        ]

    def _is_ours(self, folder: Path, part: str) -> bool:
        try:
            is_dead = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            command = (folder / "cmdline").read_text()
            return (
                not is_dead
                and f"{_MARK}={self.mark}\0" in (folder / "environ").read_text()
                and part in command
            )
        except OSError:
            return False  # it has ended meanwhile


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[RunningDemo]:
    mark = uuid.uuid4().hex
    with subprocess.Popen(
        [sys.executable, "-m", "stream.cli", "demo", "--out", tmp_path],
        env={**os.environ, _MARK: mark, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield RunningDemo(process, mark)
        process.kill()


@pytest.mark.parametrize(
    ("stage", "number", "status"),
    [
        ("starting the broker", signal.SIGTERM, 143),
        ("Triton loads the models", signal.SIGINT, 130),
        pytest.param("the worker joins", signal.SIGTERM, 143, marks=pytest.mark.long),
        ("raised", signal.SIGTERM, 143),
        pytest.param("stopping all parts", signal.SIGINT, 130, marks=pytest.mark.long),
    ],
)
def test_a_signal_stops_everything_at_every_stage(
    demo: RunningDemo, stage: str, number: signal.Signals, status: int
) -> None:
    demo.wait_for(stage)
    demo.process.send_signal(number)
    _, said = demo.process.communicate()
    assert demo.process.returncode == status
    assert said == "twinlist: stopped\n"
    assert not demo.processes()


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("librdkafka_broker", "the embedded broker"),
        pytest.param("qdrant_edge", "Qdrant Edge", marks=pytest.mark.long),
    ],
)
def test_a_part_that_dies_in_the_middle_is_named_with_its_last_lines(
    demo: RunningDemo, part: str, name: str
) -> None:
    demo.wait_for("sending")
    (pid,) = demo.processes(part)
    os.kill(pid, signal.SIGKILL)
    _, said = demo.process.communicate()
    assert demo.process.returncode == 1
    assert said.startswith(f"twinlist: {name} ended, killed by SIGKILL. From its log, ")
    assert "\nready " in said
    assert "Traceback" not in said
    assert not demo.processes()
