"""Refill: listings that the topic no longer has are taken from the index of the model in use.

Each becomes an event once more, so its photos are fetched again and all that an event meets is met.
A tombstone becomes a delete: a late create is not to bring its listing back.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import msgspec

from stream.adapters.qdrant.client import connect, explained_errors
from stream.adapters.qdrant.collections import collection_names
from stream.adapters.qdrant.heads import NoHeads, QdrantHeads
from stream.domain.errors import OutageError
from stream.domain.event import Event, Message
from stream.domain.listing import Head
from stream.pipeline.process_batch import BatchProcessor
from stream.ports import HeadReader
from stream.settings import QdrantSettings

_SOURCE = "twinlist"
_ID = "refill-"
_NO_PHOTO = "data:,"
"""Holds the place of a photo that could not be used, so that the others keep theirs."""
_LOOKS = 4
_LOOK_SECONDS = 0.5
_LOOKED_AT_AGAIN = 1000
"""More are not missing by the moment."""
_TOPIC = "listings"
"""Where the events say that they come from."""


class AllHeads(HeadReader, Protocol):
    """Heads that can also be gone through."""

    def read_all(self) -> AsyncIterator[Sequence[Head]]:
        """Yield all of them, page by page."""


@dataclass(frozen=True)
class Missing:
    """How many listings of the model in use the new model's index lacks."""

    listings: int = 0
    looked_at: int = 0


@asynccontextmanager
async def open_heads(settings: QdrantSettings, model_version: str) -> AsyncIterator[AllHeads]:
    """Open the heads of a model version: none before its first process has made the collections.

    Raises `RetryError` and `StopError`.
    """
    async with connect(settings) as client:
        listings = collection_names(settings, model_version).listings
        with explained_errors(f"look for {listings}"):
            is_there = await client.collection_exists(listings)
        yield QdrantHeads(client, listings) if is_there else NoHeads()


class Refill:
    """Brings what is missing in the index of `new` from that of `old`.

    Args:
        old: heads of the model in use.
        new: heads of the model to come.
        processor: brings an event to its end in the index of the latter.
        batch_size: events at once.
    """

    def __init__(
        self, old: AllHeads, new: HeadReader, processor: BatchProcessor, batch_size: int
    ) -> None:
        self._old = old
        self._new = new
        self._processor = processor
        self._batch_size = batch_size

    async def run(self, shares: Collection[int], of: int) -> Missing:
        """Go through all listings once; returns what is missing still.

        Args:
            shares: which shares of all listings are this process's.
            of: how many shares there are.
        """
        still = Missing()
        async for page in self._old.read_all():
            mine = [head for head in page if share_of(head.listing_id, of) in shares]
            missing = await lacking(mine, self._new)
            for start in range(0, len(missing), self._batch_size):
                batch = missing[start : start + self._batch_size]
                with suppress(OutageError):  # what is left is counted, and tried again
                    await self._processor.process([event_of(head) for head in batch])
            left = visible(await lacking(missing, self._new))
            still = Missing(still.listings + len(left), still.looked_at + len(page))
        return still


async def count_missing(old: AllHeads, new: HeadReader) -> Missing:
    """Count the listings that can be found by the old model and will not be by the new one.

    What both were told of a moment ago is looked at again, a few times: one may know it first.
    """
    lost: list[Head] = []
    looked_at = 0
    async for page in old.read_all():
        lost += visible(await lacking(page, new))
        looked_at += len(page)
    for _ in range(_LOOKS):
        if not 0 < len(lost) <= _LOOKED_AT_AGAIN:
            break
        await asyncio.sleep(_LOOK_SECONDS)
        lost = [*visible(await lacking(lost, new))]
    return Missing(len(lost), looked_at)


async def lacking(heads: Sequence[Head], new: HeadReader) -> Sequence[Head]:
    """Return those of which the other index knows less: nothing, older, without photos, undone."""
    known: Mapping[str, Head] = await new.read_heads([head.listing_id for head in heads])
    return [head for head in heads if _lacks(known.get(head.listing_id), head)]


def visible(heads: Sequence[Head]) -> Sequence[Head]:
    """Return the heads that a search can find."""
    return [head for head in heads if head.is_visible]


def share_of(listing_id: str, of: int) -> int:
    """Return which of so many shares a listing belongs to."""
    return _number(listing_id) % of


def event_of(head: Head) -> Message:
    """Return the event that would lead to this head: where its photos are, and all else of it."""
    data: dict[str, object] = {"listing_id": head.listing_id, "version": head.version}
    if not head.deleted:
        urls = {photo.index: photo.url for photo in head.photos}
        data |= {
            "seller_id": head.seller_id,
            "category": head.category,
            "region": head.region,
            "created_at": head.created_at,
            "photos": [
                {"url": urls.get(index, _NO_PHOTO)} for index in range(max(urls, default=0) + 1)
            ],
        }
    event = {
        "specversion": "1.0",
        "id": f"{_ID}{head.listing_id}-{head.version}"[:256],
        "source": _SOURCE,
        "type": f"listing.{'deleted' if head.deleted else 'updated'}.v1",
        "subject": head.listing_id,
        "time": head.created_at or "1970-01-01T00:00:00Z",
        "data": data,
    }
    return Message(
        topic=_TOPIC,
        partition=0,
        offset=_number(head.listing_id),
        key=head.listing_id.encode(),
        value=msgspec.json.encode(event),
    )


def is_refill(event: Event) -> bool:
    """Return whether an event comes from `event_of`."""
    return event.cause.event_id.startswith(_ID)


def _lacks(known: Head | None, head: Head) -> bool:
    if known is None or known.order < head.order:
        return True
    is_done = known.is_visible and known.is_finished
    return known.order == head.order and head.is_visible and not is_done


def _number(listing_id: str) -> int:
    return int.from_bytes(hashlib.sha256(listing_id.encode()).digest()[:7])
