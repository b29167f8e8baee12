"""Batches of records, good ones as aiokafka reads them, and all others to their end."""

import struct
from collections.abc import Sequence
from typing import Any

import cramjam
import pytest
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from stream.adapters.kafka.record_batches import MOST_HEADERS, UNREADABLE, RecordBatches
from stream.adapters.kafka.unpacking import LARGEST_BYTES, RECORDS
from tests.support.record_batches import PACKINGS, write_batch, write_record, write_varint

FIRST = 17
ILL_NAMED = write_record(0, headers=[(b"\xff", b"x")])

nullable = st.none() | st.binary(max_size=40)
header = st.tuples(st.text(max_size=8).map(str.encode), nullable)
content = st.tuples(nullable, nullable, st.lists(header, max_size=4))


def read(*batches: bytes) -> list[Any]:
    found = RecordBatches(b"".join(batches))
    records = []
    while found.has_next():
        batch = found.next_batch()
        assert batch.validate_crc()
        records += list(batch)
    return records


def told(record: Any) -> str:
    """Why a record is not what was sent."""
    headers: dict[str, bytes] = dict(record.headers)
    return headers.get(UNREADABLE, b"").decode()


@given(
    records=st.lists(content, min_size=1, max_size=5),
    packing=st.sampled_from(sorted(PACKINGS)),
    cut=st.integers(0, 60),
)
def test_what_aiokafka_can_read_is_read_alike(
    records: Sequence[tuple[bytes | None, bytes | None, list[tuple[bytes, bytes | None]]]],
    packing: str,
    cut: int,
) -> None:
    written = [
        write_record(delta, key=key, value=value, headers=headers)
        for delta, (key, value, headers) in enumerate(records)
    ]
    batch = write_batch(*written, base_offset=FIRST, packing=packing)
    theirs = list(MemoryRecords(batch).next_batch())

    ours = read(batch, batch[:cut])  # brokers cut off the last one

    assert list(map(repr, ours)) == list(map(repr, theirs))
    assert len(ours) == len(records)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_name_that_is_no_text_spoils_its_own_record_alone(packing: str) -> None:
    headers = [(b"trace", b"1"), (b"\xff\xfe-\xc3\xa4", b"\xff"), (b"", None)]
    batch = write_batch(
        write_record(0, value=b"before"),
        write_record(1, key=b"L-1", value=b"\x00\xff", headers=headers),
        write_record(2, key=None, value=None, headers=[(b"trace", b"2")]),
        base_offset=FIRST,
        packing=packing,
    )

    before, spoilt, behind = read(batch)

    assert [one.offset for one in (before, spoilt, behind)] == [17, 18, 19]
    assert (before.value, told(before)) == (b"before", "")
    assert (spoilt.key, spoilt.value) == (b"L-1", b"\x00\xff")
    assert spoilt.headers[:-1] == [("trace", b"1"), (r"\xff\xfe-ä", b"\xff"), ("", None)]
    assert told(spoilt) == r"the name of a header is not UTF-8: b'\xff\xfe-\xc3\xa4'"
    assert (behind.key, behind.value, behind.headers) == (None, None, [("trace", b"2")])


def test_a_header_without_a_name_is_one() -> None:
    [record] = read(write_batch(write_record(0, headers=[(None, b"x")])))
    assert (record.key, record.value) == (b"key", b"value")
    assert told(record) == "the name of a header is not UTF-8: None"


@pytest.mark.parametrize("name", [b"x", b"\xff"], ids=["names as they should be", "and others"])
def test_of_too_many_headers_the_first_and_the_last_are_left(name: bytes) -> None:
    headers = [(name, b"%d" % number) for number in range(MOST_HEADERS + 1)]
    [record] = read(write_batch(write_record(0, headers=headers)))
    values = [int(value) for name, value in record.headers if name != UNREADABLE]
    assert values[:800] == list(range(800))
    assert values[-2:] == [MOST_HEADERS - 1, MOST_HEADERS]
    assert len(record.headers) == 901
    assert record.value == b"value"
    assert told(record).endswith("headers 900 are left")


@pytest.mark.parametrize("packing", sorted(PACKINGS.keys() - {"none"}))
def test_a_batch_that_unpacks_to_too_much_is_kept_as_it_lies(packing: str) -> None:
    bomb = write_batch(
        write_record(0, value=bytes(LARGEST_BYTES)),
        write_record(1),
        base_offset=FIRST,
        packing=packing,
    )
    kept, behind = read(bomb, write_batch(write_record(0), base_offset=FIRST + 2))

    assert (kept.offset, kept.key, kept.value) == (18, None, bomb)
    assert told(kept).startswith("the records from offset 17 to 18 cannot be unpacked, to 16 MiB")
    assert (behind.offset, behind.value) == (19, b"value")


