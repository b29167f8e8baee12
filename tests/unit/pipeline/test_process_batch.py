"""A batch: order within a listing, dead letters, retries, and when the process must stop."""

import asyncio

import numpy as np
import pytest

from stream.domain.alert import AlertState
from stream.domain.errors import DeadLetterReason, PhotoError, PhotoErrorReason, StopError
from stream.domain.event import Message
from stream.domain.listing import Head
from stream.observability import metrics
from stream.ports import Floats
from tests.support.memory_index import MemoryIndex
from tests.support.memory_photos import url_of
from tests.support.memory_worker import MemoryWorker, deleted, judged, posted

UNREADABLE = Message(topic="listing-events", partition=3, offset=9, key=b"L-9", value=b"{")


@pytest.fixture
def worker() -> MemoryWorker:
    return MemoryWorker()


class GatedIndex(MemoryIndex):
    """Heads are written once the listing's gate is open; remembers who has come and gone."""

    def __init__(self, *gated: str) -> None:
        super().__init__()
        self.gates = {listing_id: asyncio.Event() for listing_id in gated}
        self.waiting: list[str] = []
        self.written: list[tuple[str, int]] = []

    async def write_head(self, head: Head, embedding: Floats | None) -> None:
        if head.listing_id in self.gates:
            self.waiting.append(head.listing_id)
            await self.gates[head.listing_id].wait()
        await super().write_head(head, embedding)
        self.written.append((head.listing_id, head.version))


async def until_idle() -> None:
    """Let every task go as far as it can; photos are decoded in threads."""
    for _ in range(50):
        await asyncio.sleep(0.001)


async def test_two_listings_of_one_item_are_alerted_once(worker: MemoryWorker) -> None:
    batch = [posted("L-1", ["a1"]), posted("L-2", ["a2", "b1"]), posted("L-3", ["c1"])]
    await worker.processor().process(batch)
    assert worker.open_pairs == {("L-1", "L-2")}
    await worker.processor().process(batch)
    assert len(worker.publisher.messages) == 1
    assert not worker.dead_letters.letters


async def test_a_delete_retracts(worker: MemoryWorker) -> None:
    processor = worker.processor()
    await processor.process([posted("L-1", ["a1"]), posted("L-2", ["a2"])])
    await processor.process([deleted("L-1", version=2), posted("L-1", ["a1"], version=1)])
    assert [str(alert.data.state) for alert in worker.publisher.alerts] == ["raised", "retracted"]
    assert worker.index.photos.keys() == {
        (listing_id, sha256) for listing_id, sha256 in worker.index.photos if listing_id == "L-2"
    }


async def test_a_rejection_retracts(worker: MemoryWorker) -> None:
    processor = worker.processor()
    await processor.process([posted("L-1", ["a1"]), posted("L-2", ["a2"])])
    (pair,) = worker.ledger.pairs.values()
    await processor.process([judged(pair.pair_id, "rejected", revision=pair.revision)])
    await processor.process([posted("L-1", ["a1"], version=2)])
    assert worker.open_pairs == set()


async def test_events_of_one_listing_keep_their_order_across_batches(
    worker: MemoryWorker,
) -> None:
    index = GatedIndex("L-1")
    processor = worker.processor(index=index)
    async with asyncio.TaskGroup() as tasks:
        for batch in (
            [posted("L-1", ["a1"], version=1)],
            [posted("L-2", ["d1"])],
            [deleted("L-1", version=2)],
        ):
            tasks.create_task(processor.process(batch))
            await until_idle()
        assert index.waiting == ["L-1"]
        assert index.written == [("L-2", 1)]
        index.gates["L-1"].set()
    assert index.written[1:] == [("L-1", 1), ("L-1", 2)]


async def test_of_a_burst_of_updates_only_the_newest_is_worked_on(worker: MemoryWorker) -> None:
    index = GatedIndex("L-1")
    processor = worker.processor(index=index)
    burst = [posted("L-1", ["a1"], version=version) for version in (2, 4, 3, 5, 5)]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(processor.process([posted("L-1", ["a1"], version=1)]))
        await until_idle()
        tasks.create_task(processor.process(burst))
        await until_idle()
        index.gates["L-1"].set()
    assert index.written == [("L-1", 1), ("L-1", 5)]


async def test_an_older_event_behind_a_newer_one_still_tidies_up(worker: MemoryWorker) -> None:
    """A try of it that crashed may have left photos behind the newer one's back."""
    processor = worker.processor()
    await worker.index.write_photos("L-1", 1, {"left-behind": np.ones((1, 1), np.float32)})
    await processor.process([posted("L-1", ["a1"], version=2), posted("L-1", ["b1"], version=1)])
    assert ("L-1", "left-behind") not in worker.index.photos


