"""Another policy over the ledger while a worker is at an event: every order, every crash.

Who crashes begins anew: an event comes back, and a redecision that was killed is run again.
"""

import msgspec
import pytest

from stream.domain.alert import AlertState
from stream.domain.policy import Policy, Thresholds
from tests.support.interleavings import explore
from tests.support.protocol_world import (
    POLICY,
    Delete,
    Happening,
    Post,
    Redecide,
    World,
    check_all_is_right,
)

ONE, OTHER = Post("L1", 1, ("a1",)), Post("L2", 1, ("a2",))
REDECIDE = Redecide()


def policy(threshold: float, version: str) -> Policy:
    return msgspec.structs.replace(
        POLICY, thresholds=Thresholds(default=threshold), policy_version=version
    )


STRICT, USUAL = policy(0.95, "p0"), policy(0.5, "p2")
"""Listings of one item are pairs of 0.9."""

MEETINGS: dict[str, Happening] = {
    "itself": REDECIDE,
    "update of the text": Post("L2", 2, ("a2",)),
    "update of the photos": Post("L2", 2, ("a3",)),
    "update to another item": Post("L2", 2, ("b1",)),
    "update without usable photo": Post("L2", 2, ()),
    "delete": Delete("L2", 2),
}


def world_under(before: Policy, after: Policy) -> World:
    """Two listings of one item, decided by one policy; from now on there is another."""
    world = World(policy=before)
    world.settle_down((ONE, OTHER))
    return World(world.index, world.ledger, world.subscriber, after)


def check_raised(other: Happening, max_crashes: int) -> int:
    events = () if isinstance(other, Redecide) else (other,)

    def check(world: World, crashes: int) -> None:
        check_all_is_right(world, (ONE, OTHER, *events), crashes)
        for pair in world.ledger.pairs.values():
            assert not pair.is_open or b'"policy_version":"p2"' in (pair.message or b"")

    world = world_under(STRICT, USUAL)
    return explore(
        world, [world.task(REDECIDE), world.task(other)], check, max_crashes=max_crashes
    ).endings


def check_retracted(other: Happening, max_crashes: int) -> int:
    def check(world: World, _: int) -> None:
        for pair in world.ledger.pairs.values():
            assert not pair.is_open
            assert not pair.is_unpublished
        for event in world.subscriber.highest.values():
            assert event.data.state is AlertState.RETRACTED

    world = world_under(USUAL, STRICT)
    return explore(
        world, [world.task(REDECIDE), world.task(other)], check, max_crashes=max_crashes
    ).endings


@pytest.mark.parametrize("name", MEETINGS)
def test_what_is_raised_meets(name: str) -> None:
    assert check_raised(MEETINGS[name], max_crashes=0) > 1


@pytest.mark.parametrize("name", MEETINGS)
def test_what_is_retracted_meets(name: str) -> None:
    assert check_retracted(MEETINGS[name], max_crashes=0) >= 1


@pytest.mark.long
@pytest.mark.parametrize("name", MEETINGS)
def test_with_a_crash_anywhere(name: str) -> None:
    assert check_raised(MEETINGS[name], max_crashes=1) > 1
    assert check_retracted(MEETINGS[name], max_crashes=1) >= 1
