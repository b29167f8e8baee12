"""When a worker counts as ready and as live."""

from dataclasses import dataclass

import pytest

from stream.observability.metrics import REGISTRY
from stream.observability.progress import Progress

EVENTS = ("listing-events", 0)
OTHERS = ("listing-events", 1)


@dataclass
class Clock:
    """Seconds that a test lets pass."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    return Progress(300, clock=clock)


def test_a_worker_that_is_still_starting_is_live_and_not_ready(
    progress: Progress, clock: Clock
) -> None:
    clock.seconds += 3600
    assert progress.is_live
    assert not progress.is_ready


def test_it_is_ready_once_it_has_its_partitions(progress: Progress) -> None:
    progress.assign([EVENTS])
    assert progress.is_ready


def test_a_spare_worker_without_partitions_is_ready_too(progress: Progress) -> None:
    progress.assign([])
    assert progress.is_ready


def test_it_is_no_longer_live_when_events_wait_and_none_is_acknowledged(
    progress: Progress, clock: Clock
) -> None:
    progress.assign([EVENTS])
    for _ in range(2):
        clock.seconds += 150
        progress.measure_lag({EVENTS: 5})
        assert progress.is_live
    clock.seconds += 1
    assert not progress.is_live


def test_an_acknowledgement_makes_it_live_again(progress: Progress, clock: Clock) -> None:
    progress.assign([EVENTS])
    clock.seconds += 301
    progress.acknowledge()
    assert progress.is_live


def test_it_stays_live_while_nothing_waits(progress: Progress, clock: Clock) -> None:
    progress.assign([EVENTS, OTHERS])
    for _ in range(10):
        clock.seconds += 299
        progress.measure_lag({EVENTS: 0, OTHERS: 0})
    assert progress.is_live


def test_one_event_after_an_idle_hour_does_not_count_as_an_hours_stall(
    progress: Progress, clock: Clock
) -> None:
    progress.assign([EVENTS])
    clock.seconds += 3600
    progress.measure_lag({EVENTS: 0})
    clock.seconds += 5
    progress.measure_lag({EVENTS: 1})
    assert progress.is_live


def test_a_loop_that_hangs_and_measures_nothing_is_not_live(
    progress: Progress, clock: Clock
) -> None:
    progress.assign([EVENTS])
    progress.measure_lag({EVENTS: 0})
    clock.seconds += 301
    assert not progress.is_live


def test_new_partitions_start_the_time_anew(progress: Progress, clock: Clock) -> None:
    progress.assign([EVENTS])
    clock.seconds += 299
    progress.assign([OTHERS])
    clock.seconds += 299
    assert progress.is_live


def test_the_lag_of_partitions_that_went_to_others_is_no_longer_exposed(
    progress: Progress,
) -> None:
    progress.assign([EVENTS, OTHERS])
    progress.measure_lag({EVENTS: 3, OTHERS: 4})
    assert (_lag(EVENTS), _lag(OTHERS)) == (3, 4)
    progress.assign([OTHERS])
    assert (_lag(EVENTS), _lag(OTHERS)) == (None, 4)
    progress.assign([])
    assert _lag(OTHERS) is None


def test_assignment_and_progress_are_exposed(progress: Progress) -> None:
    progress.assign([EVENTS, OTHERS])
    assert REGISTRY.get_sample_value("twinlist_assigned_partitions") == 2
    before = REGISTRY.get_sample_value("twinlist_last_progress_timestamp_seconds") or 0
    progress.acknowledge()
    after = REGISTRY.get_sample_value("twinlist_last_progress_timestamp_seconds") or 0
    assert after >= before > 0


def _lag(partition: tuple[str, int]) -> float | None:
    topic, number = partition
    return REGISTRY.get_sample_value(
        "twinlist_consumer_lag", {"topic": topic, "partition": str(number)}
    )
