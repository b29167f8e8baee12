"""The parts that a demo runs on: those that were named, and embedded ones for the rest."""

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stream.app import shipped_models
from stream.demo.sample import Sample
from stream.local.broker import BrokerProcess, check_fits
from stream.local.child_process import ChildProcess
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.local.triton import TritonProcess
from stream.settings import (
    KafkaSettings,
    PhotoSettings,
    QdrantSettings,
    Settings,
    TritonSettings,
)

_READY = r'"event": "partitions assigned"'
_WORKER_START_SECONDS = 120


@contextmanager
def start_parts(
    sample: Sample, folder: Path, *, broker: str | None, qdrant: str | None, triton: str | None
) -> Iterator[Settings]:
    """Start what was not named; yields the settings of a worker on these parts.

    Topics, group and collections get names of their own, so that a demo on a real cluster meets
    nobody's data.

    Args:
        sample: what will be played.
        folder: where the embedded parts keep data and logs.
        broker: bootstrap servers of a Kafka that runs already.
        qdrant: gRPC url of a Qdrant that runs already.
        triton: host:port of a Triton that runs already.
    """
    run = f"demo-{uuid.uuid4().hex[:8]}-"
    with ExitStack() as parts:
        if broker is None:
            check_fits(sum(len(event.key) + len(event.value) for event in sample.events))
            broker = parts.enter_context(BrokerProcess(folder)).address
        if qdrant is None:
            qdrant = parts.enter_context(QdrantEdgeProcess(folder / "qdrant")).url
        if triton is None:
            triton = parts.enter_context(TritonProcess(shipped_models(), folder / "triton")).url
        yield Settings(
            kafka=KafkaSettings(
                brokers=broker,
                group=f"{run}twinlist",
                listing_events=f"{run}listing-events",
                duplicate_verdicts=f"{run}duplicate-verdicts",
                duplicate_alerts=f"{run}duplicate-alerts",
                dead_letters=f"{run}listing-dead-letters",
            ),
            qdrant=QdrantSettings(url=qdrant, prefix=run),
            triton=TritonSettings(url=triton),
            photos=PhotoSettings(allowed_schemes=frozenset({"file"}), file_root=sample.photo_root),
            log_format="json",
        )


@contextmanager
def start_worker(settings: Settings, log_file: Path) -> Iterator[ChildProcess]:
    """Run `twinlist worker` with these settings until the context is left."""
    log_file.unlink(missing_ok=True)
    worker = ChildProcess(
        "the worker",
        [sys.executable, "-m", "stream.cli", "worker"],
        log_file=log_file,
        environment=os.environ | environment_of(settings),
        telling_lines=r"twinlist: |Error",
    )
    worker.start()
    try:
        worker.wait_ready(_READY, _WORKER_START_SECONDS)
        yield worker
    finally:
        worker.stop()


def environment_of(settings: Settings) -> dict[str, str]:
    """Write settings as the variables that they are read from."""
    variables: dict[str, str] = {}
    for name, value in settings.model_dump(mode="json", exclude_defaults=True).items():
        if isinstance(value, dict):
            nested = getattr(settings, name).model_dump_json(exclude_defaults=True)
            variables[f"TWINLIST_{name.upper()}"] = nested
        else:
            variables[f"TWINLIST_{name.upper()}"] = str(value)
    return variables
