"""What is left over of a model: removed so that nothing is missed later, and never built upon."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from qdrant_client import AsyncQdrantClient

from stream.adapters.qdrant import open_store
from stream.adapters.qdrant.collections import CollectionNames, collection_names
from stream.adapters.qdrant.control import open_control
from stream.domain.control import Control, Kept
from stream.domain.errors import StopError
from stream.domain.policy import Policy
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.rollout import abort as abort_module
from stream.rollout import start
from stream.rollout.abort import abort, forget
from stream.rollout.record import ledger_of
from stream.rollout.start import begin
from stream.settings import Settings
from tests.contract.qdrant.records import head, pair
from tests.support.listings import NOON, policy
from tests.support.memory_control import MemoryControl
from tests.support.qdrant import SPEC, connect_and_clean_up, unique_settings

Remove = Callable[[Settings], Awaitable[Policy | None]]

IN_USE = policy()
OTHER = msgspec.structs.replace(IN_USE, model_version=SPEC.model_version)
UNTOUCHED = Control(active=IN_USE)
KEPT = Control(active=IN_USE, kept=Kept(policy=OTHER, offsets={}))
UNDER_WAY = UNTOUCHED.begun(OTHER, NOON)


@dataclass(frozen=True)
class Remains:
    """Another model's index and ledger, with something in them, beside the one in use."""

    settings: Settings
    client: AsyncQdrantClient
    names: CollectionNames

    async def drop(self, *names: str) -> None:
        """Remove collections by Qdrant's own means."""
        for name in names:
            await self.client.delete_collection(name)

    async def there(self) -> set[str]:
        """Those that are there still."""
        names = {self.names.listings, self.names.photos, self.names.pairs}
        return names & {one.name for one in (await self.client.get_collections()).collections}

    async def begin(self, record: MemoryControl) -> None:
        """Begin a rollout of the model that they are of."""
        await begin(record, self.settings, OTHER)


@pytest.fixture
async def remains(qdrant_edge: QdrantEdgeProcess) -> AsyncIterator[Remains]:
    settings = Settings(qdrant=unique_settings(qdrant_edge.url))
    in_use = msgspec.structs.replace(SPEC, model_version=IN_USE.model_version)
    aside = ledger_of(OTHER.model_version)
    async with connect_and_clean_up(settings.qdrant) as client:
        async with (
            open_store(settings.qdrant, in_use),
            open_store(settings.qdrant, SPEC, shadow=aside) as store,
        ):
            await store.ledger.write(pair("a", "b", 5), None)
            await store.index.write_head(head("a"), None)
        names = collection_names(settings.qdrant, OTHER.model_version, aside)
        yield Remains(settings, client, names)


async def test_no_rollout_is_begun_over_listings_whose_pairs_are_gone(remains: Remains) -> None:
    names, record = remains.names, MemoryControl(UNTOUCHED)
    await remains.drop(names.pairs)
    with pytest.raises(StopError) as refusal:
        await remains.begin(record)
    assert record.control == UNTOUCHED
    for due in (names.listings, names.photos, names.pairs, ":6333/collections/NAME"):
        assert due in str(refusal.value)
    await remains.drop(names.listings, names.photos)
    await remains.begin(record)
    assert record.control != UNTOUCHED


async def test_a_first_rollout_that_is_refused_leaves_no_record(
    remains: Remains, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(_kafka: object) -> list[str]:
        return []

    monkeypatch.setattr(start, "read_members", nobody)
    await remains.drop(remains.names.pairs)
    record = MemoryControl()
    with pytest.raises(StopError, match="left over"):
        await remains.begin(record)
    assert record.control is None


async def test_no_way_back_leads_over_listings_whose_pairs_are_gone(remains: Remains) -> None:
    await remains.drop(remains.names.pairs)
    with pytest.raises(StopError, match=r"left over .*`twinlist rollout forget` removes them"):
        await remains.begin(MemoryControl(KEPT))


async def test_a_rollout_is_begun_over_listings_whose_pairs_are_there(remains: Remains) -> None:
    record = MemoryControl(UNTOUCHED)
    await remains.begin(record)
    assert record.control != UNTOUCHED


async def test_a_rollout_is_begun_over_collections_without_listings(remains: Remains) -> None:
    await remains.drop(remains.names.listings, remains.names.pairs)
    async with open_store(remains.settings.qdrant, SPEC):
        assert await remains.there() == {remains.names.listings, remains.names.photos}
    record = MemoryControl(UNTOUCHED)
    await remains.begin(record)
    assert record.control != UNTOUCHED


async def test_a_rollout_under_way_goes_on_whatever_is_there(remains: Remains) -> None:
    await remains.drop(remains.names.pairs)
    record = MemoryControl(UNDER_WAY)
    await remains.begin(record)
    assert record.control == UNDER_WAY


@pytest.mark.parametrize(
    ("remove", "control"), [(forget, KEPT), (abort, UNDER_WAY)], ids=["forget", "abort"]
)
@pytest.mark.parametrize("removed", range(3))
async def test_a_removal_that_is_killed_leaves_no_listings_without_their_pairs(
    remains: Remains,
    monkeypatch: pytest.MonkeyPatch,
    remove: Remove,
    control: Control,
    removed: int,
) -> None:
    async with open_control(remains.settings.qdrant) as record:
        assert await record.write(control, None)
    monkeypatch.setattr(abort_module, "until_nobody_follows", nobody_follows)
    with monkeypatch.context() as patched:
        end_after(patched, removed)
        with pytest.raises(StopError, match="killed"):
            await remove(remains.settings)
    assert remains.names.pairs in await remains.there()
    assert len(await remains.there()) == 3 - removed
    assert await remove(remains.settings) == OTHER  # the same again goes on
    assert await remains.there() == set()


async def nobody_follows(_settings: object, _rollout: object) -> None:
    """There is no Kafka here."""


def end_after(patched: pytest.MonkeyPatch, removed: int) -> None:
    """End as if killed when so many collections are removed."""
    delete, left = AsyncQdrantClient.delete_collection, iter(range(removed))

    async def delete_or_end(client: AsyncQdrantClient, name: str, **options: Any) -> bool:
        if next(left, None) is None:
            raise StopError("killed")
        return await delete(client, name, **options)

    patched.setattr(AsyncQdrantClient, "delete_collection", delete_or_end)
