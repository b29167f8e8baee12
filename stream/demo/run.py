"""Plays a sample through the real pipeline and holds what comes out against the truth."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.topics import create_topics
from stream.app import read_policy
from stream.demo.page import render_page
from stream.demo.report import PairResult, Report, compare, summarise, time_events
from stream.demo.sample import Sample
from stream.demo.stack import start_parts, start_worker
from stream.demo.watch import Watched, open_watch, watch_log, watch_topics
from stream.domain.errors import StopError
from stream.local.child_process import ChildProcess
from stream.settings import KafkaSettings, Settings

_PARTITIONS = 4
_STALLED_SECONDS = 120
_POLL_SECONDS = 0.1
_ROWS = 40
_NEVER = r"(?!)"


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a demo is run."""

    folder: Path
    """Where reports, logs and the embedded parts' data go."""
    events_per_second: float
    broker: str | None = None
    qdrant: str | None = None
    triton: str | None = None


def run_demo(sample: Sample, options: DemoOptions, console: Console) -> Report:
    """Play the sample. Raises `StopError` when a part fails or events stay unaccounted for."""
    options.folder.mkdir(parents=True, exist_ok=True)
    with (
        console.status("starting broker, Qdrant and Triton") as status,
        start_parts(
            sample,
            options.folder,
            broker=options.broker,
            qdrant=options.qdrant,
            triton=options.triton,
        ) as settings,
    ):
        asyncio.run(_prepare_topics(settings.kafka, is_embedded=options.broker is None))
        status.update("starting the worker")
        with start_worker(settings, options.folder / "worker.log") as worker:
            status.stop()
            watched = asyncio.run(_play(sample, options, settings, worker, console))
    policy = read_policy(settings)
    results = compare(sample, watched)
    report = summarise(
        sample,
        watched,
        results,
        model_version=policy.model_version,
        policy_version=policy.policy_version,
    )
    _write_files(options.folder, sample, report, results, watched)
    _print_closing_table(console, report, results, options.folder)
    if not report.is_complete:
        raise StopError(
            f"{report.events} events were sent, {report.processed} processed and "
            f"{report.dead_letters} dead-lettered; see {options.folder / 'worker.log'}"
        )
    return report


async def _prepare_topics(settings: KafkaSettings, *, is_embedded: bool) -> None:
    if not is_embedded:
        await create_topics(settings, partitions=_PARTITIONS, replication=1)
        return
    async with open_producer(settings) as producer:  # the embedded broker makes what is asked for
        for topic in (
            settings.listing_events,
            settings.duplicate_verdicts,
            settings.duplicate_alerts,
            settings.dead_letters,
        ):
            await producer.partitions_for(topic)


async def _play(
    sample: Sample,
    options: DemoOptions,
    settings: Settings,
    worker: ChildProcess,
    console: Console,
) -> Watched:
    watched = Watched()
    progress = Progress(
        TextColumn("{task.description:9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    async with open_producer(settings.kafka) as producer, open_watch(settings.kafka) as consumer:
        with progress:
            watchers = [
                asyncio.create_task(
                    watch_topics(consumer, settings.kafka, watched, partial(_tell, console))
                ),
                asyncio.create_task(watch_log(worker.log_file, watched)),
                asyncio.create_task(_show(progress, sample, watched)),
            ]
            try:
                await _emit(sample, options.events_per_second, producer, settings, watched)
                await _wait_until_done(watched, worker, consumer)
            finally:
                for watcher in watchers:
                    watcher.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await watcher
    return watched


def _tell(console: Console, line: str) -> None:
    """Print a line as it is: a listing's id is a stranger's text and no markup."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)


async def _emit(
    sample: Sample,
    events_per_second: float,
    producer: AIOKafkaProducer,
    settings: Settings,
    watched: Watched,
) -> None:
    """Send the events in their order at a steady rate."""
    start = time.monotonic()
    for number, event in enumerate(sample.events):
        await asyncio.sleep(max(0.0, start + number / events_per_second - time.monotonic()))
        sent = time.time()
        place = await producer.send_and_wait(
            settings.kafka.listing_events, event.value, key=event.key
        )
        watched.emitted[place.partition, place.offset] = sent
        watched.last_change = time.monotonic()


async def _wait_until_done(
    watched: Watched, worker: ChildProcess, consumer: AIOKafkaConsumer
) -> None:
    """Wait for every event that was sent, and then for every alert that they led to."""
    while not watched.emitted.keys() <= watched.done.keys():
        if not worker.is_alive:
            worker.wait_ready(_NEVER, 0)  # raises with what the worker's log says
        if time.monotonic() - watched.last_change > _STALLED_SECONDS:
            raise StopError(
                f"nothing has moved for {_STALLED_SECONDS} s and "
                f"{len(watched.emitted.keys() - watched.done.keys())} events are not done; see "
                f"{worker.log_file}"
            )
        await asyncio.sleep(_POLL_SECONDS)
    ends = await consumer.end_offsets(consumer.assignment())
    for place, end in ends.items():
        while await consumer.position(place) < end:  # noqa: ASYNC110 - the client has no event
            await asyncio.sleep(_POLL_SECONDS)


async def _show(progress: Progress, sample: Sample, watched: Watched) -> None:
    emitted = progress.add_task("emitted", total=len(sample.events))
    done = progress.add_task("processed", total=len(sample.events))
    while True:
        progress.update(emitted, completed=len(watched.emitted))
        progress.update(done, completed=len(watched.done))
        await asyncio.sleep(_POLL_SECONDS)


def _write_files(
    folder: Path, sample: Sample, report: Report, results: Sequence[PairResult], watched: Watched
) -> None:
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    (folder / "alerts.jsonl").write_bytes(b"".join(m + b"\n" for m in watched.messages))
    (folder / "report.html").write_text(
        render_page(sample, report, results, time_events(watched)), encoding="utf-8"
    )


def _print_closing_table(
    console: Console, report: Report, results: Sequence[PairResult], folder: Path
) -> None:
    pairs = Table("", "pair", "case", "probability", "kind", title="Duplicate pairs")
    for one in results[:_ROWS]:
        pairs.add_row(
            one.verdict,
            escape(" = ".join(one.pair)),
            one.case.replace("_", " "),
            f"{one.alert.probability:.3f}" if one.alert is not None else "",
            str(one.alert.kind) if one.alert is not None else "",
        )
    console.print(pairs)
    if len(results) > _ROWS:
        console.print(f"… and {len(results) - _ROWS} more, in {folder / 'report.html'}")
    _tell(
        console,
        f"{report.events} events: {report.processed} processed, {report.dead_letters} dead "
        f"letters. {report.expected_pairs} pairs expected, {report.found_pairs} found, "
        f"{report.correct_pairs} of them right (precision {_percent(report.precision)}, recall "
        f"{_percent(report.recall)}). Latency {report.latency_seconds.median:.2f} s median, "
        f"{report.latency_seconds.p99:.2f} s p99; {report.listings_per_second:.1f} listings/s. "
        f"Model {report.model_version}, policy {report.policy_version}.",
    )
    _tell(console, f"Report: {folder / 'report.html'}")


def _percent(rate: float | None) -> str:
    return "none" if rate is None else f"{rate:.0%}"
