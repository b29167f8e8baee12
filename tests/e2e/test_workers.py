"""Several workers in one group, on real Kafka."""

from pathlib import Path

import pytest

from stream.local.triton import TritonProcess
from tests.support.deployment import (
    Deployment,
    deploy,
    draw_listings,
    open_pairs,
    until,
)
from tests.support.kafka import KafkaServer, Topics, new_topics
from tests.support.qdrant import qdrant_for


async def test_a_worker_killed_in_the_middle_changes_nothing(
    request: pytest.FixtureRequest,
    kafka_server: KafkaServer,
    light_triton: TritonProcess,
    tmp_path: Path,
) -> None:
    sample = draw_listings(tmp_path / "photos", items=150, twins=50)

    def fresh(topics: Topics, name: str) -> Deployment:
        return deploy(topics, qdrant_for(request), light_triton, tmp_path / name)

    undisturbed = fresh(await new_topics(kafka_server), "undisturbed")
    with undisturbed.worker():
        async with undisturbed.watching("worker") as watched:
            await undisturbed.send(sample.events)
            await until(lambda: watched.emitted.keys() <= watched.done.keys())
    expected = open_pairs(undisturbed.watched)
    assert {pair for pair, _, _ in expected} == sample.expected_pairs

    disturbed = fresh(await new_topics(kafka_server), "disturbed")
    with disturbed.worker("first") as first, disturbed.worker("second"):
        async with disturbed.watching("first", "second") as watched:
            await disturbed.send(sample.events)
            await until(lambda: len(watched.done) >= len(sample.events) // 3)
            first.kill()
            await until(lambda: watched.emitted.keys() <= watched.done.keys())
    assert open_pairs(disturbed.watched) == expected
    heads = await disturbed.heads(tuple(sample.photos))
    assert len(heads) == len(sample.events)
    assert all(head.is_finished for head in heads.values())
    assert not disturbed.watched.dead_letters
