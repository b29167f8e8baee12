"""A process was killed in the middle of a flush: on opening, its last writes are made good.

What such a kill leaves is put together here: all is as the flush before left it, except for what
the engine brings to disk first: the log of writes, the ids, and the payload indexes. Conditions are
looked at in those, which then know of the writes that are to be made good.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import qdrant_edge
from qdrant_client import grpc as messages

from stream.local.qdrant_edge.collection import Collection
from tests.support.qdrant import memory_folder

A, B, NEW = 1, 2, 3
FLUSHED_FIRST = ("wal/open-*", "segments/*/*.mappings", "segments/*/payload_index/**/*")
REQUEST = messages.CreateCollection(collection_name="things")
UPSERT, INSERT_ONLY, UPDATE_ONLY = (
    messages.UpdateMode.Upsert,
    messages.UpdateMode.InsertOnly,
    messages.UpdateMode.UpdateOnly,
)


def point(number: int, version: int) -> qdrant_edge.Point:
    return qdrant_edge.Point(number, {}, {"version": version})


def below(version: int) -> qdrant_edge.Filter:
    field = qdrant_edge.FieldCondition("version", range=qdrant_edge.RangeFloat(lt=version))
    return qdrant_edge.Filter(must=[field])


def versions(collection: Collection) -> dict[object, object]:
    records = collection.retrieve([A, B, NEW], True, False)
    return {one.id: (one.payload or {})["version"] for one in records}


def replace(collection: Collection) -> None:
    collection.upsert([point(A, 6), point(B, 6), point(NEW, 6)], below(6), UPSERT)


def insert(collection: Collection) -> None:
    collection.upsert([point(A, 6), point(NEW, 6)], None, INSERT_ONLY)


def update(collection: Collection) -> None:
    collection.upsert([point(A, 6), point(NEW, 6)], below(6), UPDATE_ONLY)


def set_version(collection: Collection) -> None:
    collection.set_payload(below(6), {"version": 6})


def set_version_and_delete(collection: Collection) -> None:
    collection.set_payload(below(6), {"version": 6})
    collection.delete([A])
    collection.set_payload(below(9), {"version": 9})


def delete(collection: Collection) -> None:
    collection.delete(below(6))


def delete_and_insert(collection: Collection) -> None:
    collection.delete(below(6))
    collection.upsert([point(A, 3)], below(0), UPSERT)


WRITES: dict[Callable[[Collection], None], dict[int, int]] = {
    replace: {A: 6, B: 8, NEW: 6},
    insert: {A: 5, B: 8, NEW: 6},
    update: {A: 6, B: 8},
    set_version: {A: 6, B: 8},
    set_version_and_delete: {B: 9},
    delete: {B: 8},
    delete_and_insert: {A: 3, B: 8},
}


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as folder:
        yield folder


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_what_was_written_is_there_after_half_a_flush(
    folder: Path, write: Callable[[Collection], None]
) -> None:
    live, killed = folder / "live", folder / "killed"
    collection = Collection.create(REQUEST, live)
    collection.create_index("version", messages.FieldType.FieldTypeInteger)
    collection.upsert([point(A, 5), point(B, 8)], None, UPSERT)
    collection.flush()
    shutil.copytree(live, killed, ignore=shutil.ignore_patterns("open-*"))
    write(collection)
    assert versions(collection) == WRITES[write]
    collection.flush()
    for ahead in (path for pattern in FLUSHED_FIRST for path in live.glob(pattern)):
        if ahead.is_file():
            shutil.copy(ahead, killed / ahead.relative_to(live))
    collection.close()
    assert versions(Collection.load(REQUEST, killed)) == WRITES[write]
