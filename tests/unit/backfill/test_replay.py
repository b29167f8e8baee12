"""An event that is replayed: what it says, and to whom."""

import pytest

from stream.adapters.kafka.backfill_record import Endings, Tally
from stream.backfill.alerts import AlertChoice, StoredAlerts
from stream.backfill.pace import Pace
from stream.backfill.replay import Replay
from stream.domain.event import Message
from tests.support.memory_topics import MemoryPublisher
from tests.support.memory_worker import MemoryWorker, posted

EVENTS = (posted("L-1", ["a1"]), posted("L-2", ["a2"]))


async def replay(
    worker: MemoryWorker, alerts: str, *messages: Message, aside: MemoryPublisher | None = None
) -> Tally:
    """Run one process of a backfill over messages, one by one; `aside` is a topic of its own."""
    choice, endings = AlertChoice(alerts), Endings()
    stored = StoredAlerts(choice, aside or worker.publisher)
    manner = Replay(stored, Pace(4, 3), endings, is_quiet=choice.is_quiet).manner
    processor = worker.processor(manner=manner)
    total = Tally()
    for message in messages:
        await processor.process(await processor.end_repeats([message]))
        total += endings.take(message.place)
    return total


async def test_it_counts_what_became_of_the_events_and_the_pairs_it_found() -> None:
    worker = MemoryWorker()
    bad = posted("L-3", [])
    assert await replay(worker, "new", *EVENTS, bad) == Tally(
        processed=2, dead_letters=1, pairs_found=1, alerts=1
    )
    assert await replay(worker, "new", *EVENTS) == Tally(repeated=2)
    newer = posted("L-1", ["a1"], version=2)
    assert (await replay(worker, "new", newer, EVENTS[0])).stale == 1


async def test_what_is_indexed_is_neither_fetched_nor_said_again() -> None:
    worker = MemoryWorker()
    await worker.processor().process(EVENTS)
    fetched, messages = list(worker.photos.fetched), list(worker.publisher.messages)
    worker.models.is_away = True  # any request would fail
    await replay(worker, "new", *EVENTS)
    assert worker.photos.fetched == fetched
    assert worker.publisher.messages == messages


async def test_alerts_kept_back_are_sent_once_when_both_their_listings_repeat() -> None:
    worker = MemoryWorker()
    events = (*EVENTS, posted("L-3", ["a3"]))
    assert (await replay(worker, "none", *events)).pairs_found == 3
    endings = Endings()
    alerts = StoredAlerts(AlertChoice("new"), worker.publisher)
    manner = Replay(alerts, Pace(4, 3), endings, is_quiet=False).manner
    assert not await worker.processor(manner=manner).end_repeats(events)
    tallies = [endings.take(event.place) for event in events]
    assert sum(tallies, Tally()) == Tally(repeated=3, alerts=3)
    assert len({pair_id for pair_id, _ in worker.publisher.messages}) == 3


async def test_none_says_nothing_and_new_then_says_all_of_it_once() -> None:
    worker = MemoryWorker()
    assert (await replay(worker, "none", *EVENTS)).pairs_found == 1
    assert not worker.publisher.messages
    assert await replay(worker, "new", *EVENTS) == Tally(repeated=2, alerts=1)
    assert await replay(worker, "new", *EVENTS) == Tally(repeated=2)
    [alert] = worker.publisher.alerts
    assert alert.data.origin == "backfill"


async def test_all_says_what_stands_once_more_byte_for_byte() -> None:
    worker = MemoryWorker()
    await worker.processor().process(EVENTS)
    assert await replay(worker, "all", *EVENTS) == Tally(repeated=2, alerts=1)
    first, again = worker.publisher.messages
    assert first == again


async def test_all_says_what_it_finds_itself_once() -> None:
    worker = MemoryWorker()
    assert (await replay(worker, "all", *EVENTS)).alerts == 1
    assert len(worker.publisher.messages) == 1


async def test_a_topic_of_its_own_has_everything_and_subscribers_nothing() -> None:
    worker, aside = MemoryWorker(), MemoryPublisher()
    await worker.processor().process(EVENTS)
    [before] = worker.publisher.messages
    third = posted("L-3", ["a3"])
    tally = await replay(worker, "look-aside", *EVENTS, third, aside=aside)
    assert tally.pairs_found == 2
    assert worker.publisher.messages == [before]
    assert before in aside.messages
    assert len({pair_id for pair_id, _ in aside.messages}) == 3
    assert all(
        pair.published_revision < 0 for pair in worker.ledger.pairs.values() if pair.is_quiet
    )


@pytest.mark.parametrize("alerts", ["none", "look-aside"])
async def test_a_live_alert_that_was_not_sent_yet_is_not_swallowed(alerts: str) -> None:
    """The live worker that found it was killed; its event comes again, and finds its work done."""
    worker = MemoryWorker()
    worker.publisher.failures = 10**6
    await worker.processor().process(EVENTS[:1])
    with pytest.raises(Exception, match="the broker is away"):
        await worker.processor(retry_seconds=0).process(EVENTS[1:])
    worker.publisher.failures = 0
    worker.flights.recorded.clear()
    await replay(worker, alerts, *EVENTS, aside=MemoryPublisher())
    [alert] = worker.publisher.alerts
    assert alert.data.origin == "live"
