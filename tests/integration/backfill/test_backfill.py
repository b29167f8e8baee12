"""A backfill on real parts: what it indexes, which alerts it sends, and what it repeats."""

import asyncio
from datetime import UTC, datetime
from random import Random

import msgspec
import numpy as np
import pytest
from aiokafka import AIOKafkaProducer

from stream.adapters.kafka.backfill_record import Record
from stream.adapters.kafka.live_lag import LiveLag
from stream.adapters.kafka.security import client_options
from stream.adapters.qdrant import open_store
from stream.adapters.qdrant.client import connect
from stream.adapters.triton.models import open_models
from stream.backfill.dry_run import dry_run
from stream.backfill.into import IntoOptions, backfill_into
from stream.backfill.pace import Pace
from stream.backfill.run import backfill, read_own_record
from stream.domain.alert import Origin, decode_alert
from stream.domain.errors import StopError
from stream.priority import Priority
from tests.support.backfills import (
    alerts_on,
    counted,
    group_settings,
    live_member,
    options_of,
    replay,
    replay_until,
)
from tests.support.end_state import NO_DIFFERENCE
from tests.support.light_models import PHOTO_SIZE
from tests.support.platform import Platform, live_on
from tests.support.priority_proxy import priority_proxy, told_qdrant, told_triton
from tests.support.proving_ground import ProvingGround


def twins(count: int) -> Platform:
    """Pairs of listings."""
    platform = Platform()
    for motif in range(count):
        platform.post(f"one of {motif}", (motif, 0))
        platform.post(f"other of {motif}", (motif, 0), (motif, 1))
    return platform


async def test_a_backfill_into_nothing_ends_as_the_platform_says_and_a_second_one_repeats_nothing(
    ground: ProvingGround,
) -> None:
    platform = Platform()
    live_on(platform, Random(7), 60)  # noqa: S311
    await ground.emit(platform)
    report = await replay(ground.settings, options_of())
    assert report.is_done
    assert report.done == report.tally.events == len(platform.events)
    assert str(await ground.differences(platform)) == NO_DIFFERENCE
    alerts = await alerts_on(ground.settings)
    assert {decode_alert(value).data.origin for _, value in alerts} == {Origin.BACKFILL}

    before = counted()
    again = await replay(ground.settings, options_of(run="again"))
    assert counted() == before
    assert (again.tally.processed, again.tally.pairs_found, again.tally.alerts) == (0, 0, 0)
    assert await alerts_on(ground.settings) == alerts


@pytest.mark.long
async def test_an_update_that_adds_one_photo_encodes_one(ground: ProvingGround) -> None:
    platform = Platform()
    platform.post("growing", (1, 0), (2, 0))
    await ground.emit(platform)
    await replay(ground.settings, options_of(run="first"))
    platform.post("growing", (1, 0), (2, 0), (3, 0))
    await ground.emit(platform)
    before = counted()
    await replay(ground.settings, options_of(run="second"))
    assert counted()["twinlist_photos_encoded_total"] - before["twinlist_photos_encoded_total"] == 1


@pytest.mark.long
async def test_the_same_command_does_nothing_once_all_is_done(ground: ProvingGround) -> None:
    await ground.emit(twins(1))
    first = await replay(ground.settings, options_of())
    second = await replay(ground.settings, options_of())
    assert (second.done_before, second.tally) == (first.done, first.tally)


@pytest.mark.long
async def test_triton_and_qdrant_are_told_that_a_backfill_may_wait_and_a_worker_may_not(
    ground: ProvingGround,
) -> None:
    await ground.emit(twins(2))
    live = ground.settings
    address = live.qdrant.url.removeprefix("http://")
    async with (
        priority_proxy(live.triton.url, told_triton) as at_triton,
        priority_proxy(address, told_qdrant) as at_qdrant,
    ):
        triton = live.triton.model_copy(update={"url": f"127.0.0.1:{at_triton.port}"})
        qdrant = live.qdrant.model_copy(update={"url": f"http://127.0.0.1:{at_qdrant.port}"})
        behind = live.model_copy(update={"triton": triton, "qdrant": qdrant})
        await replay(behind, options_of("none"))
        await backfill_into(behind, IntoOptions(name="past"), lambda *_: None)
        assert set(at_triton.priorities) == {Priority.BACKFILL}
        assert at_triton.priorities[Priority.BACKFILL] >= 2 * 4 * 2  # replays, listings, encoders
        # Whether a rollout is under way is read as everybody reads it: a few small requests.
        assert at_qdrant.priorities[Priority.BACKFILL] > 2 * at_qdrant.priorities[Priority.LIVE]
        async with open_models(triton) as models, open_store(qdrant, models.spec):
            await models.encode_photos(np.zeros((1, 3, PHOTO_SIZE, PHOTO_SIZE), np.uint8))
        assert at_triton.priorities[Priority.LIVE] == 1


@pytest.mark.long
async def test_alerts_are_kept_then_sent_once_then_sent_again_byte_for_byte(
    ground: ProvingGround,
) -> None:
    await ground.emit(twins(2))
    assert (await replay(ground.settings, options_of("none"))).tally.pairs_found == 2
    assert not await alerts_on(ground.settings)

    aside = ground.settings.kafka.duplicate_verdicts  # any topic that is there
    await replay(ground.settings, options_of(aside))
    shown = await alerts_on(ground.settings, aside)
    assert len(shown) == 2
    assert not await alerts_on(ground.settings)

    await replay(ground.settings, options_of("new"))
    assert await alerts_on(ground.settings) == shown
    await replay(ground.settings, options_of("all"))
    assert await alerts_on(ground.settings) == sorted(2 * shown)


