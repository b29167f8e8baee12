"""A whole Twinlist for tests: real Kafka, Triton with the light models, Qdrant Edge, workers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from stream.adapters.kafka.producer import open_producer
from stream.adapters.qdrant import open_store
from stream.adapters.triton.models import open_models
from stream.demo.sample import ListingPair, Sample, SampleEvent, read_manifest
from stream.demo.stack import start_worker
from stream.demo.watch import Watched, open_watch, watch_log, watch_topics
from stream.domain.listing import Head
from stream.domain.policy import Policy, Thresholds
from stream.local.child_process import ChildProcess
from stream.local.triton import TritonProcess
from stream.settings import PhotoSettings, Settings
from tests.support.kafka import Topics
from tests.support.light_models import MODEL_VERSION, PHOTO_SIZE
from tests.support.qdrant import (
    QdrantProcess,
    connect_and_clean_up,
    qdrant_for,
    unique_settings,
)
from tests.support.triton import settings_for, start_light_triton

_POLL_SECONDS = 0.1
POLICY = Policy(
    policy_version="test",
    model_version=MODEL_VERSION,
    thresholds=Thresholds(default=0.5),
    same_photos_similarity=0.999,
    near_miss_floor=0.05,
)


@dataclass
class Deployment:
    """Everything but the workers, for one test: topics, group and collections of its own."""

    folder: Path
    settings: Settings
    watched: Watched = field(default_factory=Watched)

    @contextmanager
    def worker(self, name: str = "worker") -> Iterator[ChildProcess]:
        """Run a worker as a process."""
        with start_worker(self.settings, self.log_file(name)) as process:
            yield process

    def log_file(self, name: str = "worker") -> Path:
        return self.folder / f"{name}.log"

    async def send(self, events: Sequence[SampleEvent]) -> None:
        """Emit events, as fast as the broker takes them."""
        topic = self.settings.kafka.listing_events
        async with open_producer(self.settings.kafka) as producer:
            for event in events:
                place = await producer.send_and_wait(topic, event.value, key=event.key)
                self.watched.emitted[place.partition, place.offset] = time.time()

    @asynccontextmanager
    async def watching(self, *workers: str) -> AsyncIterator[Watched]:
        """Take in alerts, dead letters and the logs of these workers meanwhile."""
        async with open_watch(self.settings.kafka) as consumer, asyncio.TaskGroup() as tasks:
            watchers = [
                tasks.create_task(
                    watch_topics(consumer, self.settings.kafka, self.watched, lambda _: None)
                ),
                *(
                    tasks.create_task(watch_log(self.log_file(worker), self.watched))
                    for worker in workers
                ),
            ]
            yield self.watched
            ends = await consumer.end_offsets(consumer.assignment())
            for partition, end in ends.items():
                while await consumer.position(partition) < end:  # noqa: ASYNC110
                    await asyncio.sleep(_POLL_SECONDS)
            for watcher in watchers:
                watcher.cancel()

    async def heads(self, listing_ids: Sequence[str]) -> dict[str, Head]:
        """Read the index."""
        async with (
            open_models(self.settings.triton) as models,
            open_store(self.settings.qdrant, models.spec) as store,
        ):
            return dict(await store.index.read_heads(listing_ids))


async def until(condition: Callable[[], bool], *, seconds: float = 120) -> None:
    """Poll until a condition holds. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is another process
            await asyncio.sleep(_POLL_SECONDS)


@pytest.fixture(scope="session")
def light_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonProcess]:
    server = start_light_triton(tmp_path_factory.mktemp("triton"))
    yield server
    server.kill()


@pytest.fixture
async def deployment(
    request: pytest.FixtureRequest, kafka: Topics, light_triton: TritonProcess, tmp_path: Path
) -> AsyncIterator[Deployment]:
    deployment = deploy(kafka, qdrant_for(request), light_triton, tmp_path)
    async with connect_and_clean_up(deployment.settings.qdrant):
        yield deployment


def deploy(kafka: Topics, qdrant: QdrantProcess, triton: TritonProcess, folder: Path) -> Deployment:
    """Set up a deployment on parts that run."""
    folder.mkdir(exist_ok=True)
    policy_file = folder / "policy.json"
    policy_file.write_bytes(msgspec.json.encode(POLICY))
    settings = Settings(
        kafka=kafka.settings,
        qdrant=unique_settings(qdrant.url),
        triton=settings_for(triton),
        photos=PhotoSettings(
            allowed_schemes=frozenset({"file"}), file_root=folder.parent, patience_seconds=1
        ),
        policy_file=policy_file,
        log_format="json",
    )
    return Deployment(folder, settings)


def draw_listings(folder: Path, items: int, twins: int, seed: int = 0) -> Sample:
    """Draw labelled listings of patterns that the light models tell apart.

    The first `twins` of the `items` have a second listing, with other (noisier) photos.
    """
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(seed)
    lines: list[bytes] = []
    for item in range(items):
        pattern = random.integers(0, 256, (4, 4, 3)).astype(np.float64)
        for copy in range(2 if item < twins else 1):
            photos = [f"{item}-{copy}-{number}.png" for number in range(2)]
            for photo in photos:
                draw_photo(folder / photo, pattern, random)
            lines.append(
                msgspec.json.encode(
                    {
                        "listing_id": f"item-{item}-{copy}",
                        "item_id": f"item-{item}",
                        "seller_id": f"seller-{item % 7}",
                        "category": "things",
                        "photos": photos,
                    }
                )
            )
    order = random.permutation(len(lines))
    manifest = folder / "listings.jsonl"
    manifest.write_bytes(b"\n".join(lines[place] for place in order))
    return read_manifest(manifest)


def draw_photo(
    file: Path,
    pattern: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    random: np.random.Generator,
) -> None:
    """Write a photo of a 4 by 4 pattern [4, 4, 3] with a little noise."""
    cell = PHOTO_SIZE // 4
    large = pattern.repeat(cell, axis=0).repeat(cell, axis=1)
    noisy = np.clip(large + random.normal(0, 6, large.shape), 0, 255)
    Image.fromarray(noisy.astype(np.uint8)).save(file)


def open_pairs(watched: Watched) -> set[tuple[ListingPair, tuple[int, ...], str]]:
    """What a subscriber holds: pairs, their versions and kinds."""
    return {
        (
            (alert.listings[0].listing_id, alert.listings[1].listing_id),
            tuple(listing.version for listing in alert.listings),
            str(alert.kind),
        )
        for alert in watched.open_alerts
    }
