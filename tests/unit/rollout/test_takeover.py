"""The new model's pairs in the old one's place: told once, whatever is repeated; and kept aside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import pytest

from stream.domain.alert import AlertState, Origin, VerdictChoice, decode_alert, pair_id_of
from stream.domain.errors import StopError
from stream.domain.event import Cause, Event
from stream.domain.policy import Policy
from stream.pipeline.handle_event import Manner
from stream.pipeline.process_event import Kept, Services, process_event
from stream.pipeline.process_event import Outcome as EventOutcome
from stream.pipeline.redecide import Outcome, Redecision
from stream.pipeline.verify import Verifier
from stream.ports import Floats, PairScore
from stream.rollout.keep import keep_pairs
from stream.rollout.takeover import FoundMatches, KnownHeads
from tests.support.listings import NOON, head, policy, tombstone
from tests.support.memory_index import MemoryIndex
from tests.support.memory_ledger import MemoryLedger
from tests.support.memory_models import MemoryModels
from tests.support.memory_worker import MemoryWorker, deleted, judged, posted

Outcomes = Mapping[tuple[str, str], Outcome]
CAUSE = Cause("rollout-m2", NOON, Origin.BACKFILL)
OLD = policy()
NEW = msgspec.structs.replace(policy(policy_version="p2"), model_version="m2")
SURE, FAR = 0.9, 0.1


class GradedModels(MemoryModels):
    """Finds every two listings as alike as was said last; counts what it was asked."""

    probability = SURE
    asked = 0

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        self.asked += len(pairs)
        scores = await super().verify(pairs)
        return [msgspec.structs.replace(one, probability=self.probability) for one in scores]


def worker_of(chosen: Policy) -> MemoryWorker:
    return MemoryWorker(models=GradedModels(chosen.model_version), policy=chosen)


async def live(worker: MemoryWorker, *listings: tuple[str, float]) -> None:
    """Post listings, each as alike to all before it as is said."""
    assert isinstance(worker.models, GradedModels)
    for listing_id, worker.models.probability in listings:
        await worker.processor(manner=_quiet(worker)).process([posted(listing_id, [listing_id])])


def _quiet(worker: MemoryWorker) -> Manner:
    """Keep what the new model finds from subscribers, as a shadow does."""

    async def process(event: Event, services: Services, kept: Kept) -> EventOutcome:
        state = replace(services.state, is_quiet=worker.policy == NEW)
        return await process_event(event, replace(services, state=state), kept)

    return Manner(process=process)


async def take_over(old: MemoryWorker, new: MemoryWorker, *, is_dry_run: bool = False) -> Outcomes:
    """Decide the old model's ledger by the new model's index and finds."""
    takeover = Redecision(
        heads=KnownHeads(new.index),
        ledger=old.ledger,
        publisher=None if is_dry_run else old.publisher,
        policy=NEW,
        max_open_pairs=200,
        matcher=FoundMatches(Verifier(new.index, new.models, NEW), new.ledger),
        found=new.ledger,
    )
    done = [one async for page in takeover.run(CAUSE) for one in page]
    assert len({one.pair_id for one in done}) == len(done)
    return {one.listings: one.outcome for one in done}


def told(worker: MemoryWorker) -> list[tuple[str, str, AlertState]]:
    """Every alert that was sent, in order: pair, model and state."""
    alerts = [event.data for event in worker.publisher.alerts]
    return [(one.pair_id, one.model_version, one.state) for one in alerts]


@pytest.fixture
async def old() -> MemoryWorker:
    """The old model finds 1 and 2 alike, and neither of them 3."""
    worker = worker_of(OLD)
    await live(worker, ("1", SURE), ("2", SURE), ("3", FAR))
    assert worker.open_pairs == {("1", "2")}
    return worker


@pytest.fixture
async def new() -> MemoryWorker:
    """The new model finds 2 and 3 alike, and neither of them 1."""
    worker = worker_of(NEW)
    await live(worker, ("1", FAR), ("2", FAR))
    assert isinstance(worker.models, GradedModels)
    await live(worker, ("3", SURE))
    worker.ledger.pairs.pop(pair_id_of("1", "3"))
    worker.models.probability = FAR
    assert worker.open_pairs == {("2", "3")}
    return worker


async def test_each_pair_is_told_once_as_the_new_model_has_it(
    old: MemoryWorker, new: MemoryWorker
) -> None:
    before = told(old)
    dry = await take_over(old, new, is_dry_run=True)
    assert told(old) == before
    assert dry == {("1", "2"): Outcome.RETRACTED, ("2", "3"): Outcome.RAISED}
    assert await take_over(old, new) == dry
    assert told(old)[len(before) :] == [
        (pair_id_of("1", "2"), "m2", AlertState.RETRACTED),
        (pair_id_of("2", "3"), "m2", AlertState.RAISED),
    ]
    after = told(old)
    assert await take_over(old, new) == {("2", "3"): Outcome.KEPT}
    assert told(old) == after  # the same again tells nobody anything
    assert new.publisher.messages == []


async def test_what_the_new_model_has_found_is_not_compared_again(
    old: MemoryWorker, new: MemoryWorker
) -> None:
    assert isinstance(new.models, GradedModels)
    new.models.asked = 0
    await take_over(old, new)
    assert new.models.asked == 1  # 1 and 2, which it has never brought together


async def test_a_revision_of_the_pair_follows_those_that_the_old_model_sent(
    old: MemoryWorker, new: MemoryWorker
) -> None:
    await take_over(old, new)
    revisions = [
        event.data.revision
        for event in old.publisher.alerts
        if event.data.pair_id == pair_id_of("1", "2")
    ]
    assert revisions == sorted(set(revisions))


async def test_a_moderators_verdict_holds_under_the_new_model(
    old: MemoryWorker, new: MemoryWorker
) -> None:
    rejected = pair_id_of("1", "2")
    revision = old.ledger.pairs[rejected].revision
    await old.processor().process([judged(rejected, VerdictChoice.REJECTED, revision=revision)])
    assert isinstance(new.models, GradedModels)
    new.models.probability = SURE
    new.ledger.pairs[rejected] = msgspec.structs.replace(
        new.ledger.pairs[pair_id_of("2", "3")], pair_id=rejected, left_id="1", right_id="2"
    )
    await take_over(old, new)
    assert not old.ledger.pairs[rejected].is_open


async def test_a_pair_whose_listing_the_new_index_lacks_stays_as_it_is(
    old: MemoryWorker, new: MemoryWorker
) -> None:
    del new.index.heads["1"]
    before = old.ledger.pairs[pair_id_of("1", "2")]
    assert (await take_over(old, new))["1", "2"] is Outcome.UNKNOWN
    # Nor is it retracted where its photos could not be had again.
    new.index.heads["1"] = head("1", [])
    assert (await take_over(old, new))["1", "2"] is Outcome.UNKNOWN
    assert old.ledger.pairs[before.pair_id] == before


async def test_a_pair_of_a_listing_that_is_deleted_meanwhile_is_retracted(
    old: MemoryWorker, new: MemoryWorker
) -> None:
    await new.processor(manner=_quiet(new)).process([deleted("1", version=2)])
    assert (await take_over(old, new))["1", "2"] is Outcome.RETRACTED


async def test_a_retraction_that_nobody_came_to_tell_is_told(
    old: MemoryWorker, new: MemoryWorker
) -> None:
    closed = pair_id_of("1", "2")
    old.publisher.failures = 10
    with pytest.raises(StopError):
        await old.processor(retry_seconds=0.01).process([deleted("1", version=2)])
    await new.processor(manner=_quiet(new)).process([deleted("1", version=2)])
    assert old.ledger.pairs[closed].is_unpublished
    old.publisher.failures = 0
    await take_over(old, new)
    assert (closed, "m1", AlertState.RETRACTED) in told(old)
    assert not old.ledger.pairs[closed].is_unpublished


async def test_what_was_kept_aside_brings_everything_back(
    old: MemoryWorker, new: MemoryWorker
) -> None:
    kept = MemoryLedger()
    await keep_pairs(old.ledger, kept, "m1")
    await take_over(old, new)
    await keep_pairs(old.ledger, kept, "m1")  # the new model's pairs are left out
    assert {pair.pair_id for pair in kept.pairs.values() if pair.is_open} == {pair_id_of("1", "2")}
    assert not any(pair.is_unpublished for pair in kept.pairs.values())

    assert isinstance(old.models, GradedModels)
    old.models.probability = FAR
    back = Redecision(
        heads=KnownHeads(old.index),
        ledger=old.ledger,
        publisher=old.publisher,
        policy=OLD,
        max_open_pairs=200,
        matcher=FoundMatches(Verifier(old.index, old.models, OLD), kept),
        found=kept,
    )
    async for _ in back.run(CAUSE):
        pass
    assert old.open_pairs == {("1", "2")}
    alert = decode_alert(old.ledger.pairs[pair_id_of("1", "2")].message or b"").data
    assert (alert.state, alert.model_version, alert.probability) == (AlertState.RAISED, "m1", SURE)


async def test_heads_without_a_photo_are_unknown_until_they_are_finished() -> None:
    heads = {
        "seen": head("seen"),
        "gone": tombstone("gone"),
        "unfetched": head("unfetched", []),
        "empty": msgspec.structs.replace(head("empty", []), finished_version=1),
    }
    assert set(await KnownHeads(MemoryIndex(heads)).read_heads([*heads])) == {
        "seen",
        "gone",
        "empty",
    }
