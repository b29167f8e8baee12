"""`twinlist dead-letters` over TLS, by a password or a certificate, from a worker's settings."""

import asyncio
import subprocess
import sys

import pytest
from pydantic import SecretStr

from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaDeadLetters
from stream.adapters.kafka.topics import create_topics
from stream.adapters.kafka.worker import run_worker
from stream.demo.stack import environment_of
from stream.settings import KafkaSettings, Settings
from tests.support.kafka import Topics, until
from tests.support.memory_worker import MemoryWorker
from tests.support.secured_kafka import SecuredKafka


def twinlist(settings: KafkaSettings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", "dead-letters", *arguments],
        env=environment_of(Settings(kafka=settings)),
        check=False,
        capture_output=True,
        text=True,
    )


async def bury_an_event(kafka: Topics) -> None:
    """Let a worker with the same settings make a dead letter."""
    await kafka.send(b"no JSON", key=b"L-1")

    async def is_buried() -> bool:
        return await kafka.committed() == 1

    stop = asyncio.Event()
    async with open_producer(kafka.settings) as producer, asyncio.TaskGroup() as tasks:
        letters = KafkaDeadLetters(producer, kafka.settings.dead_letters, "0.1.0", "m1")
        handle = MemoryWorker().processor(dead_letters=letters).process
        tasks.create_task(run_worker(kafka.settings, handle, stop=stop))
        await until(is_buried)
        stop.set()


@pytest.mark.parametrize("way", ["SCRAM-SHA-512", "mutual TLS"])
async def test_dead_letters_are_listed_shown_and_replayed_with_a_workers_settings(
    secured_kafka: SecuredKafka, way: str
) -> None:
    settings = (
        secured_kafka.mutual_settings()
        if way == "mutual TLS"
        else secured_kafka.sasl_ssl_settings(sasl_mechanism=way)
    )
    kafka = Topics(settings)
    await create_topics(settings, partitions=1, replication=1)
    await bury_an_event(kafka)

    [line] = twinlist(settings, "list").stdout.splitlines()
    assert f"b'L-1' from {settings.listing_events}[0]@0, not_json" in line
    assert "value    b'no JSON'" in twinlist(settings, "show", "0", "0").stdout
    replayed = twinlist(settings, "replay")
    assert (replayed.returncode, replayed.stderr) == (0, "twinlist: 1 sent\n")
    [_, again] = await kafka.read(settings.listing_events, 2)
    assert (again.key, again.value) == (b"L-1", b"no JSON")


async def test_a_wrong_password_is_said_in_a_sentence_that_does_not_hold_it(
    secured_kafka: SecuredKafka,
) -> None:
    settings = secured_kafka.sasl_ssl_settings(
        sasl_mechanism="PLAIN", sasl_password=SecretStr("open-sesame")
    )
    refused = twinlist(settings, "list")
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    assert refused.stderr.startswith("twinlist: ")
    assert "open-sesame" not in refused.stdout + refused.stderr
