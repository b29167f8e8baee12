"""A rollout on real parts: there and back again, interrupted, refused, and given up."""

import asyncio
import itertools
import os
import signal
import sys
from random import Random
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from stream.adapters.kafka.offsets import read_ends
from stream.adapters.kafka.topics import open_admin
from stream.adapters.qdrant.client import connect
from stream.adapters.qdrant.collections import collection_names
from stream.adapters.qdrant.control import open_control
from stream.adapters.qdrant.payloads import listing_point
from stream.demo.stack import environment_of
from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess
from stream.pipeline.redecide import Outcome
from stream.rollout import finish
from stream.rollout.abort import abort, forget
from stream.rollout.diff import Diff, Fate
from stream.rollout.finish import FinishOptions
from stream.rollout.follow import Effort
from stream.rollout.refill import open_heads
from stream.rollout.start import begin, start
from stream.rollout.status import read_status
from stream.settings import Settings
from tests.support.backfills import alerts_on
from tests.support.deployment import POLICY, until
from tests.support.end_state import NO_DIFFERENCE, compare, read_end_state
from tests.support.kafka import until as until_true
from tests.support.light_models import MODEL_VERSION, STRICT_VERSION
from tests.support.platform import Platform, live_on
from tests.support.proving_ground import ProvingGround
from tests.support.rollouts import (
    STRICT,
    differences,
    finished,
    started_rollout,
    status_of,
    wait_filled,
    without_other_photos,
)

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


async def test_alerts_are_the_old_models_until_the_switch_and_the_new_ones_after_it_and_back(
    ground: ProvingGround,
) -> None:
    platform, random = Platform(), Random(5)  # noqa: S311
    live_on(platform, random, 80, population=60)
    with ground.worker("worker"):
        await ground.play(platform)
        with started_rollout(ground.settings, ground.folder) as filling:
            live_on(platform, random, 40, population=60)  # lived by both
            await ground.play(platform)
            await wait_filled(ground.settings, filling)
            assert str(await differences(ground, platform, POLICY)) == NO_DIFFERENCE
            there = await finished(ground.settings)
            await until(lambda: not filling.is_alive)
        assert there.outcomes[Outcome.RETRACTED] > 0
        live_on(platform, random, 40, population=60)
        await ground.play(platform)
        assert str(await differences(ground, platform, STRICT)) == NO_DIFFERENCE
        found = await read_status(ground.settings)
        assert (found.model_version, found.workers) == (STRICT_VERSION, {STRICT_VERSION: 1})
        assert (found.kept_model_version, found.rollout) == (MODEL_VERSION, None)

        with started_rollout(ground.settings, ground.folder, POLICY, "back") as filling:
            await wait_filled(ground.settings, filling)
            back = await finished(ground.settings)
        assert back.outcomes[Outcome.RAISED] > 0
        live_on(platform, random, 10, population=60)
        await ground.play(platform)
    assert str(await differences(ground, platform, POLICY)) == NO_DIFFERENCE


