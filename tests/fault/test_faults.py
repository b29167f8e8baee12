"""One fault at a time happens to two workers while events keep coming."""

import asyncio
from random import Random

import pytest

from tests.support.crew import crew_of
from tests.support.end_state import NO_DIFFERENCE
from tests.support.faults import FAULTS, Scene
from tests.support.platform import Platform, live_on
from tests.support.proving_ground import ProvingGround

pytestmark = pytest.mark.long

PORTION = 100
"""Events that are emitted at once, as soon as those before are done."""


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_comes_out_is_the_same(ground: ProvingGround, fault: str) -> None:
    platform, random = Platform(), Random(fault)  # noqa: S311
    async with crew_of(ground.settings, ground.folder, size=2) as crew:
        await go_on(platform, ground)
        happening = asyncio.create_task(FAULTS[fault](Scene(ground.parts, crew, random)))
        while not happening.done():
            await go_on(platform, ground)
        await happening
        await go_on(platform, ground)
        await ground.come_to_rest(seconds=200)
    assert str(await ground.differences(platform)) == NO_DIFFERENCE


async def go_on(platform: Platform, ground: ProvingGround) -> None:
    """Emit some more events, while some before them are still in flight."""
    live_on(platform, Random(len(platform.events)), PORTION, population=200)  # noqa: S311
    await ground.emit(platform)
    await ground.wait_done(len(platform.events) - PORTION // 2)
