"""The port `HeadReader` on Qdrant's collection `listings`."""

from collections.abc import AsyncIterator, Mapping, Sequence

from qdrant_client import AsyncQdrantClient
from qdrant_client.conversions.common_types import PointId

from stream.adapters.qdrant.client import explained_errors
from stream.adapters.qdrant.consistency import QUORUM
from stream.adapters.qdrant.payloads import head_of, listing_point
from stream.domain.listing import Head

PAGE_SIZE = 250


class NoHeads:
    """Those of an index that nobody has made yet."""

    async def read_heads(self, _listing_ids: Sequence[str]) -> Mapping[str, Head]:
        """Return the heads that exist."""
        return {}

    async def read_all(self) -> AsyncIterator[Sequence[Head]]:
        """Return every head, in pages."""
        no_pages: Sequence[Sequence[Head]] = ()
        for page in no_pages:
            yield page


class QdrantHeads:
    """Heads, a point each; they can be read without knowing the models' shapes."""

    def __init__(self, client: AsyncQdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection

    async def read_heads(self, listing_ids: Sequence[str]) -> Mapping[str, Head]:
        """Return the heads that exist, tombstones among them."""
        if not listing_ids:
            return {}
        with explained_errors("read heads"):
            records = await self._client.retrieve(
                self._collection,
                [listing_point(listing_id) for listing_id in frozenset(listing_ids)],
                consistency=QUORUM,
            )
        heads = [head_of(record.payload or {}) for record in records]
        return {head.listing_id: head for head in heads}

    async def read_all(self) -> AsyncIterator[Sequence[Head]]:
        """Return every head, tombstones among them, in pages.

        What is written meanwhile may be among them or not.
        """
        offset: PointId | None = None
        while True:
            with explained_errors("read all heads"):
                records, offset = await self._client.scroll(
                    self._collection, limit=PAGE_SIZE, offset=offset, consistency=QUORUM
                )
            yield [head_of(record.payload or {}) for record in records]
            if offset is None:
                return
