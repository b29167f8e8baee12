"""Settle: bring pairs of the ledger to what both listings say now, whoever else is at it.

Two workers can meet on one pair, and each step can be repeated. The loop below is right in every
interleaving because it ends only when a fresh look at the ledger and then at both heads leaves
nothing to decide: who lost a compare-and-set looks again, who won looks whether a head changed
meanwhile, and who finds the work done adds nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from stream.domain.alert import Verdict, decode_alert, pair_id_of
from stream.domain.errors import RetryError
from stream.domain.event import Cause
from stream.domain.listing import Head
from stream.domain.match import Match
from stream.domain.pair import Pair
from stream.observability.metrics import Stage, timed
from stream.pipeline.decide import Observation, Rules, decide, record_verdict
from stream.pipeline.verify import Verifier
from stream.ports import ListingIndex, PairLedger

ListingPair = tuple[str, str]
"""Two listing ids in pair order."""

_ROUNDS_LIMIT = 64  # others can win only as often as they change something


class Settlement:
    """Decides pairs on behalf of one event."""

    def __init__(
        self,
        index: ListingIndex,
        ledger: PairLedger,
        verifier: Verifier,
        rules: Rules,
        max_open_pairs: int,
    ) -> None:
        self._index = index
        self._ledger = ledger
        self._verifier = verifier
        self._rules = rules
        self._max_open_pairs = max_open_pairs

    @timed(Stage.SETTLE)
    async def settle(self, pairs: Iterable[ListingPair], cause: Cause) -> frozenset[str]:
        """Decide each pair until nothing is left to decide.

        Returns:
            The ids of pairs that should be open but exceed what a listing may have open.
        """
        crowded_out: set[str] = set()
        pending = {pair_id_of(*pair): pair for pair in pairs}
        for _ in range(_ROUNDS_LIMIT):
            if not pending:
                return frozenset(crowded_out)
            records = await self._ledger.read(tuple(pending))
            decided = await self._decide(pending, records, cause)
            for record in decided:
                before = records.get(record.pair_id)
                opens = record.is_open and not (before is not None and before.is_open)
                if opens and await self._is_full(record):
                    crowded_out.add(record.pair_id)
                    continue
                await self._ledger.write(record, before.revision if before is not None else None)
            pending = {
                record.pair_id: pending[record.pair_id]
                for record in decided
                if record.pair_id not in crowded_out
            }
        raise RetryError(f"pairs {', '.join(pending)} kept changing under {_ROUNDS_LIMIT} tries")

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
        self, pending: Mapping[str, ListingPair], records: Mapping[str, Pair], cause: Cause
    ) -> Sequence[Pair]:
        listing_ids = {listing_id for pair in pending.values() for listing_id in pair}
        heads = await self._index.read_heads(sorted(listing_ids))
        both = {
            pair_id: sides
            for pair_id, pair in pending.items()
            if (sides := _sides(*pair, heads)) is not None
        }
        matches = await self._verifier.verify(tuple(both.values()), _known(records.values()))
        decisions = (
            decide(records.get(pair_id), Observation(left, right, match), self._rules, cause)
            for (pair_id, (left, right)), match in zip(both.items(), matches, strict=True)
        )
        return [record for record in decisions if record is not None]

    async def _is_full(self, pair: Pair) -> bool:
        for listing_id in (pair.left_id, pair.right_id):
            if await self._ledger.count_open(listing_id) >= self._max_open_pairs:
                return True
        return False


def _known(records: Iterable[Pair]) -> Mapping[str, Match]:
    """What earlier events found and alerts tell of, by comparison."""
    alerts = {
        pair.comparison: decode_alert(pair.message).data
        for pair in records
        if pair.is_open and pair.comparison and pair.message is not None
    }
    return {
        comparison: Match(alert.probability, alert.evidence, comparison)
        for comparison, alert in alerts.items()
    }


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