async def test_a_quiet_backfill_leaves_to_live_workers_what_they_have_not_done(
    ground: ProvingGround,
) -> None:
    settings = ground.settings
    await ground.emit(twins(2))
    async with live_member(settings.kafka) as member:
        await member.commit(await member.end_offsets(member.assignment()))
    platform = twins(3)  # the same and two more
    await ground.emit(platform)

    tried = await dry_run(settings, options_of("none"), lambda *_: None)
    assert (tried.estimate.events, tried.left_to_live) == (4, 2)
    quiet = await replay(settings, options_of("none"))
    assert (quiet.is_done, quiet.tally.processed, quiet.left_to_live) == (True, 4, 2)
    assert (await replay(settings, options_of("none"))).left_to_live == 0
    assert not await alerts_on(settings)

    with ground.worker("live"):
        await ground.come_to_rest()
    alerts = [decode_alert(alert).data for _, alert in await alerts_on(settings)]
    assert {(alert.newer_listing_id, alert.origin) for alert in alerts} == {
        ("other of 2", Origin.LIVE)
    }


@pytest.mark.long
async def test_latest_stays_what_it_was_at_the_start(ground: ProvingGround) -> None:
    platform = twins(20)
    await ground.emit(platform)
    begun = await replay_until(ground.settings, options_of(), events=8)
    assert not begun.is_done
    platform.post("too late", (99, 0))
    await ground.emit(platform)
    ended = await replay(ground.settings, options_of())
    assert ended.is_done
    assert ended.tally.events == ended.events == 40
    assert ended.tally.repeated == 0


@pytest.mark.long
async def test_a_range_can_be_told_by_times_and_by_offsets(ground: ProvingGround) -> None:
    platform = twins(2)
    await ground.emit(platform)
    await asyncio.sleep(0.01)  # Kafka's times are whole milliseconds
    middle = datetime.now(UTC).isoformat()
    platform.post("later", (7, 0))
    await ground.emit(platform)
    earlier = await replay(ground.settings, options_of("none", end=middle))
    later = await replay(ground.settings, options_of("none", start=middle))
    assert (earlier.tally.processed, later.tally.processed) == (4, 1)
    nothing = await replay(ground.settings, options_of("none", start="1000", end="2000"))
    assert (nothing.is_done, nothing.events) == (True, 0)


@pytest.mark.long
async def test_what_transactions_leave_behind_the_last_event_is_no_reason_to_wait(
    ground: ProvingGround,
) -> None:
    event = twins(1).events[0]
    settings = ground.settings.kafka
    producer = AIOKafkaProducer(**client_options(settings), transactional_id=settings.group)
    async with producer, producer.transaction():
        await producer.send_and_wait(settings.listing_events, event.value, key=event.key)
    report = await replay(ground.settings, options_of())
    assert report.is_done
    assert report.tally.processed == report.tally.events == 1


@pytest.mark.long
async def test_a_dry_run_says_what_there_is_to_do_and_changes_nothing(
    ground: ProvingGround,
) -> None:
    platform = twins(2)
    await ground.emit(platform)
    before = counted()
    tried = await dry_run(ground.settings, options_of(), lambda *_: None)
    found = tried.estimate
    assert (found.events, found.to_do, found.photos_to_encode) == (4, 4, 6)
    assert found.photos_per_second > 0
    assert counted() == before
    assert not await read_own_record(group_settings(ground.settings, tried.group))
    async with connect(ground.settings.qdrant) as client:
        names = [one.name for one in (await client.get_collections()).collections]
    assert not [name for name in names if name.startswith(ground.settings.qdrant.prefix)]

    await replay(ground.settings, options_of())
    found = (await dry_run(ground.settings, options_of(run="x"), lambda *_: None)).estimate
    assert (found.events, found.to_do, found.skipped) == (4, 0, 4)


@pytest.mark.long
async def test_a_topic_for_alerts_that_is_none_is_refused(ground: ProvingGround) -> None:
    with pytest.raises(StopError, match="--alerts nwe: no such topic; make it, or write none"):
        await replay(ground.settings, options_of("nwe"))


@pytest.mark.long
async def test_it_gives_way_while_the_live_group_waits_and_goes_on_after_that(
    ground: ProvingGround,
) -> None:
    count, settings = 150, ground.settings
    await ground.emit(twins(count // 2))
    closed = asyncio.Event()

    def show(_record: Record, _live: LiveLag, pace: Pace) -> None:
        if not pace.is_open:
            closed.set()

    timid = msgspec.structs.replace(options_of(), share=0.01, yield_seconds=0.25)
    async with live_member(settings.kafka) as member, asyncio.TaskGroup() as tasks:
        await member.commit(dict.fromkeys(member.assignment(), 0))
        backfilling = tasks.create_task(backfill(settings, timid, show))
        await closed.wait()
        assert not backfilling.done()
        await member.commit(await member.end_offsets(member.assignment()))
    report = backfilling.result()
    assert report.is_done
    assert report.tally.processed == count
