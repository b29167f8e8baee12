"""What a shadow notes of itself, how it is found, and that dropping it leaves all else."""

from collections.abc import AsyncIterator

import pytest
from qdrant_client import AsyncQdrantClient

from stream.adapters.qdrant import open_store
from stream.adapters.qdrant.collections import Shadow, collection_names
from stream.adapters.qdrant.shadows import drop_shadow, find_shadows, read_note, write_note
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import pair
from tests.support.qdrant import SPEC, connect_and_clean_up, unique_settings

PAST = Shadow("into-past", has_own_listings=True)
ROLLOUT = Shadow("rollout-contract", has_own_listings=False)


@pytest.fixture
def settings(qdrant_edge: QdrantEdgeProcess) -> QdrantSettings:
    return unique_settings(qdrant_edge.url)


@pytest.fixture
async def client(settings: QdrantSettings) -> AsyncIterator[AsyncQdrantClient]:
    async with connect_and_clean_up(settings) as client:
        yield client


async def names_of(client: AsyncQdrantClient, settings: QdrantSettings) -> set[str]:
    names = [one.name for one in (await client.get_collections()).collections]
    return {name for name in names if name.startswith(settings.prefix)}


@pytest.mark.parametrize("shadow", [PAST, ROLLOUT], ids=lambda one: one.name)
async def test_a_shadow_is_noted_found_and_dropped(
    client: AsyncQdrantClient, settings: QdrantSettings, shadow: Shadow
) -> None:
    pairs = collection_names(settings, SPEC.model_version, shadow).pairs
    assert await read_note(client, pairs) is None
    async with open_store(settings, SPEC):
        live = await names_of(client, settings)
    async with (
        open_store(settings, SPEC) as store,
        open_store(settings, SPEC, shadow=shadow) as aside,
    ):
        assert await read_note(client, pairs) is None
        for note in (b'{"range": "earliest..latest"}', b'{"range": "\xc3\xa9"}'):
            await write_note(client, pairs, note)
            assert await read_note(client, pairs) == note
        await aside.ledger.write(pair("a", "b", 5), None)
        assert await aside.ledger.count_all() == 1
        assert await store.ledger.count_all() == 0
    assert await find_shadows(client, settings, "into-") == ([PAST.name] if shadow is PAST else [])
    assert await find_shadows(client, settings, shadow.name) == [shadow.name]
    dropped = await drop_shadow(client, settings, shadow)
    assert len(dropped) == (3 if shadow is PAST else 1)
    assert dropped[-1] == pairs
    assert await names_of(client, settings) == live
    assert await drop_shadow(client, settings, shadow) == []


async def test_a_shadow_of_a_longer_name_stays(
    client: AsyncQdrantClient, settings: QdrantSettings
) -> None:
    longer = Shadow("into-past_2", has_own_listings=True)
    for shadow in (PAST, longer):
        async with open_store(settings, SPEC, shadow=shadow):
            pass
    await drop_shadow(client, settings, PAST)
    assert await find_shadows(client, settings, "into-") == [longer.name]
    assert len(await drop_shadow(client, settings, longer)) == 3
