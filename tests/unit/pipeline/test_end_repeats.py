"""What was finished before ends at one look at many heads; all else is left to be processed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from stream.domain.errors import RetryError, StopError
from stream.domain.listing import Head
from stream.ports import Flight
from tests.support.memory_index import MemoryIndex
from tests.support.memory_worker import MemoryWorker, deleted, judged, posted

EVENTS = tuple(posted(f"L-{number}", [f"a{number}"]) for number in range(20))


@dataclass
class CountedIndex(MemoryIndex):
    """Counts the looks at heads, or fails at each."""

    looks: int = 0
    failures: list[Exception] = field(default_factory=list)

    async def read_heads(self, listing_ids: Sequence[str]) -> Mapping[str, Head]:
        self.looks += 1
        if self.failures:
            raise self.failures.pop()
        return await super().read_heads(listing_ids)


@pytest.fixture
async def worker() -> MemoryWorker:
    """A worker that has done `EVENTS`."""
    worker = MemoryWorker(index=CountedIndex())
    await worker.processor().process(EVENTS)
    return worker


async def test_many_repeats_cost_one_look_and_change_nothing(worker: MemoryWorker) -> None:
    index = worker.index
    assert isinstance(index, CountedIndex)
    heads, index.looks = dict(index.heads), 0
    worker.models.is_away = True  # any request would fail
    assert not await worker.processor().end_repeats(EVENTS)
    assert index.looks == 1
    assert index.heads == heads


async def test_whatever_was_not_finished_in_this_very_state_is_left(worker: MemoryWorker) -> None:
    stopped = posted("L-stopped", ["s1"])
    worker.index.heads["L-stopped"] = Head(listing_id="L-stopped", version=1)  # a crash left it so
    others = [
        stopped,
        posted("L-new", ["n1"]),
        posted("L-0", ["a0"], version=0),
        posted("L-1", ["a1"], version=2),
        deleted("L-2", version=1),
        posted("L-3", []),  # a dead letter
        judged("00" * 16, "rejected", revision=1),
    ]
    mixed = [message for pair in zip(EVENTS, others, strict=False) for message in pair]
    assert list(await worker.processor().end_repeats(mixed)) == others


async def test_a_finished_delete_is_a_repeat_and_the_listing_before_it_is_not(
    worker: MemoryWorker,
) -> None:
    gone = deleted("L-0", version=1)
    await worker.processor().process([gone])
    assert await worker.processor().end_repeats([EVENTS[0], gone]) == [EVENTS[0]]


async def test_what_a_killed_process_recorded_of_a_repeat_is_forgotten(
    worker: MemoryWorker,
) -> None:
    worker.flights.recorded = {EVENTS[0].place: Flight(tries_alone=1)}
    assert not await worker.processor().end_repeats(EVENTS)
    assert not worker.flights.recorded


async def test_a_look_that_fails_of_something_unforeseen_leaves_all_to_be_handled_one_by_one(
    worker: MemoryWorker,
) -> None:
    assert isinstance(worker.index, CountedIndex)
    worker.index.failures = [ValueError("a head that nobody can read")]
    assert await worker.processor().end_repeats(EVENTS) == EVENTS


async def test_a_look_is_repeated_while_the_index_is_away_and_refused_for_good_stops(
    worker: MemoryWorker,
) -> None:
    assert isinstance(worker.index, CountedIndex)
    worker.index.failures = [RetryError("away"), RetryError("away")]
    assert not await worker.processor().end_repeats(EVENTS)
    worker.index.failures = [StopError("no such collection")]
    with pytest.raises(StopError, match="no such collection"):
        await worker.processor().end_repeats(EVENTS)
