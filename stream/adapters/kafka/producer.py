"""The producer of alerts and dead letters: idempotent, every message confirmed by all replicas.

It is not Faust's, whose `exactly_once` covers no vector store and would only hide that.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from stream.adapters.kafka.security import client_options
from stream.domain.errors import RetryError, StopError
from stream.settings import KafkaSettings

_LARGEST_REQUEST_BYTES = 64 * 2**20
"""No limit of our own: what a topic takes is for its `max.message.bytes` to say."""

_LEAVE_SECONDS = 3
"""How long leaving may take; nothing is lost, since each message is waited for as it is sent."""


class TooLargeError(StopError):
    """A topic does not take messages of this size."""


Headers = Sequence[tuple[str, bytes]]


@asynccontextmanager
async def open_producer(settings: KafkaSettings) -> AsyncIterator[AIOKafkaProducer]:
    """Connect a producer. Raises `RetryError` when no broker answers, `StopError` when refused."""
    producer = AIOKafkaProducer(
        **client_options(settings),
        client_id="twinlist",
        enable_idempotence=True,
        acks="all",
        max_request_size=_LARGEST_REQUEST_BYTES,
    )
    try:
        with named_errors(f"connecting to {settings.brokers}"):
            await producer.start()
        yield producer
    finally:
        with suppress(TimeoutError):  # it would wait without end for a broker that went away
            async with asyncio.timeout(_LEAVE_SECONDS):
                await producer.stop()


async def deliver(
    producer: AIOKafkaProducer,
    topic: str,
    *,
    key: bytes | None,
    value: bytes | None,
    headers: Headers,
    partition: int | None = None,
) -> None:
    """Send a message as it is and wait until the broker has it.

    Raises `RetryError` when it may be sent again, `StopError` when the broker refuses it, for its
    size `TooLargeError`.
    """
    with named_errors(f"sending to the topic {topic}"):
        if key is None and value is None:
            await _deliver_empty(producer, topic, headers, partition)
        else:
            await producer.send_and_wait(
                topic, key=key, value=value, headers=list(headers), partition=partition
            )


async def _deliver_empty(
    producer: AIOKafkaProducer, topic: str, headers: Headers, partition: int | None
) -> None:
    """Send a message of null key and null value, which aiokafka only takes as a batch."""
    batch = producer.create_batch()
    batch.append(key=None, value=None, timestamp=None, headers=list(headers))
    if partition is None:
        partition = random.choice(sorted(await producer.partitions_for(topic)))  # noqa: S311
    await (await producer.send_batch(batch, topic, partition=partition))


def say(error: KafkaError) -> str:
    """What an error of aiokafka's says, or else what it means, and its name to look up."""
    what = "; ".join(map(str, error.args)) or getattr(error, "description", "")
    name = type(error).__name__
    return f"{what.rstrip('.')} ({name})" if what else name


@contextmanager
def named_errors(doing: str) -> Iterator[None]:
    """Turn aiokafka's errors into ones that say what to do and what was being done.

    Raises `RetryError`, `TooLargeError` or another `StopError`.
    """
    try:
        yield
    except KafkaConnectionError as error:
        raise RetryError(
            f"{doing} failed: no Kafka broker answers; look at the address, whether it is up, and "
            "at TWINLIST_KAFKA__SECURITY_PROTOCOL"
        ) from error
    except KafkaError as error:
        message = f"{doing} failed: {say(error)}"
        if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
            raise TooLargeError(message) from error
        if error.retriable or isinstance(error, KafkaTimeoutError):
            raise RetryError(message) from error
        raise StopError(message) from error
