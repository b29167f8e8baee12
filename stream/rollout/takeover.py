"""Takeover: bring every pair to what the new model says of it, from what it has found so far.

In a dry run this is the difference that a rollout would make.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaAlertPublisher
from stream.adapters.qdrant.store import open_store
from stream.adapters.triton.models import open_models
from stream.app import enter_record
from stream.domain.alert import Origin, VerdictChoice, pair_id_of
from stream.domain.control import Control, Rollout
from stream.domain.event import Cause
from stream.domain.listing import Head
from stream.domain.match import Match, Unknown
from stream.domain.pair import Pair, photos_digest_of
from stream.domain.policy import Policy
from stream.pipeline.redecide import Redecision
from stream.pipeline.settle import Matcher, matches_of
from stream.pipeline.verify import Verifier
from stream.ports import HeadReader, PairLedger
from stream.priority import Priority
from stream.rollout.record import ledger_of, read_begun
from stream.rollout.refill import open_heads
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


class LastingVerdicts(PairLedger):
    """A ledger in which rejections hold under the new model while both listings are as they were.

    A rejection names the photos that it was given on. One of these may be away by now, so that the
    new index lacks it, and nobody has changed anything. Such a rejection names from then on the
    photos that the new index has; workers heed it, too.

    Args:
        ledger: where the pairs are.
        old: heads of the model before, as they were when it was in use.
        new: heads of the new model.
        is_dry_run: whether what a rejection is to name is only said, and not written.
    """

    def __init__(
        self, ledger: PairLedger, old: HeadReader, new: HeadReader, *, is_dry_run: bool
    ) -> None:
        self._ledger = ledger
        self._old = old
        self._new = new
        self._is_dry_run = is_dry_run

    @property
    def first_revision(self) -> int:
        """Where this ledger starts to count."""
        return self._ledger.first_revision

    async def read(self, pair_ids: Sequence[str]) -> Mapping[str, Pair]:
        """Return the records that exist."""
        return await self._lasting(await self._ledger.read(pair_ids))

    async def read_of_listings(self, listing_ids: Collection[str]) -> AsyncIterator[Sequence[Pair]]:
        """Return every record that names one of the listings, in pages."""
        async for page in self._ledger.read_of_listings(listing_ids):
            yield await self._lasting_page(page)

    async def read_all(self, *, are_open: bool) -> AsyncIterator[Sequence[Pair]]:
        """Return every record that is open, or every other one, in pages."""
        async for page in self._ledger.read_all(are_open=are_open):
            yield await self._lasting_page(page)

    async def count_all(self) -> int:
        """Count all records."""
        return await self._ledger.count_all()

    async def count_open(self, listing_id: str) -> int:
        """Count the listing's open pairs."""
        return await self._ledger.count_open(listing_id)

    async def write(self, pair: Pair, expected_revision: int | None) -> None:
        """Write a record if the stored revision is the expected one."""
        await self._ledger.write(pair, expected_revision)

    async def mark_published(self, pair_id: str, revision: int) -> None:
        """Raise the published revision."""
        await self._ledger.mark_published(pair_id, revision)

    async def _lasting_page(self, page: Sequence[Pair]) -> Sequence[Pair]:
        return [*(await self._lasting({pair.pair_id: pair for pair in page})).values()]

    async def _lasting(self, pairs: Mapping[str, Pair]) -> Mapping[str, Pair]:
        """Return the records, in which rejections that last name the photos of the new index."""
        while due := await self._due(pairs.values()):
            if self._is_dry_run:
                return {**pairs, **due}
            for pair in due.values():
                await self._ledger.write(pair, pairs[pair.pair_id].revision)
            pairs = {**pairs, **await self._ledger.read([*due])}  # whoever was quicker
        return pairs

    async def _due(self, pairs: Collection[Pair]) -> Mapping[str, Pair]:
        rejected = {
            (pair.left_id, pair.right_id): (pair, pair.verdict)
            for pair in pairs
            if pair.verdict is not None and pair.verdict.verdict is VerdictChoice.REJECTED
        }
        names = sorted({name for sides in rejected for name in sides})
        if not names:
            return {}
        old, new = await self._old.read_heads(names), await self._new.read_heads(names)
        due: dict[str, Pair] = {}
        for sides, (pair, verdict) in rejected.items():
            before, now = (_digest(heads, sides) for heads in (old, new))
            is_as_it_was = all(_is_unchanged(old.get(name), new.get(name)) for name in sides)
            if is_as_it_was and verdict.photos_digest == before and before != now:
                lasting = msgspec.structs.replace(verdict, photos_digest=now)
                due[pair.pair_id] = msgspec.structs.replace(
                    pair, revision=pair.revision + 1, verdict=lasting
                )
        return due


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
        before = policy_before(await read_begun(await enter_record(opened, settings)))
        old = await enter(open_heads(qdrant, before.model_version))
        models = await enter(
            open_models(
                settings.triton, priority=Priority.BACKFILL, model_version=policy.model_version
            )
        )
        aside, can_wait = ledger_of(policy.model_version), Priority.BACKFILL
        beside = open_store(qdrant, models.spec, shadow=aside, priority=can_wait)
        found = (await enter(beside)).ledger
        store = await enter(open_store(qdrant, models.spec, priority=can_wait))
        heads, publisher = KnownHeads(store.index), None
        if not is_dry_run:
            producer = await enter(open_producer(settings.kafka))
            publisher = KafkaAlertPublisher(producer, settings.kafka.duplicate_alerts)
        yield Redecision(
            heads=heads,
            ledger=LastingVerdicts(store.ledger, old, heads, is_dry_run=is_dry_run),
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


def policy_before(control: Control) -> Policy:
    """Return the policy whose place the rollout under way takes, or has taken."""
    if control.kept is None or control.is_before_switch:
        return control.active
    return control.kept.policy


def _digest(heads: Mapping[str, Head], sides: tuple[str, str]) -> str:
    return photos_digest_of(*(heads.get(name) for name in sides))


def _is_unchanged(old: Head | None, new: Head | None) -> bool:
    return old is not None and new is not None and old.order == new.order
