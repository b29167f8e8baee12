"""Vector stores for tests: Qdrant Edge started here, and a genuine server, if there is one.

That is the one at `QDRANT_URL`, or one started here from the binary that is named by
`QDRANT_BINARY`; only the latter can be killed, so that the fault suite runs on it.
"""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from qdrant_client import AsyncQdrantClient, models

from stream.adapters.qdrant.client import connect
from stream.adapters.qdrant.collections import collection_names
from stream.domain.errors import RetryError
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.local.qdrant_edge.catalog import MIN_FREE_BYTES
from stream.ports import ModelSpec
from stream.settings import QdrantSettings
from tests.support.qdrant_server import QdrantServerProcess

T = TypeVar("T")
QdrantProcess = QdrantEdgeProcess | QdrantServerProcess

QDRANT_URL = os.environ.get("QDRANT_URL", "")
QDRANT_BINARY = os.environ.get("QDRANT_BINARY", "")
SPEC = ModelSpec(
    model_version="contract",
    photo_size=32,
    token_count=10,
    token_width=96,
    region_boxes=((0.0, 0.0, 1.0, 1.0),) * 9,
)
_BACK_SECONDS = 30


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder in memory where there is room: collections are made in a twentieth of the time."""
    memory = Path("/dev/shm")  # noqa: S108 (a folder of its own is made inside)
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > 4 * MIN_FREE_BYTES
    with tempfile.TemporaryDirectory(dir=memory if has_room else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def qdrant_edge() -> Iterator[QdrantEdgeProcess]:
    with memory_folder() as folder, QdrantEdgeProcess(folder) as process:
        yield process


def qdrant_process(folder: Path, *, rest_port: int | None = None) -> QdrantProcess:
    """The genuine server, if a binary is named, or else Qdrant Edge; not started yet."""
    if QDRANT_BINARY:
        return QdrantServerProcess(Path(QDRANT_BINARY), folder, rest_port=rest_port)
    return QdrantEdgeProcess(folder, rest_port=rest_port)


@pytest.fixture(scope="session")
def qdrant_server() -> Iterator[QdrantServerProcess]:
    with memory_folder() as folder, QdrantServerProcess(Path(QDRANT_BINARY), folder) as process:
        yield process


def qdrant_for(request: pytest.FixtureRequest) -> QdrantProcess:
    """The same, started for the whole session."""
    process: QdrantProcess = request.getfixturevalue(
        "qdrant_server" if QDRANT_BINARY else "qdrant_edge"
    )
    return process


def unique_settings(url: str) -> QdrantSettings:
    """Settings that lead to collections nobody else has, searched exactly."""
    return QdrantSettings(url=url, prefix=f"test-{uuid.uuid4().hex[:8]}-", exact=True)


@asynccontextmanager
async def connect_and_clean_up(settings: QdrantSettings) -> AsyncIterator[AsyncQdrantClient]:
    """Open a plain client; drop the collections with the prefix of `settings` when it is left."""
    async with connect(settings) as client:
        try:
            yield client
        finally:
            for one in (await client.get_collections()).collections:
                if one.name.startswith(settings.prefix):
                    await client.delete_collection(one.name)


async def empty(client: AsyncQdrantClient, settings: QdrantSettings) -> None:
    """Remove every point from the collections behind `settings`."""
    for name in store_collections(settings):
        await client.delete(name, models.FilterSelector(filter=models.Filter()))


def store_collections(settings: QdrantSettings) -> tuple[str, ...]:
    """Names of the collections that a store with these settings keeps."""
    names = collection_names(settings, SPEC.model_version)
    return (names.listings, names.photos, names.pairs, names.flights)


async def when_back(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until the server, which was away, answers; fail when that takes too long."""
    deadline = time.monotonic() + _BACK_SECONDS
    while True:
        try:
            return await ask()
        except RetryError:
            if time.monotonic() > deadline:
                raise
