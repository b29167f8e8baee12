"""The topics of alerts and of dead letters."""

from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from stream.adapters.kafka.dead_letters import headers_of
from stream.adapters.kafka.producer import deliver
from stream.domain.errors import DeadLetterError
from stream.domain.event import Message

_CLOUDEVENT_HEADERS = (("content-type", b"application/cloudevents+json"),)


class KafkaAlertPublisher:
    """`AlertPublisher` on Kafka: the key is the pair, so that compaction keeps its newest alert."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    async def publish(self, pair_id: str, message: bytes) -> None:
        """Send an alert and wait until the broker has it."""
        await deliver(
            self._producer,
            self._topic,
            key=pair_id.encode(),
            value=message,
            headers=_CLOUDEVENT_HEADERS,
        )


class KafkaDeadLetters:
    """`DeadLetters` on Kafka: key, value and headers as they were, null ones too.

    Args:
        producer: an open producer.
        topic: the topic of dead letters.
        version: Twinlist's own, for the header that names it.
    """

    def __init__(self, producer: AIOKafkaProducer, topic: str, version: str) -> None:
        self._producer = producer
        self._topic = topic
        self._version = version

    async def send(self, message: Message, error: DeadLetterError, attempts: int) -> None:
        """Send the original bytes with headers that tell why; wait until the broker has them."""
        headers = headers_of(
            message, error, time=datetime.now(UTC), attempts=attempts, version=self._version
        )
        await deliver(
            self._producer, self._topic, key=message.key, value=message.value, headers=headers
        )
