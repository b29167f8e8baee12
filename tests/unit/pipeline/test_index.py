"""One's own mark goes in first, and what is stored afterwards tells who came first."""

import numpy as np
import pytest

from stream.domain.errors import RetryError
from stream.domain.listing import Head
from stream.pipeline.encode import EncodedListing
from stream.pipeline.index import index_listing, remove_outdated_photos
from stream.ports import Floats
from tests.support.listings import head, tombstone
from tests.support.memory_index import MemoryIndex
from tests.support.protocol_world import tokens_of


def encoded(listing: Head) -> EncodedListing:
    tokens = {photo.sha256: tokens_of("a1") for photo in listing.photos}
    return EncodedListing(listing.photos, tokens, np.ones(3, np.float32))


async def test_photos_are_there_before_a_head_names_them() -> None:
    class Watchful(MemoryIndex):
        async def write_head(self, head: Head, embedding: Floats | None) -> None:
            assert all((head.listing_id, sha256) in self.photos for sha256 in head.hashes)
            await super().write_head(head, embedding)

    listing = head("L-1", ["a1", "a2"])
    assert await index_listing(Watchful(), listing, encoded(listing)) == listing


async def test_a_newer_state_is_told_to_the_loser() -> None:
    store, newer = MemoryIndex(), head("L-1", ["b1"], version=5)
    await index_listing(store, newer, encoded(newer))
    older = head("L-1", ["a1"], version=4)
    assert await index_listing(store, older, encoded(older)) == newer


async def test_a_head_that_vanishes_is_a_case_for_another_try() -> None:
    class Forgetful(MemoryIndex):
        async def write_head(self, head: Head, embedding: Floats | None) -> None:
            """A collection that was dropped meanwhile."""

    listing = head("L-1")
    with pytest.raises(RetryError, match="L-1"):
        await index_listing(Forgetful(), listing, encoded(listing))


async def test_photos_of_older_versions_go_and_after_a_delete_all() -> None:
    store = MemoryIndex()
    older, newer = head("L-1", ["a1", "a2"], version=1), head("L-1", ["a2"], version=2)
    for listing in (older, newer):
        stored = await index_listing(store, listing, encoded(listing))
    await remove_outdated_photos(store, stored)
    assert {sha256 for _, sha256 in store.photos} == newer.hashes
    await remove_outdated_photos(
        store, await index_listing(store, tombstone("L-1", version=2), None)
    )
    assert store.photos == {}
    assert store.embeddings == {}
