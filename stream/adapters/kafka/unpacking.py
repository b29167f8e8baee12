"""Unpack a batch of records, never into more memory than there may be. Pure."""

import struct
from collections.abc import Iterator

import cramjam
import numpy as np

LARGEST_BYTES = 16 * 2**20
"""Of a batch; clients send batches of a megabyte or so, and listings hold urls, not photos."""

ATTRIBUTES, RECORDS = 21, 61
"""Where they lie in a batch."""

_CODEC = 0b111  # in the attributes
_NOT_PACKED, _SNAPPY = 0, 2
_UNPACK_INTO = {
    1: cramjam.gzip.decompress_into,
    _SNAPPY: cramjam.snappy.decompress_raw_into,
    3: cramjam.lz4.decompress_into,
    4: cramjam.zstd.decompress_into,
}
_JAVA_SNAPPY = b"\x82SNAPPY\0"
"""How Java's clients begin; two versions and blocks of Snappy follow, each behind its length."""


def unpack(batch: bytes) -> bytes:
    """Return the same batch with its records not packed; its checksum does not hold for it.

    Raises `ValueError` when that cannot be done within `LARGEST_BYTES`.
    """
    (attributes,) = struct.unpack_from(">h", batch, ATTRIBUTES)
    codec = attributes & _CODEC
    if codec == _NOT_PACKED:
        return batch
    try:
        unpack_into = _UNPACK_INTO[codec]
        room = np.empty(LARGEST_BYTES, np.uint8).data  # takes no memory where nothing is written
        count = 0
        for block in _blocks(codec, batch[RECORDS:]):
            count += unpack_into(block, room[count:])
    except (KeyError, cramjam.DecompressionError, struct.error) as error:
        raise ValueError(
            f"cannot be unpacked, to {LARGEST_BYTES // 2**20} MiB at most: {error}"
        ) from error
    head = bytearray(batch[:RECORDS])
    struct.pack_into(">h", head, ATTRIBUTES, attributes & ~_CODEC)
    return bytes(head) + room[:count]


def _blocks(codec: int, packed: bytes) -> Iterator[bytes]:
    if codec != _SNAPPY or not packed.startswith(_JAVA_SNAPPY):
        yield packed
        return
    position = len(_JAVA_SNAPPY) + struct.calcsize(">ii")
    while position < len(packed):
        (count,) = struct.unpack_from(">I", packed, position)
        position += struct.calcsize(">I")
        yield packed[position : position + count]
        position += count
