"""What a backfill costs the live stream, and what it saves the second time.

`python -m tests.benchmark.measure_backfill` starts Kafka, Triton with the light models, and Qdrant
Edge or the server whose binary `QDRANT_BINARY` names, and prints ratios. Other work on the machine
distorts them.

Live events come at a steady rate, whether or not those before are done. Phases without a backfill
and beside one take turns, so that what else changes in time (the index grows) changes both. The
host of a virtual machine gives its processors to others now and then: a live event does not count
that met this, and rates are of the time that was had. What live leaves idle is told twice: by the
processors' idle time, and by the first replay less the live events, which takes a live event to
cost no more than a replayed one. That replay should fill the index as far as the live phases do,
since all of it is searched.
"""

import argparse
import asyncio
import itertools
import math
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from aiokafka import AIOKafkaConsumer, TopicPartition
from numpy.typing import NDArray

from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.security import client_options
from stream.backfill.run import backfill_settings, read_own_record
from stream.demo.watch import Watched
from stream.observability.logging import configure_logging
from stream.settings import KafkaSettings
from tests.benchmark.processors import LOOK_SECONDS, ProcessorWatch, watched_processors
from tests.support.backfills import options_of, replay, started_backfill
from tests.support.deployment import Deployment, until
from tests.support.kafka import KafkaServer
from tests.support.light_models import MODEL_VERSION
from tests.support.platform import Platform, photo_of
from tests.support.proving_ground import Parts, ProvingGround, commanded_triton, new_ground
from tests.support.qdrant import memory_folder, qdrant_process

MOST_STOLEN = 0.02
LEAST_EVENTS = 200
"""Of which a 99th percentile is told."""


def posts(folder: Path, name: str, count: int, motif: int) -> Platform:
    """Listings of two photos each, every second of which has a duplicate; photos are files."""
    platform = Platform()
    for number in range(count):
        shown = motif + number - number % 4 // 3
        shots = (shown, number % 3), (10**9 + motif + number, 0)
        urls = [write_photo(folder, *shot) for shot in shots]
        platform.post_urls(f"{name}-{number}", urls, shots)
    return platform


def write_photo(folder: Path, motif: int, shot: int) -> str:
    """Write a photo, unless it is there; return its url."""
    file = folder / f"{motif}-{shot}.png"
    if not file.exists():
        file.write_bytes(photo_of(motif, shot))
    return file.as_uri()


async def measure_repeat(ground: ProvingGround, events: int) -> tuple[float, float]:
    """Replay a range into nothing, and again; return events a second had, start included."""
    await ground.emit(posts(ground.folder, "past", events, 0))
    rates = []
    for run in ("first", "second"):
        watch, started = ProcessorWatch(), time.time()
        report = await replay(ground.settings, options_of(run=run))
        watch.look()
        rates.append(report.tally.events / seconds_had(watch, started, time.time()))
    return rates[0], rates[1]


def seconds_had(watch: ProcessorWatch, since: float, until_then: float) -> float:
    """Return for how long this machine had its processors."""
    return (until_then - since) * (1 - watch.stolen(since, until_then))


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


@dataclass(frozen=True)
class Phase:
    """Some seconds of the live stream."""

    latencies: Sequence[float]
    """In seconds, of the live events that count."""
    left_out: int
    """Live events that met the host giving its processors to others."""
    idle: float
    """Share of the processors."""

    @property
    def p99(self) -> float:
        return p99(self.latencies)


@dataclass(frozen=True)
class Round:
    """A phase without a backfill and one beside it."""

    alone: Phase
    beside: Phase
    replayed_per_second: float


@asynccontextmanager
async def live_stream(ground: ProvingGround, per_second: float) -> AsyncIterator[Watched]:
    """Emit live events at a steady rate meanwhile, to a worker that is watched."""
    deployment = Deployment(ground.folder, ground.settings)
    topic = ground.settings.kafka.listing_events

    async def emit(watched: Watched) -> None:
        loop = asyncio.get_running_loop()
        async with open_producer(ground.settings.kafka) as producer:
            due = loop.time()
            for number in itertools.count():
                shown = 10**6 + number - number % 4 // 3
                (event,) = posts(ground.folder, f"live-{number}", 1, shown).events
                sent = time.time()
                place = await producer.send_and_wait(topic, event.value, key=event.key)
                watched.emitted[place.partition, place.offset] = sent
                due += 1 / per_second
                await asyncio.sleep(due - loop.time())

    with deployment.worker("live"):
        async with deployment.watching("live") as watched:
            emitting = asyncio.create_task(emit(watched))
            yield watched
            emitting.cancel()


async def watched_phase(watched: Watched, processors: ProcessorWatch, seconds: float) -> Phase:
    """Return how the seconds to come were, once all events emitted in them are done."""
    since = time.time()
    await asyncio.sleep(seconds)
    until_then = time.time()
    places = [one for one, sent in watched.emitted.items() if since <= sent < until_then]
    await until(lambda: all(place in watched.done for place in places))
    await asyncio.sleep(LOOK_SECONDS)
    spans = [(watched.emitted[place], watched.done[place]) for place in places]
    # What was stolen a little earlier may have left a queue.
    counted = [span for span in spans if processors.stolen(span[0] - 0.5, span[1]) <= MOST_STOLEN]
    return Phase(
        [done - sent for sent, done in counted],
        len(spans) - len(counted),
        processors.idle(since, until_then),
    )


