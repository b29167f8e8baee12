"""Point ids, vectors and payloads between Qdrant's messages and the engine.

The engine logs a write before it checks it, and a refused one comes back when the shard is loaded
again; multivectors of uneven rows even make the shard unloadable. So whatever is turned into an
engine's value here is known to be one that it accepts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import qdrant_edge
from qdrant_client import grpc as messages
from qdrant_client.conversions.conversion import grpc_to_payload, payload_to_grpc

from stream.local.qdrant_edge.refusals import InvalidRequestError, UnbuiltError, allow_only

EdgeId = int | UUID | str
EdgeVectors = Mapping[str, list[float] | list[list[float]]]


@dataclass(frozen=True)
class VectorShape:
    """One named vector of a collection."""

    name: str
    size: int
    is_multi: bool

    def dense(self, vector: messages.DenseVector) -> list[float]:
        """Return the row's numbers. Raises `InvalidRequestError` unless [size] and finite."""
        row = list(vector.data)
        if len(row) != self.size:
            raise InvalidRequestError(
                f"vector {self.name!r} has {self.size} dimensions, not {len(row)}"
            )
        if not all(map(math.isfinite, row)):
            raise InvalidRequestError(f"vector {self.name!r} holds a number that is not finite")
        return row

    def stored(self, vector: messages.Vector) -> list[float] | list[list[float]]:
        """Return what the engine stores for `vector`: [size], or [rows, size]."""
        allow_only(vector, "dense", "multi_dense")
        if self.is_multi:
            rows = [self.dense(row) for row in vector.multi_dense.vectors]
            if not rows:
                raise InvalidRequestError(f"multivector {self.name!r} holds no row")
            return rows
        return self.dense(vector.dense)


def edge_id(point_id: messages.PointId) -> EdgeId:
    """Return the engine's id. Raises `InvalidRequestError` when it is neither number nor UUID."""
    kind = point_id.WhichOneof("point_id_options")
    if kind == "num":
        return int(point_id.num)
    try:
        return UUID(point_id.uuid)
    except ValueError:
        raise InvalidRequestError(f"point id {point_id.uuid!r} is no UUID") from None


def message_id(point_id: EdgeId) -> messages.PointId:
    """Return the id as the client reads it."""
    if isinstance(point_id, int):
        return messages.PointId(num=point_id)
    return messages.PointId(uuid=str(point_id))


def edge_point(point: messages.PointStruct, shapes: Mapping[str, VectorShape]) -> qdrant_edge.Point:
    """Return the point as the engine takes it. Raises `InvalidRequestError` if it would not."""
    allow_only(point, "id", "payload", "vectors")
    if point.vectors.HasField("vector"):
        raise UnbuiltError("a vector without a name")
    vectors: dict[str, Any] = {}
    for name, vector in point.vectors.vectors.vectors.items():
        if name not in shapes:
            raise InvalidRequestError(f"the collection has no vector {name!r}")
        vectors[name] = shapes[name].stored(vector)
    return qdrant_edge.Point(edge_id(point.id), vectors, grpc_to_payload(point.payload))


def retrieved_point(record: qdrant_edge.Record) -> messages.RetrievedPoint:
    """Return a stored point as the client reads it."""
    return messages.RetrievedPoint(
        id=message_id(record.id),
        payload=payload_to_grpc(record.payload or {}),
        vectors=_vectors_output(record.vector),
    )


def scored_point(record: qdrant_edge.ScoredPoint) -> messages.ScoredPoint:
    """Return a found point as the client reads it."""
    return messages.ScoredPoint(
        id=message_id(record.id),
        payload=payload_to_grpc(record.payload or {}),
        score=record.score,
        version=record.version,
        vectors=_vectors_output(record.vector),
    )


def _vectors_output(vectors: Any) -> messages.VectorsOutput | None:  # noqa: ANN401 (as Edge types it)
    if vectors is None:
        return None
    named = {name: _vector_output(vector) for name, vector in vectors.items()}
    return messages.VectorsOutput(vectors=messages.NamedVectorsOutput(vectors=named))


def _vector_output(vector: Sequence[Any]) -> messages.VectorOutput:
    if vector and isinstance(vector[0], list):
        rows = [messages.DenseVector(data=row) for row in vector]
        return messages.VectorOutput(multi_dense=messages.MultiDenseVector(vectors=rows))
    return messages.VectorOutput(dense=messages.DenseVector(data=vector))
