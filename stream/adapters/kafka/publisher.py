"""The topics of alerts and of dead letters."""

from datetime import UTC, datetime

import structlog
from aiokafka import AIOKafkaProducer

from stream.adapters.kafka.dead_letters import headers_that_tell, original_headers, refer_to
from stream.adapters.kafka.producer import TooLargeError, deliver
from stream.domain.errors import DeadLetterError
from stream.domain.event import Message

_log = structlog.stdlib.get_logger(__name__)
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

    What is too large for the topic goes by reference: where the original lies, its size and its
    SHA-256. Nothing is cut, and nobody's topic stops the worker.

    Args:
        producer: an open producer.
        topic: the topic of dead letters.
        version: Twinlist's own, for the header that names it.
        model: version of the models, likewise.
    """

    def __init__(self, producer: AIOKafkaProducer, topic: str, version: str, model: str) -> None:
        self._producer = producer
        self._topic = topic
        self._version = version
        self._model = model

    async def send(self, message: Message, error: DeadLetterError, attempts: int) -> None:
        """Send the original bytes with headers that tell why; wait until the broker has them."""
        told = headers_that_tell(
            message,
            error,
            time=datetime.now(UTC),
            attempts=attempts,
            version=self._version,
            model=self._model,
        )
        headers = (*original_headers(message), *told)
        try:
            await deliver(
                self._producer, self._topic, key=message.key, value=message.value, headers=headers
            )
        except TooLargeError as refusal:
            _log.warning(
                "dead letter too large for its topic, sent by reference",
                error=str(refusal),
                topic=message.topic,
                partition=message.partition,
                offset=message.offset,
            )
            key, headers = refer_to(message, told)
            await deliver(self._producer, self._topic, key=key, value=None, headers=headers)
