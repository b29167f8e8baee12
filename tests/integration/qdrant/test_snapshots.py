"""Snapshots of Qdrant Edge, made and restored over the paths that a Qdrant server has."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from stream.adapters.qdrant import Store, open_store
from stream.adapters.qdrant.client import connect
from stream.adapters.qdrant.collections import collection_names, raise_epoch, stored_epoch
from stream.adapters.qdrant.snapshots import Snapshots, open_snapshots
from stream.domain.errors import RetryError, StopError
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import head, pair, sha, tokens, unit
from tests.support.kafka import free_ports
from tests.support.qdrant import SPEC, memory_folder

(REST_PORT,) = free_ports(1)
REST_URL = f"http://127.0.0.1:{REST_PORT}"


@pytest.fixture(scope="module")
def edge() -> Iterator[QdrantEdgeProcess]:
    with memory_folder() as folder, QdrantEdgeProcess(folder, rest_port=REST_PORT) as process:
        yield process


@pytest.fixture
def settings(edge: QdrantEdgeProcess) -> QdrantSettings:
    return QdrantSettings(url=edge.url, exact=True)


@pytest.fixture
async def store(settings: QdrantSettings) -> AsyncIterator[Store]:
    async with open_store(settings, SPEC) as store:
        yield store


@pytest.fixture
async def snapshots(settings: QdrantSettings) -> AsyncIterator[Snapshots]:
    async with open_snapshots(settings, REST_URL) as snapshots:
        yield snapshots


def untold(_: int) -> None:
    """Nobody watches."""


def list_snapshots(edge: QdrantEdgeProcess) -> list[Path]:
    """What the server keeps besides its collections: deletes do not reach it."""
    folder = edge.log_file.parent / "snapshots"
    return [file for file in folder.rglob("*") if file.is_file()]


async def test_collections_are_again_what_they_were_and_stay_so_when_killed(
    edge: QdrantEdgeProcess,
    settings: QdrantSettings,
    store: Store,
    snapshots: Snapshots,
    tmp_path: Path,
) -> None:
    names = collection_names(settings, SPEC.model_version)
    kept, later, key = pair("a", "b", 5), pair("a", "c", 5), ("a", sha("photo"))
    await store.index.write_head(head("a"), unit(1))
    await store.index.write_photos("a", 1, {key[1]: tokens(1)})
    await store.ledger.write(kept, None)
    told: list[int] = []
    saved = {
        name: await snapshots.save(name, tmp_path / name, told.append)
        for name in (names.listings, names.photos, names.pairs)
    }
    assert sum(told) == sum(one.size_bytes for one in saved.values())
    for name, one in saved.items():
        assert one.sha256 == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    await store.ledger.write(later, None)
    await store.index.write_head(head("a", 2), unit(2))
    async with connect(settings) as client:
        await client.delete_collection(names.photos)
        for name, one in saved.items():
            await snapshots.restore(name, tmp_path / name, one.sha256)
        before = await stored_epoch(client, names.pairs)
        assert await raise_epoch(client, names.pairs, above=before + 7) == before + 8
        assert await stored_epoch(client, "nowhere") == -1
    assert not list_snapshots(edge)
    edge.kill()
    edge.start()
    async with open_store(settings, SPEC) as restored:
        assert set(await restored.ledger.read([kept.pair_id, later.pair_id])) == {kept.pair_id}
        assert (await restored.index.read_heads(["a"]))["a"].version == 1
        assert (await restored.index.read_tokens([key]))[key].tolist() == tokens(1).tolist()
        assert restored.ledger.first_revision == (before + 8) << 32
        await restored.ledger.write(later, None)
        assert later.pair_id in await restored.ledger.read([later.pair_id])


async def test_what_is_no_snapshot_changes_nothing(
    edge: QdrantEdgeProcess,
    settings: QdrantSettings,
    store: Store,
    snapshots: Snapshots,
    tmp_path: Path,
) -> None:
    name = collection_names(settings, SPEC.model_version).pairs
    await store.ledger.write(written := pair("x", "y", 5), None)
    file = tmp_path / "file"
    whole = await snapshots.save(name, file, untold)
    content = file.read_bytes()[:-100]
    file.write_bytes(content)
    with pytest.raises(StopError, match="another SHA-256 than was said"):
        await snapshots.restore(name, file, whole.sha256)
    with pytest.raises(StopError, match="is no snapshot, or not whole"):
        await snapshots.restore(name, file, hashlib.sha256(content).hexdigest())
    with pytest.raises(StopError, match="doesn't exist"):
        await snapshots.save("nowhere", file, untold)
    assert not list_snapshots(edge)
    assert written.pair_id in await store.ledger.read([written.pair_id])


async def test_a_rest_interface_that_is_elsewhere_is_said_to_be(settings: QdrantSettings) -> None:
    (port,) = free_ports(1)
    with pytest.raises(RetryError, match=f"does not answer at http://127.0.0.1:{port}: .*--rest"):
        async with open_snapshots(settings, f"http://127.0.0.1:{port}"):
            pass
