"""Events that do not come to their end: bugs, kills, refusals, and whom they are held against."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from stream.domain.errors import DeadLetterReason, OutageError, StopError
from stream.domain.event import Message
from stream.domain.listing import Head
from stream.pipeline.process_batch import BatchProcessor
from stream.pipeline.retry import TRIES_ALONE
from stream.ports import Flight, Floats
from tests.support.memory_index import MemoryIndex
from tests.support.memory_worker import MemoryWorker, deleted, posted

KILLER = "L-killer"


@dataclass
class TroubledIndex(MemoryIndex):
    """Fails, or hangs until the process is ended, when the killer's head is written."""

    error: Exception | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    at_work: set[str] = field(default_factory=set)
    beside_the_killer: list[set[str]] = field(default_factory=list)

    async def write_head(self, head: Head, embedding: Floats | None) -> None:
        self.at_work.add(head.listing_id)
        try:
            await asyncio.sleep(0)
            if head.listing_id == KILLER:
                self.beside_the_killer.append(self.at_work - {KILLER})
                self.begun.set()
                if self.error is not None:
                    raise self.error
                await asyncio.Event().wait()
            await super().write_head(head, embedding)
        finally:
            self.at_work.discard(head.listing_id)


@pytest.fixture
def worker() -> MemoryWorker:
    return MemoryWorker()


def batch() -> list[Message]:
    return [posted("L-1", ["a1"]), posted(KILLER, ["b1"]), posted("L-2", ["a2"])]


async def kill_when(begun: asyncio.Event, processor: BatchProcessor, events: list[Message]) -> None:
    """End a process while it is at it."""
    processing = asyncio.create_task(processor.process(events))
    await begun.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    processing.cancel()
    with suppress(asyncio.CancelledError):
        await processing


async def test_a_bug_in_one_event_ends_as_a_dead_letter_and_the_rest_goes_on(
    worker: MemoryWorker,
) -> None:
    index = TroubledIndex(error=ZeroDivisionError("no photo has an area"))
    events = batch()
    await worker.processor(index=index).process(events)
    ((message, error, attempts),) = worker.dead_letters.letters
    assert message is events[1]
    assert error.reason is DeadLetterReason.QUARANTINED
    assert "ZeroDivisionError: no photo has an area" in str(error)
    assert attempts == 1 + TRIES_ALONE
    assert worker.open_pairs == {("L-1", "L-2")}
    assert not worker.flights.recorded


async def test_a_bug_that_passes_leaves_no_trace(worker: MemoryWorker) -> None:
    class OnceBrokenIndex(MemoryIndex):
        failures = 1

        async def find_tokens(self, hashes: Sequence[str]) -> Mapping[str, Floats]:
            if self.failures:
                self.failures -= 1
                raise ZeroDivisionError
            return await super().find_tokens(hashes)

    index = OnceBrokenIndex()
    await worker.processor(index=index).process(batch())
    assert not worker.dead_letters.letters
    assert all(head.is_finished for head in index.heads.values())
    assert not worker.flights.recorded


async def test_what_is_in_doubt_is_tried_while_nothing_else_is_in_flight(
    worker: MemoryWorker,
) -> None:
    index = TroubledIndex(error=ZeroDivisionError())
    others = [posted(f"L-{number}", ["c1"]) for number in range(8)]
    processor = worker.processor(index=index)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(processor.process([*others[:4], posted(KILLER, ["b1"]), *others[4:]]))
        tasks.create_task(processor.process([posted("L-9", ["c2"])]))
    together, *alone = index.beside_the_killer
    assert together
    assert alone == [set()] * TRIES_ALONE


async def test_an_event_that_kills_its_process_is_quarantined_after_three_tries_alone(
    worker: MemoryWorker,
) -> None:
    events = batch()
    for _ in range(1 + TRIES_ALONE):
        index = TroubledIndex()
        await kill_when(index.begun, worker.processor(index=index), events)
        assert not worker.dead_letters.letters
    await worker.processor().process(events)
    ((message, error, attempts),) = worker.dead_letters.letters
    assert message is events[1]
    assert error.reason is DeadLetterReason.QUARANTINED
    assert "was killed" in str(error)
    assert attempts == 1 + TRIES_ALONE
    assert worker.open_pairs == {("L-1", "L-2")}
    assert not worker.flights.recorded


