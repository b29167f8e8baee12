"""Start: begin a rollout, or go on with it, as one of the processes that fill the new index."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from stream.adapters.kafka.group import read_members
from stream.adapters.kafka.topics import check_topics
from stream.adapters.kafka.worker import model_version_of
from stream.adapters.qdrant.client import connect, explained_errors
from stream.adapters.qdrant.collections import collection_names
from stream.adapters.qdrant.snapshots import rest_url_of
from stream.adapters.triton.models import open_models
from stream.app import enter_record
from stream.domain.control import Control, Rollout
from stream.domain.errors import StopError
from stream.domain.policy import Policy
from stream.pipeline.retry import Patience
from stream.ports import ControlRecord
from stream.rollout.follow import Effort, Followed, Following
from stream.rollout.record import change, ledger_of, read_rollout, rollout_settings, set_start
from stream.rollout.takeover import policy_before
from stream.settings import KafkaSettings, QdrantSettings, Settings
from stream.shipped import read_policy


async def start(
    settings: Settings, policy: Policy, effort: Effort, show: Callable[[Followed], None]
) -> bool:
    """Fill the index of a policy's model until the rollout is over, or SIGTERM or SIGINT.

    Returns whether it is over. Raises `StopError`; the same command goes on from what is committed.
    """
    async with AsyncExitStack() as opened:
        await check_topics(settings.kafka)
        patience = Patience(settings.retry_seconds)
        await patience.persist(lambda: _check_served(settings, policy))  # before it is recorded
        record = await enter_record(opened, settings)
        control, rollout = await patience.persist(lambda: begin(record, settings, policy))
        following = Following(settings, rollout, record, effort, show)
        await following.run(policy_before(control).model_version)
        return following.is_over


async def begin(
    record: ControlRecord, settings: Settings, policy: Policy
) -> tuple[Control, Rollout]:
    """Write the rollout into the record, unless it stands there, and set where it begins.

    Raises `RetryError` and `StopError`.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    recorded = await record.read()
    before = recorded or await _first_control(settings)
    if before.begun(policy, now) is not before:
        await _check_pairs_known(settings.qdrant, before, policy.model_version)
    if recorded is None:
        await record.write(before, None)
    await change(record, lambda control: control.begun(policy, now))
    control, rollout = await read_rollout(record)
    if control.kept is not None and rollout.is_way_back and control.is_before_switch:
        await set_start(rollout_settings(settings, rollout).kafka, control.kept.offsets)
    return control, rollout


async def _check_served(settings: Settings, policy: Policy) -> None:
    """Raise `StopError` unless Triton serves the policy's model."""
    async with open_models(settings.triton, model_version=policy.model_version):
        pass


async def _first_control(settings: Settings) -> Control:
    """Return what the record says before there is one: the settings' own policy is in use."""
    own = read_policy(settings)
    await _check_workers(settings.kafka, own)
    return Control(active=own)


async def _check_pairs_known(
    settings: QdrantSettings, control: Control, model_version: str
) -> None:
    """Raise `StopError` when the model's index has listings and the pairs found with them are gone.

    Such are left over where a snapshot of before a rollout was restored. Each head would pass for
    one whose pairs are found already, and no event would find them again.
    """
    names = collection_names(settings, model_version, ledger_of(model_version))
    async with connect(settings) as client:
        with explained_errors(f"look for what is left over of model {model_version}"):
            # In this order: a process that has just begun makes the ledger before the first head.
            is_left_over = (
                await client.collection_exists(names.listings)
                and (await client.count(names.listings)).count > 0
                and not await client.collection_exists(names.pairs)
            )
    if not is_left_over:
        return
    removal = (
        "`twinlist rollout forget` removes them"
        if control.protects(model_version)
        else "if nobody uses them, remove each by `curl -X DELETE "
        f"{rest_url_of(settings)}/collections/NAME`"
    )
    raise StopError(
        f"the collections {names.listings} and {names.photos} are left over from an earlier use of "
        f"model {model_version}, and the pairs found with them ({names.pairs}) are gone: a rollout "
        f"would not find these again; {removal}, then begin again"
    )


async def _check_workers(kafka: KafkaSettings, own: Policy) -> None:
    """Raise `StopError` when workers run another model than the settings' policy is for."""
    models = {model_version_of(client_id) for client_id in await read_members(kafka)}
    others = sorted(model or "that they do not tell" for model in models - {own.model_version})
    if others:
        raise StopError(
            f"workers of the group {kafka.group} run model {', '.join(others)}, and the policy of "
            f"these settings is for {own.model_version}: name the workers' policy by "
            "TWINLIST_POLICY_FILE, and update workers that do not tell theirs"
        )
