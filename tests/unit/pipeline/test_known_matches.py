"""What an open pair's alert tells of the very same photos is not asked of the models again."""

from collections.abc import Sequence

import msgspec
import pytest

from stream.ports import Floats, PairScore
from tests.support.memory_models import MemoryModels
from tests.support.memory_worker import MemoryWorker, posted


class CountingModels(MemoryModels):
    """Counts the pairs that are verified."""

    verified = 0

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        self.verified += len(pairs)
        return await super().verify(pairs)


@pytest.fixture
async def worker() -> MemoryWorker:
    """Two listings of one item, alerted."""
    worker = MemoryWorker(models=CountingModels())
    await worker.processor().process([posted("L-1", ["a1", "b1"]), posted("L-2", ["a2"])])
    assert worker.open_pairs == {("L-1", "L-2")}
    return worker


async def verified_by(worker: MemoryWorker, listing_id: str, photos: Sequence[str]) -> int:
    """How many pairs an update of a listing makes the models compare."""
    assert isinstance(worker.models, CountingModels)
    before = worker.models.verified
    update = posted(listing_id, photos, version=2, title="Another text")
    await worker.processor().process([update])
    return worker.models.verified - before


async def test_an_update_of_the_text_alone_says_the_same_without_asking(
    worker: MemoryWorker,
) -> None:
    assert await verified_by(worker, "L-1", ["a1", "b1"]) == 0
    raised, updated = (event.data for event in worker.publisher.alerts)
    assert str(updated.state) == "updated"
    assert [side.version for side in updated.listings] == [2, 1]
    assert (updated.probability, updated.evidence) == (raised.probability, raised.evidence)


@pytest.mark.parametrize("photos", [["a1"], ["a1", "b1", "c1"], ["b1", "a1"], ["a1", "b2"]])
async def test_other_photos_or_another_order_are_compared_anew(
    worker: MemoryWorker, photos: list[str]
) -> None:
    assert await verified_by(worker, "L-1", photos) == 1


async def test_another_model_compares_anew(worker: MemoryWorker) -> None:
    worker.models = CountingModels("m2")
    assert await verified_by(worker, "L-1", ["a1", "b1"]) == 1


async def test_a_pair_of_before_comparisons_were_named_is_compared_anew(
    worker: MemoryWorker,
) -> None:
    ((pair_id, pair),) = worker.ledger.pairs.items()
    worker.ledger.pairs[pair_id] = msgspec.structs.replace(pair, comparison="")
    assert await verified_by(worker, "L-1", ["a1", "b1"]) == 1


async def test_a_retracted_pair_keeps_nothing_that_could_be_reused(worker: MemoryWorker) -> None:
    assert next(iter(worker.ledger.pairs.values())).comparison
    await worker.processor().process([posted("L-2", ["c1"], version=2)])
    (pair,) = worker.ledger.pairs.values()
    assert not pair.is_open
    assert not pair.comparison


async def test_a_match_without_all_of_its_photos_is_not_kept(worker: MemoryWorker) -> None:
    worker.index.photos = {
        key: value for key, value in worker.index.photos.items() if key[0] != "L-2"
    }
    ((pair_id, pair),) = worker.ledger.pairs.items()
    worker.ledger.pairs[pair_id] = msgspec.structs.replace(pair, comparison="")
    await worker.processor().process([posted("L-1", ["a1", "b1"], version=2)])
    assert not worker.ledger.pairs[pair_id].comparison
