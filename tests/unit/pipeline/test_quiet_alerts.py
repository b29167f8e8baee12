"""Alerts that a backfill keeps to itself: in the ledger, and sent by a backfill that sends them."""

from dataclasses import replace

import msgspec

from stream.domain.alert import Origin
from stream.domain.event import Event
from stream.pipeline.handle_event import Manner
from stream.pipeline.process_batch import BatchProcessor
from stream.pipeline.process_event import Kept, Outcome, Services, process_event
from stream.pipeline.publish import Sending, publish
from tests.support.memory_worker import MemoryWorker, deleted, posted


async def _quietly(event: Event, services: Services, kept: Kept) -> Outcome:
    state = replace(services.state, is_quiet=True)
    return await process_event(event, replace(services, state=state), kept)


def quiet(worker: MemoryWorker) -> BatchProcessor:
    return worker.processor(manner=Manner(origin=Origin.BACKFILL, process=_quietly))


async def twins(processor: BatchProcessor) -> None:
    await processor.process([posted("L-1", ["a1"])])
    await processor.process([posted("L-2", ["a2"])])


async def test_a_quiet_alert_is_kept_with_its_origin_and_sent_by_nobody() -> None:
    worker = MemoryWorker()
    await twins(quiet(worker))
    assert worker.open_pairs == {("L-1", "L-2")}
    await worker.processor().process([posted("L-2", ["a2"], version=1)])
    assert not worker.publisher.messages
    [pair] = worker.ledger.pairs.values()
    assert pair.is_quiet
    assert pair.message is not None
    assert b'"origin":"backfill"' in pair.message


async def test_a_quiet_alert_can_be_sent_later_as_it_stands_once() -> None:
    worker = MemoryWorker()
    await twins(quiet(worker))
    [pair] = worker.ledger.pairs.values()
    sent = [
        await publish([pair.pair_id], worker.ledger, worker.publisher, Sending.NEW)
        for _ in range(2)
    ]
    assert sent == [1, 0]
    assert worker.publisher.messages == [(pair.pair_id, pair.message)]


async def test_what_was_sent_is_sent_again_byte_for_byte_when_all_is_wanted() -> None:
    worker = MemoryWorker()
    await twins(worker.processor())
    [pair_id] = worker.ledger.pairs
    assert await publish([pair_id], worker.ledger, worker.publisher, Sending.ALL) == 1
    first, again = worker.publisher.messages
    assert first == again


async def test_a_live_change_of_a_quiet_pair_is_sent() -> None:
    worker = MemoryWorker()
    await twins(quiet(worker))
    await worker.processor().process([deleted("L-2", version=2)])
    [alert] = worker.publisher.alerts
    assert (alert.data.state, alert.data.origin) == ("retracted", "live")


async def test_what_takes_the_place_of_an_alert_that_was_still_to_be_sent_is_sent() -> None:
    """A live worker was killed before it could send; its event will find nothing left to do."""
    worker = MemoryWorker()
    await twins(worker.processor())
    [pair] = worker.ledger.pairs.values()
    unsent = msgspec.structs.replace(pair, published_revision=-1)
    worker.ledger.pairs[pair.pair_id] = unsent
    worker.publisher.messages.clear()
    await quiet(worker).process([posted("L-2", ["a2"], version=2)])
    [alert] = worker.publisher.alerts
    assert (alert.data.state, alert.data.origin) == ("updated", "backfill")
    assert alert.data.revision > unsent.message_revision
