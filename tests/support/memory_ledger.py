"""A pair ledger in memory, held to the same contract suite as the real one."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from stream.domain.pair import EPOCH_SHIFT, Pair


@dataclass
class MemoryLedger:
    """Implements `stream.ports.PairLedger`; every method is one atomic step."""

    first_revision: int = 1 << EPOCH_SHIFT
    page_size: int = 100
    pairs: dict[str, Pair] = field(default_factory=dict)

    async def read(self, pair_ids: Sequence[str]) -> Mapping[str, Pair]:
        return {one: self.pairs[one] for one in pair_ids if one in self.pairs}

    async def read_of_listings(self, listing_ids: Collection[str]) -> AsyncIterator[Sequence[Pair]]:
        start = ""
        while page := await self.read_page_of_listings(listing_ids, start):
            yield page
            start = page[-1].pair_id

    async def read_page_of_listings(
        self, listing_ids: Collection[str], start: str
    ) -> Sequence[Pair]:
        names = sorted(
            pair_id
            for pair_id, pair in self.pairs.items()
            if {pair.left_id, pair.right_id}.intersection(listing_ids) and pair_id > start
        )
        return [self.pairs[pair_id] for pair_id in names[: self.page_size]]

    async def read_all(self, *, are_open: bool) -> AsyncIterator[Sequence[Pair]]:
        start = ""
        while page := await self.read_page_all(start, are_open=are_open):
            yield page
            start = page[-1].pair_id

    async def read_page_all(self, start: str, *, are_open: bool) -> Sequence[Pair]:
        names = sorted(
            pair_id
            for pair_id, pair in self.pairs.items()
            if pair.is_open == are_open and pair_id > start
        )
        return [self.pairs[pair_id] for pair_id in names[: self.page_size]]

    async def count_all(self) -> int:
        return len(self.pairs)

    async def count_open(self, listing_id: str) -> int:
        return sum(
            pair.is_open and listing_id in {pair.left_id, pair.right_id}
            for pair in self.pairs.values()
        )

    async def write(self, pair: Pair, expected_revision: int | None) -> None:
        stored = self.pairs.get(pair.pair_id)
        if (stored.revision if stored is not None else None) != expected_revision:
            return
        published = stored.published_revision if stored is not None else -1
        self.pairs[pair.pair_id] = msgspec.structs.replace(pair, published_revision=published)

    async def mark_published(self, pair_id: str, revision: int) -> None:
        stored = self.pairs[pair_id]
        if stored.published_revision < revision:
            self.pairs[pair_id] = msgspec.structs.replace(stored, published_revision=revision)
