"""Two events in flight at once: every order of their port calls, and a crash after each."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from stream.domain.alert import VerdictChoice
from stream.pipeline import take_turn
from stream.pipeline.settle import Decision, Settlement
from stream.pipeline.take_turn import Done, ListingTurn, Result
from stream.ports import AlertPublisher, PairLedger
from tests.support.interleavings import Exploration, explore
from tests.support.protocol_world import (
    Delete,
    Happening,
    Judge,
    Post,
    World,
    check_all_is_right,
)

ONE, OTHER = Post("L1", 1, ("a1",)), Post("L2", 1, ("a2",))
BOTH = (ONE, OTHER)
REJECTED, CONFIRMED = VerdictChoice.REJECTED, VerdictChoice.CONFIRMED

SCENARIOS: dict[str, tuple[tuple[Happening, ...], tuple[Happening, Happening]]] = {
    "create meets create": ((), BOTH),
    "create meets update to the same item": (
        (Post("L1", 1, ("b1",)),),
        (Post("L1", 2, ("a1",)), OTHER),
    ),
    "create meets update to another item": ((ONE,), (Post("L1", 2, ("b1",)), OTHER)),
    "create meets delete": ((ONE,), (Delete("L1", 2), OTHER)),
    "create meets its own update": ((OTHER,), (ONE, Post("L1", 2, ("b1",)))),
    "create meets its own update to the item": (
        (OTHER,),
        (Post("L1", 1, ("b1",)), Post("L1", 2, ("a1",))),
    ),
    "create meets its own delete": ((OTHER,), (ONE, Delete("L1", 2))),
    "create meets its own delete at equal version": ((OTHER,), (ONE, Delete("L1", 1))),
    "create meets itself": ((OTHER,), (ONE, ONE)),
    "update to another item meets update of the text": (
        BOTH,
        (Post("L1", 2, ("b1",)), Post("L2", 2, ("a2",))),
    ),
    "update of the text meets update of the text": (
        BOTH,
        (Post("L1", 2, ("a1",)), Post("L2", 2, ("a2",))),
    ),
    "update away and update after": (BOTH, (Post("L1", 2, ("b1",)), Post("L2", 2, ("b2",)))),
    "update that adds a photo meets delete": (BOTH, (Post("L1", 2, ("a1", "b1")), Delete("L2", 2))),
    "update without usable photo meets update of the text": (
        BOTH,
        (Post("L1", 2, ()), Post("L2", 2, ("a2",))),
    ),
    "update meets a later update": (BOTH, (Post("L1", 2, ("b1",)), Post("L1", 3, ("a3",)))),
    "revival meets update of the text": (
        (*BOTH, Delete("L1", 2)),
        (Post("L1", 3, ("a1",)), Post("L2", 2, ("a2",))),
    ),
    "update to the other's photo meets update of the text": (
        BOTH,
        (Post("L1", 2, ("a2",)), Post("L2", 2, ("a2",))),
    ),
    "delete meets delete": (BOTH, (Delete("L1", 2), Delete("L2", 2))),
    "delete meets revival": (BOTH, (Delete("L1", 2), Post("L1", 3, ("a1",)))),
    "rejection meets update of the text": (BOTH, (Judge(REJECTED, 1), Post("L1", 2, ("a1",)))),
    "rejection meets update of the photos": (BOTH, (Judge(REJECTED, 1), Post("L1", 2, ("a3",)))),
    "rejection meets update to another item": (BOTH, (Judge(REJECTED, 1), Post("L1", 2, ("b1",)))),
    "rejection meets delete": (BOTH, (Judge(REJECTED, 1), Delete("L2", 2))),
    "rejection meets later confirmation": (BOTH, (Judge(REJECTED, 1), Judge(CONFIRMED, 2))),
    "confirmation meets later rejection": (BOTH, (Judge(CONFIRMED, 1), Judge(REJECTED, 2))),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_order_of_port_calls_ends_right(name: str) -> None:
    assert _explore(*SCENARIOS[name], max_crashes=0).endings > 1


@pytest.mark.long
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_order_of_port_calls_with_a_crash_anywhere_ends_right(name: str) -> None:
    assert _explore(*SCENARIOS[name], max_crashes=1).endings > 1


def test_exploring_finds_that_stale_events_must_tidy_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stop_at_once(*_: object) -> Result:
        return Result(done=Done.STALE)

    monkeypatch.setattr(ListingTurn, "_give_way", stop_at_once)
    with pytest.raises(AssertionError, match="points of photos"):
        _explore(*SCENARIOS["create meets its own update"], max_crashes=1)


def test_exploring_finds_that_a_late_publisher_must_send_the_newest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def publish_once(
        pair_ids: Collection[str], ledger: PairLedger, publisher: AlertPublisher
    ) -> int:
        for pair in (await ledger.read(tuple(pair_ids))).values():
            if pair.is_unpublished and pair.message is not None:
                await publisher.publish(pair.pair_id, pair.message)
                await ledger.mark_published(pair.pair_id, pair.message_revision)
        return 0

    monkeypatch.setattr(take_turn, "publish", publish_once)
    with pytest.raises(AssertionError, match="what compaction keeps"):
        _explore(*SCENARIOS["update that adds a photo meets delete"], max_crashes=0)


def test_exploring_finds_that_heads_must_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that decides on heads it read before it wrote misses a delete meanwhile."""
    decide = Settlement._decide

    async def decide_once(self: Settlement, *arguments: Any) -> Mapping[str, Decision]:
        if hasattr(self, "decided"):
            return {}
        self.decided = True  # type: ignore[attr-defined]
        return await decide(self, *arguments)

    monkeypatch.setattr(Settlement, "_decide", decide_once)
    with pytest.raises(AssertionError):
        _explore(*SCENARIOS["create meets delete"], max_crashes=0)


def _explore(
    before: tuple[Happening, ...], in_flight: tuple[Happening, ...], max_crashes: int
) -> Exploration:
    world = World()
    world.settle_down(before)
    return explore(
        world,
        [world.task(happening) for happening in in_flight],
        lambda world, crashes: check_all_is_right(world, (*before, *in_flight), crashes),
        max_crashes,
    )
