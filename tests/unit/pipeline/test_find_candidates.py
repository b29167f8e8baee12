"""Which listings are looked at more closely."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from stream.domain.listing import Head
from stream.domain.match import VERIFIED_LIMIT
from stream.domain.policy import Policy, Scope
from stream.pipeline.encode import EncodedListing
from stream.pipeline.find_candidates import find_candidates
from stream.ports import Floats
from tests.support.listings import head, policy, tombstone
from tests.support.memory_index import MemoryIndex
from tests.support.protocol_world import sha256_of, tokens_of

UNLIKE = np.array([0, 0, 1], np.float32)
ALIKE = np.array([1, 0, 0], np.float32)


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex()


async def add(
    index: MemoryIndex, listing: Head, embedding: Floats = UNLIKE, points: Sequence[str] = ()
) -> None:
    """Index a listing; `points` are photo points besides those that the head names."""
    await index.write_head(listing, embedding if listing.is_visible else None)
    tokens = {sha256_of(label): tokens_of(label) for label in points}
    for photo in listing.photos:
        tokens[photo.sha256] = tokens_of(photo.url.rpartition("/")[2])
    await index.write_photos(listing.listing_id, listing.version, tokens)


async def find(index: MemoryIndex, listing: Head, rules: Policy | None = None) -> tuple[str, ...]:
    tokens = {photo.sha256: tokens_of(photo.url.rpartition("/")[2]) for photo in listing.photos}
    encoded = EncodedListing(listing.photos, tokens, ALIKE if listing.photos else None)
    await add(index, listing, ALIKE)
    return await find_candidates(listing, encoded, index, rules or policy())


async def test_exact_copies_come_first_and_the_listing_itself_is_left_out(
    index: MemoryIndex,
) -> None:
    await add(index, head("set", ["b1"]), ALIKE)
    await add(index, head("photo", ["a2"]))
    await add(index, head("copy", ["b2", "a1"]))
    assert (await find(index, head("new", ["a1"])))[0] == "copy"
    assert set(await find(index, head("new", ["a1"]))) == {"copy", "photo", "set"}


async def test_a_photo_counts_only_while_its_listings_head_names_it(index: MemoryIndex) -> None:
    await add(index, head("nearer set", ["b1"]), ALIKE)
    await add(index, head("photo changed", ["b2"], version=2), points=["a1"])
    assert await find(index, head("new", ["a1"])) == ("nearer set", "photo changed")
    await add(index, head("photo changed", ["a1"], version=3))
    assert await find(index, head("new", ["a1"])) == ("photo changed", "nearer set")


@pytest.mark.parametrize("gone", [tombstone("gone"), head("gone", [], version=2)])
async def test_what_is_not_visible_is_no_candidate(index: MemoryIndex, gone: Head) -> None:
    await add(index, head("gone", ["a1"]), ALIKE)
    await add(index, gone)
    assert await find(index, head("new", ["a1"])) == ()


async def test_a_photo_point_without_a_head_is_no_candidate(index: MemoryIndex) -> None:
    await index.write_photos("crashed", 1, {sha256_of("a1"): tokens_of("a1")})
    assert await find(index, head("new", ["a1"])) == ()


async def test_photos_and_copies_pass_the_same_filters_as_sets(index: MemoryIndex) -> None:
    groups = {"sofa": "furniture", "bike": "vehicles"}
    scoped = msgspec.structs.replace(
        policy(), scope=Scope(within_region=True, category_groups=groups)
    )
    await add(index, head("here", ["a1"], region="kiel", category="sofa"), ALIKE)
    await add(index, head("nowhere", ["a1"], region=None, category="sofa"), ALIKE)
    await add(index, head("elsewhere", ["a1"], region="berlin", category="sofa"), ALIKE)
    await add(index, head("other group", ["a1"], region="kiel", category="bike"), ALIKE)
    new = head("new", ["a1"], region="kiel", category="sofa")
    assert set(await find(index, new, scoped)) == {"here", "nowhere"}


async def test_stock_photos_lead_to_nobody(index: MemoryIndex) -> None:
    stocked = msgspec.structs.replace(policy(), stock_photos=frozenset({sha256_of("c1")}))
    await add(index, head("same stock photo", ["b1", "c1"]))
    assert await find(index, head("new", ["c1"]), stocked) == ()
    await add(index, head("nearer set", ["b1"]), ALIKE)
    new = head("new", ["a1", "c1"], version=2)
    assert await find(index, new, stocked) == ("nearer set", "same stock photo")
    assert await find(index, new) == ("same stock photo", "nearer set")


async def test_a_listing_without_photos_looks_for_nobody(index: MemoryIndex) -> None:
    await add(index, head("set", ["b1"]), ALIKE)
    assert await find(index, head("new", [])) == ()


async def test_only_the_best_go_on_to_be_verified(index: MemoryIndex) -> None:
    for number in range(VERIFIED_LIMIT + 5):
        await add(index, head(f"copy {number:02}", ["a1"]))
    assert len(await find(index, head("new", ["a1"]))) == VERIFIED_LIMIT
