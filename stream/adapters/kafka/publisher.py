"""The topics of alerts and of dead letters."""

from aiokafka import AIOKafkaProducer

from stream.adapters.kafka.producer import Headers, deliver

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
    """`DeadLetters` on Kafka: key, value and headers as they were, null ones too."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    async def send(self, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """Send original bytes with the headers that tell why; wait until the broker has them."""
        await deliver(self._producer, self._topic, key=key, value=value, headers=headers)
