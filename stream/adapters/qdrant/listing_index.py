"""The port `ListingIndex` on Qdrant's collections `listings` and `photos`."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from qdrant_client import AsyncQdrantClient, models
from qdrant_client import grpc as messages
from qdrant_client.conversions.conversion import RestToGrpc

from stream.adapters.qdrant.client import explained_errors
from stream.adapters.qdrant.collections import EMBEDDING_WIDTH, CollectionNames
from stream.adapters.qdrant.conditions import (
    any_of,
    below,
    equals,
    gives_way_to,
    is_state_of,
    visible_to,
)
from stream.adapters.qdrant.consistency import QUORUM, QUORUM_MESSAGE, STRONG, STRONG_MESSAGE
from stream.adapters.qdrant.heads import QdrantHeads
from stream.adapters.qdrant.payloads import Payload, head_payload, listing_point, photo_point
from stream.adapters.qdrant.vectors import checked, multi_vector, read_tokens
from stream.domain.listing import Head
from stream.domain.match import Hit, PhotoHit
from stream.ports import Floats, ModelSpec, PhotoKey, SearchFilter
from stream.settings import QdrantSettings

# Tokens go over the client's own stub: its models would take longer than all the rest.
_TOKENS = messages.WithVectorsSelector(include=messages.VectorsSelector(names=["tokens"]))


class QdrantIndex(QdrantHeads):
    """Heads with their set embedding, and photos with their tokens, a point each."""

    def __init__(
        self,
        client: AsyncQdrantClient,
        names: CollectionNames,
        settings: QdrantSettings,
        spec: ModelSpec,
    ) -> None:
        super().__init__(client, names.listings)
        self._names = names
        self._tokens_shape = (spec.token_count, spec.token_width)
        self._search = models.SearchParams(hnsw_ef=settings.hnsw_ef, exact=settings.exact)
        self._timeout_seconds = settings.timeout_seconds

    async def write_head(self, head: Head, embedding: Floats | None) -> None:
        """Write a head unless a newer one is stored; without an embedding no search finds it."""
        vector: dict[str, list[float]] = {}
        if embedding is not None:
            vector["set"] = checked(embedding, (EMBEDDING_WIDTH,), "the set embedding").tolist()
        payload = head_payload(head) | ({"deleted_at": int(time.time())} if head.deleted else {})
        point = models.PointStruct(
            id=listing_point(head.listing_id), vector=vector, payload=payload
        )
        with explained_errors("write a head"):
            await self._client.upsert(
                self._names.listings,
                [point],
                update_filter=gives_way_to(head),
                wait=True,
                ordering=STRONG,
            )

    async def finish(self, head: Head) -> None:
        """Set the finished version, if what is stored is still equal by `Head.order`."""
        with explained_errors("finish a version"):
            await self._client.set_payload(
                self._names.listings,
                {"finished_version": head.version},
                points=is_state_of(head),
                wait=True,
                ordering=STRONG,
            )

    async def remove_tombstones(self, older_than: timedelta) -> None:
        """Forget the deleted listings whose tombstone was written longer ago than this."""
        before = int(time.time() - older_than.total_seconds())
        with explained_errors("remove tombstones"):
            await self._client.delete(
                self._names.listings,
                models.FilterSelector(filter=models.Filter(must=[below("deleted_at", before)])),
                wait=True,
                ordering=STRONG,
            )

    async def write_photos(
        self, listing_id: str, version: int, tokens: Mapping[str, Floats]
    ) -> None:
        """Write a point for each SHA-256 and its tokens [T, D], unless stored at >= `version`.

        All in one request; the condition is looked at point by point.
        """
        if not tokens:
            return
        points = [
            messages.PointStruct(
                id=messages.PointId(uuid=photo_point(listing_id, sha256)),
                vectors=self._photo_vectors(values),
                payload={
                    "listing_id": messages.Value(string_value=listing_id),
                    "version": messages.Value(integer_value=version),
                    "sha256": messages.Value(string_value=sha256),
                },
            )
            for sha256, values in tokens.items()
        ]
        request = messages.UpsertPoints(
            collection_name=self._names.photos,
            points=points,
            update_filter=RestToGrpc.convert_filter(
                models.Filter(must=[below("version", version)])
            ),
            wait=True,
            ordering=STRONG_MESSAGE,
        )
        with explained_errors("write photos"):
            await self._client.grpc_points.Upsert(request, timeout=self._timeout_seconds)

    async def remove_photos(self, listing_id: str, below_version: int) -> None:
        """Remove the listing's photo points of versions lower than `below_version`."""
        outdated = [equals("listing_id", listing_id), below("version", below_version)]
        with explained_errors("remove photos"):
            await self._client.delete(
                self._names.photos,
                models.FilterSelector(filter=models.Filter(must=outdated)),
                wait=True,
                ordering=STRONG,
            )

    async def read_tokens(self, keys: Sequence[PhotoKey]) -> Mapping[PhotoKey, Floats]:
        """Return the tokens [T, D] of the photo points that exist."""
        if not keys:
            return {}
        asked = {photo_point(*key): key for key in keys}
        request = messages.GetPoints(
            collection_name=self._names.photos,
            ids=[messages.PointId(uuid=point_id) for point_id in asked],
            with_payload=messages.WithPayloadSelector(enable=False),
            with_vectors=_TOKENS,
            read_consistency=QUORUM_MESSAGE,
        )
        with explained_errors("read tokens"):
            reply = await self._client.grpc_points.Get(request, timeout=self._timeout_seconds)
        return {
            asked[point.id.uuid]: read_tokens(point.vectors, self._tokens_shape)
            for point in reply.result
        }

    async def find_tokens(self, hashes: Sequence[str]) -> Mapping[str, Floats]:
        """Return tokens [T, D] by SHA-256, from whichever listing holds such a photo."""
        wanted = tuple(frozenset(hashes))
        if not wanted:
            return {}
        # One query a hash: a stock photo has more points than any common limit would let through.
        queries = [
            messages.QueryPoints(
                collection_name=self._names.photos,
                filter=RestToGrpc.convert_filter(models.Filter(must=[equals("sha256", sha256)])),
                limit=1,
                with_payload=messages.WithPayloadSelector(enable=False),
                with_vectors=_TOKENS,
            )
            for sha256 in wanted
        ]
        request = messages.QueryBatchPoints(
            collection_name=self._names.photos,
            query_points=queries,
            read_consistency=QUORUM_MESSAGE,
        )
        with explained_errors("find tokens"):
            reply = await self._client.grpc_points.QueryBatch(
                request, timeout=self._timeout_seconds
            )
        return {
            sha256: read_tokens(found.result[0].vectors, self._tokens_shape)
            for sha256, found in zip(wanted, reply.result, strict=True)
            if found.result
        }

    async def nearest_sets(
        self, embedding: Floats, search_filter: SearchFilter, limit: int
    ) -> Sequence[Hit]:
        """Return the visible listings whose embedding is nearest by cosine, best first."""
        query = checked(embedding, (EMBEDDING_WIDTH,), "the set embedding")
        with explained_errors("search for sets"):
            found = await self._client.query_points(
                self._names.listings,
                query.tolist(),
                using="set",
                query_filter=visible_to(search_filter),
                search_params=self._search,
                limit=limit,
                with_payload=["listing_id"],
                consistency=QUORUM,
            )
        hits = [Hit(_payload(one)["listing_id"], _cosine(one)) for one in found.points]
        return sorted(hits, key=lambda hit: (-hit.similarity, hit.listing_id))

    async def nearest_photos(
        self, tokens: Floats, excluded_id: str, limit: int
    ) -> Sequence[PhotoHit]:
        """Return, for each of the photos [N, T, D], the `limit` nearest by their global token."""
        if not len(tokens):
            return []
        photos = checked(tokens, (len(tokens), *self._tokens_shape), "a listing's tokens")
        requests = [
            models.QueryRequest(
                query=token.tolist(),
                using="global",
                filter=models.Filter(must_not=[equals("listing_id", excluded_id)]),
                params=self._search,
                limit=limit,
                with_payload=["listing_id", "sha256"],
            )
            for token in photos[:, 0]
        ]
        with explained_errors("search for photos"):
            batches = await self._client.query_batch_points(
                self._names.photos, requests, consistency=QUORUM
            )
        return [hit for found in batches for hit in _photo_hits(found.points)]

    async def exact_copies(
        self, hashes: Sequence[str], excluded_id: str, limit: int
    ) -> Sequence[PhotoHit]:
        """Return, for each SHA-256, up to `limit` photo points of other listings, similarity 1."""
        if not hashes:
            return []
        copies = await self._copies(hashes, excluded_id, limit)
        if len(copies) < limit or len(hashes) == 1:
            return copies
        # A photo that many listings share must not crowd out the copies of the others.
        each = await asyncio.gather(*(self._copies([one], excluded_id, limit) for one in hashes))
        return [hit for hits in each for hit in hits]

    async def _copies(
        self, hashes: Sequence[str], excluded_id: str, limit: int
    ) -> Sequence[PhotoHit]:
        with explained_errors("search for copies"):
            records, _ = await self._client.scroll(
                self._names.photos,
                scroll_filter=models.Filter(
                    must=[any_of("sha256", list(hashes))],
                    must_not=[equals("listing_id", excluded_id)],
                ),
                limit=limit,
                with_payload=["listing_id", "sha256"],
                consistency=QUORUM,
            )
        payloads = [_payload(record) for record in records]
        return [PhotoHit(one["listing_id"], one["sha256"], 1.0) for one in payloads]

    def _photo_vectors(self, values: Floats) -> messages.Vectors:
        tokens = checked(values, self._tokens_shape, "a photo's tokens")
        named = {
            "global": messages.Vector(dense=messages.DenseVector(data=tokens[0].tolist())),
            "tokens": multi_vector(tokens),
        }
        return messages.Vectors(vectors=messages.NamedVectors(vectors=named))


def _payload(point: models.ScoredPoint | models.Record) -> Payload:
    return point.payload or {}


def _cosine(point: models.ScoredPoint) -> float:
    return max(-1.0, min(1.0, point.score))  # rounding leaves 1.0000001


def _photo_hits(points: Iterable[models.ScoredPoint]) -> Sequence[PhotoHit]:
    payloads = ((_payload(one), _cosine(one)) for one in points)
    hits = [PhotoHit(one["listing_id"], one["sha256"], score) for one, score in payloads]
    return sorted(hits, key=lambda hit: (-hit.similarity, hit.listing_id, hit.sha256))
