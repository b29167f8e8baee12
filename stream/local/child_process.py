"""A child process of the embedded stack: dies with its parent, logs to a file, ready in time."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

from stream.domain.errors import StopError

_POLL_SECONDS = 0.02
_QUOTED_LINES = 12

# Run in a fresh interpreter instead of between fork and exec (`preexec_fn`), which can deadlock
# in a process that has threads, as every process with a gRPC channel has. 1 is PR_SET_PDEATHSIG;
# the parent may have died before the call took effect, hence the comparison.
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent process is gone")
os.execvpe(sys.argv[2], sys.argv[2:], os.environ)
"""


class ChildProcess:
    """Starts a command, waits until its log says that it is ready, stops or kills it.

    The child gets SIGTERM when this process dies in whatever way (Linux only), and leads a process
    group of its own: Ctrl-C reaches the parent alone, which stops its children in order, and
    `kill` takes grandchildren along. It may be started again after it has ended.

    Args:
        name: What errors call it.
        command: The program and its arguments.
        log_file: Where stdout and stderr are appended to; errors name it.
        environment: The child's whole environment; default: that of this process.
        telling_lines: Pattern of the log lines that errors quote; default: any.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log_file: Path,
        environment: Mapping[str, str] | None = None,
        telling_lines: str = "",
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._command = tuple(command)
        self._environment = None if environment is None else dict(environment)
        self._telling_lines = re.compile(telling_lines)
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The child's process id; None before the first start."""
        return self._process.pid if self._process is not None else None

    @property
    def is_alive(self) -> bool:
        """Whether the child runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the child; return at once. Raises `StopError` if it runs already or cannot run."""
        if self.is_alive:
            raise StopError(f"{self.name} runs already, as process {self.pid}")
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        started: Future[subprocess.Popen[bytes]] = Future()
        # Linux sends the signal of a parent's death when the *thread* ends that started the
        # child, so the child gets a thread that lives as long as it does.
        threading.Thread(
            target=self._start_and_wait, args=(started,), name=self.name, daemon=True
        ).start()
        try:
            started.exception()  # waits; Ctrl-C may end the waiting, but not the starting
        finally:
            if (error := started.exception()) is None:
                self._process = started.result()
        if error is not None:
            raise StopError(f"{self.name} cannot be started: {error}") from error

    def wait_ready(self, pattern: str, timeout_seconds: float) -> re.Match[str]:
        """Wait until the log has a match of `pattern` since the last start; return it.

        Raises `StopError` with what the log tells when the child ends before, or when it takes
        longer, in which case it is killed.
        """
        deadline = time.monotonic() + timeout_seconds
        expression = re.compile(pattern, re.MULTILINE)
        while True:
            ended = not self.is_alive  # looked at before the log, so that no last line is missed
            if match := expression.search(self._read_log()):
                return match
            if ended:
                raise StopError(
                    f"{self.name} ended while starting, {self._end()}. {self._explain()}"
                )
            if time.monotonic() > deadline:
                self.kill()
                raise StopError(
                    f"{self.name} was not ready within {timeout_seconds:g} s. {self._explain()}"
                )
            time.sleep(_POLL_SECONDS)

    def check_alive(self) -> None:
        """Raise `StopError` with what the log tells when the child has ended."""
        if not self.is_alive:
            raise StopError(f"{self.name} ended, {self._end()}. {self._explain()}")

    def stop(self, timeout_seconds: float = 10) -> None:
        """Ask the child to end (SIGTERM) and wait; kill it when it takes longer."""
        try:
            if self._process is not None and self.is_alive:
                self._process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout_seconds)
        finally:
            self.kill()

    def kill(self) -> None:
        """Kill the child and what it has started (SIGKILL), and wait until it is gone."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _start_and_wait(self, started: "Future[subprocess.Popen[bytes]]") -> None:
        wrapper = (sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()))
        try:
            with self.log_file.open("ab") as log:
                process = subprocess.Popen(  # noqa: S603
                    (*wrapper, *self._command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment,
                    start_new_session=True,
                )
        except OSError as error:
            started.set_exception(error)
            return
        started.set_result(process)
        process.wait()

    def _read_log(self) -> str:
        with self.log_file.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _end(self) -> str:
        """How an ended child ended."""
        status = self._process.poll() if self._process is not None else None
        if status is None:
            return "never started"
        if status < 0:
            return f"killed by {signal.Signals(-status).name}"
        return f"exit status {status}"

    def _explain(self) -> str:
        lines = self._read_log().strip().splitlines()
        if not lines:
            return f"Its log, {self.log_file}, says nothing."
        telling = [line for line in lines if self._telling_lines.search(line)] or lines
        return f"From its log, {self.log_file}:\n" + "\n".join(telling[-_QUOTED_LINES:])


def choose_free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
