"""A worker is killed between two steps, at every place there is; the next one brings it to its end.

The killed worker was about to replace the photos of a listing, so that its old duplicate is to be
retracted and a new one raised, or to delete it. Each run has topics and collections of its own, and
ends as the platform says that a run without faults does.
"""

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from tests.support.end_state import NO_DIFFERENCE
from tests.support.failpoints import FAILPOINTS
from tests.support.platform import Platform
from tests.support.proving_ground import ProvingGround

FORMER, LATTER, OTHER = 1, 2, 3
OF_A_DELETE = (
    "decoded",
    "head written",
    "outdated removed",
    "candidates found",
    "pair written",
    "alert published",
    "alert marked",
    "finished",
)
"""What a delete passes of the failpoints."""
DONE_BEFORE = {
    "finished": ["repeated"],
    "landed": ["repeated"],
    "about to commit": ["repeated"],
    "committed": [],
}
"""What the next worker makes of an event that was done before the kill: nothing again."""


def before_the_fault() -> Platform:
    platform = Platform()
    platform.post("former twin", (FORMER, 0))
    platform.post("latter twin", (LATTER, 0))
    platform.post("changing", (FORMER, 1), (OTHER, 0))
    return platform


def change(platform: Platform) -> None:
    platform.post("changing", (LATTER, 1), (OTHER, 0))
    platform.send_nonsense("changing")


def delete(platform: Platform) -> None:
    platform.delete("changing")


def quickly(quick: str, names: Collection[str]) -> list[Any]:
    """One for every `make test`; with the others it would take too long."""
    return [pytest.param(name, marks=() if name == quick else pytest.mark.long) for name in names]


async def test_without_a_fault_all_is_as_the_platform_says(ground: ProvingGround) -> None:
    platform = before_the_fault()
    with ground.worker("first"):
        for happen in (change, delete):
            await ground.play(platform)
            happen(platform)
        await ground.play(platform)
    assert str(await ground.differences(platform)) == NO_DIFFERENCE


@pytest.mark.parametrize("failpoint", quickly("alert published", FAILPOINTS))
async def test_killed_while_a_listing_changes(ground: ProvingGround, failpoint: str) -> None:
    await be_killed_while(change, ground, failpoint)


@pytest.mark.parametrize("failpoint", quickly("pair written", OF_A_DELETE))
async def test_killed_while_a_listing_goes(ground: ProvingGround, failpoint: str) -> None:
    await be_killed_while(delete, ground, failpoint)


async def be_killed_while(
    happen: Callable[[Platform], None], ground: ProvingGround, failpoint: str
) -> None:
    platform = before_the_fault()
    with ground.doomed_worker(failpoint) as doomed:
        await ground.play(platform)
        doomed.arm()
        event_id = f"e-{len(platform.events)}"
        happen(platform)
        await ground.emit(platform)
        await doomed.wait_killed()
    with ground.worker("successor"):
        await ground.come_to_rest()
    assert str(await ground.differences(platform)) == NO_DIFFERENCE
    if failpoint in DONE_BEFORE:
        assert outcomes(ground.folder / "successor.log", event_id) == DONE_BEFORE[failpoint]


def outcomes(log_file: Path, event_id: str) -> list[str]:
    """How a worker ended an event, each time that it came."""
    lines = [json.loads(line) for line in log_file.read_text().splitlines() if line[:1] == "{"]
    return [line["outcome"] for line in lines if line.get("event_id") == event_id]
