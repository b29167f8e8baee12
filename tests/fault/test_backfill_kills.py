"""Backfills that are killed, stopped, and shared by several processes, on real parts."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec
import pytest

from stream.adapters.kafka.backfill_record import Record
from stream.backfill.run import BackfillReport, backfill_settings, read_own_record
from stream.local.child_process import ChildProcess
from tests.support.backfills import options_of, started_backfill
from tests.support.deployment import until
from tests.support.end_state import NO_DIFFERENCE
from tests.support.light_models import MODEL_VERSION
from tests.support.platform import Platform, live_on
from tests.support.proving_ground import ProvingGround

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

EVENTS = 400
ARGUMENTS = ("--alerts", "new", "--share", "0.1", "--json")
_POLL_SECONDS = 0.2
_SECONDS = 400


async def past_of(ground: ProvingGround) -> Platform:
    """Events that no worker has seen."""
    platform = Platform()
    live_on(platform, Random(11), EVENTS, population=200)  # noqa: S311
    await ground.emit(platform)
    return platform


async def wait_for_record(ground: ProvingGround, condition: Callable[[Record], bool]) -> Record:
    """Wait until the backfill's record is as wanted."""
    settings = backfill_settings(ground.settings, options_of("new"), MODEL_VERSION)
    async with asyncio.timeout(_SECONDS):
        while not condition(record := await read_own_record(settings)):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
    return record


def has_done(count: int) -> Callable[[Record], bool]:
    return lambda record: sum(one.tally.events for one in record.values()) >= count


async def report_of(process: ChildProcess, log_file: Path) -> BackfillReport:
    """Wait until a backfill has ended, and read what it says."""
    await until(lambda: not process.is_alive, seconds=_SECONDS)
    text = log_file.read_text()  # noqa: ASYNC240 - what is waited for has ended
    return msgspec.json.decode(text[text.index("{") : text.rindex("}") + 1], type=BackfillReport)


async def test_killed_in_the_middle_the_same_command_goes_on_where_it_was(
    ground: ProvingGround,
) -> None:
    platform = await past_of(ground)
    with started_backfill(ground.settings, ground.folder / "first.log", *ARGUMENTS) as first:
        await wait_for_record(ground, has_done(EVENTS // 4))
        first.kill()
    log_file = ground.folder / "second.log"
    with started_backfill(ground.settings, log_file, *ARGUMENTS) as second:
        report = await report_of(second, log_file)
    assert report.is_done
    assert EVENTS // 4 <= report.done_before < EVENTS
    assert report.tally.events == EVENTS
    assert str(await ground.differences(platform)) == NO_DIFFERENCE


async def test_stopped_in_order_nothing_is_done_twice(ground: ProvingGround) -> None:
    platform = await past_of(ground)
    log_file = ground.folder / "first.log"
    with started_backfill(ground.settings, log_file, *ARGUMENTS) as first:
        await wait_for_record(ground, has_done(EVENTS // 4))
        assert first.pid is not None
        os.kill(first.pid, signal.SIGINT)
        stopped = await report_of(first, log_file)
    assert not stopped.is_done
    log_file = ground.folder / "second.log"
    with started_backfill(ground.settings, log_file, *ARGUMENTS) as second:
        report = await report_of(second, log_file)
    assert report.is_done
    assert report.done_before == stopped.done
    assert report.tally.events == EVENTS
    assert str(await ground.differences(platform)) == NO_DIFFERENCE


async def test_two_processes_share_the_work_and_one_takes_over_when_the_other_is_killed(
    ground: ProvingGround,
) -> None:
    platform = await past_of(ground)
    log_file = ground.folder / "first.log"
    with (
        started_backfill(ground.settings, log_file, *ARGUMENTS) as first,
        started_backfill(ground.settings, ground.folder / "other.log", *ARGUMENTS) as other,
    ):
        await wait_for_record(ground, has_done(EVENTS // 4))
        other.kill()
        report = await report_of(first, log_file)
    assert report.is_done
    assert report.tally.events == EVENTS
    assert str(await ground.differences(platform)) == NO_DIFFERENCE


async def test_two_processes_come_to_an_end_together_with_one_report(
    ground: ProvingGround,
) -> None:
    platform = await past_of(ground)
    log_files = [ground.folder / f"{name}.log" for name in ("first", "other")]
    with (
        started_backfill(ground.settings, log_files[0], *ARGUMENTS) as first,
        started_backfill(ground.settings, log_files[1], *ARGUMENTS) as other,
    ):
        reports = [
            await report_of(process, log_file)
            for process, log_file in zip((first, other), log_files, strict=True)
        ]
    one, another = (msgspec.structs.replace(report, seconds=0, done_before=0) for report in reports)
    assert one == another
    assert one.is_done
    assert one.tally.events == EVENTS
    assert str(await ground.differences(platform)) == NO_DIFFERENCE


async def test_beside_a_live_worker_the_end_is_the_same(ground: ProvingGround) -> None:
    platform = await past_of(ground)
    with (
        ground.worker("live"),
        started_backfill(ground.settings, ground.folder / "first.log", *ARGUMENTS) as first,
    ):
        await wait_for_record(ground, has_done(EVENTS // 4))
        live_on(platform, Random(12), EVENTS // 4, population=200)  # noqa: S311
        await ground.emit(platform)
        await ground.come_to_rest(_SECONDS)
        await until(lambda: not first.is_alive, seconds=_SECONDS)
    assert str(await ground.differences(platform)) == NO_DIFFERENCE
