"""`python -m stream.local.librdkafka_broker`: a Kafka broker in memory, until a signal ends it."""

import ctypes
import signal
import sys

from confluent_kafka import cimpl

_PRODUCER = 0
_ERROR_BYTES = 512


def main() -> None:
    """Print `ready HOST:PORT` and serve."""
    sys.stdout.write(f"ready {_start()}\n")
    sys.stdout.flush()
    while True:
        signal.pause()


def _start() -> str:
    """Start the broker within this process; return its address.

    By librdkafka's own functions, which confluent-kafka's module is linked with: Python sees no
    setting for how long a new group waits for more members, and the default is three seconds.
    """
    librdkafka = ctypes.CDLL(cimpl.__file__)
    for function in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_handle_mock_cluster"):
        getattr(librdkafka, function).restype = ctypes.c_void_p
    librdkafka.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    error = ctypes.create_string_buffer(_ERROR_BYTES)
    options = ctypes.c_void_p(librdkafka.rd_kafka_conf_new())
    librdkafka.rd_kafka_conf_set(options, b"test.mock.num.brokers", b"1", error, len(error))
    owner = ctypes.c_void_p(librdkafka.rd_kafka_new(_PRODUCER, options, error, len(error)))
    if not owner:
        sys.exit(f"librdkafka does not start: {error.value.decode()}")
    cluster = ctypes.c_void_p(librdkafka.rd_kafka_handle_mock_cluster(owner))
    librdkafka.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0)
    address: bytes = librdkafka.rd_kafka_mock_cluster_bootstraps(cluster)
    return address.decode()


if __name__ == "__main__":
    main()
