"""Redecide: bring every pair of the ledger to what another policy says of it.

By itself it rests on the matches that the ledger keeps, so it needs no model and fetches nothing.
With another model it compares what that one has not compared, and takes in what it has found. It
settles and publishes as an event does, so it may run beside workers, twice at once, and be killed
anywhere: the next run finds what is left to do.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from stream.domain.alert import Kind, decode_alert
from stream.domain.event import Cause
from stream.domain.pair import Pair
from stream.domain.policy import Policy
from stream.pipeline.decide import Rules
from stream.pipeline.publish import publish
from stream.pipeline.recall import Recollection
from stream.pipeline.settle import Decision, Matcher, Settlement
from stream.ports import AlertPublisher, HeadReader, PairLedger


class Outcome(StrEnum):
    """What another policy makes of a pair."""

    RAISED = "raised"
    RETRACTED = "retracted"
    KEPT = "kept"
    """Open, and stays so; subscribers are told of the policy by an update."""
    CLOSED = "closed"
    CROWDED_OUT = "crowded out"
    """Likely enough, but a listing has too many open pairs."""
    UNKNOWN = "unknown"
    """Its photos or the model have changed since; the next event of a listing decides it."""


class Redecided(msgspec.Struct, frozen=True, kw_only=True):
    """A pair, and what became of it, or would have in a dry run."""

    pair_id: str
    listings: tuple[str, str]
    outcome: Outcome
    categories: tuple[str, ...] = ()
    """Of both sides, sorted; empty when unknown."""
    probability: float | None = None
    threshold: float | None = None
    kind: Kind | None = None
    """Of its newest alert; None where there was never one."""
    probability_before: float | None = None
    kind_before: Kind | None = None

    @property
    def is_changed(self) -> bool:
        """Whether it stays open and is said to be of another kind."""
        return self.outcome is Outcome.KEPT and self.kind != self.kind_before


@dataclass(frozen=True, kw_only=True)
class Redecision:
    """All that deciding again works on.

    `publisher` is None in a dry run, which changes nothing. That looks at no limit of open pairs.
    `matcher` tells how far two listings match, by default by what the ledger keeps. `found` is
    another ledger, of what the policy's model has found so far: its pairs are decided, too. Then
    closed pairs that are not in it are left alone, since that model does not bring them up, unless
    somebody has closed them and not come to tell.
    """

    heads: HeadReader
    ledger: PairLedger
    publisher: AlertPublisher | None
    policy: Policy
    max_open_pairs: int
    matcher: Matcher | None = None
    found: PairLedger | None = None

    async def run(self, cause: Cause) -> AsyncIterator[Sequence[Redecided]]:
        """Decide all pairs, open ones first: what is retracted makes room for what is raised.

        Yields:
            A page of pairs that are done.
        """
        seen: set[str] = set()  # what was open, or found: it comes up again as closed, or found
        for pages in self._pages():
            async for page in pages:
                fresh = [pair for pair in page if pair.pair_id not in seen]
                # What a backfill has kept from subscribers is kept from them.
                quiet, told = (
                    [pair for pair in fresh if pair.is_quiet == is_quiet]
                    for is_quiet in (True, False)
                )
                done = [
                    *await self._redecide(told, cause, is_quiet=False),
                    *await self._redecide(quiet, cause, is_quiet=True),
                ]
                seen |= {
                    one.pair_id
                    for one in done
                    if self.found is not None or one.outcome is Outcome.RETRACTED
                }
                yield done

    def _pages(self) -> Iterator[AsyncIterator[Sequence[Pair]]]:
        yield self.ledger.read_all(are_open=True)
        if self.found is None:
            yield self.ledger.read_all(are_open=False)
            return
        for are_open in (True, False):
            yield self._as_recorded(self.found.read_all(are_open=are_open))
        yield self._unpublished(self.ledger.read_all(are_open=False))

    async def _unpublished(
        self, pages: AsyncIterator[Sequence[Pair]]
    ) -> AsyncIterator[Sequence[Pair]]:
        """Return what somebody has closed and did not come to tell."""
        async for page in pages:
            yield [pair for pair in page if pair.is_unpublished]

    async def _as_recorded(
        self, pages: AsyncIterator[Sequence[Pair]]
    ) -> AsyncIterator[Sequence[Pair]]:
        """Return the ledger's own records of pairs that another one has found."""
        async for page in pages:
            recorded = await self.ledger.read([pair.pair_id for pair in page])
            yield [recorded.get(pair.pair_id) or _unrecorded(pair) for pair in page]

    async def _redecide(
        self, page: Sequence[Pair], cause: Cause, *, is_quiet: bool
    ) -> Sequence[Redecided]:
        settlement = Settlement(
            self.heads,
            self.ledger,
            self.matcher or Recollection(self.policy),
            Rules(self.policy, self.ledger.first_revision, is_quiet),
            self.max_open_pairs,
        )
        sides = {pair.pair_id: (pair.left_id, pair.right_id) for pair in page}
        decisions = await settlement.look(sides.values(), cause)
        crowded_out: frozenset[str] = frozenset()
        if self.publisher is not None:
            due = {pair_id for pair_id, one in decisions.items() if one.record is not None}
            crowded_out = await settlement.settle([sides[pair_id] for pair_id in due], cause)
            left_behind = {pair.pair_id for pair in page if pair.is_unpublished}
            await publish(sorted(due | left_behind), self.ledger, self.publisher)
        return [
            self._told(pair, decisions.get(pair.pair_id), is_crowded=pair.pair_id in crowded_out)
            for pair in page
        ]

    def _told(self, pair: Pair, decision: Decision | None, *, is_crowded: bool) -> Redecided:
        listings = (pair.left_id, pair.right_id)
        if decision is None:
            return Redecided(
                pair_id=pair.pair_id,
                listings=listings,
                outcome=Outcome.UNKNOWN,
                probability=pair.probability,
                probability_before=pair.probability,
                kind_before=_kind(pair),
            )
        observed, record = decision.observed, decision.record or pair
        heads = (observed.left, observed.right)
        return Redecided(
            pair_id=pair.pair_id,
            listings=listings,
            outcome=Outcome.CROWDED_OUT if is_crowded else _outcome(decision.before, record),
            categories=tuple(sorted({head.category for head in heads if head.category})),
            probability=record.probability,
            threshold=self.policy.threshold(*heads),
            kind=_kind(record),
            probability_before=pair.probability,
            kind_before=_kind(pair),
        )


def _unrecorded(pair: Pair) -> Pair:
    return Pair(
        pair_id=pair.pair_id,
        left_id=pair.left_id,
        right_id=pair.right_id,
        revision=-1,
        is_open=False,
    )


def _kind(pair: Pair) -> Kind | None:
    return decode_alert(pair.message).data.kind if pair.message is not None else None


def _outcome(before: Pair | None, after: Pair) -> Outcome:
    match (before is not None and before.is_open, after.is_open):
        case (False, True):
            return Outcome.RAISED
        case (True, False):
            return Outcome.RETRACTED
        case (True, True):
            return Outcome.KEPT
        case _:
            return Outcome.CLOSED


def out_of_reach(policy: Policy, floor: float) -> Mapping[str, float]:
    """Return the thresholds below what the ledger keeps, by category; `default` among them."""
    thresholds = {"default": policy.thresholds.default, **policy.thresholds.by_category}
    return {name: value for name, value in thresholds.items() if value < floor}
