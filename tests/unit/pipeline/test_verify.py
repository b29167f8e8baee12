"""What the verifier is asked, and how its answer becomes evidence."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest

from stream.domain.alert import RegionPair
from stream.domain.listing import Head
from stream.domain.match import VERIFIED_PHOTOS
from stream.domain.policy import Scope
from stream.pipeline.verify import EVIDENCE_LIMIT, Verifier
from stream.ports import Floats, ModelSpec, PairScore
from tests.support.listings import head, policy, tombstone
from tests.support.memory_index import MemoryIndex
from tests.support.protocol_world import ItemModels, sha256_of, tokens_of

TOP, BOTTOM = (0.0, 0.0, 1.0, 0.5), (0.0, 0.5, 1.0, 1.0)
SPEC = msgspec.structs.replace(ItemModels.spec, region_boxes=(TOP, BOTTOM))


@dataclass
class ScriptedModels(ItemModels):
    """Answers every comparison alike, and keeps what it was asked."""

    evidence: Floats = field(default_factory=lambda: np.ones((1, 1), np.float32))
    region: tuple[int, int] = (-1, -1)
    asked: list[tuple[Floats, Floats]] = field(default_factory=list)
    spec: ModelSpec = SPEC

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        self.asked += pairs
        regions = np.full((*self.evidence.shape, 1, 2), self.region, np.int32)
        return [PairScore(0.87654321, self.evidence, regions) for _ in pairs]


@pytest.fixture
def models() -> ScriptedModels:
    return ScriptedModels()


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex()


async def listed(index: MemoryIndex, listing_id: str, *labels: str, **fields: str) -> Head:
    """A listing whose photo points are indexed."""
    tokens = {sha256_of(label): tokens_of(label) for label in labels}
    await index.write_photos(listing_id, 1, tokens)
    return head(listing_id, labels, **fields)  # type: ignore[arg-type]


async def test_evidence_comes_best_first_in_the_order_of_the_listings(
    index: MemoryIndex, models: ScriptedModels
) -> None:
    models.evidence = np.array([[0.1, 0.7, 0.3], [0.9, 0.2, 0.7]], np.float32)
    left, right = (
        await listed(index, "L-1", "a1", "a2"),
        await listed(index, "L-2", "b1", "b2", "b3"),
    )
    (match,) = await Verifier(index, models, policy()).verify([(left, right)])
    assert match is not None
    told = [(pair.left.index, pair.right.index, pair.similarity) for pair in match.evidence]
    # Of equals the first goes first.
    assert told == [(1, 0, 0.9), (0, 1, 0.7), (1, 2, 0.7), (0, 2, 0.3), (1, 1, 0.2), (0, 0, 0.1)]
    assert match.evidence[0].left.sha256 == sha256_of("a2")
    assert match.evidence[0].right.sha256 == sha256_of("b1")
    assert match.probability == 0.876543


async def test_evidence_is_limited(index: MemoryIndex, models: ScriptedModels) -> None:
    models.evidence = np.ones((3, 3), np.float32)
    pair = (
        await listed(index, "L-1", "a1", "a2", "a3"),
        await listed(index, "L-2", "b1", "b2", "b3"),
    )
    (match,) = await Verifier(index, models, policy()).verify([pair])
    assert match is not None
    assert len(match.evidence) == EVIDENCE_LIMIT


@pytest.mark.parametrize(
    ("region", "boxes"),
    [
        ((1, 2), (RegionPair(TOP, BOTTOM),)),
        ((2, 2), (RegionPair(BOTTOM, BOTTOM),)),
        ((-1, -1), ()),
        ((0, 1), ()),
    ],
)
async def test_matching_tokens_become_boxes(
    index: MemoryIndex,
    models: ScriptedModels,
    region: tuple[int, int],
    boxes: tuple[RegionPair, ...],
) -> None:
    models.region = region
    pair = (await listed(index, "L-1", "a1"), await listed(index, "L-2", "b1"))
    (match,) = await Verifier(index, models, policy()).verify([pair])
    assert match is not None
    assert match.evidence[0].regions == boxes


async def test_the_telling_photos_only_are_compared(
    index: MemoryIndex, models: ScriptedModels
) -> None:
    stocked = msgspec.structs.replace(policy(), stock_photos=frozenset({sha256_of("c1")}))
    many = [f"b{number}" for number in range(VERIFIED_PHOTOS + 3)]
    pair = (await listed(index, "L-1", "c1", "a1"), await listed(index, "L-2", *many))
    await Verifier(index, models, stocked).verify([pair])
    ((left, right),) = models.asked
    assert (len(left), len(right)) == (1, VERIFIED_PHOTOS)


async def test_what_cannot_match_is_not_compared(
    index: MemoryIndex, models: ScriptedModels
) -> None:
    scoped = msgspec.structs.replace(
        policy(), scope=Scope(within_region=True), stock_photos=frozenset({sha256_of("c1")})
    )
    here = await listed(index, "L-1", "a1", region="kiel")
    others = [
        tombstone("L-2"),
        head("L-3", []),
        await listed(index, "L-4", "a1", region="berlin"),
        await listed(index, "L-5", "c1"),
        head("L-6", ["a1"]),  # its photo points are gone
    ]
    matches = await Verifier(index, models, scoped).verify([(here, other) for other in others])
    assert matches == [None] * len(others)
    assert models.asked == []


async def test_the_same_photos_are_compared_once(
    index: MemoryIndex, models: ScriptedModels
) -> None:
    left, right = await listed(index, "L-1", "a1"), await listed(index, "L-2", "b1")
    verifier = Verifier(index, models, policy())
    renamed = msgspec.structs.replace(left, version=2, seller_id="S-9")
    answers = [*await verifier.verify([(left, right)]), *await verifier.verify([(renamed, right)])]
    assert answers[0] == answers[1]
    assert len(models.asked) == 1


async def test_filters_are_looked_at_again_where_photos_are_the_same(
    index: MemoryIndex, models: ScriptedModels
) -> None:
    scoped = msgspec.structs.replace(policy(), scope=Scope(within_region=True))
    left = await listed(index, "L-1", "a1", region="kiel")
    right = await listed(index, "L-2", "b1", region="kiel")
    verifier = Verifier(index, models, scoped)
    moved = msgspec.structs.replace(right, version=2, region="berlin")
    gone = tombstone("L-2", version=3)
    for other, matches in ((right, True), (moved, False), (gone, False), (right, True)):
        (match,) = await verifier.verify([(left, other)])
        assert (match is not None) is matches


async def test_photos_in_another_order_are_named_by_their_new_places(
    index: MemoryIndex, models: ScriptedModels
) -> None:
    models.evidence = np.array([[0.9], [0.1]], np.float32)
    left, right = await listed(index, "L-1", "a1", "a2"), await listed(index, "L-2", "b1")
    verifier = Verifier(index, models, policy())
    await verifier.verify([(left, right)])
    (match,) = await verifier.verify([(head("L-1", ["a2", "a1"], version=2), right)])
    assert match is not None
    assert match.evidence[0].left.sha256 == sha256_of("a2")


async def test_a_photo_point_that_comes_back_is_looked_at_again(
    index: MemoryIndex, models: ScriptedModels
) -> None:
    left, right = await listed(index, "L-1", "a1"), head("L-2", ["b1"])
    verifier = Verifier(index, models, policy())
    assert await verifier.verify([(left, right)]) == [None]
    await listed(index, "L-2", "b1")
    (match,) = await verifier.verify([(left, right)])
    assert match is not None


async def test_nothing_to_compare_asks_nobody(index: MemoryIndex, models: ScriptedModels) -> None:
    assert await Verifier(index, models, policy()).verify([]) == []
    assert models.asked == []
