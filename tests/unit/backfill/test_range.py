"""Ranges as people write them."""

import msgspec
import pytest

from stream.adapters.kafka.backfill_range import parse_range
from stream.adapters.kafka.backfill_record import Stretch
from stream.domain.errors import StopError


def test_two_ways_to_write_one_range_have_one_name() -> None:
    one = parse_range("2026-03-01T01:00:00+01:00", "0017")
    assert str(one) == str(parse_range("2026-03-01T00:00:00Z", "17"))
    assert str(one) == "2026-03-01T00:00:00Z..17"


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-03-01", "2026-03-01T00:00:00", "-3", "1.5", ""]
)
def test_what_is_no_end_of_a_range_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(StopError, match="earliest, latest, an offset, or a time with its zone"):
        parse_range(text, "latest")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("latest", "earliest"),
        ("latest", "17"),
        ("17", "earliest"),
        ("17", "16"),
        ("2026-03-02T00:00:00Z", "2026-03-01T00:00:00Z"),
    ],
)
def test_a_range_that_ends_before_it_begins_is_refused(start: str, end: str) -> None:
    with pytest.raises(StopError, match="nothing lies between"):
        parse_range(start, end)


@pytest.mark.parametrize(("limit", "end"), [(12, 12), (3, 5), (40, 20), (None, 20)])
def test_a_limit_cuts_off_the_end_of_its_partition_and_no_more(limit: int | None, end: int) -> None:
    limits = {0: 7} if limit is None else {1: limit, 0: 7}
    limited = msgspec.structs.replace(parse_range("5", "20"), limits=limits)
    whole = Stretch(start=5, end=20, offset=5)
    assert limited.limited(1, whole) == msgspec.structs.replace(whole, end=end)
    assert str(limited) == "5..20"
