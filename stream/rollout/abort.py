"""Abort: remove what a rollout has filled, or what is kept for the way back."""

from contextlib import AsyncExitStack

from stream.adapters.qdrant.model_versions import open_model_versions
from stream.app import enter_record
from stream.domain.control import Control
from stream.domain.policy import Policy
from stream.pipeline.retry import Patience
from stream.rollout.finish import until_nobody_follows
from stream.rollout.record import change, ledger_of, read_begun, read_rollout
from stream.settings import Settings


async def abort(settings: Settings) -> Policy:
    """Undo the rollout under way; returns its policy. Raises `StopError` after the switch.

    Its processes end by themselves. Of a way back nothing is removed: it stays possible. Should it
    end before the last step, the same again goes on.
    """
    return await Patience(settings.retry_seconds).persist(lambda: _abort(settings))


async def _abort(settings: Settings) -> Policy:
    async with AsyncExitStack() as opened:
        record = await enter_record(opened, settings)
        await change(record, Control.aborting)
        control, rollout = await read_rollout(record)
        await until_nobody_follows(settings, rollout)
        model_version = rollout.policy.model_version
        if not control.protects(model_version):
            await _remove(settings, model_version)
        await change(record, Control.aborted)
    return rollout.policy


async def forget(settings: Settings) -> Policy | None:
    """Remove what is kept for the way back; returns the policy that it was of.

    Raises `StopError` while a rollout is under way. Should it end before the last step, the same
    again goes on.
    """
    async with AsyncExitStack() as opened:
        record = await enter_record(opened, settings)
        control = await read_begun(record)
        control.forgotten()  # refuses before anything is removed
        if control.kept is None:
            return None
        await _remove(settings, control.kept.policy.model_version)
        await change(record, Control.forgotten)
    return control.kept.policy


async def _remove(settings: Settings, model_version: str) -> None:
    """Remove what was filled for a model.

    The ledger goes last: a head vouches for its pairs, so none may be there without them.
    """
    async with open_model_versions(settings.qdrant) as versions:
        await versions.drop(model_version)
        await versions.drop_ledger(ledger_of(model_version))
