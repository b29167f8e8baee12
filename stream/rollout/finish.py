"""Finish: put the new model and policy in use, and bring every alert to what they say.

One write of the record switches all workers. Before it, all that it needs is looked at; after it
only what may be repeated is done, so the same command goes on wherever it ended:

1. keep the old model's pairs, for the way back, and note from where on events will be missing there
2. switch: workers finish what is in flight, and go on with the new model
3. point the aliases to the new collections, wait until no worker runs the old model, and until the
   new index holds all that the last of those has done, and every listing of the old one
4. end the filling, since from now on workers do all there is to do
5. take over: decide each open pair, and each that the new model has found; publish what changes
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack

import msgspec

from stream.adapters.kafka.group import measure_lag, read_committed, read_members
from stream.adapters.kafka.worker import client_id_of
from stream.adapters.qdrant.model_versions import open_model_versions
from stream.adapters.qdrant.store import open_store
from stream.adapters.triton.models import open_models
from stream.app import enter_record
from stream.domain.control import Control, Phase, Rollout
from stream.domain.errors import OutageError, StopError
from stream.domain.policy import Policy
from stream.pipeline.redecide import Outcome
from stream.pipeline.retry import Patience
from stream.ports import ControlRecord
from stream.rollout.keep import keep_pairs
from stream.rollout.record import change, ledger_of, read_rollout, rollout_settings
from stream.rollout.refill import count_missing, open_heads
from stream.rollout.takeover import cause_of, open_takeover
from stream.settings import KafkaSettings, Settings

_LOOK_SECONDS = 0.5

Tell = Callable[[str], None]
"""Is told what is being done, or waited for, in a few words."""


class FinishOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is put up with."""

    behind: int = 100
    """Events that the new index may be behind at the switch; they are made up for after it."""
    missing: int = 0
    """Listings that may be missing in it, because their photos cannot be had any more."""


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    policy: Policy
    before: Policy
    outcomes: dict[Outcome, int]
    """Pairs by what became of them."""


async def finish(settings: Settings, options: FinishOptions, tell: Tell) -> Finished:
    """Take all steps that are left, from where they are when a part was away. Raises `StopError`.

    Should it end before the last, the same again goes on.
    """
    patience = Patience(settings.retry_seconds)
    try:
        return await patience.persist(lambda: _finish(settings, options, tell))
    except OutageError as error:
        raise StopError(f"{error}; `twinlist rollout finish` goes on from here") from error


async def _finish(settings: Settings, options: FinishOptions, tell: Tell) -> Finished:
    async with AsyncExitStack() as opened:
        record = await enter_record(opened, settings)
        control, rollout = await read_rollout(record)
        if rollout.phase in {Phase.FOLLOWING, Phase.ABORTING}:
            await check_ready(settings, control, rollout, options, tell)
            control = await _switch(settings, record, control, tell)
        kept = control.kept
        if kept is None:
            raise AssertionError("a switch keeps what was in use")
        if control.rollout is not None and control.rollout.phase is Phase.SWITCHED:
            await _settle_down(settings, rollout, kept.policy, options.missing, tell)
            control = await change(record, Control.settling)
        tell("waiting until nothing fills the new index any more")
        await until_nobody_follows(settings, rollout)
        outcomes = await _take_over(settings, rollout, tell)
        async with open_model_versions(settings.qdrant) as versions:
            await versions.drop_ledger(ledger_of(rollout.policy.model_version))
        await change(record, Control.finished)
    return Finished(policy=rollout.policy, before=kept.policy, outcomes=dict(outcomes))


