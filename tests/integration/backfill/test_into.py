"""A backfill into a shadow, on real parts: as it was, beside what is live, and unheard."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from random import Random

import msgspec
import pytest
from aiokafka import TopicPartition

from stream.adapters.kafka.backfill_range import parse_range
from stream.adapters.kafka.backfill_record import Record, Stretch
from stream.adapters.kafka.event_time_order import EventTimeOrder, read_in_order
from stream.adapters.kafka.replay import open_reader
from stream.adapters.kafka.sole_member import sole_member
from stream.adapters.qdrant.client import connect
from stream.adapters.qdrant.store import open_records
from stream.backfill.compare import compare
from stream.backfill.differences import Open, Reason
from stream.backfill.into import IntoOptions, backfill_into, drop_shadow, filling, into_settings
from stream.backfill.run import BackfillReport
from stream.backfill.shadow import list_shadows, shadow_of
from stream.domain.alert import pair_id_of
from stream.domain.errors import StopError
from stream.domain.pair import Pair
from stream.settings import Settings
from stream.shipped import read_policy
from tests.support.backfills import alerts_on, interrupt_once, options_of, replay
from tests.support.end_state import NO_DIFFERENCE, read_whole_topic
from tests.support.kafka import Topics
from tests.support.light_models import MODEL_VERSION
from tests.support.platform import Platform, live_on
from tests.support.proving_ground import ProvingGround

OPTIONS = IntoOptions(name="past", share=1, yield_seconds=1e9)


async def replay_into(settings: Settings, options: IntoOptions = OPTIONS) -> BackfillReport:
    """Fill a shadow in this process."""
    return await backfill_into(settings, options, lambda *_: None)


async def pairs_in(settings: Settings, name: str) -> Mapping[str, Pair]:
    """All records of a shadow's ledger."""
    async with open_records(settings.qdrant, MODEL_VERSION, shadow_of(name)) as records:
        return {
            pair.pair_id: pair
            for are_open in (True, False)
            async for page in records.ledger.read_all(are_open=are_open)
            for pair in page
        }


async def heard(settings: Settings) -> tuple[int, int]:
    """How many alerts and dead letters there are."""
    letters = await read_whole_topic(settings.kafka, settings.kafka.dead_letters)
    return len(await alerts_on(settings)), len(letters)


@pytest.mark.long
async def test_a_recorded_stream_ends_with_the_open_pairs_that_it_had_live_and_nobody_hears_of_it(
    ground: ProvingGround,
) -> None:
    platform, settings = Platform(), ground.settings
    live_on(platform, Random(21), 80)  # noqa: S311
    with ground.worker("live"):
        await ground.play(platform)
    before = await heard(settings)
    report = await replay_into(settings)
    assert report.is_done
    assert report.tally.events == len(platform.events)
    assert report.tally.dead_letters == len(platform.bad_events)
    found = await compare(settings, "past")
    assert found.differences == ()
    assert found.same == len(
        [pair for pair in (await pairs_in(settings, "past")).values() if pair.is_open]
    )
    assert found.same >= 10
    assert await heard(settings) == before
    assert str(await ground.differences(platform)) == NO_DIFFERENCE


async def test_each_listing_meets_what_existed_then_whatever_partitions_its_events_are_in(
    ground: ProvingGround,
) -> None:
    platform = Platform()
    for number in range(6):
        platform.post(f"first {number}", (number, 0))
        platform.post(f"second {number}", (number, 0))
        platform.delete(f"first {number}")
        platform.post(f"third {number}", (number, 0))
    await ground.emit(platform)
    await replay_into(ground.settings)
    pairs = await pairs_in(ground.settings, "past")

    def state(one: str, other: str) -> str:
        pair = pairs.get(pair_id_of(one, other))
        return "never" if pair is None else "open" if pair.is_open else "was open"

    for number in range(6):
        first, second, third = (f"{name} {number}" for name in ("first", "second", "third"))
        assert state(first, second) == "was open"
        assert state(first, third) == "never"
        assert state(second, third) == "open"
    assert {pair.is_quiet for pair in pairs.values()} == {True}


@pytest.mark.long
async def test_a_comparison_names_what_has_become_different_and_why(ground: ProvingGround) -> None:
    platform, settings = Platform(), ground.settings
    for number in range(4):
        platform.post(f"one of {number}", (number, 0))
        platform.post(f"other of {number}", (number, 0))
    with ground.worker("live"):
        await ground.play(platform)
        await replay_into(settings)
        platform.delete("one of 0")
        platform.post("one of 1", (1, 0), (77, 0))
        platform.post("later", (2, 0))
        await ground.play(platform)
    found = await compare(settings, "past")
    assert found.same == 2
    assert {(one.listings, one.open, one.reason) for one in found.differences} == {
        (("one of 0", "other of 0"), Open.ONLY_SHADOW, Reason.DELETED),
        (("one of 1", "other of 1"), Open.BOTH, Reason.NEWER_VERSION),
        (("later", "one of 2"), Open.ONLY_LIVE, Reason.OUTSIDE_RANGE),
        (("later", "other of 2"), Open.ONLY_LIVE, Reason.OUTSIDE_RANGE),
    }


@pytest.mark.long
async def test_a_listing_outside_the_offsets_of_its_partition_is_told_as_outside_the_range(
    ground: ProvingGround,
) -> None:
    """Offsets cut each partition at a time of its own: what is left out lies among what is in."""
    platform, settings = Platform(), ground.settings
    for number in range(12):
        platform.post(f"one of {number}", (number, 0))
        platform.post(f"other of {number}", (number, 0))
    await ground.emit(platform)
    await replay(settings, options_of())
    counts = Counter(partition for partition, _ in ground.places)
    halves = IntoOptions(name="past", wanted=parse_range("0", str(min(counts.values()))))
    await replay_into(settings, halves)
    found = (await compare(settings, "past")).differences
    assert {one.reason for one in found} == {Reason.OUTSIDE_RANGE}


