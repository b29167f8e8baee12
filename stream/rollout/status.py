"""Status: what is in use, which workers run it, and how far a rollout is."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import datetime

import msgspec

from stream.adapters.kafka.group import GroupLag, measure_lag, read_members
from stream.adapters.kafka.worker import model_version_of
from stream.app import enter_record
from stream.domain.control import Control, Phase, Rollout
from stream.pipeline.retry import Patience
from stream.rollout.record import read_begun, rollout_settings
from stream.rollout.refill import count_missing, open_heads
from stream.settings import KafkaSettings, Settings

_SAMPLE_SECONDS = 3.0
_SILENT = "does not tell"


class RolloutStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a rollout is."""

    model_version: str
    policy_version: str
    phase: Phase
    started_at: datetime
    processes: int
    """Those that fill the new index."""
    events_done: int
    """Of what the topic keeps."""
    events_behind: int
    events_per_second: float
    """Over the last seconds."""
    seconds_left: float | None
    """At that rate; None where nothing moves."""
    listings_missing: int | None
    """Those that are found now and will not be then; None after the switch."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What is in use, and what is to be."""

    model_version: str
    policy_version: str
    workers: dict[str, int]
    """By the model that they run."""
    kept_model_version: str | None
    """The one that can be gone back to."""
    rollout: RolloutStatus | None


async def read_status(settings: Settings, sample_seconds: float = _SAMPLE_SECONDS) -> Status:
    """Look at everything; changes nothing. Raises `StopError`.

    Args:
        settings: those of a worker.
        sample_seconds: how long the rate is measured.
    """
    patience = Patience(settings.retry_seconds)
    return await patience.persist(lambda: _read_status(settings, sample_seconds))


async def _read_status(settings: Settings, sample_seconds: float) -> Status:
    async with AsyncExitStack() as opened:
        control = await read_begun(await enter_record(opened, settings))
    members = await read_members(settings.kafka)
    rollout = control.rollout
    return Status(
        model_version=control.active.model_version,
        policy_version=control.active.policy_version,
        workers=dict(Counter(model_version_of(one) or _SILENT for one in members)),
        kept_model_version=control.kept.policy.model_version if control.kept else None,
        rollout=await _look_at(settings, control, rollout, sample_seconds) if rollout else None,
    )


async def _look_at(
    settings: Settings, control: Control, rollout: Rollout, sample_seconds: float
) -> RolloutStatus:
    kafka = rollout_settings(settings, rollout).kafka
    lag, rate = await _sample(kafka, sample_seconds)
    return RolloutStatus(
        model_version=rollout.policy.model_version,
        policy_version=rollout.policy.policy_version,
        phase=rollout.phase,
        started_at=rollout.started_at,
        processes=len(await read_members(kafka)),
        events_done=lag.done,
        events_behind=lag.behind,
        events_per_second=rate,
        seconds_left=lag.behind / rate if rate > 0 else (0 if not lag.behind else None),
        listings_missing=(
            await _count_missing(settings, control, rollout) if control.is_before_switch else None
        ),
    )


async def _sample(kafka: KafkaSettings, seconds: float) -> tuple[GroupLag, float]:
    before, began = await measure_lag(kafka), time.monotonic()
    await asyncio.sleep(seconds)
    after = await measure_lag(kafka)
    return after, max(0, after.done - before.done) / (time.monotonic() - began)


async def _count_missing(settings: Settings, control: Control, rollout: Rollout) -> int:
    async with (
        open_heads(settings.qdrant, control.active.model_version) as old,
        open_heads(settings.qdrant, rollout.policy.model_version) as new,
    ):
        return (await count_missing(old, new)).listings
