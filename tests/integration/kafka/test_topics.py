"""Creating topics on real Kafka, once and again."""

import pytest

from stream.adapters.kafka.topics import TopicState, create_topics
from stream.domain.errors import StopError
from stream.local.broker import BrokerProcess
from tests.support.kafka import KafkaServer, settings_for


async def test_topics_are_created_once_and_then_exist(kafka_server: KafkaServer) -> None:
    settings = settings_for(kafka_server.address)
    first = await create_topics(settings, partitions=3, replication=1)
    second = await create_topics(settings, partitions=3, replication=1)

    names = [
        settings.listing_events,
        settings.duplicate_verdicts,
        settings.duplicate_alerts,
        settings.dead_letters,
    ]
    assert [(report.name, report.state) for report in first] == [
        (name, TopicState.CREATED) for name in names
    ]
    assert [(report.name, report.state) for report in second] == [
        (name, TopicState.EXISTS) for name in names
    ]


async def test_what_differs_is_said_and_left_as_it_is(kafka_server: KafkaServer) -> None:
    settings = settings_for(kafka_server.address)
    await create_topics(settings, partitions=3, replication=1)
    larger = settings.model_copy(update={"max_message_bytes": 2**22})

    events, verdicts, alerts, _ = await create_topics(larger, partitions=6, replication=1)

    assert events.state is TopicState.DIFFERS
    assert events.differences[0] == "max.message.bytes is 1048576, not 4194304"
    assert verdicts.differences == alerts.differences
    assert verdicts.differences[0].startswith("3 partitions, not 6; left so")


async def test_more_replicas_than_brokers_are_refused_with_how_many_there_can_be(
    kafka_server: KafkaServer,
) -> None:
    settings = settings_for(kafka_server.address)
    with pytest.raises(StopError) as refused:
        await create_topics(settings, partitions=1, replication=3)
    assert str(refused.value) == (
        f"{settings.listing_events} cannot be created: there is only 1 broker; use --replication 1"
    )


async def test_the_embedded_broker_cannot_create_topics(embedded_broker: BrokerProcess) -> None:
    with pytest.raises(StopError, match="creates topics on first use"):
        await create_topics(settings_for(embedded_broker.address), partitions=1, replication=1)
