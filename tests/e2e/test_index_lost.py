"""An index that is destroyed for real: restored from a snapshot, and caught up to the same end."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from stream.demo.sample import Sample, SampleEvent
from stream.demo.stack import environment_of
from stream.domain.alert import AlertState
from stream.domain.pair import EPOCH_SHIFT
from stream.local.triton import TritonProcess
from stream.snapshot import Restored, Snapshot
from tests.support.deployment import Deployment, deploy, draw_listings, open_pairs, until
from tests.support.kafka import KafkaServer, free_ports, new_topics
from tests.support.qdrant import QdrantProcess, qdrant_process

pytestmark = pytest.mark.long
EARLY, MEANWHILE = 20, 10
"""Events that are done when the snapshot is begun, and those sent while it is taken."""


@dataclass
class Lost:
    """A deployment with a store of its own, which is going to be lost."""

    deployment: Deployment
    qdrant: QdrantProcess
    folder: Path
    rest_url: str
    sample: Sample

    def destroy(self) -> None:
        self.qdrant.kill()
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.qdrant.start()

    async def index(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run `twinlist index …` as somebody types it."""
        return await asyncio.to_thread(
            subprocess.run,
            [
                *(sys.executable, "-m", "stream.cli", "index", *map(str, arguments)),
                f"--rest={self.rest_url}",
            ],
            env=environment_of(self.deployment.settings),
            capture_output=True,
            text=True,
        )


@pytest.fixture
async def lost(
    kafka_server: KafkaServer, light_triton: TritonProcess, tmp_path: Path
) -> AsyncIterator[Lost]:
    (port,) = free_ports(1)
    folder = tmp_path / "store"
    folder.mkdir()
    with qdrant_process(folder, rest_port=port) as qdrant:
        yield Lost(
            deployment=deploy(
                await new_topics(kafka_server), qdrant, light_triton, tmp_path / "deployment"
            ),
            qdrant=qdrant,
            folder=folder,
            rest_url=f"http://127.0.0.1:{port}",
            sample=draw_listings(tmp_path / "photos", items=30, twins=15),
        )


async def test_a_lost_index_is_restored_and_caught_up(lost: Lost, tmp_path: Path) -> None:
    deployment, events, copy = lost.deployment, lost.sample.events, tmp_path / "snapshot"
    watched = deployment.watched
    with deployment.worker("first"):
        async with deployment.watching("first"):
            await deployment.send(events[:EARLY])
            await until(lambda: len(watched.done) >= EARLY)
            early = open_pairs(watched)
            saving = asyncio.create_task(lost.index("snapshot", copy, "--json"))
            await deployment.send(events[EARLY : EARLY + MEANWHILE])
            saved = await saving
            assert saved.returncode == 0, saved.stderr
            await deployment.send(events[EARLY + MEANWHILE :])
            refused = await lost.index("restore", copy, "--set-offsets")
            assert (refused.returncode, refused.stdout) == (1, "")
            assert refused.stderr.endswith("members: stop all workers first\n")
            await until(lambda: watched.emitted.keys() <= watched.done.keys())
    before = open_pairs(watched)
    assert {pair for pair, _, _ in before} == lost.sample.expected_pairs
    assert {pair for pair, _, _ in early} < lost.sample.expected_pairs
    highest = max(alert.revision for alert in watched.alerts.values())

    lost.destroy()
    done = await lost.index("restore", copy, "--set-offsets", "--json")
    assert done.returncode == 0, done.stderr
    restored = msgspec.json.decode(done.stdout, type=Restored)
    assert restored.snapshot == msgspec.json.decode(saved.stdout, type=Snapshot)
    assert restored.are_offsets_set
    assert not restored.gaps
    assert restored.epoch > highest >> EPOCH_SHIFT

    refused = await lost.index("restore", copy)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "add --replace if the snapshot is to take its place" in refused.stderr

    watched.done.clear()
    gone = await delete_one_of(early, deployment)
    due = places_from(restored.snapshot, deployment, watched.emitted)
    assert len(due) > len(events) - EARLY - MEANWHILE
    with deployment.worker("second"):
        async with deployment.watching("second"):
            await until(lambda: due <= watched.done.keys())
    # What the restored ledger says overtakes what subscribers hold of the lost one.
    assert open_pairs(watched) == {one for one in before if gone not in one[0]}
    (retracted,) = [
        alert for alert in watched.alerts.values() if alert.state is AlertState.RETRACTED
    ]
    assert retracted.revision > highest
    heads = await deployment.heads(tuple(lost.sample.photos))
    assert len(heads) == len(events)
    assert all(head.is_finished for head in heads.values())
    assert not watched.dead_letters


async def delete_one_of(
    pairs: set[tuple[tuple[str, str], tuple[int, ...], str]], deployment: Deployment
) -> str:
    """Delete a listing that is one side of an open pair; return its id."""
    (listing_id, _), versions, _ = min(pairs)
    event = {
        "specversion": "1.0",
        "id": "gone",
        "source": "/classifieds",
        "type": "listing.deleted.v1",
        "subject": listing_id,
        "time": "2026-03-01T12:00:00Z",
        "data": {"listing_id": listing_id, "version": versions[0] + 1},
    }
    await deployment.send([SampleEvent(listing_id.encode(), msgspec.json.encode(event))])
    return listing_id


def places_from(
    snapshot: Snapshot, deployment: Deployment, emitted: Iterable[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Where the events are that a worker sees that goes on from the snapshot's offsets."""
    offsets = snapshot.offsets[deployment.settings.kafka.listing_events]
    return {(partition, offset) for partition, offset in emitted if offset >= offsets[partition]}
