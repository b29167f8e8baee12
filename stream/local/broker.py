"""The embedded broker: librdkafka's in-process Kafka, run as a child process like all local parts.

Good for the demo and for tests. Its limits: 4 partitions a topic, which appear on first use and
cannot be created; about 5 MiB a partition are kept, in memory only; no look-up by time; no
security. Name a real broker with `--broker` for more.
"""

import json
import subprocess
import sys
from types import TracebackType
from typing import Self

from confluent_kafka import Producer

from stream.domain.errors import StopError

PARTITIONS = 4
KEPT_BYTES_PER_PARTITION = 5 * 2**20


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


class BrokerProcess:
    """The embedded broker in a child process, which ends with its parent."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._address = ""

    @property
    def address(self) -> str:
        """Where the broker listens: `host:port`."""
        return self._address

    def start(self) -> None:
        """Start the broker and wait until it listens. Raises `StopError` if it does not."""
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "stream.local.broker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = process.stdout.readline() if process.stdout is not None else ""
        if not ready:
            self.stop()
            raise StopError("the embedded broker did not start; its message stands above")
        self._address = json.loads(ready)["address"]

    def stop(self) -> None:
        """Stop the broker; what it held is lost."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def main() -> None:
    """Serve until the parent closes standard input, as it does when it dies."""
    owner = Producer({"test.mock.num.brokers": 1})
    brokers = owner.list_topics(timeout=10).brokers.values()
    address = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    sys.stdout.write(json.dumps({"address": address}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
