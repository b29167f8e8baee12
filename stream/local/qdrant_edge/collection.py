"""One collection: a shard of the engine, and what the engine leaves to its caller.

Conditions of writes are looked at here, and the engine is told ids. It would log a condition as it
stands and look at it again when a shard that was killed is loaded: against payload indexes which a
flush had half brought to disk, and which know of later writes than the points do. Such a write was
refused, and lost. Writes by id may be repeated on any such state.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import qdrant_edge
from qdrant_client import grpc as messages

from stream.local.qdrant_edge.refusals import InvalidRequestError, UnbuiltError, allow_only
from stream.local.qdrant_edge.values import EdgeId, VectorShape

_DISTANCES: Mapping[int, qdrant_edge.Distance] = {
    messages.Distance.Cosine: qdrant_edge.Distance.Cosine,
    messages.Distance.Dot: qdrant_edge.Distance.Dot,
    messages.Distance.Euclid: qdrant_edge.Distance.Euclid,
    messages.Distance.Manhattan: qdrant_edge.Distance.Manhattan,
}
_INDEX_TYPES: Mapping[int, qdrant_edge.PayloadSchemaType] = {
    messages.FieldType.FieldTypeKeyword: qdrant_edge.PayloadSchemaType.Keyword,
    messages.FieldType.FieldTypeInteger: qdrant_edge.PayloadSchemaType.Integer,
}
_SCHEMA_TYPES = {
    qdrant_edge.PayloadSchemaType.Keyword: messages.PayloadSchemaType.Keyword,
    qdrant_edge.PayloadSchemaType.Integer: messages.PayloadSchemaType.Integer,
}
# What `info` reports where a server has tuning; clients demand numbers.
_NO_GRAPH = messages.HnswConfigDiff(m=0, ef_construct=0, full_scan_threshold=0)
_NO_OPTIMIZER = messages.OptimizersConfigDiff(
    deleted_threshold=1,
    vacuum_min_vector_number=0,
    default_segment_number=1,
    flush_interval_sec=1,
)
_ENGINE_LOG = messages.WalConfigDiff(wal_capacity_mb=32, wal_segments_ahead=0)
_NO_VECTOR = "_none"  # the engine wants at least one vector declared; points may leave it empty
_LARGEST_VECTOR = 65536  # Qdrant's own limit


class Collection:
    """Points of one collection. Every argument is checked before it gets here."""

    def __init__(self, request: messages.CreateCollection, shard: qdrant_edge.EdgeShard) -> None:
        self.request = request
        self.shapes: Mapping[str, VectorShape] = {
            name: VectorShape(name, params.size, params.HasField("multivector_config"))
            for name, params in request.vectors_config.params_map.map.items()
        }
        self._shard = shard
        self._indexed = frozenset(shard.info().payload_schema)
        self._is_dirty = True
        self._is_closed = False

    @classmethod
    def create(cls, request: messages.CreateCollection, folder: Path) -> "Collection":
        """Make an empty collection in a new folder."""
        config = _edge_config(request)
        folder.mkdir(parents=True)
        return cls(request, qdrant_edge.EdgeShard.create(str(folder), config))

    @classmethod
    def load(cls, request: messages.CreateCollection, folder: Path) -> "Collection":
        """Open what an earlier process left, killed or not."""
        return cls(request, qdrant_edge.EdgeShard.load(str(folder)))

    @property
    def indexed(self) -> frozenset[str]:
        """The payload keys that filters may name."""
        return self._indexed

    def upsert(
        self,
        points: list[qdrant_edge.Point],
        condition: qdrant_edge.Filter | None,
        mode: int,
    ) -> None:
        """Insert points that are new; replace those stored that match the condition, whole."""
        ids = {point.id for point in points}
        is_new = ids.difference(record.id for record in self.retrieve([*ids], False, False))
        gives_way = ids - is_new
        if condition is not None and gives_way:
            gives_way = self._matching(
                qdrant_edge.Filter(must=[qdrant_edge.HasIdCondition(gives_way), condition])
            )
        if mode == messages.UpdateMode.InsertOnly:
            gives_way = set()
        if mode == messages.UpdateMode.UpdateOnly:
            is_new = set()
        written = [point for point in points if point.id in is_new | gives_way]
        if written:
            self._update(qdrant_edge.UpdateOperation.upsert_points(written))

    def delete(self, points: Sequence[EdgeId] | qdrant_edge.Filter) -> None:
        """Remove points by id or filter."""
        if isinstance(points, qdrant_edge.Filter):
            points = [*self._matching(points)]
        if points:
            self._update(qdrant_edge.UpdateOperation.delete_points([*points]))

    def set_payload(self, points: qdrant_edge.Filter, payload: dict[str, object]) -> None:
        """Set some keys of the points that match."""
        ids = self._matching(points)
        if ids:
            # Not by a list of ids: repeated after one of them is gone, the write would fail.
            by_id = qdrant_edge.Filter(must=[qdrant_edge.HasIdCondition(ids)])
            self._update(qdrant_edge.UpdateOperation.set_payload_by_filter(by_id, payload))

    def create_index(self, key: str, kind: int) -> None:
        """Index a payload key; harmless when it is indexed already."""
        if kind not in _INDEX_TYPES:
            raise UnbuiltError("an index other than of keywords or integers")
        try:
            operation = qdrant_edge.UpdateOperation.create_field_index(key, _INDEX_TYPES[kind])
        except ValueError as error:
            raise InvalidRequestError(str(error)) from error
        self._update(operation)
        self._indexed = frozenset(self._shard.info().payload_schema)

    def retrieve(
        self, ids: Sequence[EdgeId], payload: bool | list[str], vectors: bool | list[str]
    ) -> list[qdrant_edge.Record]:
        """Return the points that exist."""
        return self._shard.retrieve(list(ids), payload, vectors)

    def scroll(
        self, request: qdrant_edge.ScrollRequest
    ) -> tuple[list[qdrant_edge.Record], EdgeId | None]:
        """Return a page of points by id, and the id that the next one starts with."""
        return self._shard.scroll(request)

    def count(self, request: qdrant_edge.CountRequest) -> int:
        """Count the points that match."""
        return self._shard.count(request)

    def query(
        self, requests: list[qdrant_edge.QueryRequest]
    ) -> list[list[qdrant_edge.ScoredPoint]]:
        """Answer several searches at once, in order."""
        return self._shard.query_batch(qdrant_edge.QueryBatchRequest(requests))

    def info(self) -> messages.CollectionInfo:
        """Describe the collection as a server would."""
        edge, created = self._shard.info(), self.request
        return messages.CollectionInfo(
            status=messages.CollectionStatus.Green,
            optimizer_status=messages.OptimizerStatus(ok=True),
            segments_count=edge.segments_count,
            points_count=edge.points_count,
            indexed_vectors_count=edge.indexed_vectors_count,
            payload_schema={
                key: messages.PayloadSchemaInfo(
                    data_type=_SCHEMA_TYPES[index.data_type], points=index.points
                )
                for key, index in edge.payload_schema.items()
            },
            config=messages.CollectionConfig(
                params=messages.CollectionParams(
                    shard_number=created.shard_number or 1,
                    replication_factor=created.replication_factor or 1,
                    write_consistency_factor=created.write_consistency_factor or 1,
                    on_disk_payload=created.on_disk_payload,
                    vectors_config=created.vectors_config,
                ),
                hnsw_config=_NO_GRAPH,
                optimizer_config=_NO_OPTIMIZER,
                wal_config=_ENGINE_LOG,
            ),
        )

    def flush(self) -> None:
        """Bring what was written to the disk itself; may run beside other operations."""
        if not self._is_dirty or self._is_closed:
            return
        self._is_dirty = False  # before flushing: a write meanwhile makes it dirty again
        try:
            self._shard.flush()
        except BaseException:
            if not self._is_closed:  # else it was dropped meanwhile
                self._is_dirty = True
                raise

    def close(self) -> None:
        """Flush and release the files."""
        self._is_closed = True
        self._shard.flush()
        self._shard.close()

    def _matching(self, points: qdrant_edge.Filter) -> set[EdgeId]:
        records, _ = self.scroll(
            qdrant_edge.ScrollRequest(
                limit=sys.maxsize, filter=points, with_payload=False, with_vector=False
            )
        )
        return {record.id for record in records}

    def _update(self, operation: qdrant_edge.UpdateOperation) -> None:
        try:
            self._shard.update(operation)
        finally:
            self._is_dirty = True


def _edge_config(request: messages.CreateCollection) -> qdrant_edge.EdgeConfig:
    if request.vectors_config.HasField("params"):
        raise UnbuiltError("a vector without a name")
    vectors = {
        name: _edge_vector(name, params)
        for name, params in request.vectors_config.params_map.map.items()
    }
    if not vectors:
        vectors[_NO_VECTOR] = qdrant_edge.EdgeVectorParams(
            size=1, distance=qdrant_edge.Distance.Dot
        )
    return qdrant_edge.EdgeConfig(vectors=vectors)


def _edge_vector(name: str, params: messages.VectorParams) -> qdrant_edge.EdgeVectorParams:
    allow_only(params, "size", "distance", "hnsw_config", "on_disk", "multivector_config")
    if not name or not 0 < params.size <= _LARGEST_VECTOR or params.distance not in _DISTANCES:
        raise InvalidRequestError(
            f"vector {name!r} needs a name, a distance and 1 to {_LARGEST_VECTOR} dimensions"
        )
    multi = None
    if params.HasField("multivector_config"):
        multi = qdrant_edge.MultiVectorConfig(qdrant_edge.MultiVectorComparator.MaxSim)
    return qdrant_edge.EdgeVectorParams(
        size=params.size, distance=_DISTANCES[params.distance], multivector_config=multi
    )
