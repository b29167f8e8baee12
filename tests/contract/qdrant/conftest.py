"""Who has to keep the contracts of `ListingIndex`, `PairLedger` and `FlightRecorder`.

The adapter on Qdrant Edge, the adapter on a genuine server if there is one, and the fakes.
Preparing collections takes seconds, so a session does it once (hence one event loop for all tests
of this folder) and a test gets them empty.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from stream.adapters.qdrant import Store, open_store
from stream.ports import FlightRecorder, ListingIndex, PairLedger
from tests.support.memory_flights import MemoryFlights
from tests.support.memory_index import MemoryIndex
from tests.support.memory_ledger import MemoryLedger
from tests.support.qdrant import (
    QDRANT_BINARY,
    QDRANT_URL,
    SPEC,
    QdrantProcess,
    connect_and_clean_up,
    empty,
    qdrant_edge,
    qdrant_server,
    unique_settings,
)

__all__ = ["qdrant_edge", "qdrant_server"]

OpenEmptyStore = Callable[[], Awaitable[Store]]


@pytest_asyncio.fixture(
    scope="session",
    loop_scope="session",
    params=["memory", "edge", *(["server"] if QDRANT_URL or QDRANT_BINARY else [])],
)
async def open_empty_store(request: pytest.FixtureRequest) -> AsyncIterator[OpenEmptyStore]:
    if request.param == "memory":

        async def forget() -> Store:
            return Store(MemoryIndex(), MemoryLedger(), MemoryFlights())

        yield forget
        return
    url = QDRANT_URL
    if request.param == "edge" or not url:
        process: QdrantProcess = request.getfixturevalue(f"qdrant_{request.param}")
        url = process.url
    settings = unique_settings(url)
    async with connect_and_clean_up(settings) as client, open_store(settings, SPEC) as store:

        async def clear() -> Store:
            await empty(client, settings)
            return store

        yield clear


@pytest_asyncio.fixture(loop_scope="session")
async def store(open_empty_store: OpenEmptyStore) -> Store:
    return await open_empty_store()


@pytest.fixture
def index(store: Store) -> ListingIndex:
    return store.index


@pytest.fixture
def ledger(store: Store) -> PairLedger:
    return store.ledger


@pytest.fixture
def flights(store: Store) -> FlightRecorder:
    return store.flights
