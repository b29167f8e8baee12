"""Photo points: conditional writes, removal, and tokens that come back as they were."""

import numpy as np
import pytest

from stream.ports import ListingIndex
from tests.contract.qdrant.records import UNUSUAL_IDS, sha, tokens

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_tokens_read_back_exactly(index: ListingIndex) -> None:
    extreme = tokens(1)
    extreme[3] = 0
    extreme[4, :4] = [np.float32(1e-38), np.float32(-1e30), np.finfo(np.float32).eps, -0.0]
    await index.write_photos("a", 1, {sha(1): extreme, sha(2): tokens(2)})
    read = await index.read_tokens([("a", sha(1)), ("a", sha(2))])
    assert set(read) == {("a", sha(1)), ("a", sha(2))}
    for number, written in ((1, extreme), (2, tokens(2))):
        got = read["a", sha(number)]
        assert got.dtype == np.float32
        assert got.tobytes() == written.tobytes()


async def test_unknown_photos_are_left_out(index: ListingIndex) -> None:
    await index.write_photos("a", 1, {sha(1): tokens(1)})
    assert await index.read_tokens([("a", sha(2)), ("b", sha(1))]) == {}
    assert await index.read_tokens([]) == {}
    assert await index.find_tokens([sha(2)]) == {}
    assert await index.find_tokens([]) == {}


async def test_writing_no_photo_is_harmless(index: ListingIndex) -> None:
    await index.write_photos("a", 1, {})
    assert await index.exact_copies([], "b", 10) == []


async def test_each_photo_is_written_unless_stored_at_this_version_or_above(
    index: ListingIndex,
) -> None:
    await index.write_photos("a", 5, {sha("old"): tokens(1)})
    await index.write_photos("a", 6, {sha("same"): tokens(2)})
    await index.write_photos("a", 7, {sha("newer"): tokens(3)})
    fresh = {sha(name): tokens(9) for name in ("old", "same", "newer", "new")}
    await index.write_photos("a", 6, fresh)
    read = await index.read_tokens([("a", sha256) for sha256 in fresh])
    expected = {"old": tokens(9), "same": tokens(2), "newer": tokens(3), "new": tokens(9)}
    assert {name: read["a", sha(name)].tolist() for name in expected} == {
        name: values.tolist() for name, values in expected.items()
    }


async def test_points_below_a_version_are_removed_of_that_listing_alone(
    index: ListingIndex,
) -> None:
    await index.write_photos("a", 1, {sha(1): tokens(1)})
    await index.write_photos("a", 2, {sha(2): tokens(2)})
    await index.write_photos("b", 1, {sha(1): tokens(1)})
    await index.remove_photos("a", below_version=2)
    keys = [("a", sha(1)), ("a", sha(2)), ("b", sha(1))]
    assert set(await index.read_tokens(keys)) == {("a", sha(2)), ("b", sha(1))}
    await index.remove_photos("nobody", below_version=2)


async def test_tokens_are_found_by_hash_whoever_holds_the_photo(index: ListingIndex) -> None:
    for number in range(30):
        await index.write_photos(f"popular {number}", 1, {sha("stock"): tokens(1)})
    await index.write_photos("a", 1, {sha("rare"): tokens(2)})
    found = await index.find_tokens([sha("stock"), sha("rare"), sha("none"), sha("rare")])
    assert set(found) == {sha("stock"), sha("rare")}
    assert found[sha("stock")].tobytes() == tokens(1).tobytes()
    assert found[sha("rare")].tobytes() == tokens(2).tobytes()


@pytest.mark.parametrize("listing_id", UNUSUAL_IDS)
async def test_any_string_can_name_the_listing_of_a_photo(
    index: ListingIndex, listing_id: str
) -> None:
    await index.write_photos(listing_id, 1, {sha(1): tokens(1)})
    assert set(await index.read_tokens([(listing_id, sha(1))])) == {(listing_id, sha(1))}
    (copy,) = await index.exact_copies([sha(1)], "somebody", 10)
    assert copy.listing_id == listing_id
    await index.remove_photos(listing_id, below_version=2)
    assert await index.read_tokens([(listing_id, sha(1))]) == {}
