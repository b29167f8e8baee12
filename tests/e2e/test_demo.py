"""`twinlist demo`, as a newcomer runs it."""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from stream.demo.report import Report
from stream.demo.sample import SCENES, read_scenes
from stream.domain.alert import Alert, AlertState, Kind, decode_alert
from tests.support.documents import ROOT, Document

_LOOPBACK = f"""{sys.executable} -c '
import fcntl, socket, struct
up = struct.pack("16sh", b"lo", 1)
fcntl.ioctl(socket.socket(), 0x8914, up)  # SIOCSIFFLAGS, IFF_UP
'"""
_UNSHARE = ("unshare", "--map-root-user", "--net", "--mount")
README = Document(ROOT / "README.md")
EXPECTED = msgspec.json.decode((SCENES / "expected.json").read_bytes())


def _alone(*command: str | Path, setup: str = "true") -> list[str | Path]:
    """The command in namespaces of its own: no network but the loopback address, other mounts."""
    script = f'{_LOOPBACK} && {setup} && exec "$@"'
    return [*_UNSHARE, "sh", "-c", script, "sh", *command]


def _has_namespaces() -> bool:
    """Whether this machine gives namespaces to its users."""
    if shutil.which("unshare") is None:
        return False
    return not subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False).returncode


@dataclass(frozen=True)
class Played:
    """A demo that has come to its end: what it printed and what it left."""

    demo: subprocess.CompletedProcess[str]
    folder: Path

    @property
    def report(self) -> Report:
        return msgspec.json.decode((self.folder / "report.json").read_bytes(), type=Report)

    @property
    def open_alerts(self) -> list[Alert]:
        """The newest of each pair, where it is not retracted."""
        lines = (self.folder / "alerts.jsonl").read_bytes().splitlines()
        newest = {alert.pair_id: alert for alert in (decode_alert(line).data for line in lines)}
        return [one for one in newest.values() if one.state is not AlertState.RETRACTED]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo of the scenes, without a network."""
    folder = tmp_path_factory.mktemp("demo")
    command = (sys.executable, "-m", "stream.cli", "demo", "--out", folder, "--rate", "10")
    demo = subprocess.run(
        [*(_alone(*command) if _has_namespaces() else command), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    return Played(demo, folder)


def test_the_demo_runs_without_a_network_and_accounts_for_every_event(played: Played) -> None:
    demo, folder, report = played.demo, played.folder, played.report
    assert msgspec.json.decode(demo.stdout, type=Report) == report
    assert "\x1b" not in demo.stderr
    sample = read_scenes()
    assert report.events == len(sample.events)
    assert report.dead_letters == report.meant_dead_letters == len(EXPECTED["dead_letters"])
    assert report.is_complete
    assert report.expected_pairs == len(EXPECTED["pairs"])
    for letter in EXPECTED["dead_letters"]:
        assert letter["key"] in demo.stderr

    pairs = {
        tuple(listing.listing_id for listing in alert.listings) for alert in played.open_alerts
    }
    copies = {
        (pair["left"], pair["right"])
        for pair in EXPECTED["pairs"]
        if pair["case"] in {"plain_copy", "edited_copy"}
    }
    assert copies <= pairs, "what is copied must be found by any model"
    page = (folder / "report.html").read_text()
    assert "<script" not in page
    assert page.count("data:image/jpeg;base64,") >= 2 * len(copies)


def test_the_readme_tells_the_demos_figures(played: Played) -> None:
    report = played.report
    false = report.found_pairs - report.correct_pairs
    figures = (
        f"finds {report.correct_pairs} of {report.expected_pairs} duplicate pairs "
        f"(recall {report.recall:.0%}) and raises {false} false alert{'s' * (false != 1)} "
        f"(precision {report.precision:.0%}); it avoids {report.traps_avoided} of "
        f"{report.traps} traps, and takes back {report.retracted_pairs} of {report.ended_pairs}"
    )
    assert figures in " ".join(README.text.split())


def test_the_readme_warns_of_what_the_demos_false_alerts_say(played: Played) -> None:
    warning = "a false alert of either kind: two flats with one floor plan, two cars of one make"
    assert warning in " ".join(README.text.split())
    expected = {(pair["left"], pair["right"]) for pair in EXPECTED["pairs"]}
    alerted = {
        tuple(listing.listing_id for listing in alert.listings): alert.kind
        for alert in played.open_alerts
    }
    false = {pair: kind for pair, kind in alerted.items() if pair not in expected}
    assert false == {
        ("car-front", "car-other-plate"): Kind.SAME_ITEM,
        ("flat-by-tenant", "flat-one-floor-up"): Kind.SAME_PHOTOS,
    }


def test_the_readme_tells_how_many_pairs_of_each_case_are_alerted(played: Played) -> None:
    cases = {one.case.replace("_", " "): one for one in played.report.cases}
    told = re.findall(r"^\| ([a-z, ]+) \| (\d+ of \d+) \|$", README.text, re.MULTILINE)
    for names, figure in told:
        counts = [cases.pop(name) for name in names.split(", ")]
        alerted = sum(one.found + one.false for one in counts)
        others = sum(one.missed + one.avoided for one in counts)
        assert figure == f"{alerted} of {alerted + others}", names
    ended = {label["case"].replace("_", " ") for label in EXPECTED["retracted"]}
    assert cases.keys() == ended, "told in the sentence above the tables"


def test_a_part_that_does_not_answer_is_named_and_the_demo_fails(tmp_path: Path) -> None:
    demo = subprocess.run(
        [
            *(sys.executable, "-m", "stream.cli", "demo", "--out", tmp_path),
            *("--broker", "127.0.0.1:1"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 1
    assert demo.stderr.startswith(
        "twinlist: connecting to 127.0.0.1:1 failed: no Kafka broker answers; "
    )
    assert len(demo.stderr.splitlines()) == 1
    assert not list(tmp_path.rglob("*.log")), "nothing was started"


@pytest.mark.skipif(not _has_namespaces(), reason="no namespace to mount a small disk in")
def test_a_folder_with_too_little_room_is_told_with_the_way_on(tmp_path: Path) -> None:
    demo = subprocess.run(
        _alone(
            *(sys.executable, "-m", "stream.cli", "demo", "--out", tmp_path),
            setup=f"mount -t tmpfs -o size=8m none {tmp_path}",
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 1
    assert demo.stderr.startswith(f"twinlist: {tmp_path} has 8 MiB of room and 320 are needed: ")
    assert "--out" in demo.stderr


@pytest.mark.parametrize("module", ["confluent_kafka", "qdrant_edge", "pytriton", "onnxruntime"])
def test_without_the_extra_nothing_is_started_and_the_extra_is_named(
    tmp_path: Path, module: str
) -> None:
    code = f"import sys; sys.modules[{module!r}] = None; from stream.cli import main; main()"
    demo = subprocess.run(
        [sys.executable, "-c", code, "demo", "--out", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 1
    assert f"needs the Python module {module}, which is not installed" in demo.stderr
    assert "install twinlist[local]" in demo.stderr
    assert not list(tmp_path.rglob("*.log")), "nothing was started"


def test_a_file_where_the_folder_should_be_is_told_before_anything_starts(tmp_path: Path) -> None:
    (file := tmp_path / "afile").touch()
    demo = subprocess.run(
        [sys.executable, "-m", "stream.cli", "demo", "--out", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 1
    assert demo.stderr == (f"twinlist: {file} is a file, not a folder: name another with --out\n")
