"""Events in the order of their own times, over all partitions, from bounded windows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from aiokafka import TopicPartition

from stream.adapters.kafka.backfill_record import Record, Stretch, Tally
from stream.adapters.kafka.event_time_order import EventTimeOrder
from stream.domain.event import Message

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Minutes = int | None


def event(partition: int, offset: int, minute: Minutes, key: str | None = None) -> Message:
    """An event that happened so many minutes after noon; None does not tell."""
    return Message(
        topic="events",
        partition=partition,
        offset=offset,
        key=(key or f"{partition}-{offset}").encode(),
        value=b"" if minute is None else str(minute).encode(),
    )


def time_of(message: Message) -> datetime | None:
    return NOON + timedelta(minutes=int(message.value)) if message.value else None


def record_of(partitions: Sequence[Sequence[Message]]) -> Record:
    return {
        TopicPartition("events", number): Stretch(start=0, end=len(messages), offset=0)
        for number, messages in enumerate(partitions)
    }


def partitions_of(*minutes: Sequence[Minutes]) -> list[list[Message]]:
    return [
        [event(number, offset, minute) for offset, minute in enumerate(times)]
        for number, times in enumerate(minutes)
    ]


def play(
    partitions: Sequence[Sequence[Message]],
    order: EventTimeOrder,
    *,
    page: int = 3,
    most: int = 10**6,
) -> list[Message]:
    """Read by pages whatever is wanted, and take what comes, each done at once."""
    taken: list[Message] = []
    while len(taken) < most:
        while wanted := order.wanted:
            for place, start in wanted.items():
                messages = partitions[place.partition][start : start + page]
                order.add(place, messages, start + len(messages))
        message = order.take()
        if message is None:
            break
        taken.append(message)
        order.note_done(message, Tally(processed=1))
    return taken


def minutes_of(messages: Iterable[Message]) -> list[int]:
    return [int(message.value) for message in messages if message.value]


def test_partitions_are_merged_by_time_with_ties_by_partition_and_offset() -> None:
    partitions = partitions_of([0, 5, 5, 9], [1, 5, 100], [2])
    taken = play(partitions, EventTimeOrder(record_of(partitions), time_of))
    assert [(one.partition, one.offset) for one in taken] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (0, 1),
        (0, 2),
        (1, 1),
        (0, 3),
        (1, 2),
    ]


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_the_order_depends_on_the_events_alone_and_not_on_how_they_were_fetched(page: int) -> None:
    random = Random(3)  # noqa: S311
    minutes = [[random.randrange(500) for _ in range(200)] for _ in range(3)]
    partitions = partitions_of(*minutes)

    def played(page: int) -> list[Message]:
        order = EventTimeOrder(record_of(partitions), time_of, limit_events=20)
        return play(partitions, order, page=page)

    assert played(page) == played(3)
    assert len(played(page)) == 600


def test_what_is_a_window_ahead_is_sorted_and_what_lies_farther_behind_comes_at_once() -> None:
    partitions = partitions_of([3, 2, 1, 7, 8, 9, 4])
    order = EventTimeOrder(record_of(partitions), time_of, limit_events=4)
    assert minutes_of(play(partitions, order)) == [1, 2, 3, 4, 7, 8, 9]
    order = EventTimeOrder(record_of(partitions), time_of, limit_events=2)
    assert minutes_of(play(partitions, order)) == [2, 1, 3, 7, 8, 4, 9]


def test_a_window_is_bounded_by_bytes_too_and_holds_one_event_of_any_size() -> None:
    partitions = partitions_of([30, 20, 10])
    order = EventTimeOrder(record_of(partitions), time_of, limit_bytes=1)
    assert minutes_of(play(partitions, order)) == [30, 20, 10]
    order = EventTimeOrder(record_of(partitions), time_of, limit_bytes=6)
    assert minutes_of(play(partitions, order)) == [10, 20, 30]


def test_events_of_one_listing_keep_their_order_whatever_their_times_say() -> None:
    first, other, second, third = (
        event(0, 0, 10, "a"),
        event(0, 1, 7, "b"),
        event(0, 2, 5, "a"),
        event(0, 3, 6, "a"),
    )
    partitions = [[first, other, second, third]]
    taken = play(partitions, EventTimeOrder(record_of(partitions), time_of))
    assert taken == [other, first, second, third]


def test_an_event_without_a_time_follows_the_one_before_it() -> None:
    partitions = partitions_of([1, None, 8], [2, 3])
    taken = play(partitions, EventTimeOrder(record_of(partitions), time_of))
    assert [(one.partition, one.offset) for one in taken][:3] == [(0, 0), (0, 1), (1, 0)]


def test_stopped_anywhere_the_record_tells_what_is_left_and_nothing_is_done_twice() -> None:
    random = Random(5)  # noqa: S311
    partitions = partitions_of(*([random.randrange(60) for _ in range(50)] for _ in range(2)))
    whole = play(partitions, EventTimeOrder(record_of(partitions), time_of, limit_events=10))
    for count in range(len(whole) + 1):
        stopped = EventTimeOrder(record_of(partitions), time_of, limit_events=10)
        before = play(partitions, stopped, most=count)
        again = EventTimeOrder(stopped.record, time_of, limit_events=10)
        after = play(partitions, again)
        assert sorted(map(_place, [*before, *after])) == sorted(map(_place, whole))
        assert all(stretch.is_done and not stretch.ahead for stretch in again.record.values())
        assert _processed(again.record) == len(whole)


def test_what_is_read_and_not_done_is_left_to_do() -> None:
    partitions = partitions_of([2, 1])
    order = EventTimeOrder(record_of(partitions), time_of)
    assert len(play(partitions, order, most=1)) == 1
    [stretch] = order.record.values()
    assert (stretch.offset, stretch.ahead, stretch.is_done) == (0, (1,), False)
    assert order.take() is not None
    assert order.record == {TopicPartition("events", 0): stretch}


def test_gaps_that_compaction_and_transactions_leave_are_no_reason_to_wait() -> None:
    place = TopicPartition("events", 0)
    order = EventTimeOrder({place: Stretch(start=0, end=10, offset=0)}, time_of)
    order.add(place, [event(0, 4, 1)], 11)
    message = order.take()
    assert message is not None
    order.note_done(message, Tally())
    assert not order.wanted
    assert order.take() is None
    assert order.record[place].is_done


def test_what_lies_behind_the_end_of_the_range_is_no_part_of_it() -> None:
    place = TopicPartition("events", 0)
    order = EventTimeOrder({place: Stretch(start=0, end=1, offset=0)}, time_of)
    order.add(place, [event(0, 0, 1), event(0, 1, 0)], 2)
    assert order.take() == event(0, 0, 1)
    assert order.take() is None


def _place(message: Message) -> tuple[int, int]:
    return message.partition, message.offset


def _processed(record: Mapping[TopicPartition, Stretch]) -> int:
    return sum(stretch.tally.processed for stretch in record.values())
