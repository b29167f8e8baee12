"""Plays a sample through the real pipeline and holds what comes out against the truth."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path

import msgspec
from rich.console import Console

from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.topics import create_topics
from stream.adapters.qdrant.collections import collection_names
from stream.demo.page import render_page
from stream.demo.play import play
from stream.demo.report import PairResult, Report, compare, summarise, time_events
from stream.demo.sample import Sample
from stream.demo.screen import Screen
from stream.demo.stack import start_parts, start_worker
from stream.demo.watch import Watched
from stream.domain.errors import StopError
from stream.settings import KafkaSettings, Settings
from stream.shipped import read_policy

_PARTITIONS = 4
_PATIENCE_SECONDS = 10
_ROOM_BYTES = 320 * 2**20
"""What the folder must have free: Qdrant Edge refuses writes below 256 MiB."""


class DemoOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a demo is run."""

    folder: Path
    """Where reports, logs and the embedded parts' data go."""
    events_per_second: float
    broker: str | None = None
    qdrant: str | None = None
    triton: str | None = None
    is_verbose: bool = False
    """Whether the worker's log is shown, too."""


def run_demo(sample: Sample, options: DemoOptions, console: Console) -> Report:
    """Play the sample. Raises `StopError` when a part fails or events stay unaccounted for."""
    screen = Screen(console)
    prepare_folder(options.folder, _ROOM_BYTES)
    if options.broker is not None:
        with screen.stage(f"reaching {options.broker}"):
            asyncio.run(_reach(options.broker))
    with ExitStack() as running:
        stack = running.enter_context(
            start_parts(
                sample,
                options.folder,
                screen.stage,
                broker=options.broker,
                qdrant=options.qdrant,
                triton=options.triton,
            )
        )
        settings = stack.settings
        with screen.stage("making the topics"):
            asyncio.run(_make_topics(settings.kafka, is_embedded=options.broker is None))
        if options.broker is not None:
            running.callback(screen.tell_left_topics, options.broker, _topics_of(settings.kafka))
        if options.qdrant is not None:
            left = collection_names(settings.qdrant, read_policy(settings).model_version)
            running.callback(screen.tell_left_collections, settings.qdrant, astuple(left))
        with screen.stage("the worker joins its group"):
            log_file = options.folder / "worker.log"
            worker = running.enter_context(start_worker(settings, log_file))
        playing = play(
            sample,
            settings.kafka,
            worker,
            stack.servers,
            screen,
            events_per_second=options.events_per_second,
            is_verbose=options.is_verbose,
        )
        watched = asyncio.run(playing)
        results = compare(sample, watched)
        report = summarise(
            sample,
            watched,
            results,
            read_policy(settings),
            events_per_second=options.events_per_second,
        )
        _write_files(options.folder, sample, report, results, watched)
        screen.close(report, results, options.folder)
        with screen.stage("stopping all parts"):
            running.close()
    if not report.is_complete:
        raise StopError(
            f"{report.events} events were sent, {report.processed} processed and "
            f"{report.dead_letters} dead-lettered; see {options.folder / 'worker.log'}"
        )
    return report


def prepare_folder(folder: Path, room_bytes: int) -> None:
    """Make a folder. Raises `StopError` when it cannot be written or has too little room."""
    if folder.exists() and not folder.is_dir():
        raise StopError(f"{folder} is a file, not a folder: name another with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            room = shutil.disk_usage(folder).free
    except OSError as error:
        raise StopError(
            f"{folder} cannot be written: {error.strerror}; name another folder with --out"
        ) from error
    if room < room_bytes:
        raise StopError(
            f"{folder} has {room / 2**20:.0f} MiB of room and {room_bytes / 2**20:.0f} are needed: "
            "free some, or name another folder with --out"
        )


async def _reach(broker: str) -> None:
    """Raise `StopError` or `RetryError` when no Kafka answers there."""
    try:
        async with (
            asyncio.timeout(_PATIENCE_SECONDS),
            open_producer(Settings().kafka.model_copy(update={"brokers": broker})),
        ):
            pass
    except TimeoutError as error:
        raise StopError(
            f"{broker} gave no answer that Kafka would give within {_PATIENCE_SECONDS} s: look "
            "whether a broker listens there, or leave --broker out for an embedded one"
        ) from error


async def _make_topics(settings: KafkaSettings, *, is_embedded: bool) -> None:
    if is_embedded:
        await _ask_for_topics(settings)
    else:
        await create_topics(settings, partitions=_PARTITIONS, replication=1)


async def _ask_for_topics(settings: KafkaSettings) -> None:
    """Name each topic once: the embedded broker makes what is asked for."""
    async with open_producer(settings) as producer:
        for topic in _topics_of(settings):
            await producer.partitions_for(topic)


def _topics_of(settings: KafkaSettings) -> tuple[str, ...]:
    return (
        settings.listing_events,
        settings.duplicate_verdicts,
        settings.duplicate_alerts,
        settings.dead_letters,
    )


def _write_files(
    folder: Path, sample: Sample, report: Report, results: Sequence[PairResult], watched: Watched
) -> None:
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    (folder / "alerts.jsonl").write_bytes(b"".join(m + b"\n" for m in watched.messages))
    (folder / "report.html").write_text(
        render_page(sample, report, results, time_events(watched)), encoding="utf-8"
    )
