"""The store is killed at any moment: it opens again, and what it said it kept is there.

Qdrant Edge, or the genuine server whose binary `QDRANT_BINARY` names.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import msgspec
import pytest

from stream.adapters.qdrant import Store, open_store
from stream.domain.errors import RetryError, StopError
from stream.domain.listing import Head
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.local.qdrant_edge.server import FLUSH_SECONDS
from stream.ports import PhotoKey
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import head, pair, sha, tokens, tombstone, unit
from tests.support.qdrant import SPEC, QdrantProcess, qdrant_process

LISTINGS = 30
ROUNDS = 4
"""In each a server is killed while it writes, and the next one while it opens."""
KILLS = 4
OPENING_SECONDS = 1.0


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[QdrantProcess]:
    """A server whose flushes take their time, so that kills hit them."""
    with qdrant_process(tmp_path) as process:
        yield process


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
        is_deleted = random.random() < 0.3
        new = tombstone(name, version) if is_deleted else head(name, version)
        if not is_deleted:
            await store.index.write_photos(name, version, {sha((name, version)): tokens(version)})
        await store.index.write_head(new, None if is_deleted else unit(version))
        await store.index.remove_photos(name, version + is_deleted)
        told = pair(name, "other", version)
        before = (await store.ledger.read([told.pair_id])).get(told.pair_id)
        await store.ledger.write(told, before.revision if before else None)
        await store.index.finish(new)
        self.acknowledged[name] = msgspec.structs.replace(new, finished_version=version)

    async def check(self, store: Store) -> None:
        """Make sure that what was acknowledged is there, and nothing older."""
        assert await store.index.read_heads(list(self.acknowledged)) == self.acknowledged
        heads = self.acknowledged.values()
        ever = [photo(one.listing_id, past) for one in heads for past in range(1, one.version + 1)]
        newest = {photo(one.listing_id, one.version) for one in heads if not one.deleted}
        assert set(await store.index.read_tokens(ever)) == newest
        pairs = [pair(one.listing_id, "other", one.version) for one in heads]
        ledger = await store.ledger.read([one.pair_id for one in pairs])
        assert ledger == {one.pair_id: one for one in pairs}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
async def test_what_was_acknowledged_outlives_kills_at_any_moment(
    on_disk: QdrantProcess, seed: int
) -> None:
    random, witness = Random(seed), Witness()  # noqa: S311
    for _ in range(ROUNDS):
        before = sum(witness.begun.values())
        async with open_store(QdrantSettings(url=on_disk.url), SPEC) as store:
            await witness.check(store)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(change_until_away(witness, store, random))
                tasks.create_task(kill_within(on_disk, random.uniform(0.2, 2 * FLUSH_SECONDS)))
        assert sum(witness.begun.values()) > before
        await kill_while_it_opens(on_disk, random)
        await asyncio.to_thread(on_disk.start)
    async with open_store(QdrantSettings(url=on_disk.url), SPEC) as store:
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
        await store.index.write_head(head("listing"), unit(1))
        assert (await store.index.read_heads(["listing"]))["listing"] == head("listing")


def photo(listing_id: str, version: int) -> PhotoKey:
    """Name the one photo of a listing at this version."""
    return listing_id, sha((listing_id, version))


async def change_until_away(witness: Witness, store: Store, random: Random) -> None:
    with suppress(RetryError):
        while True:
            await witness.change(store, random)


async def kill_within(server: QdrantProcess, seconds: float) -> None:
    await asyncio.sleep(seconds)
    server.kill()


async def kill_while_it_opens(server: QdrantProcess, random: Random) -> None:
    """Start it and kill it before it is ready, or right after."""
    starting = asyncio.create_task(asyncio.to_thread(server.start))
    await asyncio.sleep(random.uniform(0.1, OPENING_SECONDS))
    server.kill()
    with suppress(StopError):
        await starting
    server.kill()
