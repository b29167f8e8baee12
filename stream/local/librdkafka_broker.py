"""`python -m stream.local.librdkafka_broker`: a Kafka broker in memory, until a signal ends it."""

import signal
import sys

from confluent_kafka import Producer


def main() -> None:
    """Print `ready HOST:PORT` and serve."""
    owner = Producer({"test.mock.num.brokers": 1})
    brokers = owner.list_topics(timeout=10).brokers.values()
    address = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    sys.stdout.write(f"ready {address}\n")
    sys.stdout.flush()
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
