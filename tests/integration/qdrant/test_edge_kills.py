"""The embedded store is killed while its collections are made: it opens again."""

import asyncio
from contextlib import suppress

from stream.adapters.qdrant import open_store
from stream.domain.errors import RetryError, StopError
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import head, unit
from tests.support.qdrant import SPEC

KILLS = 4


async def test_killed_while_collections_are_made_it_opens_again(edge: QdrantEdgeProcess) -> None:
    for moment in range(KILLS):
        killing = asyncio.create_task(kill_within(edge, 0.01 * 2**moment))
        with suppress(RetryError, StopError):
            async with open_store(QdrantSettings(url=edge.url), SPEC):
                pass
        await killing
        await asyncio.to_thread(edge.start)
    async with open_store(QdrantSettings(url=edge.url), SPEC) as store:
        await store.index.write_head(head("listing"), unit(1))
        assert (await store.index.read_heads(["listing"]))["listing"] == head("listing")


async def kill_within(edge: QdrantEdgeProcess, seconds: float) -> None:
    await asyncio.sleep(seconds)
    edge.kill()
