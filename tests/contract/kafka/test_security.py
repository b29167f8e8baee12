"""Settings of security, as each client of ours takes them."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from stream.adapters.kafka.security import client_options, faust_credentials
from stream.adapters.kafka.topics import create_topics
from stream.adapters.kafka.worker import run_worker
from stream.domain.errors import StopError
from stream.settings import KafkaSettings
from tests.support.kafka import KafkaServer, Recorder, Topics


async def test_every_client_logs_in_with_sasl(kafka_server: KafkaServer) -> None:
    kafka = Topics(kafka_server.sasl_settings())
    await create_topics(kafka.settings, partitions=1, replication=1)
    await kafka.send(b"secret")
    recorder, stop = Recorder(), asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(kafka.settings, recorder, stop=stop))
        await recorder.wait_for(1)
        stop.set()

    assert await kafka.committed() == 1


def test_sasl_without_a_password_says_what_to_set() -> None:
    settings = KafkaSettings(security_protocol="SASL_SSL", sasl_username="twinlist")
    for build in (client_options, faust_credentials):
        with pytest.raises(StopError, match="TWINLIST_KAFKA__SASL_PASSWORD"):
            build(settings)


def test_a_certificate_that_cannot_be_read_stops(tmp_path: Path) -> None:
    settings = KafkaSettings(security_protocol="SSL", ca_file=tmp_path / "missing.pem")
    with pytest.raises(StopError, match="a certificate for the broker cannot be read"):
        client_options(settings)


def test_tls_and_sasl_reach_aiokafka_and_faust_alike() -> None:
    settings = KafkaSettings(
        security_protocol="SASL_SSL",
        sasl_username="twinlist",
        sasl_password=SecretStr("not-a-secret"),
    )
    options, credentials = client_options(settings), faust_credentials(settings)

    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert options["sasl_plain_password"] == "not-a-secret"  # noqa: S105
    assert options["ssl_context"].check_hostname
    assert credentials is not None
    assert credentials.protocol.value == options["security_protocol"]
