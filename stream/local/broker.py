"""The embedded broker: librdkafka's in-process Kafka, run as a child process like all local parts.

Good for the demo and for tests. Its limits: 4 partitions a topic, which appear on first use and
cannot be created; about 5 MiB a partition are kept, in memory only; no look-up by time; no
security. Name a real broker with `--broker` for more.
"""

import re
import sys
from pathlib import Path

from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess
from stream.local.embedded_server import EmbeddedServer, require

PARTITIONS = 4
KEPT_BYTES_PER_PARTITION = 5 * 2**20
_READY = r"^ready (?P<address>\S+)$"


def check_fits(topic_bytes: int) -> None:
    """Raise `StopError` if the broker would drop events of a topic that is to hold so many bytes.

    Keys spread unevenly, so no more than half of what all partitions keep is relied on.
    """
    limit = PARTITIONS * KEPT_BYTES_PER_PARTITION // 2
    if topic_bytes > limit:
        raise StopError(
            f"the embedded broker keeps about {limit / 2**20:.0f} MiB of events and would drop"
            f" the oldest of these {topic_bytes / 2**20:.0f} MiB: name a real one with --broker"
        )


class BrokerProcess(EmbeddedServer):
    """The embedded broker in a child process; what it holds is lost when it ends.

    Args:
        folder: Where `broker.log` is written.
        start_timeout_seconds: How long starting may take.
    """

    def __init__(self, folder: Path, *, start_timeout_seconds: float = 30) -> None:
        self._address = ""
        super().__init__(
            log_file=folder.resolve() / "broker.log",
            ready=_READY,
            start_timeout_seconds=start_timeout_seconds,
        )

    @property
    def address(self) -> str:
        """Where the broker listens, `host:port`; known once started."""
        return self._address

    def check(self) -> None:
        """Raise `StopError` if librdkafka is not installed."""
        require("confluent_kafka", "the embedded broker", "--broker HOST:PORT")

    def _prepare(self) -> ChildProcess:
        command = (sys.executable, "-m", "stream.local.librdkafka_broker")
        return ChildProcess("the embedded broker", command, log_file=self.log_file)

    def _learn(self, ready: re.Match[str]) -> None:
        self._address = ready["address"]