async def check_ready(
    settings: Settings, control: Control, rollout: Rollout, options: FinishOptions, tell: Tell
) -> None:
    """Raise `StopError` unless a switch would leave no listing behind."""
    policies = (control.active, rollout.policy)
    tell("looking whether Triton serves both models")
    for policy in policies:
        async with open_models(settings.triton, model_version=policy.model_version):
            pass
    tell("looking how far the new index is")
    kafka = rollout_settings(settings, rollout).kafka
    lag = await measure_lag(kafka)
    if lag.behind and not await read_members(kafka):
        raise StopError(
            f"the new index is {lag.behind} events behind, and nothing fills it: run `twinlist "
            "rollout start` with this policy, beside this command"
        )
    if lag.behind > options.behind:
        raise StopError(
            f"the new index is {lag.behind} events behind, and {options.behind} may be made up for "
            "after the switch: wait, or let more processes run `twinlist rollout start`; see "
            "`twinlist rollout status`"
        )
    tell("looking for listings that are missing in it")
    missing = await _count_missing(settings, control.active, rollout)
    # What it is behind may be missing as yet; whether it was no more than that is seen later.
    if missing > options.missing + lag.behind:
        raise StopError(
            f"{missing} listings that can be found now are missing in the new index: "
            "`twinlist rollout start` fetches their photos again, unless these cannot be had any "
            f"more; --missing {missing} leaves them behind until their next event"
        )


async def _switch(
    settings: Settings, record: ControlRecord, control: Control, tell: Tell
) -> Control:
    offsets = await read_committed(settings.kafka)
    tell("keeping what the model in use has found")
    await _keep(settings, control.active)
    tell("switching")
    return await change(record, lambda before: before.switched(offsets))


async def _settle_down(
    settings: Settings, rollout: Rollout, before: Policy, most_missing: int, tell: Tell
) -> None:
    """Wait until the old model's workers are gone and the new index has all that they did.

    Nothing changes the old index any more then, so it says what is missing, to the last listing.
    """
    async with open_model_versions(settings.qdrant) as versions:
        await versions.point_aliases(rollout.policy.model_version)
    due = client_id_of(rollout.policy.model_version)
    while others := Counter(one for one in await read_members(settings.kafka) if one != due):
        named = ", ".join(f"{count} {name}" for name, count in others.items())
        tell(f"waiting for workers of another model to end or to switch: {named}")
        await asyncio.sleep(_LOOK_SECONDS)
    await _keep(settings, before)
    cut, kafka = await read_committed(settings.kafka), rollout_settings(settings, rollout).kafka
    while behind := (await measure_lag(kafka, until=cut)).behind:
        tell(f"waiting for {behind} events to come into the new index{await _hint(kafka)}")
        await asyncio.sleep(_LOOK_SECONDS)
    while (missing := await _count_missing(settings, before, rollout)) > most_missing:
        tell(
            f"waiting for {missing} listings whose photos could not be had{await _hint(kafka)}; "
            f"--missing {missing} leaves them behind until their next event"
        )
        await asyncio.sleep(_LOOK_SECONDS)


async def _hint(kafka: KafkaSettings) -> str:
    is_filled = await read_members(kafka)
    return "" if is_filled else "; nothing fills it: run `twinlist rollout start` again"


async def _count_missing(settings: Settings, before: Policy, rollout: Rollout) -> int:
    """Return how many listings can be found by the old model alone."""
    async with (
        open_heads(settings.qdrant, before.model_version) as old,
        open_heads(settings.qdrant, rollout.policy.model_version) as new,
    ):
        return (await count_missing(old, new)).listings


async def _keep(settings: Settings, policy: Policy) -> None:
    """Copy what the policy's model has found, as far as it is not copied yet."""
    model_version, qdrant = policy.model_version, settings.qdrant
    async with (
        open_models(settings.triton, model_version=model_version) as models,
        open_store(qdrant, models.spec) as live,
        open_store(qdrant, models.spec, shadow=ledger_of(model_version)) as aside,
    ):
        await keep_pairs(live.ledger, aside.ledger, model_version)


async def until_nobody_follows(settings: Settings, rollout: Rollout) -> None:
    """Wait until no process fills the new index: each ends once the record says so."""
    kafka = rollout_settings(settings, rollout).kafka
    while await read_members(kafka):  # noqa: ASYNC110 - a broker tells nobody
        await asyncio.sleep(_LOOK_SECONDS)


async def _take_over(settings: Settings, rollout: Rollout, tell: Tell) -> Counter[Outcome]:
    outcomes: Counter[Outcome] = Counter()
    async with open_takeover(settings, rollout, is_dry_run=False) as takeover:
        async for page in takeover.run(cause_of(rollout)):
            outcomes.update(one.outcome for one in page)
            tell(f"{outcomes.total()} pairs decided")
    return outcomes
