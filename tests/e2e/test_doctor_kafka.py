"""`twinlist doctor` on brokers: whole ones, broken ones, guarded ones, silent ones."""

import asyncio
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from pydantic import SecretStr

from stream.adapters.kafka.security import client_options
from stream.adapters.kafka.topics import create_topics
from stream.doctor.finding import State
from stream.local.broker import BrokerProcess
from stream.settings import KafkaSettings
from tests.e2e.patient import AWAY, Patient, wrong_of
from tests.support.deployment import Deployment
from tests.support.kafka import (
    PROPERTIES,
    SASL_USERNAME,
    KafkaServer,
    embedded_broker,
    settings_for,
    until,
)

__all__ = ["embedded_broker"]

AUTHORIZER = """\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""
# As Kafka's protocol numbers resources, patterns, operations and permissions.
TOPIC, GROUP, LITERAL, ALLOW = 2, 3, 3, 3
READ, WRITE, DESCRIBE = 3, 4, 8


@pytest.fixture
def patient(deployment: Deployment) -> Patient:
    return Patient(deployment.settings)


async def test_a_broker_that_is_away_is_the_only_thing_wrong(patient: Patient) -> None:
    patient.change(kafka__brokers=AWAY)
    found = await patient.examine()
    assert wrong_of(found) == ["kafka"]
    assert found["kafka"].seen == f"nothing listens at {AWAY}"
    assert found["kafka topics"].seen == "not looked at: see kafka"


async def test_a_broker_that_says_nothing_is_given_up_at_the_deadline(patient: Patient) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        patient.change(kafka__brokers=f"{host}:{port}")
        found = await patient.examine(deadline_seconds=2)
    assert wrong_of(found) == ["kafka"]
    assert found["kafka"].seen == "no answer within 2 s"


async def test_a_wrong_password_is_told_from_a_broker_that_is_away(
    patient: Patient, kafka_server: KafkaServer
) -> None:
    sasl = kafka_server.sasl_settings()
    patient.change(kafka=sasl.model_copy(update={"sasl_password": SecretStr("hunter2")}))
    found = await patient.examine()
    assert wrong_of(found) == ["kafka"]
    assert "listens, but hangs up on SASL_PLAINTEXT" in found["kafka"].seen


async def test_a_missing_topic_is_named_and_not_made(patient: Patient) -> None:
    patient.change(kafka__dead_letters="nowhere")
    found = await patient.examine()
    assert wrong_of(found) == ["kafka topics"]
    assert found["kafka topics"].seen == "missing: nowhere"
    assert "twinlist topics create" in found["kafka topics"].mend
    assert "nowhere" not in await _topic_names(patient.settings.kafka)


async def test_a_single_partition_is_worth_a_warning(
    patient: Patient, kafka_server: KafkaServer
) -> None:
    single = settings_for(kafka_server.address)
    await create_topics(single, partitions=1, replication=1)
    patient.change(kafka=single)
    trouble = await patient.only_trouble()
    assert (trouble.name, trouble.state) == ("kafka partitions", State.WARNING)


async def test_alerts_that_are_not_compacted_are_worth_a_warning(patient: Patient) -> None:
    patient.change(kafka__duplicate_alerts=patient.settings.kafka.duplicate_verdicts)
    trouble = await patient.only_trouble()
    assert (trouble.name, trouble.state) == ("kafka compaction", State.WARNING)
    assert "cleanup.policy=compact" in trouble.mend


async def test_dead_letters_that_do_not_fit_into_their_topic_are_wrong(patient: Patient) -> None:
    patient.change(kafka__dead_letters=patient.settings.kafka.duplicate_verdicts)
    trouble = await patient.only_trouble()
    assert (trouble.name, trouble.state) == ("kafka sizes", State.WRONG)
    assert f"on {patient.settings.kafka.dead_letters}" in trouble.mend


async def test_events_that_the_topic_takes_and_workers_do_not_are_worth_a_warning(
    patient: Patient,
) -> None:
    patient.change(kafka__max_message_bytes=1000)
    trouble = await patient.only_trouble()
    assert (trouble.name, trouble.state) == ("kafka sizes", State.WARNING)
    assert "TWINLIST_KAFKA__MAX_MESSAGE_BYTES=1048576" in trouble.mend


async def test_the_embedded_broker_is_examined_as_far_as_it_goes(
    patient: Patient, embedded_broker: BrokerProcess
) -> None:
    patient.change(kafka__brokers=embedded_broker.address)
    found = await patient.examine()
    assert wrong_of(found) == ["kafka topics"]
    assert "older than 3.0" in found["kafka version"].seen
    assert not await _topic_names(patient.settings.kafka)


async def test_rights_that_a_worker_lacks_are_named_until_they_are_granted(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.kafka.PROPERTIES", PROPERTIES + AUTHORIZER)
    folder = tmp_path / "guarded"
    folder.mkdir()
    with KafkaServer(folder) as guarded:
        master = settings_for(guarded.address)
        await create_topics(master, partitions=2, replication=1)
        login = guarded.sasl_settings().model_dump(
            include={"brokers", "security_protocol", "sasl_username", "sasl_password"}
        )
        patient.change(kafka=master.model_copy(update=login))
        inputs = (master.listing_events, master.duplicate_verdicts)
        outputs = (master.duplicate_alerts, master.dead_letters)

        async def sees(name: str, state: State, text: str) -> bool:
            finding = (await patient.examine())[name]
            return finding.state is state and text in finding.seen

        hidden = f"not allowed to see {', '.join(inputs + outputs)}"
        assert await sees("kafka topics", State.WRONG, hidden)

        await _allow(master, TOPIC, READ, *inputs)
        await _allow(master, TOPIC, DESCRIBE, *outputs)
        lacking = f"not allowed: {', '.join(f'Write on {name}' for name in outputs)}"
        await until(lambda: sees("kafka rights", State.WRONG, lacking))
        found = await patient.examine()
        assert wrong_of(found) == ["kafka group", "kafka rights"]
        assert found["kafka group"].seen == f"not allowed: Read on the group {master.group}"
        assert "DescribeConfigs" in found["kafka sizes"].mend

        await _allow(master, TOPIC, WRITE, *outputs)
        await _allow(master, GROUP, READ, master.group)
        await until(lambda: sees("kafka rights", State.OK, "may read"))
        await until(lambda: sees("kafka group", State.OK, master.group))


async def _topic_names(settings: KafkaSettings) -> set[str]:
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def _allow(settings: KafkaSettings, resource: int, operation: int, *names: str) -> None:
    """Allow the SASL user an operation."""
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        for name in names:
            acl = (resource, name, LITERAL, f"User:{SASL_USERNAME}", "*", operation, ALLOW)
            await admin._send_request(CreateAclsRequest(*acl))
    finally:
        await admin.close()
