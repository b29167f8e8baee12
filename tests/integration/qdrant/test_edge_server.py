"""The embedded server at its own interface: what it refuses, and what a restart keeps."""

import math
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import grpc
import pytest
from qdrant_client import AsyncQdrantClient, models
from qdrant_client import grpc as messages

from stream.adapters.qdrant.client import connect
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.settings import QdrantSettings

ID = "00000000-0000-0000-0000-000000000001"
DENSE = messages.Vector(dense=messages.DenseVector(data=[1, 2, 3]))
CURRENT = models.CreateAliasOperation(
    create_alias=models.CreateAlias(collection_name="things", alias_name="current")
)
INVALID = grpc.StatusCode.INVALID_ARGUMENT


@pytest.fixture
async def client(qdrant_edge: QdrantEdgeProcess) -> AsyncIterator[AsyncQdrantClient]:
    """A client of a server that has the collection `things`, alone."""
    async with connect(QdrantSettings(url=qdrant_edge.url)) as client:
        await client.create_collection(
            "things",
            vectors_config={
                "one": models.VectorParams(size=3, distance=models.Distance.DOT),
                "many": models.VectorParams(
                    size=2,
                    distance=models.Distance.DOT,
                    multivector_config=models.MultiVectorConfig(
                        comparator=models.MultiVectorComparator.MAX_SIM
                    ),
                ),
            },
        )
        await client.create_payload_index("things", "name", models.PayloadSchemaType.KEYWORD)
        yield client
        await client.delete_collection("things")


def rows(*lengths: int) -> messages.Vector:
    return messages.Vector(
        multi_dense=messages.MultiDenseVector(
            vectors=[messages.DenseVector(data=[0.5] * length) for length in lengths]
        )
    )


def upsert(point_id: str = ID, **vectors: messages.Vector) -> messages.UpsertPoints:
    point = messages.PointStruct(
        id=messages.PointId(uuid=point_id),
        vectors=messages.Vectors(vectors=messages.NamedVectors(vectors=vectors)),
        payload={"name": messages.Value(string_value="x")},
    )
    return messages.UpsertPoints(collection_name="things", points=[point], wait=True)


MALFORMED_WRITES = {
    "an unknown vector": upsert(other=DENSE),
    "too few dimensions": upsert(one=messages.Vector(dense=messages.DenseVector(data=[1, 2]))),
    "no dimension": upsert(one=messages.Vector(dense=messages.DenseVector())),
    "not a number": upsert(one=messages.Vector(dense=messages.DenseVector(data=[1, 2, math.nan]))),
    "uneven rows": upsert(many=rows(2, 3)),
    "short rows": upsert(many=rows(1, 1)),
    "no row": upsert(many=rows()),
    "rows where one vector is due": upsert(one=rows(3)),
    "one vector where rows are due": upsert(many=DENSE),
    "an id that is no UUID": upsert("nonsense", one=DENSE),
}


async def refusal_of(call: Awaitable[object]) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await call
    return refusal.value.code()


async def names(client: AsyncQdrantClient) -> list[str]:
    records, _ = await client.scroll("things", limit=100)
    return [record.payload["name"] for record in records if record.payload]


GOOD_WRITE = upsert("00000000-0000-0000-0000-000000000002", one=DENSE, many=rows(2, 2))


@pytest.mark.parametrize("malformed", MALFORMED_WRITES.values(), ids=MALFORMED_WRITES)
async def test_a_malformed_write_is_refused(
    client: AsyncQdrantClient, malformed: messages.UpsertPoints
) -> None:
    assert await refusal_of(client.grpc_points.Upsert(malformed)) == INVALID
    assert await names(client) == []


async def test_refused_writes_do_not_come_back(
    client: AsyncQdrantClient, qdrant_edge: QdrantEdgeProcess
) -> None:
    await client.grpc_points.Upsert(GOOD_WRITE)
    for malformed in MALFORMED_WRITES.values():
        await refusal_of(client.grpc_points.Upsert(malformed))
    qdrant_edge.kill()
    qdrant_edge.start()
    async with connect(QdrantSettings(url=qdrant_edge.url)) as client_after:
        assert await names(client_after) == ["x"]


async def test_what_is_not_built_says_so(client: AsyncQdrantClient) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await client.facet("things", "name")
    assert refusal.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert refusal.value.details() == (
        "qdrant.Points/Facet is not built in the embedded Qdrant Edge; use a Qdrant server"
    )


async def test_a_filter_on_a_key_without_index_is_refused_unless_it_asks_few_points(
    client: AsyncQdrantClient,
) -> None:
    await client.grpc_points.Upsert(GOOD_WRITE)
    other = models.FieldCondition(key="other", match=models.MatchValue(value="x"))
    by_name = models.FieldCondition(key="name", match=models.MatchValue(value="x"))
    assert await refusal_of(client.count("things", models.Filter(must=[other]))) == INVALID
    assert await refusal_of(client.count("things", models.Filter(should=[other]))) == INVALID
    both = models.Filter(must=[by_name], must_not=[other])
    assert (await client.count("things", both)).count == 1


UNBUILT_CONDITIONS = {
    "a boolean": models.FieldCondition(key="name", match=models.MatchValue(value=True)),
    "full text": models.FieldCondition(key="name", match=models.MatchText(text="x")),
    "a count of values": models.FieldCondition(key="name", values_count=models.ValuesCount(gt=1)),
    "a null": models.IsNullCondition(is_null=models.PayloadField(key="name")),
}


@pytest.mark.parametrize("condition", UNBUILT_CONDITIONS.values(), ids=UNBUILT_CONDITIONS)
async def test_no_option_is_ignored_in_silence(
    client: AsyncQdrantClient, condition: models.Condition
) -> None:
    counting = client.count("things", models.Filter(must=[condition]))
    assert await refusal_of(counting) == grpc.StatusCode.UNIMPLEMENTED


async def test_collections_aliases_and_indexes_survive_a_restart(
    client: AsyncQdrantClient, qdrant_edge: QdrantEdgeProcess
) -> None:
    await client.update_collection_aliases([CURRENT])
    await client.grpc_points.Upsert(upsert(one=DENSE))
    before = await client.get_collection("current")
    qdrant_edge.stop()
    qdrant_edge.start()
    async with connect(QdrantSettings(url=qdrant_edge.url)) as client_after:
        assert await client_after.get_collection("current") == before
        by_name = models.FieldCondition(key="name", match=models.MatchValue(value="x"))
        counted = await client_after.count("current", models.Filter(must=[by_name]))
    assert counted.count == 1


async def test_a_dropped_collection_is_gone_with_its_aliases_and_files(
    edge: QdrantEdgeProcess, folder: Path
) -> None:
    async with connect(QdrantSettings(url=edge.url)) as client:
        await client.create_collection("things", vectors_config={})
        await client.update_collection_aliases([CURRENT])
        assert await client.delete_collection("things")
        assert not await client.delete_collection("things")
        assert (await client.get_aliases()).aliases == []
    (folder / "collections" / "left over from a crash").mkdir()
    edge.stop()
    edge.start()
    assert list((folder / "collections").iterdir()) == []


async def test_a_collection_is_created_once(client: AsyncQdrantClient) -> None:
    again = client.create_collection("things", vectors_config={})
    assert await refusal_of(again) == grpc.StatusCode.ALREADY_EXISTS


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "x" * 256, "tab\t"])
async def test_a_name_that_a_server_would_refuse_is_refused(
    client: AsyncQdrantClient, name: str
) -> None:
    assert await refusal_of(client.create_collection(name, vectors_config={})) == INVALID
