"""The parts that a demo runs on: those that were named, and embedded ones for the rest."""

import json
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import SecretStr

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
_PATIENCE_SECONDS = 20  # who watches a demo wants to know soon what does not answer


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
    own = Settings()
    # Embedded parts know no passwords; a named one is spoken to as the environment says.
    kafka, vectors, models = KafkaSettings(), QdrantSettings(), TritonSettings()
    with ExitStack() as parts:
        if broker is None:
            check_fits(sum(len(event.key) + len(event.value) for event in sample.events))
            broker = parts.enter_context(BrokerProcess(folder)).address
        else:
            kafka = own.kafka
        if qdrant is None:
            qdrant = parts.enter_context(QdrantEdgeProcess(folder / "qdrant")).url
        else:
            vectors = own.qdrant
        if triton is None:
            triton = parts.enter_context(TritonProcess(shipped_models(), folder / "triton")).url
        else:
            models = own.triton
        names = {
            "group": f"{run}twinlist",
            "listing_events": f"{run}listing-events",
            "duplicate_verdicts": f"{run}duplicate-verdicts",
            "duplicate_alerts": f"{run}duplicate-alerts",
            "dead_letters": f"{run}listing-dead-letters",
        }
        yield own.model_copy(
            update={
                "kafka": kafka.model_copy(update=names | {"brokers": broker}),
                "qdrant": vectors.model_copy(update={"url": qdrant, "prefix": run}),
                "triton": models.model_copy(update={"url": triton}),
                "photos": PhotoSettings(
                    allowed_schemes=frozenset({"file"}), file_root=sample.photo_root
                ),
                "retry_seconds": _PATIENCE_SECONDS,
                "log_format": "json",
                "log_level": "info",
            }
        )


@contextmanager
def start_worker(settings: Settings, log_file: Path) -> Iterator[ChildProcess]:
    """Run `twinlist worker` with these settings until the context is left."""
    log_file.unlink(missing_ok=True)
    worker = ChildProcess(
        "the worker",
        [sys.executable, "-m", "stream.cli", "worker"],
        log_file=log_file,
        environment=environment_of(settings),
        telling_lines=r"twinlist: |Error",
    )
    worker.start()
    try:
        worker.wait_ready(_READY, _WORKER_START_SECONDS)
        yield worker
    finally:
        worker.stop()


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment of a process that is to have these settings and no others.

    All that is not a default is written as the variables it is read from, secrets in clear;
    variables and the file that this process has its own settings from are left out.
    """
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith("TWINLIST_")
    }
    variables["TWINLIST_ENV_FILE"] = os.devnull
    for name, value in settings.model_dump(exclude_defaults=True).items():
        group = value if isinstance(value, dict) else {"": value}
        for inner, plain in group.items():
            variable = "__".join(filter(None, (name, inner))).upper()
            variables[f"TWINLIST_{variable}"] = _as_text(plain)
    return variables


def _as_text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, frozenset):
        return json.dumps(sorted(value))
    return str(value)
