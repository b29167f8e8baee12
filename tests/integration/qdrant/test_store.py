"""Opening the store: collections made once, whoever comes first, and checked ever after."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest
from qdrant_client import AsyncQdrantClient

from stream.adapters.qdrant import open_store
from stream.adapters.qdrant.collections import Shadow
from stream.adapters.qdrant.store import open_records
from stream.domain.errors import RetryError, StopError
from stream.settings import QdrantSettings
from tests.support.listings import tombstone
from tests.support.qdrant import (
    SPEC,
    QdrantProcess,
    connect_and_clean_up,
    qdrant_for,
    unique_settings,
    when_back,
)


@pytest.fixture
def qdrant(request: pytest.FixtureRequest) -> QdrantProcess:
    return qdrant_for(request)


@pytest.fixture
def settings(qdrant: QdrantProcess) -> QdrantSettings:
    return unique_settings(qdrant.url)


@pytest.fixture
async def client(settings: QdrantSettings) -> AsyncIterator[AsyncQdrantClient]:
    async with connect_and_clean_up(settings) as client:
        yield client


async def first_revision(settings: QdrantSettings) -> int:
    async with open_store(settings, SPEC) as store:
        return store.ledger.first_revision


@pytest.mark.usefixtures("client")
async def test_workers_that_start_at_once_agree(settings: QdrantSettings) -> None:
    revisions = await asyncio.gather(*(first_revision(settings) for _ in range(4)))
    assert len(set(revisions)) == 1
    assert await first_revision(settings) == revisions[0]


@pytest.mark.usefixtures("client")
async def test_a_new_ledger_counts_from_the_hour_of_its_creation(
    settings: QdrantSettings,
) -> None:
    hours = (datetime.now(UTC) - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds() / 3600
    assert await first_revision(settings) >> 32 == pytest.approx(hours, abs=1)


async def test_a_second_model_version_is_filled_beside_the_first(
    settings: QdrantSettings, client: AsyncQdrantClient
) -> None:
    wider = msgspec.structs.replace(SPEC, model_version="wider", token_width=128)
    async with open_store(settings, SPEC) as old, open_store(settings, wider) as new:
        assert old.ledger.first_revision == new.ledger.first_revision
    aliases = (await client.get_aliases()).aliases
    assert {one.alias_name: one.collection_name for one in aliases} == {
        f"{settings.prefix}listings": f"{settings.prefix}listings-contract",
        f"{settings.prefix}photos": f"{settings.prefix}photos-contract",
    }


async def test_a_shadow_is_filled_beside_the_live_store_and_takes_no_alias(
    settings: QdrantSettings, client: AsyncQdrantClient
) -> None:
    shadow = Shadow("into-march", has_own_listings=True)
    async with open_store(settings, SPEC, shadow=shadow) as aside:
        assert not (await client.get_aliases()).aliases
        async with open_store(settings, SPEC) as live:
            await aside.index.write_head(tombstone("a"), None)
            assert not await live.index.read_heads(["a"])
            assert await aside.index.read_heads(["a"])
    async with open_records(settings, SPEC.model_version, shadow) as records:
        assert await records.heads.read_heads(["a"])


@pytest.mark.usefixtures("client")
async def test_other_dimensions_under_one_model_version_stop_the_worker(
    settings: QdrantSettings,
) -> None:
    await first_revision(settings)
    wider = msgspec.structs.replace(SPEC, token_width=128)
    with pytest.raises(StopError, match="give changed models a new model_version"):
        async with open_store(settings, wider):
            pass


async def test_a_dropped_collection_stops_the_worker(
    settings: QdrantSettings, client: AsyncQdrantClient
) -> None:
    async with open_store(settings, SPEC) as store:
        await client.delete_collection(f"{settings.prefix}pairs")
        with pytest.raises(StopError, match="NOT_FOUND"):
            await store.ledger.count_open("a")


async def test_no_server_is_a_reason_to_try_again() -> None:
    with pytest.raises(RetryError, match="UNAVAILABLE"):
        async with open_store(QdrantSettings(url="http://127.0.0.1:9"), SPEC):
            pass


async def test_a_server_that_was_away_is_found_again(
    qdrant: QdrantProcess, settings: QdrantSettings
) -> None:
    async with connect_and_clean_up(settings), open_store(settings, SPEC) as store:
        qdrant.kill()
        try:
            with pytest.raises(RetryError):
                await store.ledger.count_open("a")
        finally:
            qdrant.start()
        assert await when_back(lambda: store.ledger.count_open("a")) == 0
