"""The embedded broker: what it promises, and that it goes when its parent goes."""

import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from stream.domain.errors import StopError
from stream.local.broker import PARTITIONS, BrokerProcess, check_fits
from tests.support.kafka import until

ROOT = Path(__file__).parents[3]

PARENT = """
import sys
from pathlib import Path
from stream.local.broker import BrokerProcess
with BrokerProcess(Path(sys.argv[1])) as broker:
    print(broker.pid, flush=True)
    sys.stdin.read()
"""


async def test_topics_appear_on_first_use(embedded_broker: BrokerProcess) -> None:
    async with AIOKafkaProducer(bootstrap_servers=embedded_broker.address) as producer:
        assert len(await producer.partitions_for("never-seen")) == PARTITIONS


async def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs in this loop
        [sys.executable, "-c", PARENT, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert parent.stdout is not None
    broker = int(parent.stdout.readline())
    assert _runs(broker)
    parent.kill()
    parent.communicate()

    async def is_gone() -> bool:
        return not _runs(broker)

    await until(is_gone)


def _runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_what_it_would_drop_is_refused() -> None:
    check_fits(10 * 2**20)
    with pytest.raises(StopError, match="name a real one with --broker"):
        check_fits(10 * 2**20 + 1)
