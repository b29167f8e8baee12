"""A deployment on which faults happen: emits events, waits for rest, says what is different."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import tenacity
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.security import client_options
from stream.domain.errors import RetryError
from stream.local.child_process import ChildProcess
from stream.local.triton import TritonProcess
from stream.settings import KafkaSettings, PhotoSettings, Settings
from tests.support.deployment import Deployment, deploy
from tests.support.doomed_worker import DoomedWorker, doomed_worker
from tests.support.end_state import Differences, compare, read_end_state
from tests.support.kafka import KafkaServer, new_topics, until
from tests.support.light_models import MODEL_VERSION, write_light_models
from tests.support.platform import HEADERS, Platform
from tests.support.qdrant import QdrantProcess, connect_and_clean_up, qdrant_for

_PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Parts:
    """The servers that a deployment runs on."""

    kafka: KafkaServer
    triton: TritonProcess
    qdrant: QdrantProcess


class ProvingGround:
    """Topics, group and collections of one test, and what was emitted to them so far."""

    def __init__(self, parts: Parts, deployment: Deployment) -> None:
        self.parts = parts
        self.settings = _impatient(deployment.settings)
        self.folder = deployment.folder
        self._deployment = deployment
        deployment.settings = self.settings
        self.places: list[tuple[int, int]] = []
        """Partition and offset of each event that was emitted."""

    def fetch_over_http(self, **limits: float) -> None:
        """Let workers fetch photos from servers on this machine, too."""
        photos = PhotoSettings.model_validate(
            {"allowed_ports": [], "allow_private_addresses": True, "decoders": 1, **limits}
        )
        self.settings = self.settings.model_copy(update={"photos": photos})
        self._deployment.settings = self.settings

    def read_files(self, root: Path) -> None:
        """Let workers read photos from files in a folder, in batches of the usual size."""
        photos = PhotoSettings(allowed_schemes=frozenset({"file"}), file_root=root, decoders=1)
        kafka = self.settings.kafka.model_copy(update={"batch_size": KafkaSettings().batch_size})
        self.settings = self.settings.model_copy(update={"photos": photos, "kafka": kafka})
        self._deployment.settings = self.settings

    def worker(self, name: str) -> AbstractContextManager[ChildProcess]:
        """Run a worker as a process."""
        return self._deployment.worker(name)

    @contextmanager
    def doomed_worker(self, failpoint: str, call_number: int = 1) -> Iterator[DoomedWorker]:
        """Run a worker that will be killed at a failpoint."""
        log_file = self._deployment.log_file("doomed")
        with doomed_worker(self.settings, log_file, failpoint, call_number) as worker:
            yield worker

    async def emit(self, platform: Platform) -> None:
        """Send the platform's events that were not sent yet, as soon as there is a broker."""
        topic = self.settings.kafka.listing_events
        async with AsyncExitStack() as opened:
            async for attempt in tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception_type(RetryError), wait=tenacity.wait_fixed(0.2)
            ):
                with attempt:
                    opening = open_producer(self.settings.kafka)
                    producer = await opened.enter_async_context(opening)
            sent = [
                await producer.send(topic, event.value, key=event.key, headers=list(HEADERS))
                for event in platform.events[len(self.places) :]
            ]
            self.places += [
                (place.partition, place.offset) for place in await asyncio.gather(*sent)
            ]

    async def wait_done(self, count: int) -> None:
        """Wait until the group has committed so many events."""

        async def is_done() -> bool:
            return sum((await self._read_commits()).values()) >= count

        await until(is_done, seconds=_PATIENCE_SECONDS)

    async def come_to_rest(self, seconds: float = 60) -> None:
        """Wait until the group has committed everything. Raises `TimeoutError`."""

        async def is_at_rest() -> bool:
            return await self._read_commits() == self._ends()

        await until(is_at_rest, seconds=seconds)

    async def tell_place(self) -> str:
        """Say how far the group is in each partition, and where that ends."""
        commits = await self._read_commits()
        return ", ".join(
            f"{place.partition}: {commits.get(place)} of {end}"
            for place, end in sorted(self._ends().items())
        )

    def _ends(self) -> dict[TopicPartition, int]:
        ends: dict[TopicPartition, int] = {}
        for partition, offset in self.places:
            place = TopicPartition(self.settings.kafka.listing_events, partition)
            ends[place] = max(offset + 1, ends.get(place, 0))
        return ends

    async def _read_commits(self) -> dict[TopicPartition, int]:
        """Return what the group has committed, nothing while there is no broker."""
        consumer = AIOKafkaConsumer(
            **client_options(self.settings.kafka),
            group_id=self.settings.kafka.group,
            enable_auto_commit=False,
        )
        try:
            await consumer.start()
            return {place: await consumer.committed(place) or 0 for place in self._ends()}
        except (KafkaError, AssertionError):  # aiokafka asserts that it has met a broker
            return {}
        finally:
            await consumer.stop()  # also one that could not be started

    async def play(self, platform: Platform) -> None:
        """Emit what is new, and wait until it is done."""
        await self.emit(platform)
        await self.come_to_rest()

    async def differences(self, platform: Platform) -> Differences:
        """Compare what is there with what a run without faults ends with."""
        found = await read_end_state(self.settings, MODEL_VERSION)
        return compare(platform.facts(self.places), found)


def _impatient(settings: Settings) -> Settings:
    """Photos come with their events; what does not answer is given up soon."""
    return settings.model_copy(
        update={
            "photos": PhotoSettings(allowed_schemes=frozenset({"data"}), decoders=1),
            "kafka": settings.kafka.model_copy(update={"session_timeout_seconds": 2}),
            "triton": settings.triton.model_copy(update={"timeout_seconds": 3}),
            "qdrant": settings.qdrant.model_copy(update={"timeout_seconds": 3}),
            "dead_letters_per_minute": 100_000,
        }
    )


async def new_ground(parts: Parts, folder: Path) -> ProvingGround:
    """Lay out topics and name collections that nobody else uses."""
    topics = await new_topics(parts.kafka)
    return ProvingGround(parts, deploy(topics, parts.qdrant, parts.triton, folder))


def commanded_triton(folder: Path) -> TritonProcess:
    """A Triton that serves the light models and can be told to unload one; not started yet."""
    return TritonProcess(
        write_light_models(folder / "models"),
        folder / "triton",
        arguments=("--model-control-mode=explicit", "--load-model=*"),
    )


@pytest.fixture(scope="session")
def light_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonProcess]:
    with commanded_triton(tmp_path_factory.mktemp("triton")) as triton:
        yield triton


@pytest.fixture
async def ground(
    request: pytest.FixtureRequest,
    kafka_server: KafkaServer,
    light_triton: TritonProcess,
    tmp_path: Path,
) -> AsyncIterator[ProvingGround]:
    """A ground on parts that all tests of this folder share."""
    parts = Parts(kafka_server, light_triton, qdrant_for(request))
    ground = await new_ground(parts, tmp_path)
    async with connect_and_clean_up(ground.settings.qdrant):
        yield ground
