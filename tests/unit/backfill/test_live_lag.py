"""How long the live stream has been waiting, from offsets alone."""

from aiokafka import TopicPartition

from stream.adapters.kafka.live_lag import LiveLag, SeenEnds

ONE, OTHER = TopicPartition("listing-events", 0), TopicPartition("listing-events", 1)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_waits_where_all_is_committed() -> None:
    assert SeenEnds(Clock()).compare({ONE: 7}, {ONE: 7}) == LiveLag()


def test_an_event_waits_from_when_it_was_first_seen_until_it_is_committed() -> None:
    clock = Clock()
    seen = SeenEnds(clock)
    seen.compare({ONE: 7}, {ONE: 7})
    assert seen.compare({ONE: 9}, {ONE: 7}) == LiveLag(events=2, oldest_seconds=0)
    clock.now += 2
    assert seen.compare({ONE: 10}, {ONE: 8}) == LiveLag(events=2, oldest_seconds=2)
    clock.now += 1
    assert seen.compare({ONE: 10}, {ONE: 9}) == LiveLag(events=1, oldest_seconds=1)
    assert seen.compare({ONE: 10}, {ONE: 10}) == LiveLag()


def test_the_partition_that_waits_longest_counts() -> None:
    clock = Clock()
    seen = SeenEnds(clock)
    seen.compare({ONE: 2, OTHER: 5}, {ONE: 2, OTHER: 4})
    clock.now += 4
    lag = seen.compare({ONE: 3, OTHER: 5}, {ONE: 2, OTHER: 4})
    assert lag == LiveLag(events=2, oldest_seconds=4)


def test_what_turns_out_to_be_no_event_does_not_wait() -> None:
    clock = Clock()
    seen = SeenEnds(clock)
    seen.compare({ONE: 8}, {ONE: 7})
    clock.now += 5
    assert seen.compare({ONE: 7}, {ONE: 7}) == LiveLag()
