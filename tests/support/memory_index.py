"""A listing index in memory, held to the same contract suite as the real one."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec
import numpy as np

from stream.domain.listing import Head
from stream.domain.match import Hit, PhotoHit
from stream.ports import Floats, PhotoKey, SearchFilter


@dataclass
class MemoryIndex:
    """Implements `stream.ports.ListingIndex`; every method is one atomic step."""

    heads: dict[str, Head] = field(default_factory=dict)
    embeddings: dict[str, Floats] = field(default_factory=dict)
    photos: dict[PhotoKey, tuple[int, Floats]] = field(default_factory=dict)
    written_at: dict[str, float] = field(default_factory=dict)

    async def read_heads(self, listing_ids: Sequence[str]) -> Mapping[str, Head]:
        return {one: self.heads[one] for one in listing_ids if one in self.heads}

    async def write_head(self, head: Head, embedding: Floats | None) -> None:
        stored = self.heads.get(head.listing_id)
        if stored is not None and (
            stored.order > head.order or (stored.order == head.order and stored.is_finished)
        ):
            return
        self.heads[head.listing_id] = head
        self.written_at[head.listing_id] = time.time()
        self.embeddings.pop(head.listing_id, None)
        if embedding is not None:
            self.embeddings[head.listing_id] = embedding

    async def finish(self, head: Head) -> None:
        stored = self.heads.get(head.listing_id)
        if stored is not None and stored.order == head.order:
            self.heads[head.listing_id] = msgspec.structs.replace(
                stored, finished_version=stored.version
            )

    async def remove_tombstones(self, older_than: timedelta) -> None:
        before = time.time() - older_than.total_seconds()
        for listing_id, head in list(self.heads.items()):
            if head.deleted and self.written_at[listing_id] < before:
                del self.heads[listing_id]

    async def write_photos(
        self, listing_id: str, version: int, tokens: Mapping[str, Floats]
    ) -> None:
        for sha256, values in tokens.items():
            stored = self.photos.get((listing_id, sha256))
            if stored is None or stored[0] < version:
                self.photos[listing_id, sha256] = (version, values)

    async def remove_photos(self, listing_id: str, below_version: int) -> None:
        for key, (version, _) in list(self.photos.items()):
            if key[0] == listing_id and version < below_version:
                del self.photos[key]

    async def read_tokens(self, keys: Sequence[PhotoKey]) -> Mapping[PhotoKey, Floats]:
        return {key: self.photos[key][1] for key in keys if key in self.photos}

    async def find_tokens(self, hashes: Sequence[str]) -> Mapping[str, Floats]:
        wanted = frozenset(hashes)
        return {
            sha256: tokens for (_, sha256), (_, tokens) in self.photos.items() if sha256 in wanted
        }

    async def nearest_sets(
        self, embedding: Floats, search_filter: SearchFilter, limit: int
    ) -> Sequence[Hit]:
        hits = [
            Hit(listing_id, _cosine(embedding, other))
            for listing_id, other in self.embeddings.items()
            if _admits(search_filter, self.heads[listing_id])
        ]
        return sorted(hits, key=lambda hit: (-hit.similarity, hit.listing_id))[:limit]

    async def nearest_photos(
        self, tokens: Floats, excluded_id: str, limit: int
    ) -> Sequence[PhotoHit]:
        hits: list[PhotoHit] = []
        for photo in tokens:
            near = [
                PhotoHit(listing_id, sha256, _cosine(photo[0], other[0]))
                for (listing_id, sha256), (_, other) in self.photos.items()
                if listing_id != excluded_id
            ]
            near.sort(key=lambda hit: (-hit.similarity, hit.listing_id, hit.sha256))
            hits.extend(near[:limit])
        return hits

    async def exact_copies(
        self, hashes: Sequence[str], excluded_id: str, limit: int
    ) -> Sequence[PhotoHit]:
        return [
            hit
            for wanted in hashes
            for hit in [
                PhotoHit(listing_id, sha256, 1.0)
                for listing_id, sha256 in sorted(self.photos)
                if sha256 == wanted and listing_id != excluded_id
            ][:limit]
        ]


def _admits(search_filter: SearchFilter, head: Head) -> bool:
    return (
        not head.deleted
        and head.listing_id != search_filter.excluded_id
        and (search_filter.region is None or head.region in {None, search_filter.region})
        and head.category not in search_filter.excluded_categories
    )


def _cosine(one: Floats, other: Floats) -> float:
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(one @ other) / max(lengths, 1e-12)
