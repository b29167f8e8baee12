"""Takeover: bring every pair to what the new model says of it, from what it has found so far.

In a dry run this is the difference that a rollout would make.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaAlertPublisher
from stream.adapters.qdrant.store import open_store
from stream.adapters.triton.models import open_models
from stream.domain.alert import Origin, pair_id_of
from stream.domain.control import Rollout
from stream.domain.event import Cause
from stream.domain.listing import Head
from stream.domain.match import Match, Unknown
from stream.pipeline.redecide import Redecision
from stream.pipeline.settle import Matcher, matches_of
from stream.pipeline.verify import Verifier
from stream.ports import HeadReader, PairLedger
from stream.priority import Priority
from stream.rollout.record import ledger_of
from stream.settings import Settings


class KnownHeads(HeadReader):
    """Heads of which something is known: a listing whose photos could not be had yet is not gone.

    Its pairs stay as they are until an event of it decides them.
    """

    def __init__(self, heads: HeadReader) -> None:
        self._heads = heads

    async def read_heads(self, listing_ids: Sequence[str]) -> Mapping[str, Head]:
        """Return the heads that exist, but for versions left without a photo."""
        heads = await self._heads.read_heads(listing_ids)
        return {
            listing_id: head
            for listing_id, head in heads.items()
            if head.is_visible or head.deleted or head.is_finished
        }


class FoundMatches(Matcher):
    """Knows what another ledger has of two listings, and has the rest compared.

    Args:
        verifier: compares listings.
        found: what the same model has found before.
    """

    def __init__(self, verifier: Matcher, found: PairLedger) -> None:
        self._verifier = verifier
        self._found = found

    async def verify(
        self, pairs: Sequence[tuple[Head, Head]], known: Mapping[str, Match] | None = None
    ) -> Sequence[Match | Unknown | None]:
        """Return a match for each two heads in pair order; None where they cannot match."""
        ids = [pair_id_of(left.listing_id, right.listing_id) for left, right in pairs]
        found = await self._found.read(ids)
        return await self._verifier.verify(pairs, {**(known or {}), **matches_of(found.values())})


@asynccontextmanager
async def open_takeover(
    settings: Settings, rollout: Rollout, *, is_dry_run: bool
) -> AsyncIterator[Redecision]:
    """Connect to all that it works on. Raises `RetryError` and `StopError`."""
    policy, qdrant = rollout.policy, settings.qdrant
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        models = await enter(
            open_models(
                settings.triton, priority=Priority.BACKFILL, model_version=policy.model_version
            )
        )
        aside, can_wait = ledger_of(policy.model_version), Priority.BACKFILL
        beside = open_store(qdrant, models.spec, shadow=aside, priority=can_wait)
        found = (await enter(beside)).ledger
        store = await enter(open_store(qdrant, models.spec, priority=can_wait))
        publisher = None
        if not is_dry_run:
            producer = await enter(open_producer(settings.kafka))
            publisher = KafkaAlertPublisher(producer, settings.kafka.duplicate_alerts)
        yield Redecision(
            heads=KnownHeads(store.index),
            ledger=store.ledger,
            publisher=publisher,
            policy=policy,
            max_open_pairs=settings.max_open_pairs,
            matcher=FoundMatches(Verifier(store.index, models, policy), found),
            found=found,
        )


def cause_of(rollout: Rollout) -> Cause:
    """Return what alerts name as their cause: the same however often the takeover is repeated."""
    name = f"rollout-{rollout.policy.model_version}-{rollout.started_at:%Y%m%dT%H%M%SZ}"
    return Cause(name[:256], rollout.started_at, Origin.BACKFILL)
