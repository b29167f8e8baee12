"""The embedded vector store as its users start it: in a child process that dies with them."""

import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from stream.local.child_process import ChildProcess

_READY = r"^ready (?P<url>http://127\.0\.0\.1:(?P<port>\d+))$"
_TELLING_LINES = r"^(refused|ERROR|CRITICAL|\w*Error)"


class QdrantEdgeProcess:
    """Qdrant Edge in a child process, on the loopback address.

    A context manager: ready when entered, gone when left. What it holds stays in the folder, and
    it may be started again, on the same port, also after `kill`.

    Args:
        folder: Where the data and `qdrant-edge.log` lie; one process at a time.
        port: The gRPC port; default: a free one, kept when the server is started again.
        min_free_bytes: Writes are refused while the disk has less room; default: the server's.
        start_timeout_seconds: How long loading the data may take.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        min_free_bytes: int | None = None,
        start_timeout_seconds: float = 60,
    ) -> None:
        self._folder = folder.resolve()
        self._port = port or 0
        self._min_free_bytes = min_free_bytes
        self._start_timeout_seconds = start_timeout_seconds
        self._child: ChildProcess | None = None
        self.log_file = self._folder / "qdrant-edge.log"

    @property
    def url(self) -> str:
        """The gRPC endpoint, as `TWINLIST_QDRANT__URL` takes it; known once started."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The server's process id; None before the first start."""
        return self._child.pid if self._child is not None else None

    @property
    def is_alive(self) -> bool:
        """Whether the server runs."""
        return self._child is not None and self._child.is_alive

    def start(self) -> None:
        """Start the server and wait until it takes requests.

        Raises `StopError` when it cannot start: another process has the folder, the port is taken,
        the data cannot be loaded. The message quotes the log.
        """
        self._child = ChildProcess(
            "Qdrant Edge",
            self._command(),
            log_file=self.log_file,
            telling_lines=_TELLING_LINES,
        )
        self._child.start()
        try:
            ready = self._child.wait_ready(_READY, self._start_timeout_seconds)
        except BaseException:
            self.kill()
            raise
        self._port = int(ready["port"])

    def stop(self) -> None:
        """Let requests under way finish, flush, and end the server."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """Kill the server at once, as a crash would; no acknowledged write is lost."""
        if self._child is not None:
            self._child.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _command(self) -> tuple[str, ...]:
        room = () if self._min_free_bytes is None else (f"--min-free-bytes={self._min_free_bytes}",)
        return (
            *(sys.executable, "-m", "stream.local.qdrant_edge"),
            *(f"--path={self._folder}", f"--port={self._port}"),
            *room,
        )
