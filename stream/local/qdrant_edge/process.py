"""The embedded vector store as its users start it: in a child process that dies with them."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess
from stream.local.embedded_server import EmbeddedServer, require

_READY = r"^ready (?P<url>http://127\.0\.0\.1:(?P<port>\d+))$"
_TELLING_LINES = r"^(refused|ERROR|CRITICAL|\w*Error)"
_LOG_BYTES = 64 * 2**20
"""What the engine takes for one more log; a disk with less room is most likely why it ended."""


class QdrantEdgeProcess(EmbeddedServer):
    """Qdrant Edge in a child process. What it holds stays in the folder.

    Args:
        folder: Where the data and `qdrant-edge.log` lie; one process at a time.
        port: The gRPC port; default: a free one, kept when the server is started again.
        rest_port: Port of snapshots over HTTP; default: none are served.
        min_free_bytes: Writes are refused while the disk has less room; default: the server's.
        start_timeout_seconds: How long loading the data may take.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        rest_port: int | None = None,
        min_free_bytes: int | None = None,
        start_timeout_seconds: float = 60,
    ) -> None:
        self._folder = folder.resolve()
        self._port = port or 0
        self._rest_port = rest_port
        self._min_free_bytes = min_free_bytes
        super().__init__(
            log_file=self._folder / "qdrant-edge.log",
            ready=_READY,
            start_timeout_seconds=start_timeout_seconds,
        )

    @property
    def url(self) -> str:
        """The gRPC endpoint, as `TWINLIST_QDRANT__URL` takes it; known once started."""
        return f"http://127.0.0.1:{self._port}"

    def check(self) -> None:
        """Raise `StopError` if Qdrant Edge is not installed."""
        require("qdrant_edge", "Qdrant Edge", "--qdrant http://HOST:PORT")

    def start(self) -> None:
        """Start the server and wait until it takes requests. Raises `StopError`."""
        with self._full_disk_named():
            super().start()

    def check_alive(self) -> None:
        """Raise `StopError` with what the log tells when the server has ended."""
        with self._full_disk_named():
            super().check_alive()

    @contextmanager
    def _full_disk_named(self) -> Iterator[None]:
        """Say when the disk is full: the engine, and its log, may have ended of it without a word.

        It maps its files, so that a page which finds no room kills it by SIGBUS.
        """
        try:
            yield
        except StopError as error:
            if not self._folder.exists():
                raise
            free_bytes = shutil.disk_usage(self._folder).free
            if free_bytes >= (self._min_free_bytes or _LOG_BYTES):
                raise
            raise StopError(
                f"{error}\nThe disk of {self._folder} has {free_bytes} bytes left: make room "
                "there, and start again"
            ) from error

    def _prepare(self) -> ChildProcess:
        room = () if self._min_free_bytes is None else (f"--min-free-bytes={self._min_free_bytes}",)
        snapshots = () if self._rest_port is None else (f"--rest-port={self._rest_port}",)
        return ChildProcess(
            "Qdrant Edge",
            (
                *(sys.executable, "-m", "stream.local.qdrant_edge"),
                *(f"--path={self._folder}", f"--port={self._port}"),
                *room,
                *snapshots,
            ),
            log_file=self.log_file,
            telling_lines=_TELLING_LINES,
        )

    def _learn(self, ready: re.Match[str]) -> None:
        self._port = int(ready["port"])
