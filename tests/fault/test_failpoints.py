"""A worker is killed between two steps, at every place there is; the next one brings it to its end.

The killed worker was about to replace the photos of a listing: its old duplicate is to be
retracted, its new one raised, its old photo points removed. Beside that comes a bad event. Each run
has topics and collections of its own, and ends as the platform says that a run without faults does.
"""

import pytest

from tests.support.end_state import NO_DIFFERENCE
from tests.support.failpoints import FAILPOINTS
from tests.support.platform import Platform
from tests.support.proving_ground import ProvingGround

FORMER, LATTER, OTHER = 1, 2, 3
TELLING = {"head written", "pair written", "alert published", "about to commit"}
"""Failpoints for every `make test`; the others take too long."""


def before_the_fault() -> Platform:
    platform = Platform()
    platform.post("former twin", (FORMER, 0))
    platform.post("latter twin", (LATTER, 0))
    platform.post("changing", (FORMER, 1), (OTHER, 0))
    return platform


def amid_the_fault(platform: Platform) -> None:
    platform.post("changing", (LATTER, 1), (OTHER, 0))
    platform.send_nonsense("changing")


async def test_without_a_fault_all_is_as_the_platform_says(ground: ProvingGround) -> None:
    platform = before_the_fault()
    with ground.worker("first"):
        await ground.play(platform)
        amid_the_fault(platform)
        await ground.play(platform)
    assert str(await ground.differences(platform)) == NO_DIFFERENCE


@pytest.mark.parametrize(
    "failpoint",
    [pytest.param(name, marks=() if name in TELLING else pytest.mark.long) for name in FAILPOINTS],
)
async def test_killed_once(ground: ProvingGround, failpoint: str) -> None:
    platform = before_the_fault()
    with ground.doomed_worker(failpoint) as doomed:
        await ground.play(platform)
        doomed.arm()
        amid_the_fault(platform)
        await ground.emit(platform)
        await doomed.wait_killed()
    with ground.worker("successor"):
        await ground.come_to_rest()
    assert str(await ground.differences(platform)) == NO_DIFFERENCE