async def measure_live(
    ground: ProvingGround, options: argparse.Namespace, most_per_second: float
) -> Sequence[Round]:
    """Take turns without and with a backfill, which never comes to its end."""
    events = int(options.rounds * options.phase_seconds * most_per_second * 1.5) + 100
    await ground.emit(posts(ground.folder, "past", events, 0))
    await skip_to_end(ground.settings.kafka)
    own = backfill_settings(ground.settings, options_of("none"), MODEL_VERSION)
    arguments = ("--alerts", "none", "--share", str(options.share))
    rounds: list[Round] = []

    async def progress(past: int) -> tuple[int, float]:
        """Wait until more than so many events are recorded as done; return how many, and when."""
        while True:
            record = await read_own_record(own)
            done = sum(one.tally.events for one in record.values())
            if done > past:
                return done, time.time()
            await asyncio.sleep(0.2)

    async with (
        live_stream(ground, options.per_second) as watched,
        watched_processors() as processors,
    ):
        await asyncio.sleep(5)
        done = 0
        for number in range(options.rounds):
            alone = await watched_phase(watched, processors, options.phase_seconds)
            log_file = ground.folder / f"backfill-{number}.log"
            with started_backfill(ground.settings, log_file, *arguments) as backfill:
                before, begun = await progress((await progress(done))[0])
                beside = await watched_phase(watched, processors, options.phase_seconds)
                recorded, _ = await progress(-1)
                done, ended = await progress(recorded)
                backfill.stop()
            rate = (done - before) / seconds_had(processors, begun, ended)
            rounds.append(Round(alone, beside, rate))
            await asyncio.sleep(2)
    return rounds


def p99(seconds: Sequence[float] | NDArray[np.float64]) -> float:
    return float(np.quantile(seconds, 0.99)) if len(seconds) else math.nan


def ratio_interval(alone: Sequence[float], beside: Sequence[float]) -> tuple[float, float]:
    """Return where the ratio of the two p99 lies in 95 % of 2,000 resamples.

    Source: Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979.
    """
    random = np.random.default_rng(0)
    ratios = [
        p99(random.choice(beside, len(beside))) / p99(random.choice(alone, len(alone)))
        for _ in range(2000)
    ]
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


async def lay_out(parts: Parts, folder: Path) -> ProvingGround:
    """Lay out topics and name collections for one measurement; photos lie in its folder."""
    await asyncio.to_thread(folder.mkdir)
    ground = await new_ground(parts, folder)
    ground.read_files(folder)
    return ground


async def run(folder: Path, options: argparse.Namespace) -> None:
    with (
        memory_folder() as data,
        KafkaServer(folder) as kafka,
        qdrant_process(data) as qdrant,
        commanded_triton(folder) as triton,
    ):
        parts = Parts(kafka, triton, qdrant)
        ground = await lay_out(parts, folder / "repeat")
        first, second = await measure_repeat(ground, options.events)
        _say(
            f"{options.events} events: first replay {first:.0f} events/s, second {second:.0f}: "
            f"{second / first:.1f} times"
        )
        ground = await lay_out(parts, folder / "live")
        rounds = await measure_live(ground, options, first)
    for number, one in enumerate(rounds, 1):
        _say(
            f"round {number}: live p99 {one.alone.p99:.3f} s alone ({len(one.alone.latencies)} "
            f"events), {one.beside.p99:.3f} s beside ({len(one.beside.latencies)}), "
            f"{one.alone.left_out + one.beside.left_out} left out; "
            f"{one.replayed_per_second:.1f} replayed a second; processors idle "
            f"{one.alone.idle:.0%} and {one.beside.idle:.0%}"
        )
    alone = [seconds for one in rounds for seconds in one.alone.latencies]
    beside = [seconds for one in rounds for seconds in one.beside.latencies]
    if min(len(alone), len(beside)) < LEAST_EVENTS:
        raise SystemExit(
            f"fewer than {LEAST_EVENTS} live events count in phases of one kind: take more rounds, "
            "or measure again when the host leaves the processors alone"
        )
    low, high = ratio_interval(alone, beside)
    _say(
        f"live p99 {p99(alone):.3f} s alone ({len(alone)} events), {p99(beside):.3f} s beside a "
        f"backfill ({len(beside)}): {p99(beside) / p99(alone):.2f} times (95 %: {low:.2f} to "
        f"{high:.2f}); medians {np.median(alone):.3f} s and {np.median(beside):.3f} s"
    )
    rate = statistics.fmean(one.replayed_per_second for one in rounds)
    idle = first - options.per_second
    _say(f"the backfill did {rate:.1f} events/s of the {idle:.1f} left idle: {rate / idle:.0%}")
    left = statistics.fmean(one.alone.idle for one in rounds)
    unused = statistics.fmean(one.beside.idle for one in rounds)
    _say(
        f"processors were idle {left:.0%} of the time alone and {unused:.0%} beside it, which used "
        f"{1 - unused / left:.0%} of what was idle"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.measure_backfill", description=__doc__
    )
    parser.add_argument("--events", type=int, default=2500, help="that are replayed twice")
    parser.add_argument("--rounds", type=int, default=5, help="phases of live events of each kind")
    parser.add_argument("--phase-seconds", type=float, default=20)
    parser.add_argument("--per-second", type=float, default=8, help="live events a second")
    parser.add_argument("--share", type=float, default=0.25, help="as twinlist backfill has it")
    configure_logging("console", "warning", libraries_level="critical")
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(run(Path(place), parser.parse_args()))
