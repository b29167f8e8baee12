"""Filters as the port's docstrings word them.

A server logs a conditional write with its condition, and looks at it again when it makes good what
a kill has left of it: on points that a flush had half brought to disk. The payload itself comes to
disk after the ids, the vectors and the indexes, and only the point's version after it (`flusher` of
Qdrant's segments). A condition that looks at the payload is therefore true again exactly where the
write is still to be made; it does so for keys without an index. So the keys that conditional writes
ask for have none.
"""

from collections.abc import Collection

from qdrant_client import models

from stream.adapters.qdrant.payloads import listing_point
from stream.domain.listing import Head
from stream.ports import SearchFilter

NEVER = models.Filter(must=[models.FieldCondition(key="revision", range=models.Range(lt=0))])
"""Matches no point of `pairs`: as a condition of an upsert, only what is new is written."""


def equals(key: str, value: str | int) -> models.FieldCondition:
    """Match points with this value."""
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def any_of(key: str, values: list[str]) -> models.FieldCondition:
    """Match points with one of these values."""
    return models.FieldCondition(key=key, match=models.MatchAny(any=values))


def below(key: str, value: int) -> models.FieldCondition:
    """Match points with a lower value; exact below 2^53, since Qdrant compares doubles."""
    return models.FieldCondition(key=key, range=models.Range(lt=value))


def is_point(point_id: str) -> models.HasIdCondition:
    """Match one point."""
    return models.HasIdCondition(has_id=[point_id])


def gives_way_to(head: Head) -> models.Filter:
    """Match the stored heads that `head` replaces: older by `Head.order`, or equal, unfinished."""
    unfinished = below("finished_version", head.version)
    present = equals("deleted", 0)
    if head.deleted:
        at_same_version = models.Filter(should=[present, unfinished])
    else:
        at_same_version = models.Filter(must=[present, unfinished])
    return models.Filter(
        should=[
            below("version", head.version),
            models.Filter(must=[equals("version", head.version), at_same_version]),
        ]
    )


def is_state_of(head: Head) -> models.Filter:
    """Match the stored head that is equal to `head` by `Head.order`."""
    return models.Filter(
        must=[
            is_point(listing_point(head.listing_id)),
            equals("version", head.version),
            equals("deleted", int(head.deleted)),
        ]
    )


def visible_to(search_filter: SearchFilter) -> models.Filter:
    """Match the heads that a search may bring up, as far as they have an embedding.

    A missing value matches all. Tombstones have no embedding.
    """
    must: list[models.Condition] = []
    must_not: list[models.Condition] = [is_point(listing_point(search_filter.excluded_id))]
    if search_filter.region is not None:
        anywhere = models.IsEmptyCondition(is_empty=models.PayloadField(key="region"))
        must.append(models.Filter(should=[equals("region", search_filter.region), anywhere]))
    if search_filter.excluded_categories:
        must_not.append(any_of("category", sorted(search_filter.excluded_categories)))
    return models.Filter(must=must, must_not=must_not)


def names_any(listing_ids: Collection[str]) -> list[models.Condition]:
    """Match, as `should`, the pairs that one of the listings is a side of."""
    return [any_of(side, [*listing_ids]) for side in ("left_id", "right_id")]
