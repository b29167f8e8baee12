"""Another policy over the ledger: what it ends with, told once, whatever interrupts it."""

import copy
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from stream.domain.alert import AlertState, Kind, Origin, decode_alert, pair_id_of
from stream.domain.errors import RetryError
from stream.domain.event import Cause
from stream.domain.pair import Pair
from stream.domain.policy import Policy
from stream.pipeline.redecide import Outcome, Redecided, Redecision, out_of_reach
from stream.ports import Floats, PairScore
from tests.support.listings import NOON, policy
from tests.support.memory_models import MemoryModels
from tests.support.memory_worker import MemoryWorker, deleted, judged, posted

CAUSE = Cause("redecide-p2", NOON, Origin.BACKFILL)
LOWER = policy(0.25, policy_version="p2")
HIGHER = policy(0.8, policy_version="p2")
BACK = policy(0.5, policy_version="p3")
SURE, OPEN, NEAR, FAR = 0.9, 0.6, 0.3, 0.1


class GradedModels(MemoryModels):
    """Finds every two listings as alike as was said last."""

    probability = SURE

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        scores = await super().verify(pairs)
        return [msgspec.structs.replace(one, probability=self.probability) for one in scores]


@pytest.fixture
async def worker() -> MemoryWorker:
    """Four listings under the threshold 0.5: each is compared with those before it."""
    worker = MemoryWorker(models=(models := GradedModels("m1")))
    for listing_id, models.probability in (("1", SURE), ("2", OPEN), ("3", NEAR), ("4", SURE)):
        await worker.processor().process([posted(listing_id, [f"a{listing_id}"])])
    assert worker.open_pairs == {("1", "2"), ("1", "4"), ("2", "4"), ("3", "4")}
    return worker


async def redecide(
    worker: MemoryWorker, chosen: Policy, *, is_dry_run: bool = False, **parts: Any
) -> list[Redecided]:
    fields = {
        "heads": worker.index,
        "ledger": worker.ledger,
        "publisher": None if is_dry_run else worker.publisher,
        "policy": chosen,
        "max_open_pairs": 200,
    }
    redecision = Redecision(**(fields | parts))  # type: ignore[arg-type]
    return [one async for page in redecision.run(CAUSE) for one in page]


def outcomes(done: Sequence[Redecided]) -> dict[tuple[str, str], Outcome]:
    assert len({one.pair_id for one in done}) == len(done)
    return {one.listings: one.outcome for one in done}


def held(worker: MemoryWorker) -> dict[str, tuple[object, ...]]:
    """What a subscriber holds as open: it keeps the highest revision."""
    highest = {one.data.pair_id: one.data for one in sorted_alerts(worker)}
    return {
        pair_id: (alert.claim, alert.evidence, alert.probability, alert.threshold)
        for pair_id, alert in highest.items()
        if alert.state is not AlertState.RETRACTED
    }


def sorted_alerts(worker: MemoryWorker) -> list[Any]:
    return sorted(worker.publisher.alerts, key=lambda event: event.data.revision)


async def test_a_lower_threshold_raises_near_misses_whole(worker: MemoryWorker) -> None:
    done = outcomes(await redecide(worker, LOWER))
    raised = [pair for pair, outcome in done.items() if outcome is Outcome.RAISED]
    assert sorted(raised) == [("1", "3"), ("2", "3")]
    alert = next(one.data for one in worker.publisher.alerts if one.subject == pair_id_of("1", "3"))
    assert alert.state is AlertState.RAISED
    assert (alert.probability, alert.threshold, alert.policy_version) == (NEAR, 0.25, "p2")
    assert (alert.caused_by, alert.origin) == (CAUSE.event_id, Origin.BACKFILL)
    assert alert.evidence
    assert alert.evidence[0].left.sha256 in worker.index.heads["1"].hashes


async def test_a_higher_threshold_retracts_and_the_way_back_raises_the_same(
    worker: MemoryWorker,
) -> None:
    before = held(worker)
    assert outcomes(await redecide(worker, HIGHER))["1", "2"] is Outcome.RETRACTED
    retracted = worker.publisher.alerts[-4:]
    (gone,) = [one.data for one in retracted if one.data.state is AlertState.RETRACTED]
    assert (gone.evidence, gone.probability, gone.threshold) == ((), OPEN, 0.8)
    assert outcomes(await redecide(worker, BACK))["1", "2"] is Outcome.RAISED
    assert {key: told[1:] for key, told in held(worker).items()} == {
        key: told[1:] for key, told in before.items()
    }


async def test_what_stays_open_is_told_once_of_the_policy(worker: MemoryWorker) -> None:
    kept = pair_id_of("3", "4")
    for _ in range(2):
        await redecide(worker, HIGHER)
    told = [one.data for one in worker.publisher.alerts if one.subject == kept]
    assert [str(one.state) for one in told] == ["raised", "updated"]
    assert told[1].policy_version == "p2"
    assert told[1].evidence == told[0].evidence
    assert told[1].kind is told[0].kind is Kind.SAME_PHOTOS


