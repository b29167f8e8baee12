"""What the ledger knows of a pair."""

import msgspec
import pytest

from stream.domain.pair import Pair, photos_digest_of
from tests.support.listings import head, tombstone

PAIR = Pair(pair_id="0f" * 16, left_id="L-1", right_id="L-2", revision=7, is_open=True)


def test_photos_digest_ignores_the_order_urls_and_versions_of_photos() -> None:
    one = photos_digest_of(head("L-1", ["a", "b"]), head("L-2", ["c"]))
    assert photos_digest_of(head("L-1", ["b", "a"], version=2), head("L-2", ["c"])) == one


@pytest.mark.parametrize(
    ("left", "right"),
    [(["a"], ["b", "c"]), (["a", "b", "c"], []), (["c"], ["a", "b"]), (["a", "b"], ["d"])],
)
def test_photos_digest_tells_which_side_has_which_photos(left: list[str], right: list[str]) -> None:
    one = photos_digest_of(head("L-1", ["a", "b"]), head("L-2", ["c"]))
    assert photos_digest_of(head("L-1", left), head("L-2", right)) != one


def test_a_listing_that_is_gone_has_the_photos_of_none() -> None:
    left = head("L-1", ["a"])
    assert photos_digest_of(left, tombstone("L-2")) == photos_digest_of(left, None)


@pytest.mark.parametrize(
    ("message", "message_revision", "published_revision", "unpublished"),
    [(None, -1, -1, False), (b"{}", 7, -1, True), (b"{}", 7, 7, False), (b"{}", 7, 8, False)],
)
def test_an_alert_is_unpublished_until_the_broker_has_it(
    message: bytes | None, message_revision: int, published_revision: int, unpublished: bool
) -> None:
    pair = msgspec.structs.replace(
        PAIR,
        message=message,
        message_revision=message_revision,
        published_revision=published_revision,
    )
    assert pair.is_unpublished is unpublished


def test_each_listing_knows_the_other() -> None:
    assert PAIR.other("L-1") == "L-2"
    assert PAIR.other("L-2") == "L-1"
