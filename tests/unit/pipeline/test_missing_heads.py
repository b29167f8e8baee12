"""What happens while a new index does not know a listing that the ledger knows."""

from tests.support.memory_index import MemoryIndex
from tests.support.memory_worker import MemoryWorker, deleted, posted


async def worker_with_a_new_index() -> MemoryWorker:
    """A pair is open, and then the index of another model version begins empty."""
    worker = MemoryWorker()
    await worker.processor().process([posted("L-1", ["a1"]), posted("L-2", ["a2"])])
    assert worker.open_pairs == {("L-1", "L-2")}
    return MemoryWorker(index=MemoryIndex(), ledger=worker.ledger, publisher=worker.publisher)


async def test_a_delete_retracts_and_erases_the_evidence_all_the_same() -> None:
    worker = await worker_with_a_new_index()
    await worker.processor().process([deleted("L-1", version=2)])
    assert worker.open_pairs == set()
    (pair,) = worker.ledger.pairs.values()
    assert pair.message is not None
    assert b'"evidence":[]' in pair.message
    assert not pair.is_unpublished


async def test_an_update_leaves_the_pair_until_the_other_listing_is_known_too() -> None:
    worker = await worker_with_a_new_index()
    await worker.processor().process([posted("L-1", ["b1"], version=2)])
    assert worker.open_pairs == {("L-1", "L-2")}
    await worker.processor().process([posted("L-2", ["a2"], version=2)])
    assert worker.open_pairs == set()


async def test_a_copy_in_the_last_place_is_found() -> None:
    worker = MemoryWorker()
    many = [f"{letter}1" for letter in "bcdefghi"]
    await worker.processor().process([posted("L-1", ["a1"])])
    await worker.processor().process([posted("L-2", [*many, "a1"])])
    assert worker.open_pairs == {("L-1", "L-2")}
