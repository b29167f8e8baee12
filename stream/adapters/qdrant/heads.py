"""The port `HeadReader` on Qdrant's collection `listings`."""

from collections.abc import Mapping, Sequence

from qdrant_client import AsyncQdrantClient

from stream.adapters.qdrant.client import explained_errors
from stream.adapters.qdrant.consistency import QUORUM
from stream.adapters.qdrant.payloads import head_of, listing_point
from stream.domain.listing import Head


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