@pytest.mark.parametrize("chosen", [LOWER, HIGHER], ids=["lower", "higher"])
async def test_a_dry_run_says_what_a_run_does_and_changes_nothing(
    worker: MemoryWorker, chosen: Policy
) -> None:
    before = copy.deepcopy((worker.ledger.pairs, worker.publisher.messages))
    said = await redecide(worker, chosen, is_dry_run=True)
    assert (worker.ledger.pairs, worker.publisher.messages) == before
    assert said == await redecide(worker, chosen)


async def test_the_end_is_that_of_workers_who_had_the_policy_all_along(
    worker: MemoryWorker,
) -> None:
    other = MemoryWorker(models=(models := GradedModels("m1")), policy=LOWER)
    for listing_id, models.probability in (("1", SURE), ("2", OPEN), ("3", NEAR), ("4", SURE)):
        await other.processor().process([posted(listing_id, [f"a{listing_id}"])])
    await redecide(worker, LOWER)
    assert held(worker) == held(other)


class Mortal:
    """Passes calls on to a fake, and is killed at the so-many-th, before it or after it."""

    def __init__(self, fake: Any, lives: list[int], *, is_done: bool) -> None:
        self._fake, self._lives, self._is_done = fake, lives, is_done

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._fake, name)
        if not callable(attribute) or name == "read_all":
            return attribute

        async def call(*arguments: Any) -> Any:
            self._lives[0] -= 1
            if self._lives[0] < 0 and not self._is_done:
                raise KeyboardInterrupt
            answer = await attribute(*arguments)
            if self._lives[0] < 0:
                raise KeyboardInterrupt
            return answer

        return call


@pytest.mark.parametrize("is_done", [False, True], ids=["before a call", "after a call"])
@pytest.mark.parametrize("chosen", [LOWER, HIGHER], ids=["lower", "higher"])
async def test_killed_anywhere_and_repeated_it_ends_as_if_undisturbed(
    worker: MemoryWorker, chosen: Policy, is_done: bool
) -> None:
    undisturbed = copy.deepcopy(worker)
    await redecide(undisturbed, chosen)
    calls = 0
    while True:
        disturbed, lives = copy.deepcopy(worker), [calls]
        parts: dict[str, Any] = {
            name: Mortal(fake, lives, is_done=is_done)
            for name, fake in (
                ("heads", disturbed.index),
                ("ledger", disturbed.ledger),
                ("publisher", disturbed.publisher),
            )
        }
        try:
            await redecide(disturbed, chosen, **parts)
            break
        except KeyboardInterrupt:
            await redecide(disturbed, chosen)
        assert held(disturbed) == held(undisturbed)
        assert disturbed.ledger.pairs == undisturbed.ledger.pairs
        # What was sent twice is the same message, byte for byte.
        assert set(disturbed.publisher.messages) == set(undisturbed.publisher.messages)
        calls += 1
    assert calls > 10


async def test_alerts_that_an_earlier_run_left_behind_are_sent(worker: MemoryWorker) -> None:
    worker.publisher.failures = 1
    with pytest.raises(RetryError):
        await redecide(worker, HIGHER)
    assert any(pair.is_unpublished for pair in worker.ledger.pairs.values())
    await redecide(worker, HIGHER)
    assert not any(pair.is_unpublished for pair in worker.ledger.pairs.values())


@pytest.mark.parametrize("chosen", [LOWER, HIGHER], ids=["lower", "higher"])
async def test_a_pair_whose_photos_have_changed_is_left_to_its_event(
    worker: MemoryWorker, chosen: Policy
) -> None:
    newer = msgspec.structs.replace(
        worker.index.heads["2"], version=2, photos=worker.index.heads["4"].photos
    )
    worker.index.heads["2"] = newer  # as it is while a worker is at the event
    before = {pair.pair_id: pair for pair in worker.ledger.pairs.values() if "2" in sides(pair)}
    done = outcomes(await redecide(worker, chosen))
    assert {pair for pair, one in done.items() if one is Outcome.UNKNOWN} == {
        ("1", "2"),
        ("2", "3"),
        ("2", "4"),
    }
    assert {key: worker.ledger.pairs[key] for key in before} == before


async def test_probabilities_of_another_model_decide_nothing(worker: MemoryWorker) -> None:
    other = msgspec.structs.replace(LOWER, model_version="m2")
    assert set(outcomes(await redecide(worker, other)).values()) == {Outcome.UNKNOWN}
    assert len(worker.publisher.messages) == 4


async def test_what_the_policy_keeps_apart_is_retracted(worker: MemoryWorker) -> None:
    heads = worker.index.heads
    heads["4"] = msgspec.structs.replace(heads["4"], region="south")
    heads["1"] = msgspec.structs.replace(heads["1"], region="north")
    apart = msgspec.structs.replace(
        BACK, scope=msgspec.structs.replace(BACK.scope, within_region=True)
    )
    done = outcomes(await redecide(worker, apart))
    assert [pair for pair, one in done.items() if one is Outcome.RETRACTED] == [("1", "4")]


