"""The new model's pairs in the old one's place: told once, whatever is repeated; and kept aside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
import pytest

from stream.domain.alert import AlertState, Origin, VerdictChoice, decode_alert, pair_id_of
from stream.domain.control import Control
from stream.domain.errors import StopError
from stream.domain.event import Cause, Event
from stream.domain.pair import Pair
from stream.domain.policy import Policy
from stream.pipeline.handle_event import Manner
from stream.pipeline.process_event import Kept, Services, process_event
from stream.pipeline.process_event import Outcome as EventOutcome
from stream.pipeline.redecide import Outcome, Redecision
from stream.pipeline.verify import Verifier
from stream.ports import Floats, PairScore
from stream.rollout.keep import keep_pairs
from stream.rollout.takeover import FoundMatches, KnownHeads, LastingVerdicts, policy_before
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
REJECTED = pair_id_of("1", "2")


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
    heads = KnownHeads(new.index)
    takeover = Redecision(
        heads=heads,
        ledger=LastingVerdicts(old.ledger, old.index, heads, is_dry_run=is_dry_run),
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


@pytest.fixture
async def rejected() -> MemoryWorker:
    """1 and 2 are alike, and a moderator has seen all photos of both and says that they are not."""
    worker = worker_of(OLD)
    await worker.processor().process([posted("1", ["1", "fading"])])
    await worker.processor().process([posted("2", ["2"])])
    revision = worker.ledger.pairs[REJECTED].revision
    await worker.processor().process([judged(REJECTED, VerdictChoice.REJECTED, revision=revision)])
    assert worker.open_pairs == set()
    return worker


async def faded(*, version: int = 1) -> MemoryWorker:
    """The new model finds 1 and 2 alike, but one of the photos could not be had any more."""
    worker = worker_of(NEW)
    for message in (posted("1", ["1"], version=version), posted("2", ["2"])):
        await worker.processor(manner=_quiet(worker)).process([message])
    assert worker.open_pairs == {("1", "2")}
    return worker


async def test_a_rejection_holds_although_a_photo_is_gone(rejected: MemoryWorker) -> None:
    new, before = await faded(), told(rejected)
    for is_dry_run in (True, False):
        done = await take_over(rejected, new, is_dry_run=is_dry_run)
        assert done == {("1", "2"): Outcome.CLOSED}
    assert told(rejected) == before


@pytest.mark.parametrize("is_found", [True, False])
async def test_a_rejection_that_holds_is_heeded_by_the_new_models_workers(
    rejected: MemoryWorker, *, is_found: bool
) -> None:
    new = await faded()
    if not is_found:
        new.ledger.pairs.clear()  # the listings have not come together yet
    await take_over(rejected, new)
    worker = replace(rejected, index=new.index, models=new.models, policy=NEW)
    await worker.processor().process([posted("2", ["2"], version=2)])
    assert worker.open_pairs == set()


async def test_a_dry_run_leaves_a_rejection_as_it_was_given(rejected: MemoryWorker) -> None:
    before = rejected.ledger.pairs[REJECTED]
    await take_over(rejected, await faded(), is_dry_run=True)
    assert rejected.ledger.pairs[REJECTED] == before


async def test_a_rejection_does_not_hold_once_a_listing_has_changed(
    rejected: MemoryWorker,
) -> None:
    assert await take_over(rejected, await faded(version=2)) == {("1", "2"): Outcome.RAISED}


async def test_a_rejection_of_photos_that_were_changed_before_does_not_hold(
    rejected: MemoryWorker,
) -> None:
    assert isinstance(rejected.models, GradedModels)
    rejected.models.probability = FAR
    await rejected.processor().process([posted("1", ["1", "another"], version=2)])
    assert await take_over(rejected, await faded(version=2)) == {("1", "2"): Outcome.RAISED}


async def test_a_rejection_is_read_as_it_stands_when_another_process_was_quicker(
    rejected: MemoryWorker,
) -> None:
    before = rejected.ledger.pairs[REJECTED]

    class Contended(MemoryLedger):
        """Another process writes first."""

        async def write(self, pair: Pair, expected_revision: int | None) -> None:
            if self.pairs[REJECTED] == before:
                self.pairs[REJECTED] = msgspec.structs.replace(
                    before, revision=before.revision + 1, probability=0.7
                )
            await super().write(pair, expected_revision)

    ledger = Contended(pairs=dict(rejected.ledger.pairs))
    new = KnownHeads((await faded()).index)
    lasting = LastingVerdicts(ledger, rejected.index, new, is_dry_run=False)
    read = (await lasting.read([REJECTED]))[REJECTED]
    assert read == ledger.pairs[REJECTED]
    assert read.probability == 0.7
    assert read.verdict != before.verdict


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


def test_a_rollout_takes_the_place_of_the_same_policy_before_and_after_its_switch() -> None:
    control = Control(active=OLD)
    for step in (
        lambda before: before.begun(NEW, NOON),
        lambda before: before.switched({}),
        Control.settling,
    ):
        control = step(control)
        assert policy_before(control) == OLD
