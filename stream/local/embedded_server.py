"""What the servers of the embedded stack have in common: each is a child process, ready or gone."""

import importlib.util
import re
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess


class EmbeddedServer(ABC):
    """A server in a child process, on the loopback address, that ends with its parent.

    A context manager: ready when entered, gone when left, at once when an error or Ctrl-C leaves
    it. It may be started again, also after `kill`. Synchronous: from a coroutine use
    `asyncio.to_thread`.

    Args:
        log_file: Where the server logs to; errors name it.
        ready: Pattern of the log line that says that it takes requests.
        start_timeout_seconds: How long starting may take.
        stop_timeout_seconds: How long requests under way may take before it is killed.
    """

    def __init__(
        self,
        *,
        log_file: Path,
        ready: str,
        start_timeout_seconds: float,
        stop_timeout_seconds: float = 10,
    ) -> None:
        self.log_file = log_file
        self._ready = ready
        self._start_timeout_seconds = start_timeout_seconds
        self._stop_timeout_seconds = stop_timeout_seconds
        self._child: ChildProcess | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id; None before the first start."""
        return self._child.pid if self._child is not None else None

    @property
    def is_alive(self) -> bool:
        """Whether the server runs."""
        return self._child is not None and self._child.is_alive

    @abstractmethod
    def check(self) -> None:
        """Raise `StopError` if this machine cannot run the server; start nothing."""

    def check_alive(self) -> None:
        """Raise `StopError` with what the log tells when the server has ended."""
        if self._child is not None:
            self._child.check_alive()

    def start(self) -> None:
        """Start the server and wait until it takes requests.

        Raises `StopError` when it cannot start; the message says why and quotes the log.
        """
        self.check()
        self._child = self._prepare()
        try:
            self._child.start()
            ready = self._child.wait_ready(self._ready, self._start_timeout_seconds)
        except BaseException:
            self.kill()
            raise
        self._learn(ready)

    def stop(self) -> None:
        """Let requests under way finish, and end the server."""
        if self._child is not None:
            try:
                self._child.stop(self._stop_timeout_seconds)
            finally:
                self._clean_up()

    def kill(self) -> None:
        """Kill the server at once, as a crash would."""
        if self._child is not None:
            try:
                self._child.kill()
            finally:
                self._clean_up()

    @abstractmethod
    def _prepare(self) -> ChildProcess:
        """Make ready what the server needs; return it, not started yet. Raises `StopError`."""

    def _learn(self, ready: re.Match[str]) -> None:  # noqa: B027 - not every server has news
        """Take from the ready line what only the server knew, such as its port."""

    def _clean_up(self) -> None:  # noqa: B027 - not every server leaves anything
        """Remove what an ended server leaves behind."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exception_type is None:
            self.stop()
        else:
            self.kill()


def require(module: str, server: str, option: str) -> Path:
    """Return where a module lies that a server needs. Raises `StopError` if it is not installed."""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise StopError(
            f"{server} needs the Python module {module}, which is not installed: install "
            f"twinlist[local], or name a running server with {option}"
        )
    return Path(found.origin)