@pytest.mark.long
async def test_a_shadow_goes_on_with_what_it_was_begun_with_alone(
    ground: ProvingGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.backfill.into._NOTE_SECONDS", 0.01)
    platform, settings = Platform(), ground.settings
    for number in range(60):
        platform.post(f"listing {number}", (number % 30, 0))
    await ground.emit(platform)
    stopped = await replay_into_until(settings, events=3)
    assert not stopped.is_done
    with pytest.raises(StopError, match="is not done"):
        await compare(settings, "past")
    platform.post("too late", (0, 0))
    await ground.emit(platform)

    other_range = msgspec.structs.replace(OPTIONS, wanted=parse_range("earliest", "7"))
    with pytest.raises(StopError, match=r"holds earliest\.\.latest, and earliest\.\.7 is another"):
        await replay_into(settings, other_range)
    policy_file = ground.folder / "stricter.json"
    stricter = msgspec.structs.replace(read_policy(settings), policy_version="stricter")
    policy_file.write_bytes(msgspec.json.encode(stricter))
    with pytest.raises(StopError, match="policy test, and model light-1 and policy stricter"):
        await replay_into(settings.model_copy(update={"policy_file": policy_file}))

    ended = await replay_into(settings)
    assert (ended.is_done, ended.events, ended.tally.events) == (True, 60, 60)
    assert ended.tally.repeated == 0
    assert ended.done_before == stopped.done
    assert "too late" not in {pair.right_id for pair in (await pairs_in(settings, "past")).values()}


@pytest.mark.long
async def test_a_second_process_is_refused_and_the_first_one_not_disturbed(
    ground: ProvingGround,
) -> None:
    own = into_settings(ground.settings, "past").kafka
    async with sole_member(own, filling("past")) as member:
        with pytest.raises(StopError, match="another process is filling the shadow 'past': wait"):
            await replay_into(ground.settings)
        with pytest.raises(StopError, match="another process is filling the shadow 'past': wait"):
            await drop_shadow(ground.settings, "past")
        await member.check()


async def test_events_that_do_not_come_end_a_replay_in_one_sentence(kafka: Topics) -> None:
    place = TopicPartition(kafka.settings.listing_events, 0)
    order = EventTimeOrder({place: Stretch(start=0, end=1, offset=0)}, lambda _: None)
    async with open_reader(kafka.settings) as reader:
        events = read_in_order(reader, order, asyncio.Event(), patience_seconds=0.1)
        with pytest.raises(StopError, match=r"\[0\] gave nothing from 0 on for 0.1 s: look at"):
            await anext(events)


@pytest.mark.long
async def test_of_two_that_begin_at_one_moment_one_goes_on(ground: ProvingGround) -> None:
    own = into_settings(ground.settings, "past").kafka
    is_over = asyncio.Event()

    async def join() -> bool:
        try:
            async with sole_member(own, filling("past")) as member:
                for _ in range(20):
                    await member.check()
                if is_over.is_set():
                    return True
                await asyncio.wait_for(is_over.wait(), 30)
                await member.check()
        except StopError:
            is_over.set()
            return False
        return True

    assert sorted(await asyncio.gather(join(), join())) == [False, True]


@pytest.mark.long
async def test_a_shadow_that_is_dropped_is_gone_and_what_is_live_stays(
    ground: ProvingGround,
) -> None:
    platform, settings = Platform(), ground.settings
    platform.post("one", (1, 0))
    platform.post("other", (1, 0))
    await ground.emit(platform)
    await replay(settings, options_of())
    await replay_into(settings)
    await replay_into(settings, msgspec.structs.replace(OPTIONS, name="past_2"))
    async with connect(settings.qdrant) as client:
        assert [one.name for one in await list_shadows(client, settings.qdrant)] == [
            "past",
            "past_2",
        ]
        dropped = await drop_shadow(settings, "past")
        assert len(dropped) == 3
        assert [one.name for one in await list_shadows(client, settings.qdrant)] == ["past_2"]
    with pytest.raises(StopError, match="there is no shadow 'past'"):
        await drop_shadow(settings, "past")
    assert str(await ground.differences(platform)) == NO_DIFFERENCE
    found = await compare(settings, "past_2")
    assert (found.same, found.differences) == (1, ())
    assert {pair.is_open for pair in (await pairs_in(settings, "past_2")).values()} == {True}


@pytest.mark.long
async def test_a_range_without_events_makes_a_shadow_without_pairs(ground: ProvingGround) -> None:
    platform, settings = Platform(), ground.settings
    platform.post("one", (1, 0))
    platform.post("other", (1, 0))
    await ground.emit(platform)
    await replay(settings, options_of())
    nothing = IntoOptions(name="nothing", wanted=parse_range("1000", "2000"))
    assert (await replay_into(settings, nothing)).is_done
    [difference] = (await compare(settings, "nothing")).differences
    assert difference.reason is Reason.OUTSIDE_RANGE


async def replay_into_until(settings: Settings, *, events: int) -> BackfillReport:
    """Fill a shadow in this process, and stop in order once so many events are done."""
    interrupt = interrupt_once()

    def show(record: Record, *_: object) -> None:
        if sum(stretch.tally.events for stretch in record.values()) >= events:
            interrupt()

    return await backfill_into(settings, OPTIONS, show)
