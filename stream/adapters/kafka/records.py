"""A Kafka record as the domain sees it."""

from collections.abc import Sequence
from typing import Protocol

from stream.adapters.kafka.record_batches import UNREADABLE
from stream.domain.event import Message


class Record(Protocol):
    """What Faust's and aiokafka's records have in common."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] | None


def message_of(record: Record) -> Message:
    """Take key, value and headers unchanged; a header without a value gets an empty one."""
    headers = tuple((name, value or b"") for name, value in record.headers or ())
    return Message(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=headers,
        unreadable=dict(headers).get(UNREADABLE, b"").decode(errors="replace"),
    )
