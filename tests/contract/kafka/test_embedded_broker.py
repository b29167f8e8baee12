"""The embedded broker: what it promises, and that it goes when its parent goes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from stream.domain.errors import StopError
from stream.local.broker import PARTITIONS, BrokerProcess, check_fits

ROOT = Path(__file__).parents[3]

PARENT = """
import sys
from stream.local.broker import BrokerProcess
with BrokerProcess() as broker:
    print(broker.address, flush=True)
    sys.stdin.read()
"""


async def test_topics_appear_on_first_use(embedded_broker: BrokerProcess) -> None:
    async with AIOKafkaProducer(bootstrap_servers=embedded_broker.address) as producer:
        assert len(await producer.partitions_for("never-seen")) == PARTITIONS


def test_it_ends_with_its_parent() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert parent.stdout is not None
    assert b":" in parent.stdout.readline()
    parent.send_signal(signal.SIGKILL)
    # The broker holds the other end of standard error: reading on ends when it is gone.
    parent.communicate(timeout=20)


def test_what_it_would_drop_is_refused() -> None:
    check_fits(10 * 2**20)
    with pytest.raises(StopError, match="name a real one with --broker"):
        check_fits(10 * 2**20 + 1)
