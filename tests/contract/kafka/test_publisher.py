"""The contract of the two topics that the worker writes, on the embedded broker and real Kafka."""

import hashlib

import pytest

from stream.adapters.kafka.dead_letters import Reference, read_dead_letter
from stream.adapters.kafka.producer import open_producer
from stream.adapters.kafka.publisher import KafkaAlertPublisher, KafkaDeadLetters
from stream.domain.errors import DeadLetterError, DeadLetterReason, RetryError, StopError
from stream.domain.event import Message
from stream.settings import KafkaSettings
from tests.support.kafka import Topics

ERROR = DeadLetterError(DeadLetterReason.NOT_JSON, "byte 0 is no JSON: send the event again")


async def test_an_alert_is_keyed_by_its_pair_and_says_that_it_is_a_cloudevent(
    any_kafka: Topics,
) -> None:
    topic = any_kafka.settings.duplicate_alerts
    async with open_producer(any_kafka.settings) as producer:
        await KafkaAlertPublisher(producer, topic).publish("00ff", b"{}")

    [message] = await any_kafka.read(topic, 1)
    assert (message.key, message.value) == (b"00ff", b"{}")
    assert message.headers == (("content-type", b"application/cloudevents+json"),)


@pytest.mark.parametrize(
    ("key", "value"),
    [(b"key", b"\xff"), (None, b"value"), (b"key", None), (None, None), (b"", b"")],
)
async def test_a_dead_letter_keeps_key_value_and_headers_and_says_why(
    any_kafka: Topics, key: bytes | None, value: bytes | None
) -> None:
    topic = any_kafka.settings.dead_letters
    headers = (("trace", b"1"), ("trace", b"2"))
    original = Message(
        topic="listing-events", partition=3, offset=7, key=key, value=value, headers=headers
    )
    async with open_producer(any_kafka.settings) as producer:
        await KafkaDeadLetters(producer, topic, "0.1.0", "m1").send(original, ERROR, attempts=2)

    [message] = await any_kafka.read(topic, 1)
    assert (message.key, message.value, message.headers[:2]) == (key, value, headers)
    assert message.headers[2] == ("twinlist-reason", b"not_json")
    assert message.headers[-2:] == (("twinlist-version", b"0.1.0"), ("twinlist-model", b"m1"))


async def test_the_largest_event_fits_the_dead_letters_with_its_headers(kafka: Topics) -> None:
    settings = kafka.settings

    def event(size: int) -> Message:
        return Message(
            topic=settings.listing_events, partition=0, offset=0, key=b"key", value=size * b"x"
        )

    long_error = DeadLetterError(DeadLetterReason.TOO_LARGE, 10_000 * "x")
    async with open_producer(settings) as producer:
        dead_letters = KafkaDeadLetters(producer, settings.dead_letters, "0.1.0", "m1")
        await dead_letters.send(event(settings.max_message_bytes), long_error, 1)
    [message] = await kafka.read(settings.dead_letters, 1)
    assert message.value == settings.max_message_bytes * b"x"


@pytest.mark.parametrize("key", [b"key", 3 * 2**20 * b"k"])
async def test_what_is_too_large_for_the_dead_letters_is_referred_to(
    kafka: Topics, key: bytes
) -> None:
    settings = kafka.settings
    value = 3 * settings.max_message_bytes * b"x"
    original = Message(topic="listing-events", partition=3, offset=7, key=key, value=value)
    async with open_producer(settings) as producer:
        dead_letters = KafkaDeadLetters(producer, settings.dead_letters, "0.1.0", "m1")
        await dead_letters.send(original, ERROR, 1)
    [message] = await kafka.read(settings.dead_letters, 1)
    letter = read_dead_letter(message)
    assert letter.reference == Reference(bytes=len(value), sha256=hashlib.sha256(value).hexdigest())
    assert letter.origin is not None
    assert (letter.origin.partition, letter.origin.offset) == (3, 7)
    assert (letter.key, letter.value) == (key if len(key) < 2**10 else None, None)


async def test_an_alert_that_its_topic_does_not_take_stops_the_worker(kafka: Topics) -> None:
    async with open_producer(kafka.settings) as producer:
        publisher = KafkaAlertPublisher(producer, kafka.settings.duplicate_alerts)
        with pytest.raises(StopError, match="MessageSizeTooLarge"):
            await publisher.publish("00ff", 3 * 2**20 * b"x")


async def test_a_broker_that_does_not_answer_is_worth_a_retry() -> None:
    with pytest.raises(RetryError, match=r"connecting to 127\.0\.0\.1:1 failed"):
        async with open_producer(KafkaSettings(brokers="127.0.0.1:1")):
            pass
