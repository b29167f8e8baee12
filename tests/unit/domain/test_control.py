"""The control record: which step may follow which, and what a worker is to run."""

from datetime import UTC, datetime

import msgspec
import pytest

from stream.domain.control import Control, Kept, Phase
from stream.domain.errors import StopError
from stream.domain.policy import Policy
from tests.support.listings import policy

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OFFSETS = {0: 7, 1: 9}


def of_model(version: str, policy_version: str = "p1") -> Policy:
    return msgspec.structs.replace(policy(policy_version=policy_version), model_version=version)


OLD, NEW = Control(active=of_model("m1")), of_model("m2")


def test_a_rollout_ends_with_the_new_policy_in_use_and_the_old_one_kept() -> None:
    begun = OLD.begun(NEW, NOON)
    assert (begun.active, begun.rollout and begun.rollout.phase) == (OLD.active, Phase.FOLLOWING)
    switched = begun.switched(OFFSETS)
    assert (switched.active, switched.kept) == (NEW, Kept(policy=OLD.active, offsets=OFFSETS))
    finished = switched.settling().finished()
    assert (finished.active, finished.rollout) == (NEW, None)
    assert finished.revision == 4  # each step is seen


def test_the_way_back_takes_the_same_steps_and_keeps_the_other_policy() -> None:
    finished = OLD.begun(NEW, NOON).switched(OFFSETS).settling().finished()
    begun = finished.begun(OLD.active, NOON)
    assert begun.rollout is not None
    assert begun.rollout.is_way_back
    back = begun.switched({}).settling().finished()
    assert back.active == OLD.active
    assert back.kept is not None
    assert back.kept.policy == NEW


def test_the_same_start_goes_on_and_another_one_is_refused() -> None:
    begun = OLD.begun(NEW, NOON)
    assert begun.begun(NEW, NOON) is begun
    with pytest.raises(StopError, match=r"model m2, policy p1, is following: .*rollout abort"):
        begun.begun(of_model("m3"), NOON)
    with pytest.raises(StopError, match=r"is switched: end it by `twinlist rollout finish`"):
        begun.switched({}).begun(of_model("m3"), NOON)
    with pytest.raises(StopError, match=r"is aborting: end it by `twinlist rollout abort`"):
        begun.aborting().begun(NEW, NOON)


def test_another_policy_of_the_model_in_use_needs_no_rollout() -> None:
    with pytest.raises(StopError, match="twinlist redecide"):
        OLD.begun(of_model("m1", "p2"), NOON)


def test_a_third_model_is_refused_until_the_way_back_is_given_up() -> None:
    finished = OLD.begun(NEW, NOON).switched({}).settling().finished()
    with pytest.raises(StopError, match=r"go back to model m1, .*rollout forget"):
        finished.begun(of_model("m3"), NOON)
    assert finished.forgotten().begun(of_model("m3"), NOON).rollout is not None


def test_what_was_switched_cannot_be_aborted() -> None:
    with pytest.raises(StopError, match=r"in use already: go on with `twinlist rollout finish`"):
        OLD.begun(NEW, NOON).switched({}).aborting()
    aborting = OLD.begun(NEW, NOON).aborting()
    assert aborting.aborting() is aborting
    assert aborting.aborted().rollout is None
    with pytest.raises(StopError, match="no rollout is under way"):
        OLD.aborting()


def test_steps_out_of_order_and_forgetting_in_the_middle_are_refused() -> None:
    begun = OLD.begun(NEW, NOON)
    for step in (begun.settling, begun.finished, begun.aborted, begun.forgotten):
        with pytest.raises(StopError, match="following"):
            step()


def test_a_worker_runs_the_recorded_model_with_its_own_policy_for_that() -> None:
    own = of_model("m1", "p2")
    assert OLD.policy_for(own) == own
    assert OLD.begun(NEW, NOON).policy_for(own) == own
    assert OLD.begun(NEW, NOON).switched({}).policy_for(own) == NEW


def test_what_is_in_use_or_kept_is_protected() -> None:
    switched = OLD.begun(NEW, NOON).switched({})
    assert [switched.protects(one) for one in ("m1", "m2", "m3")] == [True, True, False]
    assert not OLD.begun(NEW, NOON).protects("m2")
