"""Record batches made byte by byte, with what no ordinary client writes, and sent as they are.

Source of the format: https://kafka.apache.org/documentation/#recordbatch
"""

import asyncio
import struct
from collections.abc import Sequence

from aiokafka import TopicPartition, codec
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NotLeaderForPartitionError, for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.util import calc_crc32c, encode_varint

from stream.adapters.kafka.security import client_options
from stream.settings import KafkaSettings

Header = tuple[bytes | None, bytes | None]

PACKINGS = {
    "none": (0, bytes),
    "gzip": (1, codec.gzip_encode),
    "snappy": (2, codec.snappy_encode),
    "lz4": (3, codec.lz4_encode),
    "zstd": (4, codec.zstd_encode),
}
"""Number in a batch's attributes, and how to pack."""

_ALL_REPLICAS = -1
_SECONDS = 20


def write_varint(number: int) -> bytes:
    """A number as records hold it."""
    written = bytearray()
    encode_varint(number, written.append)
    return bytes(written)


def write_bytes(content: bytes | None) -> bytes:
    """Bytes, or none, behind their length."""
    return write_varint(-1) if content is None else write_varint(len(content)) + content


def write_record(
    delta: int,
    *,
    key: bytes | None = b"key",
    value: bytes | None = b"value",
    headers: Sequence[Header] = (),
) -> bytes:
    """A record of a batch, `delta` behind the batch's first offset."""
    body = b"".join(
        (
            b"\0",  # attributes
            write_varint(0),  # time
            write_varint(delta),
            write_bytes(key),
            write_bytes(value),
            write_varint(len(headers)),
            *(write_bytes(name) + write_bytes(content) for name, content in headers),
        )
    )
    return write_varint(len(body)) + body


def write_batch(
    *records: bytes, base_offset: int = 0, packing: str = "none", packed: bytes | None = None
) -> bytes:
    """A batch of records, or of the bytes `packed` that claim to hold them."""
    number, pack = PACKINGS[packing]
    content = bytes(pack(b"".join(records))) if packed is None else packed
    checked = struct.pack(">hiqqqhii", number, len(records) - 1, 0, 0, -1, -1, -1, len(records))
    checked += content
    length = struct.calcsize(">ibI") + len(checked)
    return struct.pack(">qiibI", base_offset, length, 0, 2, calc_crc32c(checked)) + checked


async def send_batch(settings: KafkaSettings, batch: bytes, *, partition: int = 0) -> None:
    """Send a batch to the topic of listing events. Raises the error that a broker answers with."""
    topic = settings.listing_events
    request = ProduceRequest(None, _ALL_REPLICAS, _SECONDS * 1000, [(topic, [(partition, batch)])])
    client = AIOKafkaClient(**client_options(settings))
    await client.bootstrap()
    try:
        async with asyncio.timeout(_SECONDS):
            code = NotLeaderForPartitionError.errno
            while code == NotLeaderForPartitionError.errno:  # of a new topic
                await client.set_topics([topic])
                await client.force_metadata_update()
                leader = client.cluster.leader_for_partition(TopicPartition(topic, partition))
                answer = await client.send(leader, request)
                [(_, [(_, code, *_)])] = answer.topics
    finally:
        await client.close()
    if code:
        raise for_code(code)
