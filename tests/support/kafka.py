"""A real Apache Kafka for tests: from Maven Central, KRaft mode, one node, loopback only."""

import asyncio
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from stream.adapters.kafka.records import message_of
from stream.adapters.kafka.security import client_options
from stream.adapters.kafka.topics import create_topics
from stream.domain.event import Message
from stream.local.broker import BrokerProcess
from stream.settings import KafkaSettings
from tests.support.kafka_jars import KafkaUnavailableError, install_kafka

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{sasl_port},CONTROLLER://127.0.0.1:{controller_port}{listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_PLAINTEXT://127.0.0.1:{sasl_port}{listeners}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=500
"""

SASL_USERNAME = "twinlist"
SASL_PASSWORD = "not-a-secret"  # noqa: S105


class KafkaServer:
    """One broker on fixed ports and data, so that it can be killed and come back.

    Args:
        folder: Where its data and its output lie.
        listeners: Ports of more listeners, by their protocol.
        properties: More of them, or others.
    """

    START_SECONDS = 60.0

    def __init__(
        self, folder: Path, *, listeners: Mapping[str, int] | None = None, properties: str = ""
    ) -> None:
        self._folder = folder
        self._jars = install_kafka()
        self._process: subprocess.Popen[bytes] | None = None
        self._properties = folder / "server.properties"
        self._output = folder / "output.log"
        port, sasl_port, controller_port = free_ports(3)
        self.address = f"127.0.0.1:{port}"
        self.sasl_address = f"127.0.0.1:{sasl_port}"
        self._properties.write_text(
            PROPERTIES.format(
                port=port,
                sasl_port=sasl_port,
                controller_port=controller_port,
                data=folder / "data",
                listeners="".join(
                    f",{protocol}://127.0.0.1:{number}"
                    for protocol, number in (listeners or {}).items()
                ),
            )
            + properties
        )
        self._run(
            "kafka.tools.StorageTool",
            *("format", "--cluster-id", uuid.uuid4().hex[:22], "--config", self._properties),
            *("--add-scram", f"SCRAM-SHA-512=[name={SASL_USERNAME},password={SASL_PASSWORD}]"),
        )

    @property
    def pid(self) -> int:
        """The process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def log_file(self, topic: str, partition: int) -> Path:
        """Where the records of a partition lie."""
        return self._folder / "data" / f"{topic}-{partition}" / f"{0:020}.log"

    def sasl_settings(self) -> KafkaSettings:
        """Return settings of a test's own for the listener that wants a password."""
        return settings_for(self.sasl_address).model_copy(
            update={
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_username": SASL_USERNAME,
                "sasl_password": SecretStr(SASL_PASSWORD),
            }
        )

    def start(self) -> None:
        """Start, or start again, and wait until it serves. Raises `TimeoutError`."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                self._command("kafka.Kafka", self._properties),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + self.START_SECONDS
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"Kafka does not start:\n{self._output.read_text()[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Shut down in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        host, port = self.address.split(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True

    def _run(self, *arguments: str | Path) -> None:
        done = subprocess.run(
            self._command(*arguments), check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise KafkaUnavailableError(done.stdout + done.stderr)

    def _command(self, *arguments: str | Path) -> list[str | Path]:
        options = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        return ["java", *options, "-cp", f"{self._jars}/*", *arguments]


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """Real Kafka, started once; without Java or Maven the reason is printed and tests skipped."""
    with skipped_without_kafka():
        server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    with server:
        yield server


@contextmanager
def skipped_without_kafka() -> Iterator[None]:
    """Skip a test that Kafka cannot be had for; with CI=true, fail."""
    try:
        yield
    except KafkaUnavailableError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


class Topics:
    """The settings of one test, with topics and group of its own, and what it does to them."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings

    async def send(
        self,
        *values: bytes | None,
        topic: str | None = None,
        key: bytes | None = b"key",
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int = 0,
    ) -> None:
        """Produce to the topic of listing events, or to another."""
        producer = AIOKafkaProducer(**client_options(self.settings))
        async with producer:
            for value in values:
                await producer.send(
                    topic or self.settings.listing_events,
                    key=key,
                    value=value,
                    headers=list(headers),
                    partition=partition,
                )
            await producer.flush()

    async def committed(self, partition: int = 0) -> int | None:
        """Return what the group has committed of the topic of listing events."""
        consumer = AIOKafkaConsumer(
            **client_options(self.settings), group_id=self.settings.group, enable_auto_commit=False
        )
        async with consumer:
            listing_events = TopicPartition(self.settings.listing_events, partition)
            offset: int | None = await consumer.committed(listing_events)
            return offset

    async def read(self, topic: str, count: int) -> list[Message]:
        """Return the first messages of a topic, by partition and offset. Waits for them."""
        consumer = AIOKafkaConsumer(
            topic, **client_options(self.settings), auto_offset_reset="earliest"
        )
        async with asyncio.timeout(20), consumer:
            messages = [message_of(await anext(consumer)) for _ in range(count)]
        return sorted(messages, key=lambda message: (message.partition, message.offset))


class Recorder:
    """A handler that keeps what it was given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._changed = asyncio.Condition()

    async def __call__(self, batch: Sequence[Message]) -> None:
        async with self._changed:
            self.messages.extend(batch)
            self._changed.notify_all()

    async def wait_for(self, count: int) -> list[Message]:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.messages) >= count)
        return self.messages


@pytest.fixture
def embedded_broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    """librdkafka's broker, as `twinlist demo` starts it."""
    with BrokerProcess(tmp_path) as broker:
        yield broker


@pytest.fixture(params=["embedded", "real"])
def any_broker(request: pytest.FixtureRequest) -> BrokerProcess | KafkaServer:
    """The embedded broker, then real Kafka."""
    name = "kafka_server" if request.param == "real" else "embedded_broker"
    broker: BrokerProcess | KafkaServer = request.getfixturevalue(name)
    return broker


@pytest.fixture
async def kafka(kafka_server: KafkaServer) -> Topics:
    """Topics of this test's own on real Kafka."""
    return await new_topics(kafka_server)


@pytest.fixture
async def any_kafka(any_broker: BrokerProcess | KafkaServer) -> Topics:
    """Topics of this test's own, on the embedded broker and on real Kafka."""
    return await new_topics(any_broker)


async def new_topics(broker: BrokerProcess | KafkaServer) -> Topics:
    """Return topics and a group that nobody else uses, created where the broker asks for it."""
    topics = Topics(settings_for(broker.address))
    if isinstance(broker, KafkaServer):  # the embedded one makes topics on first use
        await create_topics(topics.settings, partitions=4, replication=1)
    return topics


def settings_for(address: str) -> KafkaSettings:
    """Return settings whose topics and group nobody else uses."""
    name = uuid.uuid4().hex[:8]
    return KafkaSettings(
        brokers=address,
        group=f"group-{name}",
        listing_events=f"listing-events-{name}",
        duplicate_verdicts=f"duplicate-verdicts-{name}",
        duplicate_alerts=f"duplicate-alerts-{name}",
        dead_letters=f"listing-dead-letters-{name}",
        batch_size=8,
        batch_wait_seconds=0.05,
        session_timeout_seconds=6,
    )


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 20) -> None:
    """Poll until a condition holds. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 (a broker tells nobody)
            await asyncio.sleep(0.05)
