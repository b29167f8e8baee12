"""`twinlist demo`, as a newcomer runs it."""

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from stream.demo.report import Report
from stream.demo.sample import SCENES, read_scenes
from stream.domain.alert import decode_alert

_LOOPBACK = f"""{sys.executable} -c '
import fcntl, socket, struct
up = struct.pack("16sh", b"lo", 1)
fcntl.ioctl(socket.socket(), 0x8914, up)  # SIOCSIFFLAGS, IFF_UP
'"""
_UNSHARE = ("unshare", "--map-root-user", "--net", "--mount")
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


def test_the_demo_runs_without_a_network_and_accounts_for_every_event(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "stream.cli", "demo", "--out", tmp_path, "--rate", "10")
    demo = subprocess.run(
        [*(_alone(*command) if _has_namespaces() else command), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    report = msgspec.json.decode((tmp_path / "report.json").read_bytes(), type=Report)
    assert msgspec.json.decode(demo.stdout, type=Report) == report
    assert "\x1b" not in demo.stderr
    sample = read_scenes()
    assert report.events == len(sample.events)
    assert report.dead_letters == report.meant_dead_letters == len(EXPECTED["dead_letters"])
    assert report.is_complete
    assert report.expected_pairs == len(EXPECTED["pairs"])
    for letter in EXPECTED["dead_letters"]:
        assert letter["key"] in demo.stderr

    alerts = [
        decode_alert(line).data for line in (tmp_path / "alerts.jsonl").read_bytes().splitlines()
    ]
    pairs = {tuple(listing.listing_id for listing in alert.listings) for alert in alerts}
    copies = {
        (pair["left"], pair["right"])
        for pair in EXPECTED["pairs"]
        if pair["case"] in {"plain_copy", "edited_copy"}
    }
    assert copies <= pairs, "what is copied must be found by any model"
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert page.count("data:image/jpeg;base64,") >= 2 * len(copies)


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
