"""Composition: the index as files, with the offsets that belong to them, and back.

What is done by the offsets is in the snapshot, and what is not is done again by replaying from
them. So offsets are read first; and of the collections `listings` is taken first, since a head that
is marked as finished vouches for its photos and pairs, which were written before.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
from qdrant_client import AsyncQdrantClient

from stream import __version__
from stream.adapters.kafka.offsets import (
    Gap,
    Offsets,
    check_nobody_works,
    commit_offsets,
    find_gaps,
    highest_revision,
    read_ends,
    read_offsets,
)
from stream.adapters.qdrant.client import connect, explained_errors
from stream.adapters.qdrant.collections import (
    collection_names,
    find_collections,
    raise_epoch,
    stored_epoch,
)
from stream.adapters.qdrant.control import check_in_use
from stream.adapters.qdrant.snapshots import SavedFile, Snapshots, open_snapshots
from stream.domain.errors import StopError
from stream.domain.pair import EPOCH_SHIFT
from stream.domain.policy import Policy
from stream.pipeline.retry import Patience
from stream.settings import Settings

ROLES = ("listings", "photos", "pairs", "flights")
"""What the index consists of, in the order in which it is taken."""

_MANIFEST = "snapshot.json"
_FORMAT = 1

Tell = Callable[[str, int], None]
"""Is told which collection is at hand and how many more bytes of it are done."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`snapshot.json`: what lies beside it. Written last, so that there is none of a broken one."""

    format: int
    twinlist_version: str
    taken_at: datetime
    model_version: str
    policy_version: str
    group: str
    offsets: Offsets
    """Where the group went on when the snapshot was begun."""
    alerts: Offsets
    """The ends of the topic of alerts at that moment."""
    files: dict[str, SavedFile]
    """By role."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a restore, and what is left to do."""

    snapshot: Snapshot
    epoch: int
    gaps: tuple[Gap, ...]
    """Events that the index lacks and the topics no longer keep."""
    are_offsets_set: bool


async def take_snapshot(
    settings: Settings, policy: Policy, folder: Path, rest_url: str, tell: Tell
) -> Snapshot:
    """Save the index of the policy's model into an empty folder; workers may go on meanwhile.

    Raises `RetryError` when a part does not answer, and `StopError`.
    """
    _make_empty(folder)
    qdrant, kafka = settings.qdrant, settings.kafka
    await check_in_use(qdrant, policy.model_version)
    async with connect(qdrant) as client, open_snapshots(qdrant, rest_url) as snapshots:
        names = _by_role(await find_collections(client, qdrant, policy.model_version))
        persist = Patience(settings.retry_seconds).persist
        offsets = await persist(partial(read_offsets, kafka))
        alerts = await persist(partial(read_ends, kafka, kafka.duplicate_alerts))
        taken_at = datetime.now(UTC)
        files = {
            role: await snapshots.save(names[role], folder / f"{role}.snapshot", _told(tell, role))
            for role in ROLES
        }
    snapshot = Snapshot(
        format=_FORMAT,
        twinlist_version=__version__,
        taken_at=taken_at,
        model_version=policy.model_version,
        policy_version=policy.policy_version,
        group=kafka.group,
        offsets=offsets,
        alerts=alerts,
        files=files,
    )
    write_snapshot(snapshot, folder)
    return snapshot


def read_snapshot(folder: Path, policy: Policy, tell: Tell) -> Snapshot:
    """Read a snapshot's own record and compare its files with it.

    Raises `StopError` when it is broken, or of another model version than the policy's.
    """
    try:
        snapshot = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Snapshot)
    except FileNotFoundError:
        raise StopError(
            f"{folder} holds no whole snapshot: {_MANIFEST}, which is written last, is not there"
        ) from None
    except msgspec.DecodeError as error:
        raise StopError(f"{folder / _MANIFEST} is broken: {error}; use another snapshot") from error
    if snapshot.format != _FORMAT or snapshot.files.keys() != set(ROLES):
        raise StopError(f"{folder} was written by Twinlist {snapshot.twinlist_version}: use that")
    if snapshot.model_version != policy.model_version:
        raise StopError(
            f"{folder} is of model {snapshot.model_version}, and the policy in use is for "
            f"{policy.model_version}: restore it with the models and policy that it was taken with"
        )
    for role, saved in snapshot.files.items():
        _check(folder / saved.name, saved, _told(tell, role))
    return snapshot


async def restore_snapshot(
    settings: Settings,
    snapshot: Snapshot,
    folder: Path,
    rest_url: str,
    *,
    replaces: bool,
    sets_offsets: bool,
) -> Restored:
    """Put the index back as it was, under a ledger whose revisions are above all before.

    It may be repeated, and must be when it was interrupted. Raises `RetryError`; `StopError` while
    workers run, and when there is an index already, unless it `replaces` that.
    """
    qdrant, kafka = settings.qdrant, settings.kafka
    names = _by_role(collection_names(qdrant, snapshot.model_version))
    persist = Patience(settings.retry_seconds).persist  # a broker that has just begun, for one
    await persist(partial(check_nobody_works, kafka))
    gaps = await persist(partial(find_gaps, kafka, snapshot.offsets))
    async with connect(qdrant) as client, open_snapshots(qdrant, rest_url) as snapshots:
        if not replaces:
            await _check_there_is_none(client, names)
        epochs = [
            await stored_epoch(client, names["pairs"]),
            await persist(partial(highest_revision, kafka, snapshot.alerts)) >> EPOCH_SHIFT,
        ]
        await _restore(snapshots, names, snapshot, folder)
        epochs.append(await stored_epoch(client, names["pairs"]))
        epoch = await raise_epoch(client, names["pairs"], above=max(epochs))
    if sets_offsets:
        await persist(partial(commit_offsets, kafka, snapshot.offsets))
    return Restored(snapshot=snapshot, epoch=epoch, gaps=tuple(gaps), are_offsets_set=sets_offsets)


async def _restore(
    snapshots: Snapshots, names: Mapping[str, str], snapshot: Snapshot, folder: Path
) -> None:
    for role, saved in snapshot.files.items():
        await snapshots.restore(names[role], folder / saved.name, saved.sha256)


async def _check_there_is_none(client: AsyncQdrantClient, names: Mapping[str, str]) -> None:
    for name in names.values():
        with explained_errors("look for its collections"):
            count = (await client.count(name)).count if await client.collection_exists(name) else 0
        if count:
            raise StopError(
                f"the collection {name} is there, with {count} points: add --replace if the "
                "snapshot is to take its place"
            )


def _make_empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise StopError(f"{folder} is not empty: name a new folder for the snapshot")


def _by_role(names: object) -> Mapping[str, str]:
    return {role: getattr(names, role) for role in ROLES}


def _told(tell: Tell, role: str) -> Callable[[int], None]:
    return lambda count: tell(role, count)


def _check(file: Path, saved: SavedFile, tell: Callable[[int], None]) -> None:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(2**20):
            digest.update(chunk)
            tell(len(chunk))
    if digest.hexdigest() != saved.sha256:
        raise StopError(
            f"{file} is broken: its SHA-256 is not {saved.sha256}; use another snapshot"
        )


def write_snapshot(snapshot: Snapshot, folder: Path) -> None:
    """Write the record of a snapshot whose files have reached the disk."""
    for file in folder.iterdir():
        _sync(file)
    fresh = folder / f"{_MANIFEST}.new"
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(snapshot)) + b"\n")
    _sync(fresh)
    fresh.replace(folder / _MANIFEST)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