async def test_kills_that_hit_others_each_time_quarantine_nothing(worker: MemoryWorker) -> None:
    """As many kills as there are events, each while another one is alone."""
    labels = [f"L-{number}" for number in range(6)]
    events = [posted(label, ["c1"]) for label in labels]
    for victim in labels:
        gate = asyncio.Event()

        class GatedIndex(MemoryIndex):
            async def write_head(
                self,
                head: Head,
                embedding: Floats | None,
                victim: str = victim,
                gate: asyncio.Event = gate,
            ) -> None:
                if head.listing_id == victim:
                    gate.set()
                    await asyncio.Event().wait()
                await super().write_head(head, embedding)

        await kill_when(gate, worker.processor(index=GatedIndex()), events)
    await worker.processor().process(events)
    assert not worker.dead_letters.letters
    assert all(worker.index.heads[label].is_finished for label in labels)


async def test_a_kill_leaves_in_doubt_what_was_in_flight_and_nothing_else(
    worker: MemoryWorker,
) -> None:
    done = [posted("L-3", ["c1"])]
    index = TroubledIndex()
    processor = worker.processor(index=index)
    await processor.process(done)
    events = batch()
    await kill_when(index.begun, processor, events)
    assert worker.flights.recorded == dict.fromkeys((event.place for event in events), Flight())


async def test_a_refusal_stops_the_process_and_is_a_dead_letter_after_three_stops_alone(
    worker: MemoryWorker,
) -> None:
    """Such as of a store that takes one event for invalid: no worker would ever get past it."""
    events = batch()
    index = TroubledIndex(error=StopError("Qdrant could not write a head: INVALID_ARGUMENT"))
    for _ in range(1 + TRIES_ALONE):
        with pytest.raises(StopError, match="INVALID_ARGUMENT"):
            await worker.processor(index=index).process(events)
        assert not worker.dead_letters.letters
    await worker.processor(index=index).process(events)
    ((message, error, _),) = worker.dead_letters.letters
    assert message is events[1]
    assert "INVALID_ARGUMENT" in str(error)


async def test_an_outage_is_held_against_no_event(worker: MemoryWorker) -> None:
    events = [posted(KILLER, ["b1"])]
    index = TroubledIndex()
    await kill_when(index.begun, worker.processor(index=index), events)
    worker.models.is_away = True
    for _ in range(1 + TRIES_ALONE):
        with pytest.raises(OutageError, match="The models are away"):
            await worker.processor(retry_seconds=0.001).process(events)
    assert worker.flights.recorded == {events[0].place: Flight()}
    worker.models.is_away = False
    await worker.processor().process(events)
    assert not worker.dead_letters.letters


async def test_after_an_outage_nothing_is_in_doubt(worker: MemoryWorker) -> None:
    worker.models.is_away = True
    with pytest.raises(OutageError):
        await worker.processor(retry_seconds=0.001).process(batch())
    assert not worker.flights.recorded


async def test_nothing_begins_before_it_is_recorded(worker: MemoryWorker) -> None:
    worker.flights.is_away = True
    with pytest.raises(OutageError, match="the recorder is away"):
        await worker.processor(retry_seconds=0.001).process(batch())
    assert not worker.photos.fetched


async def test_an_unreadable_event_in_doubt_is_a_dead_letter_of_its_own_reason(
    worker: MemoryWorker,
) -> None:
    unreadable = Message(topic="listing-events", partition=0, offset=9, key=b"L-9", value=b"{")
    await worker.flights.take_off([unreadable.place])
    await worker.processor().process([unreadable])
    ((_, error, _),) = worker.dead_letters.letters
    assert error.reason is DeadLetterReason.NOT_JSON


async def test_an_event_in_doubt_keeps_its_place_among_those_of_its_listing(
    worker: MemoryWorker,
) -> None:
    create, delete = posted("L-1", ["a1"]), deleted("L-1", version=2)
    await worker.flights.take_off([create.place])
    await worker.processor().process([create, delete])
    assert worker.index.heads["L-1"].deleted
    assert not worker.index.photos


async def test_photos_are_fetched_once_however_often_the_models_are_away(
    worker: MemoryWorker,
) -> None:
    worker.publisher.failures = 2
    await worker.processor().process([posted("L-1", ["a1"]), posted("L-2", ["a2"])])
    assert len(worker.photos.fetched) == 2
    assert len(worker.publisher.messages) == 1
