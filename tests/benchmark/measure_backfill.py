"""What a backfill costs the live stream, and what it saves the second time.

`python -m tests.benchmark.measure_backfill` starts Kafka, Qdrant Edge and Triton with the light
models, and prints ratios. Other work on the machine distorts them.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.adapters.kafka.security import client_options
from stream.backfill.run import backfill_settings, read_own_record
from stream.demo.sample import SampleEvent
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.settings import KafkaSettings
from tests.support.backfills import options_of, replay, started_backfill
from tests.support.deployment import Deployment, until
from tests.support.kafka import KafkaServer
from tests.support.light_models import MODEL_VERSION
from tests.support.platform import Platform
from tests.support.proving_ground import Parts, ProvingGround, commanded_triton, new_ground
from tests.support.qdrant import memory_folder


def posts(name: str, count: int, motif: int) -> Platform:
    """Listings of two photos each, every second of which has a duplicate."""
    platform = Platform()
    for number in range(count):
        shown = motif + number - number % 4 // 3
        platform.post(f"{name}-{number}", (shown, number % 3), (10**9 + motif + number, 0))
    return platform


async def measure_repeat(ground: ProvingGround, events: int) -> tuple[float, float]:
    """Replay a range into nothing, and once more; return events a second of both."""
    await ground.emit(posts("past", events, 0))
    first = await replay(ground.settings, options_of("none", run="first"))
    second = await replay(ground.settings, options_of("none", run="second"))
    return events / first.seconds, events / second.seconds


async def skip_to_end(settings: KafkaSettings) -> None:
    """Let the live group begin at the end of the topic."""
    consumer = AIOKafkaConsumer(
        **client_options(settings), group_id=settings.group, enable_auto_commit=False
    )
    async with consumer:
        numbers = await consumer._client.fetch_all_metadata()
        places = [
            TopicPartition(settings.listing_events, one)
            for one in numbers.partitions_for_topic(settings.listing_events)
        ]
        consumer.assign(places)
        await consumer.commit(await consumer.end_offsets(places))


async def live_seconds(
    ground: ProvingGround, events: Sequence[SampleEvent], per_second: float
) -> list[float]:
    """Emit at a steady rate; return how long each event took until it was done."""
    deployment = Deployment(ground.folder, ground.settings)
    async with deployment.watching("live") as watched:
        for event in events:
            await deployment.send([event])
            await asyncio.sleep(1 / per_second)
        await until(lambda: watched.emitted.keys() <= watched.done.keys())
    return watched.latencies_seconds


def p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


async def measure_live(
    ground: ProvingGround, events: int, live: int, per_second: float, share: float
) -> tuple[list[float], list[float], float]:
    """Return live latencies without and with a backfill, and its events a second meanwhile."""
    await ground.emit(posts("past", events, 0))
    await skip_to_end(ground.settings.kafka)
    with ground.worker("live"):
        await live_seconds(ground, posts("warm", 20, 10**6).events, per_second)
        alone = await live_seconds(ground, posts("alone", live, 2 * 10**6).events, per_second)
        arguments = ("--alerts", "none", "--share", str(share))
        own = backfill_settings(ground.settings, options_of("none"), MODEL_VERSION)

        async def done() -> int:
            return sum(one.tally.events for one in (await read_own_record(own)).values())

        with started_backfill(ground.settings, ground.folder / "backfill.log", *arguments):
            while not await done():  # noqa: ASYNC110 - what is waited for is another process
                await asyncio.sleep(0.5)
            loop = asyncio.get_running_loop()
            before, started = await done(), loop.time()
            beside = await live_seconds(ground, posts("beside", live, 3 * 10**6).events, per_second)
            after, seconds = await done(), loop.time() - started
    if after >= events:
        raise SystemExit("the backfill was done before the live events were: give more --events")
    return alone, beside, (after - before) / seconds


async def run(folder: Path, options: argparse.Namespace) -> None:
    with (
        memory_folder() as data,
        KafkaServer(folder) as kafka,
        QdrantEdgeProcess(data) as qdrant,
        commanded_triton(folder) as triton,
    ):
        parts = Parts(kafka, triton, qdrant)
        first, second = await measure_repeat(
            await new_ground(parts, folder / "repeat"), options.events
        )
        _say(f"first replay {first:.0f} events/s, second {second:.0f}: {second / first:.1f} times")
        alone, beside, rate = await measure_live(
            await new_ground(parts, folder / "live"),
            options.events,
            options.live,
            options.per_second,
            options.share,
        )
    _say(
        f"live p99 {p99(alone):.2f} s alone, {p99(beside):.2f} s beside a backfill: "
        f"{p99(beside) / p99(alone):.2f} times; medians {statistics.median(alone):.2f} s and "
        f"{statistics.median(beside):.2f} s"
    )
    idle = first - options.per_second
    _say(f"the backfill did {rate:.0f} events/s of the {idle:.0f} left idle: {rate / idle:.0%}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.measure_backfill", description=__doc__
    )
    parser.add_argument("--events", type=int, default=4000, help="of the past")
    parser.add_argument("--live", type=int, default=200, help="live events of each measurement")
    parser.add_argument("--per-second", type=float, default=5, help="live events a second")
    parser.add_argument("--share", type=float, default=0.25, help="as twinlist backfill has it")
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(run(Path(place), parser.parse_args()))
