"""Which of two states of a listing counts, and what makes it visible."""

import msgspec

from stream.domain.listing import Head
from tests.support.listings import head, tombstone


def test_states_are_ordered_by_version_and_at_equal_version_a_delete_wins() -> None:
    listing, deleted = head("L-1", version=1), tombstone("L-1", version=1)
    assert listing.order < deleted.order < head("L-1", version=2).order


def test_only_a_listing_with_photos_that_is_not_deleted_is_visible() -> None:
    assert head("L-1").is_visible
    assert not head("L-1", []).is_visible
    assert not tombstone("L-1").is_visible


def test_a_version_is_finished_once_every_step_has_been_done() -> None:
    listing = head("L-1", version=3)
    assert not listing.is_finished
    assert not _finished(listing, 2).is_finished
    assert _finished(listing, 3).is_finished


def _finished(listing: Head, version: int) -> Head:
    return msgspec.structs.replace(listing, finished_version=version)