async def test_finish_goes_on_wherever_it_ended(
    ground: ProvingGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = Platform()
    live_on(platform, Random(6), 60, population=40)  # noqa: S311
    with ground.worker("worker"):
        await ground.play(platform)
        with started_rollout(ground.settings, ground.folder) as filling:
            await wait_filled(ground.settings, filling)
            ended = [await end_after(monkeypatch, ground.settings, step) for step in STEPS]
            assert ended == [True] * len(STEPS)
            await finished(ground.settings)
        live_on(platform, Random(7), 10, population=40)  # noqa: S311
        await ground.play(platform)
    assert str(await differences(ground, platform, STRICT)) == NO_DIFFERENCE
    with pytest.raises(StopError, match="no rollout is under way; model light-2 is in use"):
        await finished(ground.settings)


STEPS = ("_keep", "_switch", "_settle_down", "until_nobody_follows", "_take_over")


async def end_after(monkeypatch: pytest.MonkeyPatch, settings: Settings, step: str) -> bool:
    """Finish, and end as if killed right after a step; says whether that was reached."""
    take = getattr(finish, step)

    async def take_and_end(*arguments: Any) -> None:
        await take(*arguments)
        raise StopError(f"ended after {step}")

    with monkeypatch.context() as patched:
        patched.setattr(finish, step, take_and_end)
        try:
            await finished(settings)
        except StopError as error:
            return str(error) == f"ended after {step}"
    return False


async def test_what_was_aborted_leaves_nothing_and_can_be_begun_again(
    ground: ProvingGround,
) -> None:
    platform = Platform()
    live_on(platform, Random(8), 40, population=40)  # noqa: S311
    with ground.worker("worker"):
        await ground.play(platform)
        before = await alerts_on(ground.settings)
        collections = await collections_of(ground.settings)
        with started_rollout(ground.settings, ground.folder) as filling:
            await wait_filled(ground.settings, filling)
            with pytest.raises(StopError, match=r"model light-2, policy strict, is following"):
                await forget(ground.settings)
            assert "rollout: model light-2, policy strict" in await say(ground.settings, "status")
            await check_diff(ground)
            await abort(ground.settings)
            await until(lambda: not filling.is_alive)
        assert await collections_of(ground.settings) == collections
        assert await alerts_on(ground.settings) == before
        with pytest.raises(StopError, match="no rollout is under way"):
            await abort(ground.settings)
        with started_rollout(ground.settings, ground.folder, name="again") as filling:
            await wait_filled(ground.settings, filling)
            await finished(ground.settings)
        await forget(ground.settings)
        assert await collections_of(ground.settings) == {
            name.replace(MODEL_VERSION, STRICT_VERSION) for name in collections
        }
    assert str(await differences(ground, platform, STRICT)) == NO_DIFFERENCE


async def check_diff(ground: ProvingGround) -> None:
    """What the command says would be gone is on its page, with photos."""
    page = ground.folder / "pages" / "diff.html"
    said = await say(ground.settings, "diff", "--json", f"--page={page}", "--examples=4")
    found = msgspec.json.decode(said, type=Diff)
    gone = {one.listings for one in found.pairs[Fate.GONE]}
    assert found.total(Fate.GONE) == len(gone) > 4
    text = page.read_text()
    assert text.count("<article") == 4
    assert sum(f"{left} and {right}" in text for left, right in gone) == 4
    assert "data:image/jpeg" in text


async def say(settings: Settings, *arguments: str) -> str:
    """Run a command of `twinlist rollout`; returns what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stream.cli", "rollout", *arguments),
        env=environment_of(settings),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode()


async def collections_of(settings: Settings) -> set[str]:
    async with connect(settings.qdrant) as client:
        names = {one.name for one in (await client.get_collections()).collections}
    return {name for name in names if name.startswith(settings.qdrant.prefix)}


async def test_listings_that_the_topic_has_forgotten_come_from_the_index_in_use(
    ground: ProvingGround,
) -> None:
    platform, random = Platform(), Random(9)  # noqa: S311
    live_on(platform, random, 60, population=40)
    with ground.worker("worker"):
        await ground.play(platform)
        await forget_events(ground)
        live_on(platform, random, 20, population=40)
        await ground.play(platform)
        with started_rollout(ground.settings, ground.folder) as filling:
            await wait_filled(ground.settings, filling)
            await finished(ground.settings)
        await ground.come_to_rest()
    facts = without_other_photos(platform.facts(ground.places))
    found = await read_end_state(ground.settings, STRICT_VERSION)
    assert str(compare(facts, found)) == NO_DIFFERENCE


async def test_a_topic_that_keeps_nothing_is_nothing_to_wait_for(ground: ProvingGround) -> None:
    platform = Platform()
    platform.post("one", (1, 0))
    platform.post("other", (1, 0))
    with ground.worker("worker"):
        await ground.play(platform)
        await forget_events(ground)
        with started_rollout(ground.settings, ground.folder) as filling:
            await wait_filled(ground.settings, filling)
            await finished(ground.settings)
    found = await read_end_state(ground.settings, STRICT_VERSION)
    assert str(compare(without_other_photos(platform.facts(ground.places)), found)) == NO_DIFFERENCE


async def test_where_events_never_cease_what_the_topic_has_forgotten_comes_all_the_same(
    ground: ProvingGround,
) -> None:
    platform = Platform()
    platform.post("one", (1, 0))
    with ground.worker("worker"):
        await ground.play(platform)
        await forget_events(ground)
        with started_rollout(ground.settings, ground.folder):
            going_on = asyncio.create_task(post_for_ever(ground, platform))

            async def is_there() -> bool:
                async with open_heads(ground.settings.qdrant, STRICT_VERSION) as heads:
                    return bool(await heads.read_heads(["one"]))

            await until_true(is_there, seconds=240)
            assert not going_on.done()
            going_on.cancel()


async def post_for_ever(ground: ProvingGround, platform: Platform) -> None:
    for number in itertools.count():
        platform.post(f"later-{number % 5}", (number, 0))
        await ground.emit(platform)


async def forget_events(ground: ProvingGround) -> None:
    """Let the topic keep nothing of what it has."""
    topic = ground.settings.kafka.listing_events
    ends = (await read_ends(ground.settings.kafka, topic))[topic]
    async with open_admin(ground.settings.kafka) as admin:
        await admin.delete_records(
            {
                TopicPartition(topic, partition): RecordsToDelete(before_offset=end)
                for partition, end in ends.items()
            }
        )


async def stop(filling: ChildProcess) -> None:
    """Let a process that fills the new index end as Ctrl-C does."""
    assert filling.pid is not None
    os.kill(filling.pid, signal.SIGTERM)
    await until(lambda: not filling.is_alive)
    with pytest.raises(StopError, match="exit status 130"):
        filling.check_alive()


async def test_finish_refuses_while_a_listing_would_be_left_behind(
    ground: ProvingGround,
) -> None:
    platform = Platform()
    platform.post("one", (1, 0))
    platform.post("other", (1, 0))
    with ground.worker("worker"):
        await ground.play(platform)
        with started_rollout(ground.settings, ground.folder) as filling:
            await wait_filled(ground.settings, filling)
            await stop(filling)  # it would fetch again what is taken away here
            names = collection_names(ground.settings.qdrant, STRICT_VERSION)
            async with connect(ground.settings.qdrant) as client:
                await client.delete(names.listings, [listing_point("one")])
            with pytest.raises(StopError, match=r"^1 listings .* --missing 1 leaves them behind"):
                await finished(ground.settings)
            under_way = await status_of(ground.settings)
            assert under_way is not None
            assert under_way.listings_missing == 1
            # Where it is meant, the pair stays as it was.
            done = await finished(ground.settings, missing=1)
    assert done.outcomes == {Outcome.UNKNOWN: 1}


async def test_after_the_switch_finish_waits_for_each_listing_that_is_missing(
    ground: ProvingGround, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = Platform()
    platform.post("one", (1, 0))
    platform.post("other", (1, 0))
    with ground.worker("worker"):
        await ground.play(platform)
        with started_rollout(ground.settings, ground.folder) as filling:
            await wait_filled(ground.settings, filling)
            assert await end_after(monkeypatch, ground.settings, "_switch")
            await stop(filling)
            names = collection_names(ground.settings.qdrant, STRICT_VERSION)
            async with connect(ground.settings.qdrant) as client:
                await client.delete(names.listings, [listing_point("one")])

            def tell(step: str) -> None:
                if step.startswith("waiting for 1 listings"):
                    raise StopError(step)

            with pytest.raises(StopError, match=r"nothing fills it.*--missing 1 leaves them"):
                await finish.finish(ground.settings, FinishOptions(), tell)
        with started_rollout(ground.settings, ground.folder, name="again"):
            done = await finished(ground.settings)
    assert sum(done.outcomes.values()) == 1
    found = await read_end_state(ground.settings, STRICT_VERSION)
    assert str(compare(without_other_photos(platform.facts(ground.places)), found)) == NO_DIFFERENCE


async def test_finish_refuses_while_the_new_index_is_behind_and_nothing_fills_it(
    ground: ProvingGround,
) -> None:
    platform = Platform()
    platform.post("one", (1, 0))
    with ground.worker("worker"):
        await ground.play(platform)
        with started_rollout(ground.settings, ground.folder) as filling:
            await wait_filled(ground.settings, filling)
            await stop(filling)
        platform.post("other", (1, 0))
        await ground.play(platform)
        with pytest.raises(StopError, match=r"1 events behind, and nothing fills it: run"):
            await finished(ground.settings)
        assert MODEL_VERSION in await say(ground.settings, "status")


async def test_before_the_new_index_is_made_status_counts_all_listings_as_missing(
    ground: ProvingGround,
) -> None:
    platform = Platform()
    platform.post("one", (1, 0))
    platform.post("other", (2, 0))
    with ground.worker("worker"):
        await ground.play(platform)
    async with open_control(ground.settings.qdrant) as record:
        await begin(record, ground.settings, STRICT)
    found = await status_of(ground.settings)
    assert found is not None
    assert (found.processes, found.listings_missing) == (0, 2)


async def test_a_model_that_triton_does_not_serve_begins_no_rollout(ground: ProvingGround) -> None:
    unserved = msgspec.structs.replace(STRICT, model_version="light-9")
    with pytest.raises(StopError, match=r"light-9: serve that model"):
        await start(ground.settings, unserved, Effort(), lambda _: None)
    with pytest.raises(StopError, match="no rollout was ever begun"):
        await read_status(ground.settings)