async def test_different_listings_are_worked_on_at_once(worker: MemoryWorker) -> None:
    index = GatedIndex("L-1", "L-2")
    async with asyncio.TaskGroup() as tasks:
        batch = [posted("L-1", ["a1"]), posted("L-2", ["b1"])]
        tasks.create_task(worker.processor(index=index).process(batch))
        await until_idle()
        assert sorted(index.waiting) == ["L-1", "L-2"]
        for gate in index.gates.values():
            gate.set()


async def test_a_batch_is_done_when_all_of_it_is(worker: MemoryWorker) -> None:
    index = GatedIndex("L-2")
    batch = [posted("L-1", ["a1"]), posted("L-2", ["b1"])]
    processing = asyncio.create_task(worker.processor(index=index).process(batch))
    await until_idle()
    assert index.heads["L-1"].is_finished
    assert not processing.done()
    index.gates["L-2"].set()
    await processing


async def test_a_bad_event_is_a_dead_letter_and_the_rest_goes_on(worker: MemoryWorker) -> None:
    before = _counted("twinlist_dead_letters_total", reason="not_json")
    await worker.processor().process([UNREADABLE, posted("L-1", ["a1"])])
    ((message, error, attempts),) = worker.dead_letters.letters
    assert message is UNREADABLE
    assert (error.reason, attempts) == (DeadLetterReason.NOT_JSON, 1)
    assert worker.index.heads["L-1"].is_finished
    assert _counted("twinlist_dead_letters_total", reason="not_json") == before + 1


async def test_a_verdict_on_an_unknown_pair_is_a_dead_letter(worker: MemoryWorker) -> None:
    await worker.processor().process([judged("0f" * 16, "rejected", revision=1)])
    ((_, error, _),) = worker.dead_letters.letters
    assert error.reason is DeadLetterReason.UNKNOWN_PAIR


@pytest.mark.parametrize("what", ["alert", "dead letter"])
async def test_what_is_away_for_a_moment_is_tried_again(worker: MemoryWorker, what: str) -> None:
    before = _counted("twinlist_retries_total")
    worker.publisher.failures = what == "alert"
    worker.dead_letters.failures = what == "dead letter"
    await worker.processor().process(
        [posted("L-1", ["a1"]), posted("L-2", ["a2"]), posted("L-3", ["!text"])]
    )
    assert len(worker.publisher.messages) == 1
    assert len(worker.dead_letters.letters) == 1
    assert _counted("twinlist_retries_total") >= before + 1


async def test_what_stays_away_stops_the_process(worker: MemoryWorker) -> None:
    worker.models.is_away = True
    with pytest.raises(StopError, match=r"gave up after 0\.001 s: The models are away"):
        await worker.processor(retry_seconds=0.001).process([posted("L-1", ["a1"])])
    assert not worker.dead_letters.letters


@pytest.mark.parametrize("photos", [[], ["!text"]])
async def test_dead_letters_that_nobody_takes_stop_the_process(
    worker: MemoryWorker, photos: list[str]
) -> None:
    worker.dead_letters.failures = 1000
    with pytest.raises(StopError, match="the broker is away"):
        await worker.processor(retry_seconds=0.001).process([posted("L-1", photos)])


@pytest.mark.parametrize(
    "event",
    [deleted("L-2", version=2), posted("L-2", ["!text"], version=2)],
    ids=["deleted", "left without a photo"],
)
async def test_a_retraction_that_was_not_sent_is_sent_by_the_next_try(
    worker: MemoryWorker, event: Message
) -> None:
    """By then the pair is closed and its other side no candidate: the ledger alone remembers."""
    await worker.processor().process([posted("L-1", ["a1"]), posted("L-2", ["a2"])])
    worker.publisher.failures = 1000
    with pytest.raises(StopError, match="the broker is away"):
        await worker.processor(retry_seconds=0.001).process([event])
    assert not worker.open_pairs
    worker.publisher.failures = 0
    await worker.processor().process([event])
    assert worker.publisher.alerts[-1].data.state is AlertState.RETRACTED


async def test_more_open_pairs_than_allowed_are_counted_not_raised(worker: MemoryWorker) -> None:
    before = _counted("twinlist_pairs_crowded_out_total")
    processor = worker.processor(max_open_pairs=2)
    for number in range(4):
        await processor.process([posted(f"L-{number}", [f"a{number}"])])
    open_pairs = worker.open_pairs
    for number in range(4):
        assert sum(f"L-{number}" in pair for pair in open_pairs) <= 2
    crowded_out = _counted("twinlist_pairs_crowded_out_total") - before
    assert len(open_pairs) + crowded_out == 6
    assert len(worker.publisher.messages) == len(open_pairs)


