"""What is down for everybody makes no flood of dead letters."""

import pytest

from stream.domain.errors import (
    DeadLetterError,
    DeadLetterReason,
    OutageError,
    PhotoError,
    PhotoErrorReason,
    RetryError,
)
from stream.domain.event import Message
from stream.pipeline.bury import Burial
from stream.pipeline.process_batch import BatchProcessor
from stream.pipeline.retry import Patience
from stream.pipeline.watch_photo_servers import PhotoServerWatch
from tests.support.memory_photos import url_of
from tests.support.memory_topics import MemoryDeadLetters
from tests.support.memory_worker import MemoryWorker, posted

AWAY = PhotoError(PhotoErrorReason.AWAY, "the connection failed; given up within 15 s")
NOT_FOUND = PhotoError(PhotoErrorReason.NOT_SERVED, "answered 404")


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def worker() -> MemoryWorker:
    return MemoryWorker()


def events_of(
    worker: MemoryWorker, count: int, error: Exception, label: str = "a"
) -> list[Message]:
    """Events of listings whose only photo fails."""
    labels = [f"{label}{number}" for number in range(count)]
    worker.photos.failures |= {url_of(one): error for one in labels}
    return [posted(f"L-{one}", [one]) for one in labels]


async def process_each(processor: BatchProcessor, events: list[Message]) -> None:
    for event in events:
        await processor.process([event])


async def test_a_network_that_is_away_stops_the_worker_before_a_flood(
    worker: MemoryWorker,
) -> None:
    processor = worker.processor(retry_seconds=0.001)
    with pytest.raises(OutageError, match="of the last 10 listings' photo servers 10 did not"):
        await process_each(processor, events_of(worker, 50, AWAY))
    assert len(worker.dead_letters.letters) == 9


async def test_a_network_that_comes_back_loses_nothing(worker: MemoryWorker) -> None:
    processor = worker.processor()
    *first, last = events_of(worker, 10, AWAY)
    await process_each(processor, first)

    class ComingBack(dict[str, Exception]):
        """Fails once more, then no longer."""

        def __getitem__(self, url: str) -> Exception:
            return self.pop(url)

    worker.photos.failures = ComingBack(worker.photos.failures)
    await processor.process([last])
    assert len(worker.dead_letters.letters) == 9
    assert worker.index.heads["L-a9"].is_finished


async def test_a_listing_whose_own_server_is_away_is_a_dead_letter(worker: MemoryWorker) -> None:
    processor = worker.processor(retry_seconds=0.001)
    await process_each(processor, [posted(f"L-{n}", [f"b{n}"]) for n in range(10)])
    await process_each(processor, events_of(worker, 30, AWAY)[:8])
    reasons = [error.reason for _, error, _ in worker.dead_letters.letters]
    assert reasons == [DeadLetterReason.NO_USABLE_PHOTO] * 8


async def test_a_server_that_refuses_has_answered(worker: MemoryWorker) -> None:
    processor = worker.processor(retry_seconds=0.001)
    await process_each(processor, events_of(worker, 20, NOT_FOUND))
    assert len(worker.dead_letters.letters) == 20


async def test_one_listing_however_often_it_is_tried_says_nothing_of_the_network() -> None:
    watch = PhotoServerWatch()
    for _ in range(100):
        watch.record("L-1", is_answered=False)
    watch.check()


async def test_what_was_away_long_ago_says_nothing_of_now() -> None:
    clock = Clock()
    watch = PhotoServerWatch(clock=clock)
    for number in range(10):
        watch.record(f"L-{number}", is_answered=False)
    with pytest.raises(RetryError):
        watch.check()
    clock.seconds += 301
    watch.check()


async def test_too_many_dead_letters_a_minute_stop_the_worker(worker: MemoryWorker) -> None:
    processor = worker.processor(dead_letters_per_minute=5)
    unreadable = [
        Message(topic="listing-events", partition=0, offset=n, key=b"%d" % n, value=b"{")
        for n in range(6)
    ]
    await processor.process(unreadable[:5])
    with pytest.raises(
        OutageError, match=r"more than 5 events within a minute .*TWINLIST_DEAD_LETTERS_PER_MINUTE"
    ):
        await processor.process(unreadable[5:])
    assert len(worker.dead_letters.letters) == 5
    assert not worker.flights.recorded


async def test_as_many_as_allowed_go_on_for_ever() -> None:
    clock, letters = Clock(), MemoryDeadLetters()
    burial = Burial(letters, Patience(1), 2, clock=clock)
    message = Message(topic="listing-events", partition=0, offset=0, key=None, value=None)
    for _ in range(10):
        await burial.bury(message, _no_value(), 1)
        clock.seconds += 30
    assert len(letters.letters) == 10


def _no_value() -> DeadLetterError:
    return DeadLetterError(DeadLetterReason.NULL_VALUE, "no value")
