"""The parts that a demo runs on: those that were named, and embedded ones for the rest."""

import json
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace
from pydantic import SecretStr

from stream.demo.sample import Sample
from stream.local.broker import BrokerProcess, check_fits
from stream.local.child_process import ChildProcess
from stream.local.embedded_server import EmbeddedServer
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.local.triton import TritonProcess
from stream.settings import (
    KafkaSettings,
    PhotoSettings,
    QdrantSettings,
    Settings,
    TritonSettings,
)
from stream.shipped import read_policy, shipped_models

_READY = r'"event": "partitions assigned"'
_WORKER_START_SECONDS = 120
_PATIENCE_SECONDS = 20  # who watches a demo wants to know soon what does not answer


Stage = Callable[[str], AbstractContextManager[None]]
"""Says what is being waited for until its context is left."""


@dataclass(frozen=True)
class Stack:
    """What a worker runs on."""

    settings: Settings
    servers: tuple[EmbeddedServer, ...]
    """Those that were started here."""


@contextmanager
def start_parts(
    sample: Sample,
    folder: Path,
    stage: Stage,
    *,
    broker: str | None,
    qdrant: str | None,
    triton: str | None,
) -> Iterator[Stack]:
    """Start what was not named; yields it with the settings of a worker on these parts.

    Topics, group and collections get names of their own, so that a demo on a real cluster meets
    nobody's data. What this machine lacks is a `StopError` before anything is started.

    Args:
        sample: what will be played.
        folder: where the embedded parts keep data and logs.
        stage: told what is being started.
        broker: bootstrap servers of a Kafka that runs already.
        qdrant: gRPC url of a Qdrant that runs already.
        triton: host:port of a Triton that runs already.
    """
    run = f"demo-{uuid.uuid4().hex[:8]}-"
    own_broker = BrokerProcess(folder) if broker is None else None
    own_qdrant = QdrantEdgeProcess(folder / "qdrant") if qdrant is None else None
    own_triton = TritonProcess(shipped_models(), folder / "triton") if triton is None else None
    named = (
        ("starting the broker", own_broker),
        ("starting Qdrant Edge", own_qdrant),
        ("Triton loads the models", own_triton),
    )
    servers = [(doing, server) for doing, server in named if server is not None]
    for _, server in servers:
        server.check()
    if own_broker is not None:
        check_fits(sum(len(event.key) + len(event.value) for event in sample.events))
    with ExitStack() as running:
        for doing, server in servers:
            with stage(doing):
                running.enter_context(server)
        own = Settings()
        # Embedded parts know no passwords; a named one is spoken to as the environment says.
        kafka, brokers = (
            (KafkaSettings(), own_broker.address) if own_broker else (own.kafka, broker)
        )
        vectors, qdrant_url = (
            (QdrantSettings(), own_qdrant.url) if own_qdrant else (own.qdrant, qdrant)
        )
        models, triton_url = (
            (TritonSettings(), own_triton.url) if own_triton else (own.triton, triton)
        )
        settings = own.model_copy(
            update={
                "kafka": kafka.model_copy(update=_names(run) | {"brokers": brokers}),
                "qdrant": vectors.model_copy(update={"url": qdrant_url, "prefix": run}),
                "triton": models.model_copy(update={"url": triton_url}),
                "photos": PhotoSettings(
                    allowed_schemes=frozenset({"file"}), file_root=sample.photo_root
                ),
                "policy_file": _write_policy(sample, own, folder / "policy.json"),
                "retry_seconds": _PATIENCE_SECONDS,
                "log_format": "json",
                "log_level": "info",
            }
        )
        yield Stack(settings, tuple(server for _, server in servers))


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
    try:
        worker.start()
        worker.wait_ready(_READY, _WORKER_START_SECONDS)
        yield worker
    except BaseException:
        worker.kill()
        raise
    worker.stop()


def _names(run: str) -> dict[str, str]:
    return {
        "group": f"{run}twinlist",
        "listing_events": f"{run}listing-events",
        "duplicate_verdicts": f"{run}duplicate-verdicts",
        "duplicate_alerts": f"{run}duplicate-alerts",
        "dead_letters": f"{run}listing-dead-letters",
    }


def _write_policy(sample: Sample, settings: Settings, file: Path) -> Path:
    """Write the policy with the sample's stock photos listed, as a platform would; return it."""
    policy = read_policy(settings)
    listed = replace(policy, stock_photos=policy.stock_photos | sample.stock_photos)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(listed)) + b"\n")
    return file.resolve()


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
