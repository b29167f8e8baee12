"""A genuine Qdrant server for tests, from a binary of whatever version."""

import os
import re
import socket
import time
from pathlib import Path

from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess, choose_free_port
from stream.local.embedded_server import EmbeddedServer

_READY = r"Qdrant gRPC listening on \d+"
_POLL_SECONDS = 0.02


class QdrantServerProcess(EmbeddedServer):
    """Qdrant in a child process, to be treated as `QdrantEdgeProcess` is.

    Args:
        binary: The server's program.
        folder: Where its data, its snapshots and `qdrant.log` lie.
        rest_port: The port of its REST interface; default: a free one.
        start_timeout_seconds: How long loading the data may take.
    """

    def __init__(
        self,
        binary: Path,
        folder: Path,
        *,
        rest_port: int | None = None,
        start_timeout_seconds: float = 60,
    ) -> None:
        self._binary = binary.resolve()
        self._folder = folder.resolve()
        self._port, self._rest_port = choose_free_port(), rest_port or choose_free_port()
        super().__init__(
            log_file=self._folder / "qdrant.log",
            ready=_READY,
            start_timeout_seconds=start_timeout_seconds,
        )

    @property
    def url(self) -> str:
        """The gRPC endpoint, as `TWINLIST_QDRANT__URL` takes it."""
        return f"http://127.0.0.1:{self._port}"

    def check(self) -> None:
        """Raise `StopError` if the binary is no program."""
        if not os.access(self._binary, os.X_OK):
            raise StopError(f"{self._binary} is no program: name the binary of a Qdrant server")

    def _prepare(self) -> ChildProcess:
        # https://qdrant.tech/documentation/guides/configuration/
        settings = {
            "QDRANT__SERVICE__HOST": "127.0.0.1",
            "QDRANT__SERVICE__GRPC_PORT": str(self._port),
            "QDRANT__SERVICE__HTTP_PORT": str(self._rest_port),
            "QDRANT__STORAGE__STORAGE_PATH": str(self._folder / "storage"),
            "QDRANT__STORAGE__SNAPSHOTS_PATH": str(self._folder / "snapshots"),
            "QDRANT__STORAGE__COLLECTION__STRICT_MODE__ENABLED": "true",
            "QDRANT__STORAGE__COLLECTION__STRICT_MODE__UNINDEXED_FILTERING_RETRIEVE": "false",
            "QDRANT__STORAGE__COLLECTION__STRICT_MODE__UNINDEXED_FILTERING_UPDATE": "false",
            "QDRANT__STORAGE__OPTIMIZERS__FLUSH_INTERVAL_SEC": "1",  # as often as Qdrant Edge
            "QDRANT__TELEMETRY_DISABLED": "true",
            "QDRANT_INIT_FILE_PATH": str(self._folder / "initialized"),
        }
        return ChildProcess(
            "Qdrant",
            (str(self._binary),),
            log_file=self.log_file,
            environment={**os.environ, **settings},
        )

    def _learn(self, ready: re.Match[str]) -> None:
        """Wait for its ports, which it opens a moment after it says so."""
        del ready
        deadline = time.monotonic() + self._start_timeout_seconds
        for port in (self._port, self._rest_port):
            with socket.socket() as client:
                while client.connect_ex(("127.0.0.1", port)):
                    if time.monotonic() > deadline:
                        raise StopError(f"Qdrant does not listen on port {port}: {self.log_file}")
                    time.sleep(_POLL_SECONDS)
