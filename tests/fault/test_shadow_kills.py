"""Shadows whose backfill is killed or stopped in the middle, on real parts."""

import asyncio
import os
import signal
from pathlib import Path
from random import Random

import msgspec
import pytest

from stream.adapters.qdrant.client import connect
from stream.backfill.compare import Comparison
from stream.backfill.run import BackfillReport
from stream.backfill.shadow import ShadowBook
from stream.local.child_process import ChildProcess
from tests.support.backfills import alerts_on, options_of, replay, started_backfill
from tests.support.deployment import until
from tests.support.platform import Platform, live_on
from tests.support.proving_ground import ProvingGround

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

EVENTS = 200
ARGUMENTS = ("--into", "past", "--yield-after", "1000", "--compare", "--json")
_POLL_SECONDS = 0.05
_SECONDS = 400


class Said(msgspec.Struct):
    """What the command prints at its end."""

    replay: BackfillReport
    comparison: Comparison


async def said(process: ChildProcess, log_file: Path) -> str:
    """Wait until the command has ended, and return the document that it prints."""
    await until(lambda: not process.is_alive, seconds=_SECONDS)
    text = log_file.read_text()  # noqa: ASYNC240 - what is waited for has ended
    return text[text.index("{") : text.rindex("}") + 1]


async def wait_until_done(ground: ProvingGround, count: int) -> None:
    """Wait until so many events are noted as done."""
    qdrant = ground.settings.qdrant
    async with connect(qdrant) as client, asyncio.timeout(_SECONDS):
        book = ShadowBook(client, qdrant, "past")
        while True:
            noted = await book.read()
            if noted and sum(one.tally.events for one in noted.stretches.values()) >= count:
                return
            await asyncio.sleep(_POLL_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "stopped"])
async def test_the_same_command_goes_on_and_ends_with_what_was_live(
    ground: ProvingGround, number: signal.Signals
) -> None:
    platform = Platform()
    live_on(platform, Random(31), EVENTS)  # noqa: S311
    await ground.emit(platform)
    await replay(ground.settings, options_of())
    alerts = await alerts_on(ground.settings)
    log_file = ground.folder / "first.log"
    with started_backfill(ground.settings, log_file, *ARGUMENTS) as first:
        await wait_until_done(ground, EVENTS // 5)
        assert first.pid is not None
        os.kill(first.pid, number)
        await until(lambda: not first.is_alive)
    log_file = ground.folder / "second.log"
    with started_backfill(ground.settings, log_file, *ARGUMENTS) as second:
        ended = msgspec.json.decode(await said(second, log_file), type=Said)
    assert ended.replay.is_done
    assert EVENTS // 5 <= ended.replay.done_before < EVENTS
    assert ended.replay.tally.events == EVENTS
    assert ended.comparison.differences == ()
    assert ended.comparison.same > EVENTS // 20
    assert await alerts_on(ground.settings) == alerts
