"""A server that looks at a write's condition again, in the middle of a flush, still makes it good.

Qdrant logs conditional writes with their conditions. When it was killed while a flush brought one
file after the other to disk, it makes the logged writes once more, and so has to find that their
conditions are still true wherever something is still missing. The engine itself is asked here, as a
server asks it; ours, which decides conditions on its own, steps aside.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import grpc.aio
import pytest
import qdrant_edge

from stream.adapters.qdrant import Store, open_store
from stream.local.qdrant_edge import catalog as catalogs
from stream.local.qdrant_edge.catalog import Catalog
from stream.local.qdrant_edge.collection import Collection
from stream.local.qdrant_edge.server import Dispatch, operations
from stream.local.qdrant_edge.values import EdgeId
from stream.ports import SearchFilter
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import head, pair, sha, tokens, tombstone, unit
from tests.support.qdrant import SPEC, memory_folder

Operation = qdrant_edge.UpdateOperation

LOG = ("collections/*/wal/open-*",)
IDS = (*LOG, "collections/*/segments/*/*.mappings")
VECTORS = (*IDS, "collections/*/segments/*/vector_storage*/**/*")
INDEXES = (*VECTORS, "collections/*/segments/*/payload_index/**/*")
PAYLOADS = (*INDEXES, "collections/*/segments/*/payload_storage/**/*")
FLUSHED = {"nothing": LOG, "ids": IDS, "vectors": VECTORS, "indexes": INDEXES, "payload": PAYLOADS}
"""What has come to disk when the server is killed, in the order of a flush; last, versions come."""

PHOTOS = [("a", sha(number)) for number in range(3)]
OPEN, NEW = pair("a", "b", 5), pair("a", "c", 5)


class LoggedConditions(Collection):
    """A collection as a server has it: the engine is told conditions, and logs them."""

    def upsert(
        self,
        points: list[qdrant_edge.Point],
        condition: qdrant_edge.Filter | None,
        mode: int,  # noqa: ARG002 (the adapters ask for the usual one)
    ) -> None:
        usual = qdrant_edge.UpdateMode.Upsert
        self._update(Operation.upsert_points(points, condition, usual))

    def delete(self, points: Sequence[EdgeId] | qdrant_edge.Filter) -> None:
        if isinstance(points, qdrant_edge.Filter):
            self._update(Operation.delete_points_by_filter(points))
        else:
            self._update(Operation.delete_points([*points]))

    def set_payload(self, points: qdrant_edge.Filter, payload: dict[str, object]) -> None:
        self._update(Operation.set_payload_by_filter(points, payload))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(catalogs, "Collection", LoggedConditions)
    with memory_folder() as folder:
        yield folder


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[Store, Catalog]]:
    """A store on a server in this process, which flushes only when it is told to."""
    catalog = Catalog(folder, 0)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Dispatch(operations(catalog), lambda: None),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with open_store(QdrantSettings(url=f"http://127.0.0.1:{port}"), SPEC) as store:
            yield store, catalog
    finally:
        await server.stop(None)
        catalog.close()


async def fill(store: Store) -> None:
    await store.index.write_head(head("a", 2), unit(2))
    await store.index.finish(head("a", 2))
    await store.index.write_photos("a", 2, {name: tokens(2) for _, name in PHOTOS[:2]})
    await store.ledger.write(OPEN, None)
    await store.ledger.mark_published(OPEN.pair_id, 5)


async def replace_head(store: Store) -> None:
    await store.index.write_head(head("a", 3), unit(3))
    await store.index.finish(head("a", 3))


async def delete_at_the_same_version(store: Store) -> None:
    await store.index.write_head(tombstone("a", 2), None)
    await store.index.finish(tombstone("a", 2))


async def delete_and_post_again(store: Store) -> None:
    await store.index.write_head(tombstone("a", 3), None)
    await store.index.finish(tombstone("a", 3))
    await replace_head(store)  # too late
    await store.index.write_head(head("a", 4), unit(4))


async def post_anew(store: Store) -> None:
    await store.index.write_head(head("b", 1), unit(1))
    await store.index.finish(head("b", 1))


async def replace_photos(store: Store) -> None:
    await store.index.write_photos("a", 3, {name: tokens(3) for _, name in PHOTOS[1:]})
    await store.index.remove_photos("a", 3)


async def raise_pair_twice(store: Store) -> None:
    for revision in (6, 7):
        await store.ledger.write(pair("a", "b", revision), revision - 1)
        await store.ledger.write(pair("a", "b", 9), revision - 1)  # too late
        await store.ledger.mark_published(OPEN.pair_id, revision)


async def insert_and_raise_pair(store: Store) -> None:
    await store.ledger.write(NEW, None)
    await store.ledger.write(pair("a", "c", 9), None)  # too late
    await store.ledger.write(pair("a", "c", 6), 5)
    await store.ledger.mark_published(NEW.pair_id, 6)


async def contents(store: Store) -> Sequence[object]:
    """All that a store holds and can be asked for."""
    photos = await store.index.read_tokens(PHOTOS)
    nearest = [
        await store.index.nearest_sets(unit(seed), SearchFilter(excluded_id=""), 9)
        for seed in range(5)
    ]
    return (
        await store.index.read_heads(["a", "b"]),
        {key: values.tolist() for key, values in photos.items()},
        nearest,
        await store.ledger.read([OPEN.pair_id, NEW.pair_id]),
    )


CHANGES: tuple[Callable[[Store], Awaitable[None]], ...] = (
    replace_head,
    delete_at_the_same_version,
    delete_and_post_again,
    post_anew,
    replace_photos,
    raise_pair_twice,
    insert_and_raise_pair,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_what_was_written_is_there_wherever_a_flush_was_cut_off(
    folder: Path, change: Callable[[Store], Awaitable[None]]
) -> None:
    live, base = folder / "live", folder / "base"
    async with opened(live) as (store, catalog):
        await fill(store)
        catalog.flush()
        shutil.copytree(live, base, ignore=shutil.ignore_patterns("open-*"))
        before = await contents(store)
        await change(store)
        due = await contents(store)
        assert due != before
        catalog.flush()
        for name, flushed in FLUSHED.items():
            shutil.copytree(base, folder / name)
            copy_over(live, folder / name, flushed)
    for name in FLUSHED:
        async with opened(folder / name) as (store, _):
            assert await contents(store) == due, f"killed when the flush had written: {name}"


def copy_over(source: Path, target: Path, patterns: Sequence[str]) -> None:
    for path in (path for pattern in patterns for path in source.glob(pattern)):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
