"""Record batches as brokers send them, read so that none of them stops its reader.

Brokers check neither whether the names of headers are UTF-8, nor how many there are, nor how much a
packed batch unpacks to. aiokafka raises at such a name, again and again at the same place, so that
nothing behind it is ever read, and takes as much memory as others want. Here what it cannot read,
and what is far too much, becomes a record that says so.

Source of the format: https://kafka.apache.org/documentation/#recordbatch
"""

import struct
from collections.abc import Iterator
from itertools import count
from typing import Any

import structlog
from aiokafka.errors import CorruptRecordException, KafkaError
from aiokafka.record.default_records import DefaultRecord, DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint_py

from stream.adapters.kafka.unpacking import RECORDS, unpack

_log = structlog.stdlib.get_logger(__name__)

UNREADABLE = "twinlist-unreadable"
"""Header of a record that is not what was sent: why. A sender who writes it harms its own event."""

_LENGTH, _MAGIC, _COUNT = 8, 16, 57
"""Where they lie in a batch: how many bytes follow, the version of the format, how many records."""

_FIRST_MAGIC = 2
"""Of the format that has headers; what older ones hold is left to aiokafka."""

MOST_HEADERS = 1000
"""Of a record; one takes two bytes in a topic, and thirty times as much in memory."""

_FIRST_HEADERS, _LAST_HEADERS = 800, 100
"""Of too many those that are left. What a dead letter adds stands last, and is never too much."""

_LONGEST_NAME = 64


class RecordBatches:
    """The batches that were fetched of a partition, with the methods of aiokafka's `MemoryRecords`.

    What aiokafka can read, it reads.
    """

    def __init__(self, fetched: bytes) -> None:
        self._fetched = fetched
        self._position = 0

    def size_in_bytes(self) -> int:
        """How much was fetched."""
        return len(self._fetched)

    def has_next(self) -> bool:
        """Whether there is another whole batch; brokers cut off the last one."""
        return self._end() <= len(self._fetched)

    def next_batch(self) -> Any:  # noqa: ANN401 (aiokafka has no types)
        """Return the next batch. Raises `CorruptRecordException` when it is none."""
        raw = self._fetched[self._position : self._end()]
        if len(raw) <= _MAGIC or (raw[_MAGIC] >= _FIRST_MAGIC and len(raw) < RECORDS):
            raise CorruptRecordException("a broker sent something that is no batch of records")
        self._position += len(raw)
        batch = MemoryRecords(raw).next_batch()
        if raw[_MAGIC] < _FIRST_MAGIC or batch.is_control_batch:
            return batch
        return _Batch(raw, batch)

    def _end(self) -> int:
        start = self._position + _LENGTH + 4
        if start > len(self._fetched):
            return start
        (length,) = struct.unpack_from(">i", self._fetched, start - 4)
        return start + max(0, int(length))


