"""Take a turn at a listing or a pair: the protocol that keeps the state right.

In short: write your own mark (photos, then head), then read the others'; decide pairs by
compare-and-set until a fresh look changes nothing; publish what the ledger says; mark the version
finished. A crash anywhere leaves the version unfinished, and the event, which was not
acknowledged, comes back and runs all steps again.

tests/unit/pipeline/test_interleavings.py runs this file against every interleaving of two events.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import structlog

from stream.domain.alert import decode_alert, in_pair_order, pair_id_of
from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import Cause, ListingDeleted, ListingPosted, VerdictGiven
from stream.domain.listing import Head, IndexedPhoto, PhotoLink
from stream.domain.pair import Pair
from stream.domain.policy import Policy
from stream.pipeline.decide import Rules
from stream.pipeline.encode import EncodedListing
from stream.pipeline.find_candidates import find_candidates
from stream.pipeline.index import index_listing, remove_outdated_photos
from stream.pipeline.publish import publish
from stream.pipeline.settle import Settlement
from stream.pipeline.verify import Verifier
from stream.ports import AlertPublisher, ListingIndex, Models, PairLedger

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class State:
    """The shared state and the models that judge it: all that the protocol works on."""

    models: Models
    index: ListingIndex
    ledger: PairLedger
    publisher: AlertPublisher
    policy: Policy
    max_open_pairs: int
    is_quiet: bool = False
    """Whether new alerts are kept in the ledger and not sent."""

    def settlement(self) -> Settlement:
        """A fresh look at the pairs, for one event."""
        return Settlement(
            self.index,
            self.ledger,
            Verifier(self.index, self.models, self.policy),
            Rules(self.policy, self.ledger.first_revision, self.is_quiet),
            self.max_open_pairs,
        )


class Done(StrEnum):
    """How an event ended."""

    PROCESSED = "processed"
    STALE = "stale"
    REPEATED = "repeated"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a turn came to."""

    done: Done
    alerts: int = 0
    opened: frozenset[str] = frozenset()
    """Pairs that became open."""
    crowded_out: frozenset[str] = frozenset()


class ListingTurn:
    """One event's turn at its listing."""

    def __init__(self, listing_id: str, cause: Cause, state: State) -> None:
        self._listing_id = listing_id
        self._cause = cause
        self._state = state

    async def ended_before(self, event: ListingPosted | ListingDeleted) -> Result | None:
        """Skip what a newer state superseded or what was finished before."""
        heads = await self._state.index.read_heads([self._listing_id])
        head = heads.get(self._listing_id)
        if head is None or head.order < event.order:
            return None
        if head.order > event.order:
            return await self._give_way(head)
        return Result(done=Done.REPEATED) if is_repeat(event, head) else None

    async def post(self, head: Head, encoded: EncodedListing) -> Result:
        """Index a created or updated listing, find its duplicates and say so.

        A version without any usable photo stays unfinished, so that its replay works.
        """
        stored = await index_listing(self._state.index, head, encoded)
        if stored.order != head.order:
            return await self._give_way(stored)
        await remove_outdated_photos(self._state.index, stored)
        candidates = await find_candidates(stored, encoded, self._state.index, self._state.policy)
        result = await self._settle_and_publish(candidates)
        if encoded.photos:
            await self._state.index.finish(stored)
        return result

    async def delete(self, version: int) -> Result:
        """Leave a tombstone, erase the photos and retract the listing's alerts."""
        tombstone = Head(listing_id=self._listing_id, version=version, deleted=True)
        stored = await index_listing(self._state.index, tombstone, None)
        if stored.order != tombstone.order:
            return await self._give_way(stored)
        await remove_outdated_photos(self._state.index, stored)
        result = await self._settle_and_publish(())
        await self._state.index.finish(stored)
        return result

    async def _give_way(self, newer: Head) -> Result:
        """End superseded, but not before what an earlier try left behind is put right.

        A try that crashed right after it wrote photo points, or a pair, may have done so behind
        the back of the newer version, which had cleaned up and read the ledger already.
        """
        await remove_outdated_photos(self._state.index, newer)
        result = await self._settle_and_publish((), unless_about=newer)
        return Result(done=Done.STALE, alerts=result.alerts, opened=result.opened)

    async def _settle_and_publish(
        self, candidates: tuple[str, ...], *, unless_about: Head | None = None
    ) -> Result:
        """Settle the candidates and all open pairs, and publish what the ledger has unpublished.

        Args:
            candidates: listings that may be duplicates, whether or not a pair is known.
            unless_about: leave alone the open pairs whose alert speaks of this very version.
        """
        state = self._state
        others = set(candidates)
        unpublished: set[str] = set()
        async for page in state.ledger.read_of_listings([self._listing_id]):
            for pair in page:
                if pair.is_open and not (unless_about and _is_about(pair, unless_about)):
                    others.add(pair.other(self._listing_id))
                if pair.is_unpublished:
                    unpublished.add(pair.pair_id)
            others |= await self._outlived(page)
        pairs = [in_pair_order(self._listing_id, other) for other in sorted(others)]
        settlement = state.settlement()
        crowded_out = await settlement.settle(pairs, self._cause)
        touched = unpublished | {pair_id_of(*pair) for pair in pairs}
        alerts = await publish(sorted(touched), state.ledger, state.publisher)
        return Result(
            done=Done.PROCESSED,
            alerts=alerts,
            opened=settlement.opened,
            crowded_out=crowded_out,
        )

    async def _outlived(self, pairs: Iterable[Pair]) -> set[str]:
        """The other listings of near misses whose evidence has outlived one of the two."""
        others = {pair.other(self._listing_id) for pair in pairs if pair.evidence}
        if not others:
            return others
        heads = await self._state.index.read_heads([self._listing_id, *sorted(others)])
        gone = {name for name, head in heads.items() if not head.is_visible}
        return others if self._listing_id in gone else others & gone


def is_repeat(event: ListingPosted | ListingDeleted, head: Head) -> bool:
    """Whether every step of an event was done before, which stays so; `head` is its listing's.

    That the version came with other photos then is logged.
    """
    if head.order != event.order or not head.is_finished:
        return False
    # Photos besides may be those that were left out when the version came first.
    if isinstance(event, ListingPosted) and not (
        _addresses(head.photos) <= _addresses(event.listing.photos)
    ):
        _log.warning(
            "skipped: the version is known, with other photos",
            listing_id=head.listing_id,
            version=head.version,
        )
    return True


async def judge(event: VerdictGiven, state: State) -> Result:
    """Take a moderator's verdict into the ledger and let the pair follow it."""
    settlement = state.settlement()
    pair = await settlement.record(event.verdict, event.cause)
    if pair is None:
        raise DeadLetterError(
            DeadLetterReason.UNKNOWN_PAIR,
            f"no pair {event.verdict.pair_id} is known; replay the verdict once its alert has "
            "been raised here",
        )
    await settlement.settle([(pair.left_id, pair.right_id)], event.cause)
    alerts = await publish([pair.pair_id], state.ledger, state.publisher)
    return Result(done=Done.PROCESSED, alerts=alerts, opened=settlement.opened)


def _addresses(photos: Iterable[PhotoLink | IndexedPhoto]) -> set[str]:
    """Where photos are, without the queries, which signatures change each time."""
    return {photo.url.partition("?")[0] for photo in photos}


def _is_about(pair: Pair, head: Head) -> bool:
    """Whether the pair's alert speaks of this version of the listing."""
    if pair.message is None or head.deleted:
        return False
    return any(
        listing.listing_id == head.listing_id and listing.version == head.version
        for listing in decode_alert(pair.message).data.listings
    )
