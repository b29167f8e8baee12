"""What a backfill would do, counted beforehand."""

from collections.abc import AsyncIterator, Sequence

from stream.backfill.estimate import Estimate, Estimator, estimate
from stream.domain.event import Message
from tests.support.memory_worker import MemoryWorker, deleted, posted


async def estimated(worker: MemoryWorker, *messages: Message) -> Estimate:
    async def pages() -> AsyncIterator[Sequence[Message]]:
        for message in messages:
            yield [message]

    estimator = Estimator(worker.index, worker.models.spec, max_message_bytes=2**16)
    return await estimate(pages(), estimator, worker.models, lambda _: None)


async def test_what_is_indexed_costs_nothing() -> None:
    worker = MemoryWorker()
    event = posted("L-1", ["a1", "a2"])
    await worker.processor().process([event])
    found = await estimated(worker, event)
    assert (found.events, found.to_do, found.skipped) == (1, 0, 1)
    assert (found.photos_to_fetch, found.photos_to_encode, found.index_bytes) == (0, 0, 0)


async def test_an_update_that_adds_one_photo_encodes_one() -> None:
    worker = MemoryWorker()
    await worker.processor().process([posted("L-1", ["a1", "a2"])])
    found = await estimated(worker, posted("L-1", ["a1", "a2", "a3"], version=2))
    assert (found.to_do, found.photos_to_fetch, found.photos_to_encode) == (1, 3, 1)


async def test_photos_that_earlier_events_of_the_range_bring_are_counted_once() -> None:
    events = [posted("L-1", ["a1"]), posted("L-1", ["a1", "a2"], version=2)]
    found = await estimated(MemoryWorker(), *events)
    assert (found.to_do, found.photos_to_encode) == (2, 2)
    assert found.index_bytes > 0


async def test_bad_events_deletes_and_what_the_range_itself_supersedes_are_told_apart() -> None:
    bad = posted("L-2", [])
    events = [deleted("L-1", version=3), posted("L-1", ["a1"], version=2), bad]
    found = await estimated(MemoryWorker(), *events)
    assert (found.events, found.to_do, found.skipped, found.dead_letters) == (3, 1, 1, 1)
    assert found.photos_to_fetch == 0


async def test_an_estimate_writes_nothing() -> None:
    worker = MemoryWorker()
    await estimated(worker, posted("L-1", ["a1"]))
    assert not worker.index.heads
    assert not worker.photos.fetched
    assert not worker.flights.recorded