async def test_a_crowded_out_pair_is_raised_once_there_is_room(worker: MemoryWorker) -> None:
    processor = worker.processor(max_open_pairs=1)
    for number in range(3):
        await processor.process([posted(f"L-{number}", [f"a{number}"])])
    assert worker.open_pairs == {("L-0", "L-1")}
    await processor.process([deleted("L-0", version=2), posted("L-2", ["a2"], version=2)])
    await processor.process([posted("L-2", ["a2"], version=3)])
    assert worker.open_pairs == {("L-1", "L-2")}


async def test_an_update_left_without_a_photo_retracts_and_can_be_replayed(
    worker: MemoryWorker,
) -> None:
    processor = worker.processor()
    await processor.process([posted("L-1", ["a1"]), posted("L-2", ["a2"])])
    update = posted("L-2", ["a3"], version=2)
    worker.photos.failures[url_of("a3")] = PhotoError(
        PhotoErrorReason.AWAY, "the photo server is away"
    )
    await processor.process([update])
    ((message, error, _),) = worker.dead_letters.letters
    assert message is update
    assert error.reason is DeadLetterReason.NO_USABLE_PHOTO
    assert "photo 1: the photo server is away" in str(error)
    assert "replay" in str(error)
    assert worker.open_pairs == set()
    assert not worker.index.heads["L-2"].is_finished
    assert not worker.index.heads["L-2"].is_visible
    assert all(listing_id == "L-1" for listing_id, _ in worker.index.photos)

    worker.photos.failures.clear()
    await processor.process([update])
    assert worker.open_pairs == {("L-1", "L-2")}
    assert [str(alert.data.state) for alert in worker.publisher.alerts] == [
        "raised",
        "retracted",
        "raised",
    ]
    assert worker.index.heads["L-2"].is_finished


@pytest.mark.parametrize(
    ("message", "event_type", "outcome"),
    [
        (posted("L-1", ["a1"]), "listing_posted", "processed"),
        (posted("L-1", ["!text"]), "listing_posted", "dead_letter"),
        (deleted("L-1", version=1), "listing_deleted", "processed"),
        (judged("0f" * 16, "rejected", revision=1), "verdict_given", "dead_letter"),
        (UNREADABLE, "unreadable", "dead_letter"),
    ],
)
async def test_every_event_is_counted_once_by_type_and_outcome(
    worker: MemoryWorker, message: Message, event_type: str, outcome: str
) -> None:
    labels = {"type": event_type, "outcome": outcome}
    before = _counted("twinlist_events_total", **labels)
    await worker.processor().process([message])
    assert _counted("twinlist_events_total", **labels) == before + 1


async def test_photos_are_counted_also_when_none_of_a_listing_is_left(
    worker: MemoryWorker,
) -> None:
    no_picture = {"reason": "no_picture"}
    before = _counted("twinlist_photos_failed_total", **no_picture)
    await worker.processor().process([posted("L-1", ["!text", "!pdf"])])
    assert _counted("twinlist_photos_failed_total", **no_picture) == before + 2


async def test_photos_are_counted_when_fetched_and_when_encoded(worker: MemoryWorker) -> None:
    names = ("twinlist_photos_fetched_total", "twinlist_photos_encoded_total")
    before = [_counted(name) for name in names]
    await worker.processor().process([posted("L-1", ["a1", "b1"])])
    await worker.processor().process([posted("L-2", ["a1", "c1"])])
    assert [_counted(name) - earlier for name, earlier in zip(names, before, strict=True)] == [4, 3]


async def test_every_stage_of_an_event_is_timed(worker: MemoryWorker) -> None:
    def counts() -> list[float]:
        name = "twinlist_stage_duration_seconds_count"
        return [_counted(name, stage=stage) for stage in metrics.Stage]

    before = counts()
    await worker.processor().process([posted("L-1", ["a1"])])
    await worker.processor().process([posted("L-2", ["a2"])])
    assert all(after > earlier for after, earlier in zip(counts(), before, strict=True))


async def test_events_are_in_flight_until_their_batch_is_done_or_failed(
    worker: MemoryWorker,
) -> None:
    index = GatedIndex("L-1")
    processing = asyncio.create_task(
        worker.processor(index=index).process([posted("L-1", ["a1"]), posted("L-2", ["b1"])])
    )
    await until_idle()
    assert _counted("twinlist_events_in_flight") == 2
    index.gates["L-1"].set()
    await processing
    assert _counted("twinlist_events_in_flight") == 0
    worker.models.is_away = True
    with pytest.raises(StopError):
        await worker.processor(retry_seconds=0.001).process([posted("L-3", ["c1"])])
    assert _counted("twinlist_events_in_flight") == 0


def _counted(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0
