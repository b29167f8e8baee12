"""The embedded store is killed at any moment: it opens again, and what it said it kept is there."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import pytest

from stream.adapters.qdrant import Store, open_store
from stream.domain.errors import RetryError, StopError
from stream.domain.listing import Head
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.local.qdrant_edge.server import FLUSH_SECONDS
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import head, sha, tokens, tombstone, unit
from tests.support.qdrant import SPEC

LISTINGS = 30
KILLS = 4


@dataclass
class Witness:
    """What the store was told, and what it has acknowledged."""

    begun: dict[str, int] = field(default_factory=dict)
    """The highest version of each listing that was begun."""
    acknowledged: dict[str, Head] = field(default_factory=dict)
    """Heads whose change ended well; none of a listing whose change a kill interrupted."""

    async def change(self, store: Store, random: Random) -> None:
        """Post, change or delete a listing, whichever comes."""
        name = f"listing-{random.randrange(LISTINGS)}"
        version = self.begun[name] = self.begun.get(name, 0) + 1
        self.acknowledged.pop(name, None)
        if random.random() < 0.3:
            new = tombstone(name, version)
            await store.index.write_head(new, None)
            await store.index.remove_photos(name, version + 1)
        else:
            new = head(name, version)
            await store.index.write_photos(name, version, {sha((name, version)): tokens(version)})
            await store.index.write_head(new, unit(version))
            await store.index.remove_photos(name, version)
        self.acknowledged[name] = new

    async def check(self, store: Store) -> None:
        """Make sure that what was acknowledged is there, and nothing older."""
        assert await store.index.read_heads(list(self.acknowledged)) == self.acknowledged
        for name, new in self.acknowledged.items():
            keys = [(name, sha((name, past))) for past in range(1, new.version + 1)]
            newest = set() if new.deleted else {keys[-1]}
            assert set(await store.index.read_tokens(keys)) == newest


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.long) for n in (1, 2))])
async def test_what_was_acknowledged_outlives_kills_at_any_moment(
    edge: QdrantEdgeProcess, seed: int
) -> None:
    random, witness = Random(seed), Witness()  # noqa: S311
    for _ in range(KILLS):
        before = sum(witness.begun.values())
        async with open_store(QdrantSettings(url=edge.url), SPEC) as store:
            await witness.check(store)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(change_until_away(witness, store, random))
                tasks.create_task(kill_within(edge, random.uniform(0.2, 2 * FLUSH_SECONDS)))
        assert sum(witness.begun.values()) > before
        await kill_while_it_opens(edge, random)
        await asyncio.to_thread(edge.start)
    async with open_store(QdrantSettings(url=edge.url), SPEC) as store:
        await witness.check(store)


async def test_killed_while_collections_are_made_it_opens_again(edge: QdrantEdgeProcess) -> None:
    for moment in range(KILLS):
        killing = asyncio.create_task(kill_within(edge, 0.01 * 2**moment))
        with suppress(RetryError, StopError):
            async with open_store(QdrantSettings(url=edge.url), SPEC):
                pass
        await killing
        await asyncio.to_thread(edge.start)
    async with open_store(QdrantSettings(url=edge.url), SPEC) as store:
        await Witness().change(store, Random(0))  # noqa: S311


async def change_until_away(witness: Witness, store: Store, random: Random) -> None:
    with suppress(RetryError):
        while True:
            await witness.change(store, random)


async def kill_within(edge: QdrantEdgeProcess, seconds: float) -> None:
    await asyncio.sleep(seconds)
    edge.kill()


async def kill_while_it_opens(edge: QdrantEdgeProcess, random: Random) -> None:
    """Start it and kill it before it is ready, or right after."""
    starting = asyncio.create_task(asyncio.to_thread(edge.start))
    await asyncio.sleep(random.uniform(0.1, 1))
    edge.kill()
    with suppress(StopError):
        await starting
    edge.kill()