async def test_a_rejected_pair_stays_silent(worker: MemoryWorker) -> None:
    pair = worker.ledger.pairs[pair_id_of("1", "2")]
    await worker.processor().process([judged(pair.pair_id, "rejected", revision=pair.revision)])
    assert outcomes(await redecide(worker, LOWER))["1", "2"] is Outcome.CLOSED


async def test_what_is_retracted_makes_room_for_what_is_raised(worker: MemoryWorker) -> None:
    """Listing 2 may have two pairs: one of 0.6 goes before another of 0.3 comes."""
    chosen = policy(0.25, by_category={"watch": 0.7}, policy_version="p2")
    heads = worker.index.heads
    heads["1"] = msgspec.structs.replace(heads["1"], category="watch")
    done = outcomes(await redecide(worker, chosen, max_open_pairs=2))
    assert done["1", "2"] is Outcome.RETRACTED
    assert done["2", "3"] is Outcome.RAISED


async def test_what_exceeds_the_limit_is_named(worker: MemoryWorker) -> None:
    done = outcomes(await redecide(worker, LOWER, max_open_pairs=2))
    assert {pair for pair, one in done.items() if one is Outcome.CROWDED_OUT} == {
        ("1", "3"),
        ("2", "3"),
    }


async def test_what_a_backfill_kept_quiet_stays_so(worker: MemoryWorker) -> None:
    pair_id = pair_id_of("3", "4")
    quiet = msgspec.structs.replace(
        worker.ledger.pairs[pair_id], is_quiet=True, published_revision=-1
    )
    worker.ledger.pairs[pair_id] = quiet
    sent = len(worker.publisher.messages)
    assert outcomes(await redecide(worker, HIGHER))["3", "4"] is Outcome.KEPT
    after = worker.ledger.pairs[pair_id]
    assert after.is_quiet
    assert after.message_revision > quiet.message_revision
    assert pair_id not in {key for key, _ in worker.publisher.messages[sent:]}


async def test_pages_are_taken_one_by_one_and_each_pair_once(worker: MemoryWorker) -> None:
    worker.ledger.page_size = 1
    assert len(outcomes(await redecide(worker, HIGHER))) == len(worker.ledger.pairs)


def test_thresholds_below_what_is_kept_are_named() -> None:
    chosen = policy(0.1, by_category={"watch": 0.2, "sofa": 0.05})
    assert out_of_reach(chosen, 0.2) == {"default": 0.1, "sofa": 0.05}
    assert out_of_reach(policy(0.2), 0.2) == {}


class TestEvidenceOfNearMisses:
    """It goes with its listing."""

    async def test_a_delete_erases_it(self, worker: MemoryWorker) -> None:
        near = worker.ledger.pairs[pair_id_of("1", "3")]
        assert near.evidence
        await worker.processor().process([deleted("3", version=2)])
        erased = worker.ledger.pairs[near.pair_id]
        assert (erased.evidence, erased.comparison, erased.match) == ((), "", None)
        assert not erased.is_open
        assert erased.message is None

    async def test_a_listing_left_without_photos_takes_it_along(self, worker: MemoryWorker) -> None:
        await worker.processor().process([posted("3", ["!1"], version=2)])
        assert not worker.ledger.pairs[pair_id_of("1", "3")].evidence

    async def test_what_a_crash_left_goes_with_the_repeat(self, worker: MemoryWorker) -> None:
        """A worker wrote a near miss, and before it could look again the other side was deleted."""
        near = worker.ledger.pairs[pair_id_of("1", "3")]
        await worker.processor().process([deleted("3", version=2)])
        behind = msgspec.structs.replace(near, revision=near.revision + 5)
        worker.ledger.pairs[near.pair_id] = behind
        head = worker.index.heads["1"]
        worker.index.heads["1"] = msgspec.structs.replace(head, finished_version=-1)
        await worker.processor().process([posted("1", ["a1"])])
        assert not worker.ledger.pairs[near.pair_id].evidence

    async def test_while_it_is_there_the_same_photos_are_not_compared_again(
        self, worker: MemoryWorker
    ) -> None:
        assert isinstance(worker.models, GradedModels)
        worker.models.probability = FAR
        before = held(worker)
        await worker.processor().process([posted("3", ["a3"], version=2, title="Another text")])
        assert held(worker).keys() == before.keys()
        assert worker.ledger.pairs[pair_id_of("1", "3")].probability == NEAR

    async def test_less_than_a_near_miss_leaves_none(self, worker: MemoryWorker) -> None:
        assert isinstance(worker.models, GradedModels)
        worker.models.probability = FAR
        await worker.processor().process([posted("4", ["b1"], version=2)])
        pair = worker.ledger.pairs[pair_id_of("3", "4")]
        assert not pair.is_open
        assert pair.match is None
        assert pair.message is not None
        assert decode_alert(pair.message).data.probability == FAR


def sides(pair: Pair) -> set[str]:
    return {pair.left_id, pair.right_id}
