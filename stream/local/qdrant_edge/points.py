"""The part of `qdrant.Points` that is built: request in, reply out."""

from typing import cast

import qdrant_edge
from qdrant_client import grpc as messages
from qdrant_client.conversions.conversion import grpc_to_payload

from stream.local.qdrant_edge.catalog import Catalog
from stream.local.qdrant_edge.collection import Collection
from stream.local.qdrant_edge.conditions import edge_filter
from stream.local.qdrant_edge.refusals import InvalidRequestError, UnbuiltError, allow_only
from stream.local.qdrant_edge.values import (
    EdgeId,
    edge_id,
    edge_point,
    message_id,
    retrieved_point,
    scored_point,
)

_DEFAULT_LIMIT = 10  # as on a server
# One process and one replica: any ordering and any consistency is the strongest, and every write
# waits. So these are taken and need no doing.
_ALWAYS = ("collection_name", "wait", "ordering", "read_consistency", "timeout")
_DONE = messages.PointsOperationResponse(
    result=messages.UpdateResult(status=messages.UpdateStatus.Completed)
)


class PointsService:
    """Operations on points, named as in Qdrant's interface."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def upsert(self, request: messages.UpsertPoints) -> messages.PointsOperationResponse:
        """Insert or replace points; those stored only if they match `update_filter`."""
        allow_only(request, *_ALWAYS, "points", "update_filter", "update_mode")
        collection = self._catalog.find_for_write(request.collection_name)
        points = [edge_point(point, collection.shapes) for point in request.points]
        condition = (
            edge_filter(request.update_filter, None) if request.HasField("update_filter") else None
        )
        collection.upsert(points, condition, request.update_mode)
        return _DONE

    def delete(self, request: messages.DeletePoints) -> messages.PointsOperationResponse:
        """Remove points by id or filter."""
        allow_only(request, *_ALWAYS, "points")
        collection = self._catalog.find_for_write(request.collection_name)
        collection.delete(_selection(request.points, collection))
        return _DONE

    def set_payload(self, request: messages.SetPayloadPoints) -> messages.PointsOperationResponse:
        """Set payload keys of the points that a filter matches."""
        allow_only(request, *_ALWAYS, "payload", "points_selector")
        collection = self._catalog.find_for_write(request.collection_name)
        points = _selection(request.points_selector, collection)
        if not isinstance(points, qdrant_edge.Filter):
            # The engine fails on an id that does not exist after it has logged the operation.
            raise UnbuiltError("set payload by ids, without a filter,")
        collection.set_payload(points, grpc_to_payload(request.payload))
        return _DONE

    def create_field_index(
        self, request: messages.CreateFieldIndexCollection
    ) -> messages.PointsOperationResponse:
        """Index a payload key."""
        allow_only(request, *_ALWAYS, "field_name", "field_type")
        if not request.HasField("field_type"):
            raise InvalidRequestError("an index needs a field type")
        collection = self._catalog.find_for_write(request.collection_name)
        collection.create_index(request.field_name, request.field_type)
        return _DONE

    def get(self, request: messages.GetPoints) -> messages.GetResponse:
        """Return the points that exist."""
        allow_only(request, *_ALWAYS, "ids", "with_payload", "with_vectors")
        records = self._catalog.find(request.collection_name).retrieve(
            [edge_id(one) for one in request.ids],
            _payload_wanted(request.with_payload),
            _vectors_wanted(request.with_vectors),
        )
        return messages.GetResponse(result=[retrieved_point(record) for record in records])

    def scroll(self, request: messages.ScrollPoints) -> messages.ScrollResponse:
        """Return a page of the points that match, by id."""
        allow_only(request, *_ALWAYS, "filter", "offset", "limit", "with_payload", "with_vectors")
        collection = self._catalog.find(request.collection_name)
        records, following = collection.scroll(
            qdrant_edge.ScrollRequest(
                offset=edge_id(request.offset) if request.HasField("offset") else None,
                limit=_limit(request),
                filter=_filter(request, collection),
                with_payload=_payload_wanted(request.with_payload),
                with_vector=_vectors_wanted(request.with_vectors),
            )
        )
        return messages.ScrollResponse(
            result=[retrieved_point(record) for record in records],
            next_page_offset=message_id(following) if following is not None else None,
        )

    def count(self, request: messages.CountPoints) -> messages.CountResponse:
        """Count the points that match."""
        allow_only(request, *_ALWAYS, "filter", "exact")
        collection = self._catalog.find(request.collection_name)
        condition = _filter(request, collection)
        counted = collection.count(qdrant_edge.CountRequest(exact=True, filter=condition))
        return messages.CountResponse(result=messages.CountResult(count=counted))

    def query(self, request: messages.QueryPoints) -> messages.QueryResponse:
        """Search once."""
        collection = self._catalog.find(request.collection_name)
        (found,) = collection.query([_query(request, collection)])
        return messages.QueryResponse(result=[scored_point(one) for one in found])

    def query_batch(self, request: messages.QueryBatchPoints) -> messages.QueryBatchResponse:
        """Search several times at once."""
        allow_only(request, *_ALWAYS, "query_points")
        collection = self._catalog.find(request.collection_name)
        batches = collection.query([_query(one, collection) for one in request.query_points])
        return messages.QueryBatchResponse(
            result=[
                messages.BatchResult(result=[scored_point(one) for one in found])
                for found in batches
            ]
        )


def _query(request: messages.QueryPoints, collection: Collection) -> qdrant_edge.QueryRequest:
    allow_only(
        request,
        *(*_ALWAYS, "query", "using", "filter", "params", "score_threshold"),
        *("limit", "offset", "with_payload", "with_vectors"),
    )
    allow_only(request.params, "hnsw_ef", "exact", "indexed_only")
    if request.params.indexed_only:
        raise UnbuiltError("a search of indexed vectors only")
    return qdrant_edge.QueryRequest(
        limit=_limit(request),
        offset=request.offset,
        query=_nearest(request, collection) if request.HasField("query") else None,
        filter=_filter(request, collection),
        score_threshold=request.score_threshold if request.HasField("score_threshold") else None,
        params=qdrant_edge.SearchParams(exact=True),
        with_payload=_payload_wanted(request.with_payload),
        with_vector=_vectors_wanted(request.with_vectors),
    )


def _nearest(request: messages.QueryPoints, collection: Collection) -> qdrant_edge.Query:
    allow_only(request.query, "nearest")
    allow_only(request.query.nearest, "dense")
    shape = collection.shapes.get(request.using)
    if shape is None:
        raise InvalidRequestError(f"the collection has no vector {request.using!r}")
    if shape.is_multi:
        raise UnbuiltError("a search among multivectors")
    return qdrant_edge.Query.Nearest(shape.dense(request.query.nearest.dense), using=shape.name)


def _limit(request: messages.QueryPoints | messages.ScrollPoints) -> int:
    limit = int(request.limit) if request.HasField("limit") else _DEFAULT_LIMIT
    if limit < 1:
        raise InvalidRequestError("limit must be at least 1")
    return limit


def _filter(
    request: messages.ScrollPoints | messages.CountPoints | messages.QueryPoints,
    collection: Collection,
) -> qdrant_edge.Filter | None:
    return edge_filter(request.filter, collection.indexed) if request.HasField("filter") else None


def _selection(
    selector: messages.PointsSelector, collection: Collection
) -> list[EdgeId] | qdrant_edge.Filter:
    match selector.WhichOneof("points_selector_one_of"):
        case "points":
            return [edge_id(one) for one in selector.points.ids]
        case "filter":
            return edge_filter(selector.filter, collection.indexed)
        case _:
            raise InvalidRequestError("neither ids nor a filter")


def _payload_wanted(selector: messages.WithPayloadSelector) -> bool | list[str]:
    allow_only(selector, "enable", "include")
    return list(selector.include.fields) if selector.HasField("include") else selector.enable


def _vectors_wanted(selector: messages.WithVectorsSelector) -> bool | list[str]:
    if selector.HasField("include"):
        return cast("list[str]", list(selector.include.names))
    return selector.enable
