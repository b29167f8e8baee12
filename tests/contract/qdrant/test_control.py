"""The control record: of several writers one wins, and the pairs beside it notice nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest
import pytest_asyncio

from stream.adapters.qdrant import open_store
from stream.adapters.qdrant.control import check_in_use, open_control
from stream.domain.control import Control
from stream.domain.errors import StopError
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.ports import ControlRecord, PairLedger
from tests.support.listings import policy
from tests.support.memory_control import MemoryControl
from tests.support.memory_ledger import MemoryLedger
from tests.support.qdrant import QDRANT_URL, SPEC, connect_and_clean_up, unique_settings

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = Control(active=policy())
Subject = tuple[ControlRecord, PairLedger]


@pytest_asyncio.fixture(
    loop_scope="session", params=["memory", "edge", *(["server"] if QDRANT_URL else [])]
)
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        yield MemoryControl(), MemoryLedger()
        return
    url = QDRANT_URL
    if request.param == "edge":
        edge: QdrantEdgeProcess = request.getfixturevalue("qdrant_edge")
        url = edge.url
    settings = unique_settings(url)
    async with open_control(settings) as control:
        assert await control.read() is None
        with pytest.raises(StopError, match="no worker has run there"):
            await control.write(FIRST, None)  # not even a ledger is there
    async with (
        connect_and_clean_up(settings),
        open_store(settings, SPEC) as store,
        open_control(settings) as control,
    ):
        yield control, store.ledger


async def test_it_comes_back_as_it_was_written_and_is_no_pair(subject: Subject) -> None:
    control, ledger = subject
    assert await control.read() is None
    begun = FIRST.begun(msgspec.structs.replace(policy(), model_version="m2"), NOON)
    assert await control.write(begun, None)
    assert await control.read() == begun
    assert await ledger.count_all() == 0
    assert [page async for page in ledger.read_all(are_open=False)] == []


async def test_who_expects_another_revision_writes_nothing(subject: Subject) -> None:
    control, _ = subject
    assert await control.write(FIRST, None)
    later = msgspec.structs.replace(FIRST, revision=1, active=policy(0.6))
    assert not await control.write(later, None)
    assert not await control.write(later, 5)
    assert await control.read() == FIRST
    assert await control.write(later, 0)
    assert await control.read() == later


async def test_of_many_writers_at_once_one_wins(subject: Subject) -> None:
    control, _ = subject
    await control.write(FIRST, None)
    rivals = [
        msgspec.structs.replace(FIRST, revision=1, active=policy(policy_version=f"p{number}"))
        for number in range(10)
    ]
    won = await asyncio.gather(*(control.write(one, 0) for one in rivals))
    assert won.count(True) == 1
    assert await control.read() == rivals[won.index(True)]


async def test_a_model_that_is_not_in_use_is_refused_where_one_is_recorded(
    qdrant_edge: QdrantEdgeProcess,
) -> None:
    settings = unique_settings(qdrant_edge.url)
    async with connect_and_clean_up(settings), open_store(settings, SPEC):
        await check_in_use(settings, "m2")  # nothing is recorded
        async with open_control(settings) as control:
            await control.write(FIRST, None)
        await check_in_use(settings, "m1")
        with pytest.raises(StopError, match=r"^model m1 is in use, .* in use, p1, by TWINLIST_"):
            await check_in_use(settings, "m2")