@pytest.mark.parametrize("packing", sorted(PACKINGS.keys() - {"none"}))
def test_a_batch_that_cannot_be_unpacked_is_kept_as_it_lies(packing: str) -> None:
    broken = write_batch(write_record(0), packing=packing, packed=b"\x82SNAPPY\0 nothing at all")
    [kept] = read(broken)
    assert kept.value == broken
    assert "cannot be unpacked" in told(kept)


def test_a_batch_packed_in_a_way_that_nobody_knows_is_kept_as_it_lies() -> None:
    batch = bytearray(write_batch(write_record(0)))
    batch[22] = 7
    batch[17:21] = struct.pack(">I", calc_crc32c(bytes(batch[21:])))
    [kept] = read(bytes(batch))
    assert kept.value == batch
    assert "cannot be unpacked" in told(kept)


def test_snappy_is_unpacked_without_blocks_too() -> None:
    records = write_record(0), write_record(1)
    packed = bytes(cramjam.snappy.compress_raw(b"".join(records)))
    batch = write_batch(*records, packing="snappy", packed=packed)
    assert [(one.offset, one.value) for one in read(batch)] == [(0, b"value"), (1, b"value")]


def test_a_record_that_ends_too_early_is_kept_without_its_length() -> None:
    body = b"\0" + write_varint(0) + write_varint(1) + write_varint(100) + b"a short key"
    cut = write_varint(len(body)) + body
    before, kept, behind = read(write_batch(write_record(0), cut, write_record(2)))
    assert (before.value, behind.value) == (b"value", b"value")
    assert (kept.offset, kept.value) == (1, body)
    assert told(kept) == "the record ends within a field"


def test_what_follows_a_record_without_an_end_is_kept_in_the_last_place() -> None:
    endless = write_varint(1000) + b"whatever"
    before, kept = read(write_batch(write_record(0), endless, write_record(2), base_offset=FIRST))
    assert before.offset == 17
    assert (kept.offset, kept.value) == (19, endless + write_record(2))
    assert told(kept) == f"{len(kept.value)} bytes of a batch hold no record"


@pytest.mark.parametrize("middle", [0, 2**30, -5])
@pytest.mark.parametrize("first", [write_record(0), ILL_NAMED], ids=["readable", "ill named"])
def test_records_of_a_full_batch_lie_side_by_side_whatever_they_say(
    first: bytes, middle: int
) -> None:
    records = read(write_batch(first, write_record(middle), write_record(2), base_offset=FIRST))
    assert [record.offset for record in records] == [17, 18, 19]


@given(damaged=st.binary(max_size=80), packing=st.sampled_from(sorted(PACKINGS)))
def test_whatever_follows_a_spoilt_record_is_read_to_its_end(damaged: bytes, packing: str) -> None:
    batch = write_batch(ILL_NAMED, damaged, write_record(2), base_offset=FIRST, packing=packing)
    first, *rest = read(batch, write_batch(write_record(0), base_offset=FIRST + 3))
    assert told(first)
    assert rest[-1].offset == FIRST + 3
    is_whole = rest[-2].value == b"value" and not told(rest[-2])
    assert is_whole or any(map(told, rest))


@pytest.mark.parametrize("length", [-13, -12, 0, 5, 30])
def test_what_is_no_batch_is_refused_and_not_read_for_ever(length: int) -> None:
    batch = bytearray(write_batch(write_record(0)))
    struct.pack_into(">i", batch, 8, length)
    found = RecordBatches(bytes(batch))
    assert found.has_next()
    with pytest.raises(CorruptRecordException, match="no batch of records"):
        found.next_batch()


def test_damage_on_the_way_is_told_from_what_was_sent() -> None:
    batch = bytearray(write_batch(write_record(0), base_offset=FIRST))
    batch[RECORDS + 8] ^= 1
    assert not RecordBatches(bytes(batch)).next_batch().validate_crc()


def test_batches_of_formats_without_headers_are_aiokafkas() -> None:
    batch = bytearray(write_batch(write_record(0)))
    batch[16] = 1
    assert type(RecordBatches(bytes(batch)).next_batch()) is type(
        MemoryRecords(bytes(batch)).next_batch()
    )
