"""Qdrant's filters as the engine's: the kinds of condition that it is known to answer rightly."""

from collections.abc import Collection

import qdrant_edge
from qdrant_client import grpc as messages

from stream.local.qdrant_edge.refusals import InvalidRequestError, UnbuiltError, allow_only
from stream.local.qdrant_edge.values import edge_id


def edge_filter(message: messages.Filter, indexed: Collection[str] | None) -> qdrant_edge.Filter:
    """Return the engine's filter.

    Args:
        message: what a client wants.
        indexed: the payload keys that it may name, unless it asks for ids or for one of them
            besides: the engine would scan all points. None when it is put to few points anyway.

    Raises `InvalidRequestError` for other keys and `UnbuiltError` for other kinds of condition.
    """
    allow_only(message, "must", "should", "must_not")
    if indexed is not None and any(_is_narrow(one, indexed) for one in message.must):
        indexed = None
    return qdrant_edge.Filter(
        must=[_condition(one, indexed) for one in message.must] or None,
        should=[_condition(one, indexed) for one in message.should] or None,
        must_not=[_condition(one, indexed) for one in message.must_not] or None,
    )


def _is_narrow(message: messages.Condition, indexed: Collection[str]) -> bool:
    return message.HasField("has_id") or message.field.key in indexed


def _condition(
    message: messages.Condition, indexed: Collection[str] | None
) -> "qdrant_edge.ConditionType":
    match kind := message.WhichOneof("condition_one_of"):
        case "field":
            return _field_condition(message.field, indexed)
        case "is_empty":
            return qdrant_edge.IsEmptyCondition(_known(message.is_empty.key, indexed))
        case "has_id":
            return qdrant_edge.HasIdCondition({edge_id(one) for one in message.has_id.has_id})
        case "filter":
            return edge_filter(message.filter, indexed)
        case _:
            raise UnbuiltError(f"the condition {kind!r}")


def _field_condition(
    message: messages.FieldCondition, indexed: Collection[str] | None
) -> qdrant_edge.FieldCondition:
    allow_only(message, "key", "match", "range")
    key = _known(message.key, indexed)
    if message.HasField("range") and message.HasField("match"):
        raise UnbuiltError("a condition with both match and range")
    if message.HasField("range"):
        bounds = {field.name: value for field, value in message.range.ListFields()}
        return qdrant_edge.FieldCondition(key, range=qdrant_edge.RangeFloat(**bounds))
    return qdrant_edge.FieldCondition(key, match=_match(message.match))


def _match(message: messages.Match) -> "qdrant_edge.MatchType":
    match kind := message.WhichOneof("match_value"):
        case "keyword":
            return qdrant_edge.MatchValue(message.keyword)
        case "integer":
            return qdrant_edge.MatchValue(message.integer)
        case "keywords":
            return qdrant_edge.MatchAny(list(message.keywords.strings))
        case "integers":
            return qdrant_edge.MatchAny(list(message.integers.integers))
        case _:  # booleans among them: the engine matches none, so store 0 and 1
            raise UnbuiltError(f"the match {kind!r}")


def _known(key: str, indexed: Collection[str] | None) -> str:
    if indexed is not None and key not in indexed:
        raise InvalidRequestError(f"a filter needs an index on {key!r}: create it first")
    return key
