"""What a folder that is to be restored must hold, looked at before anything is touched."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from stream.adapters.qdrant.snapshots import SavedFile, rest_url_of
from stream.domain.errors import StopError
from stream.settings import QdrantSettings, Settings
from stream.snapshot import ROLES, Snapshot, read_snapshot, take_snapshot, write_snapshot
from tests.support.listings import policy

POLICY = policy()


def untold(_role: str, _count: int) -> None:
    """Nobody watches."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A snapshot as it is taken, of a few bytes."""
    files = {}
    for role in ROLES:
        content = role.encode() * 9
        (tmp_path / f"{role}.snapshot").write_bytes(content)
        files[role] = SavedFile(
            name=f"{role}.snapshot",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
    snapshot = Snapshot(
        format=1,
        twinlist_version="0.1.0",
        taken_at=datetime(2026, 3, 1, tzinfo=UTC),
        model_version=POLICY.model_version,
        policy_version="p0",
        group="twinlist",
        offsets={"listing-events": {0: 17, 1: 0}},
        alerts={"duplicate-alerts": {0: 3}},
        files=files,
    )
    write_snapshot(snapshot, tmp_path)
    return tmp_path


def test_a_whole_snapshot_reads_back_and_every_byte_of_it_is_looked_at(folder: Path) -> None:
    told: dict[str, int] = {}
    snapshot = read_snapshot(folder, POLICY, told.__setitem__)
    assert snapshot.offsets == {"listing-events": {0: 17, 1: 0}}
    assert told == {role: one.size_bytes for role, one in snapshot.files.items()}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("damage", ["a bit", "the end"])
def test_a_damaged_file_is_refused_by_name(folder: Path, role: str, damage: str) -> None:
    file = folder / f"{role}.snapshot"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + (bytes([whole[-1] ^ 1]) if damage == "a bit" else b""))
    with pytest.raises(StopError, match=f"{role}.snapshot is broken: .*; use another snapshot"):
        read_snapshot(folder, POLICY, untold)


def test_another_model_is_refused_with_both_versions(folder: Path) -> None:
    other = msgspec.structs.replace(POLICY, model_version="m9")
    with pytest.raises(StopError, match=r"is of model m1, and the policy in use is for m9"):
        read_snapshot(folder, other, untold)


def test_a_snapshot_that_was_interrupted_is_none(folder: Path) -> None:
    (folder / "snapshot.json").unlink()
    with pytest.raises(StopError, match="holds no whole snapshot"):
        read_snapshot(folder, POLICY, untold)


def test_a_damaged_record_is_refused(folder: Path) -> None:
    record = folder / "snapshot.json"
    record.write_bytes(record.read_bytes()[:-20])
    with pytest.raises(StopError, match=r"snapshot.json is broken: "):
        read_snapshot(folder, POLICY, untold)


@pytest.mark.parametrize("change", [b'"format": 2', b'"format": 0'])
def test_another_form_is_left_to_the_version_that_wrote_it(folder: Path, change: bytes) -> None:
    record = folder / "snapshot.json"
    record.write_bytes(record.read_bytes().replace(b'"format": 1', change))
    with pytest.raises(StopError, match=r"was written by Twinlist 0\.1\.0: use that"):
        read_snapshot(folder, POLICY, untold)


def test_a_folder_that_holds_something_takes_no_snapshot(folder: Path) -> None:
    before = sorted(folder.iterdir())
    with pytest.raises(StopError, match="is not empty: name a new folder"):
        asyncio.run(take_snapshot(Settings(), POLICY, folder, "http://127.0.0.1:1", untold))
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("url", "rest"),
    [
        ("http://qdrant:6334", "http://qdrant:6333"),
        ("https://qdrant.example.com", "https://qdrant.example.com:6333"),
        ("http://[::1]:7000", "http://[::1]:6333"),
    ],
)
def test_rest_is_looked_for_at_its_usual_port(url: str, rest: str) -> None:
    assert rest_url_of(QdrantSettings(url=url)) == rest
