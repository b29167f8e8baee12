"""The port `PairLedger` on Qdrant's collection `pairs`."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from qdrant_client import AsyncQdrantClient, models
from qdrant_client import grpc as messages
from qdrant_client.conversions.common_types import PointId
from qdrant_client.conversions.conversion import RestToGrpc

from stream.adapters.qdrant.client import explained_errors
from stream.adapters.qdrant.conditions import NEVER, below, equals, is_point, names_any
from stream.adapters.qdrant.consistency import QUORUM, QUORUM_MESSAGE, STRONG
from stream.adapters.qdrant.payloads import pair_of, pair_payload, pair_point
from stream.domain.pair import Pair

PAGE_SIZE = 100


class QdrantLedger:
    """Pairs, one payload-only point each; compare-and-set by a condition on the revision."""

    def __init__(
        self,
        client: AsyncQdrantClient,
        collection: str,
        first_revision: int,
        timeout_seconds: float,
    ) -> None:
        self._client = client
        self._collection = collection
        self._first_revision = first_revision
        self._timeout_seconds = timeout_seconds

    @property
    def first_revision(self) -> int:
        """Epoch · 2^32: where this ledger starts to count, above every ledger before it."""
        return self._first_revision

    async def read(self, pair_ids: Sequence[str]) -> Mapping[str, Pair]:
        """Return the records that exist."""
        if not pair_ids:
            return {}
        with explained_errors("read pairs"):
            records = await self._client.retrieve(
                self._collection,
                [pair_point(pair_id) for pair_id in frozenset(pair_ids)],
                consistency=QUORUM,
            )
        pairs = [pair_of(record.payload or {}) for record in records]
        return {pair.pair_id: pair for pair in pairs}

    async def read_of_listings(self, listing_ids: Collection[str]) -> AsyncIterator[Sequence[Pair]]:
        """Return every record that names one of the listings, in pages."""
        of_listings = models.Filter(should=names_any(listing_ids))
        async for page in self._pages(of_listings, "read the pairs of listings"):
            yield page

    async def read_all(self, *, are_open: bool) -> AsyncIterator[Sequence[Pair]]:
        """Return every record that is open, or every other one, in pages."""
        wanted = models.Filter(must=[equals("is_open", int(are_open))])
        async for page in self._pages(wanted, "read all pairs"):
            yield page

    async def count_all(self) -> int:
        """Count all records."""
        # What is neither open nor not is no pair: the epoch's record.
        either = [equals("is_open", 0), equals("is_open", 1)]
        return await self._count(models.Filter(should=[*either]))

    async def count_open(self, listing_id: str) -> int:
        """Count the listing's open pairs."""
        return await self._count(
            models.Filter(must=[equals("is_open", 1)], should=names_any([listing_id]))
        )

    async def _pages(self, wanted: models.Filter, task: str) -> AsyncIterator[Sequence[Pair]]:
        offset: PointId | None = None
        while True:
            with explained_errors(task):
                records, offset = await self._client.scroll(
                    self._collection,
                    scroll_filter=wanted,
                    limit=PAGE_SIZE,
                    offset=offset,
                    consistency=QUORUM,
                )
            if records:
                yield [pair_of(record.payload or {}) for record in records]
            if offset is None:
                return

    async def _count(self, wanted: models.Filter) -> int:
        request = messages.CountPoints(  # the client's own method takes no consistency
            collection_name=self._collection,
            filter=RestToGrpc.convert_filter(wanted),
            exact=True,
            read_consistency=QUORUM_MESSAGE,
        )
        with explained_errors("count pairs"):
            reply = await self._client.grpc_points.Count(request, timeout=self._timeout_seconds)
        return int(reply.result.count)

    async def write(self, pair: Pair, expected_revision: int | None) -> None:
        """Write a record if the stored revision is `expected_revision` (None: no record yet).

        Leaves `published_revision` as stored.
        """
        if expected_revision is None:
            await self._insert(pair)
        else:
            await self._replace(pair, expected_revision)

    async def mark_published(self, pair_id: str, revision: int) -> None:
        """Raise the published revision, never lower it."""
        with explained_errors("mark a pair as published"):
            await self._client.set_payload(
                self._collection,
                {"published_revision": revision},
                points=models.Filter(
                    must=[is_point(pair_point(pair_id)), below("published_revision", revision)]
                ),
                wait=True,
                ordering=STRONG,
            )

    async def _insert(self, pair: Pair) -> None:
        payload = pair_payload(pair) | {"published_revision": -1}
        with explained_errors("insert a pair"):
            await self._client.upsert(
                self._collection,
                [models.PointStruct(id=pair_point(pair.pair_id), vector={}, payload=payload)],
                update_filter=NEVER,
                wait=True,
                ordering=STRONG,
            )

    async def _replace(self, pair: Pair, expected_revision: int) -> None:
        payload = pair_payload(pair)
        del payload["published_revision"]
        with explained_errors("replace a pair"):
            await self._client.set_payload(
                self._collection,
                payload,
                points=models.Filter(
                    must=[is_point(pair_point(pair.pair_id)), equals("revision", expected_revision)]
                ),
                wait=True,
                ordering=STRONG,
            )
