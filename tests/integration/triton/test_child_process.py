"""Children of the embedded stack: ready in time, gone with their parent, clear when they fail."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess, choose_free_port

SLEEP = "import time; print('ready 42', flush=True); time.sleep(600)"
READY = r"^ready (\d+)$"
GONE_SECONDS = 10

Start = Callable[[str], ChildProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    children: list[ChildProcess] = []

    def start(code: str) -> ChildProcess:
        command = (sys.executable, "-c", code)
        children.append(ChildProcess("sleeper", command, log_file=tmp_path / "sleeper.log"))
        children[-1].start()
        return children[-1]

    yield start
    for child in children:
        child.kill()


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while _runs(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


def test_waiting_returns_what_the_ready_line_says(start: Start) -> None:
    assert start(SLEEP).wait_ready(READY, 10)[1] == "42"


def test_a_child_that_ends_early_is_explained_by_its_log(start: Start) -> None:
    child = start("raise SystemExit('no room')")
    with pytest.raises(StopError, match=r"starting, exit status 1\..*sleeper\.log:\nno room"):
        child.wait_ready(READY, 10)


def test_a_child_that_is_killed_in_the_middle_is_named_and_explained(start: Start) -> None:
    child = start("print('last words', flush=True); " + SLEEP)
    child.wait_ready(READY, 10)
    child.check_alive()
    child.kill()
    with pytest.raises(StopError, match=r"(?s)sleeper ended, killed by SIGKILL\..*last words"):
        child.check_alive()


def test_a_child_without_a_last_word_is_said_to_have_none(start: Start) -> None:
    with pytest.raises(StopError, match=r"sleeper\.log, says nothing"):
        start("raise SystemExit(3)").wait_ready(READY, 10)


def test_a_child_that_is_late_is_killed(start: Start) -> None:
    child = start("import time; time.sleep(600)")
    with pytest.raises(StopError, match=r"not ready within 0\.2 s"):
        child.wait_ready(READY, 0.2)
    assert not child.is_alive


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    child = ChildProcess("nothing", ["/no/such/program"], log_file=tmp_path / "log")
    child.start()
    with pytest.raises(StopError, match="/no/such/program"):
        child.wait_ready(READY, 10)


def test_a_running_child_is_not_started_twice(start: Start) -> None:
    child = start(SLEEP)
    with pytest.raises(StopError, match="runs already"):
        child.start()


def test_the_ready_line_of_an_earlier_start_does_not_count(start: Start, tmp_path: Path) -> None:
    flag = tmp_path / "second"
    code = f"import pathlib, time; p = pathlib.Path({str(flag)!r})\n{{}}time.sleep(600)"
    child = start(code.format("p.exists() or print('ready 1', flush=True); p.touch(); "))
    child.wait_ready(READY, 10)
    child.kill()
    child.start()
    with pytest.raises(StopError, match="not ready"):
        child.wait_ready(READY, 0.5)


def test_stop_lets_the_child_finish(start: Start, tmp_path: Path) -> None:
    code = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit('bye'))\n"
    ) + SLEEP
    child = start(code)
    child.wait_ready(READY, 10)
    child.stop()
    assert not child.is_alive
    assert (tmp_path / "sleeper.log").read_text().endswith("bye\n")


def test_stop_kills_a_child_that_does_not_end(start: Start) -> None:
    child = start("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEP)
    child.wait_ready(READY, 10)
    child.stop(timeout_seconds=0.2)
    assert not child.is_alive


def test_an_interrupted_stop_leaves_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    child = start("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEP)
    child.wait_ready(READY, 10)
    waiting = subprocess.Popen.wait

    def interrupted(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if timeout is not None:
            raise KeyboardInterrupt
        return waiting(process)

    monkeypatch.setattr(subprocess.Popen, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        child.stop()
    assert not child.is_alive


def test_kill_takes_grandchildren_along(start: Start) -> None:
    child = start(
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('ready', p.pid, flush=True); time.sleep(600)"
    )
    grandchild = int(child.wait_ready(READY, 10)[1])
    child.kill()
    _wait_until_gone(grandchild)


def test_a_child_outlives_the_thread_that_started_it(start: Start) -> None:
    children: list[ChildProcess] = []
    thread = threading.Thread(target=lambda: children.append(start(SLEEP)))
    thread.start()
    thread.join()
    children[0].wait_ready(READY, 10)
    assert children[0].is_alive


def test_a_child_dies_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from stream.local.child_process import ChildProcess\n"
        f"command = (sys.executable, '-c', {SLEEP!r})\n"
        f"child = ChildProcess('orphan', command, log_file=Path({str(tmp_path / 'log')!r}))\n"
        f"child.start(); child.wait_ready({READY!r}, 10)\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _runs(pid)
        os.kill(parent.pid, signal.SIGKILL)
    _wait_until_gone(pid)


def test_a_free_port_can_be_listened_on() -> None:
    assert 1024 <= choose_free_port() < 65536
