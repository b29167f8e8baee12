"""What the README and the guide tell to type, typed: on real Kafka, Triton and Qdrant Edge."""

import base64
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stream.demo.sample import SCENES
from stream.demo.stack import environment_of
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.local.triton import TritonProcess
from stream.settings import Settings
from stream.shipped import shipped_models
from tests.support.documents import ROOT, Document
from tests.support.kafka import KafkaServer, settings_for
from tests.support.qdrant import unique_settings

README = Document(ROOT / "README.md")
GUIDE = Document(ROOT / "deploy" / "from-demo-to-your-kafka.md")

# Whatever else stands in a shell block of the two pages is typed below.
TYPED_ELSEWHERE = {
    "make demo": "in .ci/run",
    "make test": "runs this test",
    ". .venv/bin/activate": "the environment of this test",
    "python3.11 -m venv ~/twinlist && . ~/twinlist/bin/activate": "likewise",
    "pip install --constraint requirements.lock .": "in tests/e2e/test_package.py",
}
LASTING = {
    "twinlist worker": "worker.log",
    "python deploy/examples/subscriber.py kafka:9092": "subscriber.log",
}
"""Commands that go on until they are stopped, and where their output goes."""
WAIT_SECONDS = 120.0
PHOTO = SCENES / "photos" / "bicycle-hall" / "1.jpg"


@dataclass
class Terminal:
    """Where commands are typed one after another: a shell in a copy of the checkout."""

    folder: Path
    environment: dict[str, str]
    own_names: dict[str, str]
    """What this machine has in place of what the pages name."""
    _lasting: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self._lasting.close()

    def type(self, command: str) -> None:
        """Type a line and wait for its end, if it has one; it must succeed."""
        line = re.sub("|".join(map(re.escape, self.own_names)), self._own_name, command)
        if setting := re.fullmatch(r"export (\w+)=(\S+)", line):
            self.environment[setting[1]] = setting[2]
        elif command in LASTING:
            self._lasting.enter_context(self._running(line, self.folder / LASTING[command]))
        else:
            shell = subprocess.run(
                ["bash", "-c", line],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert shell.returncode == 0, f"{command}\n{shell.stdout}{shell.stderr}"

    def wait_for(self, pattern: str, command: str) -> re.Match[str]:
        """Wait until a lasting command has printed a line, and return what was looked for."""
        output = self.folder / LASTING[command]
        deadline = time.monotonic() + WAIT_SECONDS
        while (found := re.search(pattern, output.read_text(), re.MULTILINE)) is None:
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.05)
        return found

    def _own_name(self, found: re.Match[str]) -> str:
        return self.own_names[found[0]]

    @contextmanager
    def _running(self, line: str, output: Path) -> Iterator[None]:
        with output.open("wb") as log:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {line}"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield
            assert process.poll() is None, f"{line} has ended:\n{output.read_text()}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_SECONDS)


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonProcess]:
    with TritonProcess(shipped_models(), tmp_path_factory.mktemp("triton")) as server:
        yield server


@pytest.fixture
def terminal(
    kafka_server: KafkaServer,
    qdrant_edge: QdrantEdgeProcess,
    triton: TritonProcess,
    tmp_path: Path,
) -> Iterator[Terminal]:
    for part in ("deploy", "requirements.lock"):
        (tmp_path / part).symlink_to(ROOT / part)
    subprocess.run(["cp", "-r", shipped_models(), tmp_path / "model_repository"], check=True)
    names_of_its_own = environment_of(
        Settings(kafka=settings_for(kafka_server.address), qdrant=unique_settings(qdrant_edge.url))
    )
    for variable in ("TWINLIST_KAFKA__BROKERS", "TWINLIST_QDRANT__URL"):
        del names_of_its_own[variable]  # the pages tell to set them
    photo = f"'data:image/jpeg;base64,{base64.b64encode(PHOTO.read_bytes()).decode()}'"
    programs = Path(sys.executable).parent
    with Terminal(
        folder=tmp_path,
        environment=names_of_its_own | {"PATH": f"{programs}:{os.environ['PATH']}"},
        own_names={
            "kafka:9092": kafka_server.address,
            "http://qdrant:6334": qdrant_edge.url,
            "triton:8001": triton.url,
            "--replication 3": "--replication 1",  # one broker
            "https://photos.example.com/bike-1.jpg": photo,
            "https://photos.example.com/bike-2.jpg": photo,
            "OTHER_MANIFEST": str(SCENES / "listings.jsonl"),
            "MANIFEST": str(SCENES / "listings.jsonl"),
        },
    ) as terminal:
        yield terminal


def test_every_command_has_its_test() -> None:
    commands = {*README.commands, *GUIDE.commands}
    assert commands >= TYPED_ELSEWHERE.keys() | LASTING.keys()


@pytest.mark.long
@pytest.mark.timeout(900)  # the demo twice, evaluation and calibration
def test_the_readmes_commands_work_in_their_order(terminal: Terminal) -> None:
    for command in README.commands:
        if command not in TYPED_ELSEWHERE:
            terminal.type(command)
    terminal.wait_for("worker ready", "twinlist worker")
    assert (terminal.folder / "build" / "demo" / "report.html").exists()
    assert (terminal.folder / "build" / "report.json").exists()


def test_the_guides_commands_lead_from_an_event_to_its_alert(terminal: Terminal) -> None:
    for command in GUIDE.commands:
        if command not in TYPED_ELSEWHERE:
            terminal.type(command)
    (printed,) = (block.text.strip() for block in GUIDE.blocks if block.language == "text")
    *claim, probability = printed.split()
    line = terminal.wait_for(rf"^{' '.join(claim)} ([01]\.\d+)$", GUIDE.commands[-1])
    assert float(line[1]) == pytest.approx(float(probability), abs=0.005)