class _Batch:
    """One batch, with what aiokafka's fetcher asks of it."""

    is_control_batch = False

    def __init__(self, raw: bytes, batch: Any) -> None:  # noqa: ANN401 (aiokafka has no types)
        self._raw = raw
        self._batch = batch
        self.base_offset: int = batch.base_offset
        self.next_offset: int = batch.next_offset
        self.producer_id: int = batch.producer_id
        self.is_transactional: bool = batch.is_transactional
        (records,) = struct.unpack_from(">i", raw, _COUNT)
        self._is_full = records == self.next_offset - self.base_offset

    def validate_crc(self) -> bool:
        """Whether this is what was sent; if not, aiokafka raises, and the worker stops.

        No event is to blame for a broken disk, and another fetch may bring what was sent.
        """
        is_sent: bool = self._batch.validate_crc()
        if not is_sent:
            _log.error("the checksum of a record batch is wrong", offset=self.base_offset)
        return is_sent

    def __iter__(self) -> Iterator[Any]:
        """Yield the records; in the place of what cannot be read, one with `UNREADABLE`."""
        try:
            plain = unpack(self._raw)
        except ValueError as error:
            where = f"the records from offset {self.base_offset} to {self.next_offset - 1}"
            yield self._unreadable(self._raw, f"{where} {error}")
            return
        index = 0
        try:
            for record in DefaultRecordBatch(plain):
                yield self._bounded(record, index)
                index += 1
        except (KafkaError, ValueError, ArithmeticError, MemoryError, SystemError) as error:
            _log.warning("a record cannot be read", batch=self.base_offset, error=str(error))
            yield from self._read_from(index, _Bytes(plain[RECORDS:]))

    def _read_from(self, first: int, left: "_Bytes") -> Iterator[Any]:
        """Yield the records from the one with this index on."""
        for index in count():
            start = left.position
            try:
                record = self._read(left.take(left.read_number()))
            except ValueError:
                # Where a record does not say where it ends, nobody knows where the next one begins.
                if rest := left.since(start):
                    yield self._unreadable(rest, f"{len(rest)} bytes of a batch hold no record")
                return
            if index >= first:
                yield self._bounded(record, index)

    def _read(self, record: bytes) -> Any:  # noqa: ANN401 (aiokafka has no types)
        """Read a record, without its length. Raises `ValueError` when it has not even an offset."""
        left = _Bytes(record)
        left.take(1)  # attributes
        left.read_number()  # time
        offset = self.base_offset + left.read_number()
        try:
            key, value = left.read_bytes(), left.read_bytes()
            named = [(left.read_bytes(), left.read_bytes()) for _ in range(left.read_number())]
        except ValueError:
            return self._unreadable(record, "the record ends within a field", offset)
        headers = [(_escape(name), content) for name, content in named]
        strange = [name for name, _ in named if _escape(name).encode() != name]
        if strange:
            shown = strange[0] and strange[0][:_LONGEST_NAME]
            headers.append((UNREADABLE, f"the name of a header is not UTF-8: {shown!r}".encode()))
        return self._record(offset, key, value, headers)

    def _bounded(self, record: Any, index: int) -> Any:  # noqa: ANN401 (aiokafka has no types)
        """Return a record in its place, and without most of its headers if they are too many.

        In a batch that nothing was removed from, records lie side by side, whatever they say:
        brokers do not look, and aiokafka would pass over those that seem to lie further back.
        """
        headers = record.headers
        place = self.base_offset + index if self._is_full else record.offset
        if place == record.offset and len(headers) <= MOST_HEADERS:
            return record
        if len(headers) > MOST_HEADERS:
            why = f"of {len(headers)} headers {_FIRST_HEADERS + _LAST_HEADERS} are left"
            left = (*headers[:_FIRST_HEADERS], *headers[-_LAST_HEADERS:])
            headers = [*left, (UNREADABLE, why.encode())]
        return self._record(place, record.key, record.value, headers)

    def _unreadable(self, content: bytes, why: str, offset: int | None = None) -> Any:  # noqa: ANN401
        """A record of bytes as they lie in a batch, by default in the place of the last record.

        A reader that begins within the batch would pass over an earlier place.
        """
        place = self.next_offset - 1 if offset is None else offset
        return self._record(place, None, content, [(UNREADABLE, why.encode())])

    def _record(
        self,
        offset: int,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]],
    ) -> Any:  # noqa: ANN401 (aiokafka has no types)
        return DefaultRecord(offset, self._batch.max_timestamp, 0, key, value, headers)


class _Bytes:
    """Bytes that are taken from the front. Raises `ValueError` where they end too early."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.position = 0

    def since(self, position: int) -> bytes:
        """Return all from an earlier position on."""
        return self._content[position:]

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        end = self.position + count
        if not self.position <= end <= len(self._content):
            raise ValueError(f"{count} bytes are not there")
        taken = self._content[self.position : end]
        self.position = end
        return taken

    def read_number(self) -> int:
        """Return the next number."""
        try:
            number, self.position = decode_varint_py(self._content, self.position)
        except IndexError as error:
            raise ValueError("a number has no end") from error
        return int(number)

    def read_bytes(self) -> bytes | None:
        """Return what stands behind its length; a negative one is that of none."""
        count = self.read_number()
        return None if count < 0 else self.take(count)


def _escape(name: bytes | None) -> str:
    """The name of a header as text, whatever it is."""
    return (name or b"").decode(errors="backslashreplace")
