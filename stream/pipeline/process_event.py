"""Process one event: all steps, top to bottom. Every step may be repeated.

The protocol, in short: write your own mark (photos, then head), then read the others'; decide
pairs by compare-and-set until a fresh look changes nothing; publish what the ledger says; mark the
version finished. A crash anywhere leaves the version unfinished, and the event, which was not
acknowledged, comes back and runs all steps again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from stream.domain.alert import decode_alert, in_pair_order, pair_id_of
from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import Cause, Event, ListingDeleted, ListingPosted, VerdictGiven
from stream.domain.listing import Head
from stream.domain.pair import Pair
from stream.domain.policy import Policy
from stream.pipeline.collect_photos import CollectedPhotos, collect_photos
from stream.pipeline.decide import Rules
from stream.pipeline.encode import encode
from stream.pipeline.find_candidates import find_candidates
from stream.pipeline.index import index
from stream.pipeline.publish import publish
from stream.pipeline.settle import Settlement
from stream.pipeline.verify import Verifier
from stream.ports import AlertPublisher, ListingIndex, Models, PairLedger, PhotoSource


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that processing an event needs."""

    photos: PhotoSource
    models: Models
    index: ListingIndex
    ledger: PairLedger
    publisher: AlertPublisher
    policy: Policy
    max_open_pairs: int
    photo_patience_seconds: float


class Done(StrEnum):
    """How an event ended."""

    PROCESSED = "processed"
    STALE = "stale"
    REPEATED = "repeated"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an event."""

    done: Done
    alerts: int = 0
    photos_encoded: int = 0
    photos_left_out: Mapping[int, str] = field(default_factory=dict)
    crowded_out: frozenset[str] = frozenset()


async def process_event(event: Event, services: Services) -> Outcome:
    """Run all steps of an event. Raises `DeadLetterError`, `RetryError` or `StopError`."""
    match event:
        case ListingPosted():
            return await _ListingTurn(event.listing.listing_id, event.cause, services).post(event)
        case ListingDeleted():
            return await _ListingTurn(event.listing.listing_id, event.cause, services).delete(event)
        case VerdictGiven():
            return await _judge(event, services)


class _ListingTurn:
    """One event's turn at one listing."""

    def __init__(self, listing_id: str, cause: Cause, services: Services) -> None:
        self._listing_id = listing_id
        self._cause = cause
        self._services = services
        self._settlement = _settlement(services)

    async def post(self, event: ListingPosted) -> Outcome:
        """Index a created or updated listing and find its duplicates."""
        services, listing = self._services, event.listing
        if (ended := await self._ended_before((listing.version, False))) is not None:
            return ended
        collected = await collect_photos(
            listing,
            services.photos,
            services.index,
            services.models.spec.photo_size,
            services.photo_patience_seconds,
        )
        encoded = await encode(collected, services.models)
        head = Head(
            listing_id=listing.listing_id,
            version=listing.version,
            seller_id=listing.seller_id,
            category=listing.category,
            region=listing.region,
            created_at=listing.created_at,
            photos=encoded.photos,
        )
        stored = await index(services.index, head, encoded)
        if stored is None:
            return await self._give_way()
        candidates = await find_candidates(stored, encoded, services.index, services.policy)
        alerts, crowded_out = await self._settle_and_publish(candidates)
        if not collected.photos:
            raise _no_usable_photo(collected)
        await services.index.finish(stored)
        return Outcome(
            done=Done.PROCESSED,
            alerts=alerts,
            photos_encoded=len(collected.pixels),
            photos_left_out=collected.left_out,
            crowded_out=crowded_out,
        )

    async def delete(self, event: ListingDeleted) -> Outcome:
        """Leave a tombstone, erase the photos and retract the listing's alerts."""
        services, listing = self._services, event.listing
        if (ended := await self._ended_before((listing.version, True))) is not None:
            return ended
        tombstone = Head(listing_id=listing.listing_id, version=listing.version, deleted=True)
        stored = await index(services.index, tombstone, None)
        if stored is None:
            return await self._give_way()
        alerts, _ = await self._settle_and_publish(())
        await services.index.finish(stored)
        return Outcome(done=Done.PROCESSED, alerts=alerts)

    async def _ended_before(self, order: tuple[int, bool]) -> Outcome | None:
        """Skip what a newer state superseded or what was finished before, and fetch no photo."""
        heads = await self._services.index.read_heads([self._listing_id])
        head = heads.get(self._listing_id)
        if head is None or head.order < order:
            return None
        if head.order > order:
            return await self._give_way()
        return Outcome(done=Done.REPEATED) if head.is_finished else None

    async def _give_way(self) -> Outcome:
        """End superseded, but not before pairs that an earlier try left behind are put right.

        A try that crashed right after it wrote to the ledger may have done so behind the back of
        the newer version, which had read the ledger already.
        """
        alerts, _ = await self._settle_and_publish((), only_outdated=True)
        return Outcome(done=Done.STALE, alerts=alerts)

    async def _settle_and_publish(
        self, candidates: tuple[str, ...], *, only_outdated: bool = False
    ) -> tuple[int, frozenset[str]]:
        others = set(candidates)
        unpublished: set[str] = set()
        head = (await self._services.index.read_heads([self._listing_id]))[self._listing_id]
        async for page in self._services.ledger.read_of_listing(self._listing_id):
            for pair in page:
                if pair.is_open and not (only_outdated and _is_current(pair, head)):
                    others.add(pair.other(self._listing_id))
                if pair.is_unpublished:
                    unpublished.add(pair.pair_id)
        pairs = [in_pair_order(self._listing_id, other) for other in sorted(others)]
        crowded_out = await self._settlement.settle(pairs, self._cause)
        touched = unpublished | {pair_id_of(*pair) for pair in pairs}
        alerts = await publish(sorted(touched), self._services.ledger, self._services.publisher)
        return alerts, crowded_out


async def _judge(event: VerdictGiven, services: Services) -> Outcome:
    settlement = _settlement(services)
    pair = await settlement.record(event.verdict, event.cause)
    if pair is None:
        raise DeadLetterError(
            DeadLetterReason.UNKNOWN_PAIR,
            f"no pair {event.verdict.pair_id} is known; replay the verdict once its alert has "
            "been raised here",
        )
    await settlement.settle([(pair.left_id, pair.right_id)], event.cause)
    alerts = await publish([pair.pair_id], services.ledger, services.publisher)
    return Outcome(done=Done.PROCESSED, alerts=alerts)


def _settlement(services: Services) -> Settlement:
    return Settlement(
        services.index,
        services.ledger,
        Verifier(services.index, services.models, services.policy),
        Rules(services.policy, services.ledger.first_revision),
        services.max_open_pairs,
    )


def _is_current(pair: Pair, head: Head) -> bool:
    """Whether the pair's alert speaks of the listing's stored version."""
    if pair.message is None:
        return False
    alert = decode_alert(pair.message).data
    return any(
        listing.listing_id == head.listing_id and listing.version == head.version
        for listing in alert.listings
    )


def _no_usable_photo(collected: CollectedPhotos) -> DeadLetterError:
    reasons = "; ".join(f"photo {index}: {why}" for index, why in collected.left_out.items())
    return DeadLetterError(
        DeadLetterReason.NO_USABLE_PHOTO,
        f"none of the listing's photos can be used ({reasons}); mend the photos and replay this "
        "event, or send a higher version",
    )
