"""How what a backfill has taken is cut into batches."""

import pytest

from stream.adapters.kafka.backfill_member import cut
from stream.domain.event import Message

MESSAGES = [
    Message(topic="t", partition=0, offset=offset, key=None, value=b"") for offset in range(10)
]


@pytest.mark.parametrize(
    ("left", "offsets"),
    [
        (range(10), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]),
        ((), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]),
        ((1, 2, 3, 6, 9), [[0, 1, 2, 3, 4, 5, 6], [7, 8, 9]]),
        ((6, 7, 8, 9), [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]),
    ],
)
def test_no_batch_has_more_than_so_many_events_to_process_and_none_is_lost(
    left: range | tuple[int, ...], offsets: list[list[int]]
) -> None:
    places = {MESSAGES[offset].place for offset in left}
    stretches = cut(MESSAGES, places, size=4)
    assert [[message.offset for message in stretch] for stretch in stretches] == offsets
