"""Settle: bring pairs of the ledger to what both listings say now, whoever else is at it.

Two workers can meet on one pair, and each step can be repeated. The loop below is right in every
interleaving because it ends only when a fresh look at the ledger and then at both heads leaves
nothing to decide: who lost a compare-and-set looks again, who won looks whether a head changed
meanwhile, and who finds the work done adds nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from stream.domain.alert import Verdict, pair_id_of
from stream.domain.errors import RetryError
from stream.domain.event import Cause
from stream.domain.listing import Head
from stream.domain.match import Match, Unknown
from stream.domain.pair import Pair
from stream.observability.metrics import Stage, timed
from stream.pipeline.decide import Observation, Rules, decide, record_verdict
from stream.ports import HeadReader, PairLedger

ListingPair = tuple[str, str]
"""Two listing ids in pair order."""

_ROUNDS_LIMIT = 64  # others can win only as often as they change something


class Matcher(Protocol):
    """Tells how far two listings match."""

    async def verify(
        self, pairs: Sequence[tuple[Head, Head]], known: Mapping[str, Match] | None = None
    ) -> Sequence[Match | Unknown | None]:
        """Return a match for each two heads in pair order; None where they cannot match.

        `known` are matches that were decided on before, by `Match.comparison`.
        """


@dataclass(frozen=True)
class Decision:
    """What is decided of a pair: its record so far and the one due, None when that is right."""

    before: Pair | None
    observed: Observation
    record: Pair | None


class Settlement:
    """Decides pairs on behalf of one event."""

    def __init__(
        self,
        index: HeadReader,
        ledger: PairLedger,
        verifier: Matcher,
        rules: Rules,
        max_open_pairs: int,
    ) -> None:
        self._index = index
        self._ledger = ledger
        self._verifier = verifier
        self._rules = rules
        self._max_open_pairs = max_open_pairs
        self._opened: set[str] = set()

    @property
    def opened(self) -> frozenset[str]:
        """The ids of the pairs that this event has opened so far."""
        return frozenset(self._opened)

    @timed(Stage.SETTLE)
    async def settle(self, pairs: Iterable[ListingPair], cause: Cause) -> frozenset[str]:
        """Decide each pair until nothing is left to decide.

        Returns:
            The ids of pairs that should be open but exceed what a listing may have open.
        """
        crowded_out: set[str] = set()
        opening: dict[str, Pair] = {}
        pending = {pair_id_of(*pair): pair for pair in pairs}
        for _ in range(_ROUNDS_LIMIT):
            if not pending:
                return frozenset(crowded_out)
            decided = await self._decide(pending, cause)
            self._note_opened(opening, decided)
            opening.clear()
            changes = [
                (one.before, one.record) for one in decided.values() if one.record is not None
            ]
            for before, record in changes:
                opens = record.is_open and not (before is not None and before.is_open)
                if opens and await self._is_full(record):
                    crowded_out.add(record.pair_id)
                    continue
                await self._ledger.write(record, before.revision if before is not None else None)
                if opens:
                    opening[record.pair_id] = record
            pending = {
                record.pair_id: pending[record.pair_id]
                for _, record in changes
                if record.pair_id not in crowded_out
            }
        raise RetryError(f"pairs {', '.join(pending)} kept changing under {_ROUNDS_LIMIT} tries")

    def _note_opened(self, written: Mapping[str, Pair], seen: Mapping[str, Decision]) -> None:
        """Take in which of the records that open a pair are there: others may have been quicker."""
        self._opened |= {
            pair_id
            for pair_id, record in written.items()
            if pair_id in seen
            and (stored := seen[pair_id].before) is not None
            and stored.message == record.message
        }

    async def look(self, pairs: Iterable[ListingPair], cause: Cause) -> Mapping[str, Decision]:
        """Say what would be decided of pairs, by pair id; write nothing.

        Left out are pairs of which too little is known.
        """
        return await self._decide({pair_id_of(*pair): pair for pair in pairs}, cause)

    async def record(self, verdict: Verdict, cause: Cause) -> Pair | None:
        """Write a verdict into the ledger; returns the pair, None when there is no such pair."""
        for _ in range(_ROUNDS_LIMIT):
            pair = (await self._ledger.read([verdict.pair_id])).get(verdict.pair_id)
            if pair is None:
                return None
            heads = await self._index.read_heads([pair.left_id, pair.right_id])
            left, right = heads.get(pair.left_id), heads.get(pair.right_id)
            record = record_verdict(pair, left, right, verdict, cause)
            if record is None:
                return pair
            await self._ledger.write(record, pair.revision)
        raise RetryError(f"pair {verdict.pair_id} kept changing under {_ROUNDS_LIMIT} tries")

    async def _decide(
        self, pending: Mapping[str, ListingPair], cause: Cause
    ) -> Mapping[str, Decision]:
        # First the ledger, then both heads: what was written in between is looked at again.
        records = await self._ledger.read(tuple(pending))
        listing_ids = {listing_id for pair in pending.values() for listing_id in pair}
        heads = await self._index.read_heads(sorted(listing_ids))
        both = {
            pair_id: sides
            for pair_id, pair in pending.items()
            if (sides := _sides(*pair, heads)) is not None
        }
        matches = await self._verifier.verify(tuple(both.values()), matches_of(records.values()))
        observed = {
            pair_id: Observation(left, right, match)
            for (pair_id, (left, right)), match in zip(both.items(), matches, strict=True)
            if match is not Unknown.UNKNOWN
        }
        return {
            pair_id: Decision(before, one, decide(before, one, self._rules, cause))
            for pair_id, one in observed.items()
            for before in (records.get(pair_id),)
        }

    async def _is_full(self, pair: Pair) -> bool:
        for listing_id in (pair.left_id, pair.right_id):
            if await self._ledger.count_open(listing_id) >= self._max_open_pairs:
                return True
        return False


def matches_of(records: Collection[Pair]) -> Mapping[str, Match]:
    """Return what earlier events found, by comparison."""
    matches = (pair.match for pair in records)
    return {match.comparison: match for match in matches if match is not None}


def _sides(left_id: str, right_id: str, heads: Mapping[str, Head]) -> tuple[Head, Head] | None:
    """Return both heads, or None while too little is known to decide the pair.

    The ledger outlives the index: in the collection of a new model version a listing may have no
    head yet. Then a pair is decided only if the other side alone decides it, as a delete does.
    """
    left, right = heads.get(left_id), heads.get(right_id)
    known = [head for head in (left, right) if head is not None]
    if len(known) < 2 and all(head.is_visible for head in known):
        return None
    return left or _unknown(left_id), right or _unknown(right_id)


def _unknown(listing_id: str) -> Head:
    return Head(listing_id=listing_id, version=-1, deleted=True)
