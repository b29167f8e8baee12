"""The record of a rollout, changed step by step, and what its names are."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from stream.adapters.kafka.group import read_committed
from stream.adapters.kafka.offsets import commit_offsets
from stream.adapters.qdrant.collections import Shadow
from stream.backfill.run import settings_of_share
from stream.domain.control import Control, Rollout
from stream.domain.errors import StopError
from stream.ports import ControlRecord
from stream.settings import KafkaSettings, Settings

_UNLIMITED = 10**9


def ledger_of(model_version: str) -> Shadow:
    """Return where pairs of a model are kept that is not in use: to come, or to go back to."""
    return Shadow(f"rollout-{model_version}", has_own_listings=False)


def rollout_settings(settings: Settings, rollout: Rollout, share: float = 1) -> Settings:
    """Return the settings of a process that fills the new model's index.

    Its group is this rollout's alone, and it takes its share of the photos that a worker fetches.
    It may meet any number of events that cannot be used: their dead letters were sent before.
    """
    started = f"{rollout.started_at:%Y%m%d%H%M%S}"
    group = f"{settings.kafka.group}-rollout-{rollout.policy.model_version}-{started}"
    own = settings_of_share(settings, group, share)
    return own.model_copy(update={"dead_letters_per_minute": _UNLIMITED})


async def change(record: ControlRecord, step: Callable[[Control], Control]) -> Control:
    """Take a step, whoever else is at it; return the record as it is then. Raises `StopError`."""
    while True:
        before = await read_begun(record)
        after = step(before)
        if after == before or await record.write(after, before.revision):
            return after


async def read_begun(record: ControlRecord) -> Control:
    """Return the record. Raises `StopError` where no rollout was ever begun."""
    control = await record.read()
    if control is None:
        raise StopError("no rollout was ever begun here: `twinlist rollout start` begins one")
    return control


async def read_rollout(record: ControlRecord) -> tuple[Control, Rollout]:
    """Return the record with the rollout in it. Raises `StopError` when none is under way."""
    control = await read_begun(record)
    if control.rollout is None:
        raise StopError(
            f"no rollout is under way; model {control.active.model_version} is in use, policy "
            f"{control.active.policy_version}"
        )
    return control, control.rollout


async def set_start(kafka: KafkaSettings, offsets: Mapping[int, int]) -> None:
    """Let a group that has not begun go on from these offsets. Raises `RetryError`."""
    if offsets and not await read_committed(kafka):
        with suppress(StopError):  # another process has begun
            await commit_offsets(kafka, {kafka.listing_events: dict(offsets)})
