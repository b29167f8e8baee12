"""Names and bytes that others compute too, or keep: they never change."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from stream.domain.alert import (
    Alert,
    AlertedListing,
    AlertedPhoto,
    AlertState,
    Kind,
    Origin,
    PhotoPair,
    RegionPair,
    Relation,
    decode_alert,
    encode_alert,
    in_pair_order,
    pair_id_of,
)

GOLDEN = Path(__file__).parent / "golden"

# Computed with hashlib and bytes alone, in pair order.
PAIR_IDS = {
    ("L-1", "L-2"): "b993fd8054be937d40ee14311e3ea2f3",
    ("1", "10"): "3d2d04cd9d761b56825d769e633f2123",
    ("a", "ab"): "7af2c367567656e338b29e4754b29d05",
    ("aa", "b"): "7b5786554e3ad1528fac71776c8da61c",
    ("Z", "a"): "94122eb81aec7b09a518ff6f2ef8a803",
    ("z", "ä"): "5aa926653363433d5c45efe67c8ab020",
    ("椅子", "🪑"): "fbc56c753f8d036a5af9ac64efde4743",
    ("\uffff", "\U00010000"): "57bc290a9c6e4aa62181a4c32a995fdb",
    ("same", "same"): "1b3009de0518e4e7217e115f2767eaa9",
}
TIME = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RAISED = Alert(
    pair_id=pair_id_of("L-1", "椅子"),
    revision=(1 << 32) + 1,
    state=AlertState.RAISED,
    listings=(
        AlertedListing(
            listing_id="L-1",
            version=3,
            seller_id="S-4",
            category="furniture",
            created_at=TIME - timedelta(days=2, microseconds=1),
        ),
        AlertedListing(
            listing_id="椅子",
            version=2**52 - 1,
            seller_id="S-9",
            category="Möbel",
            created_at=TIME.astimezone(timezone(timedelta(hours=1))),
        ),
    ),
    newer_listing_id="椅子",
    probability=0.97,
    threshold=0.9,
    kind=Kind.SAME_ITEM,
    relation=Relation.OTHER_SELLER,
    evidence=(
        PhotoPair(
            left=AlertedPhoto(0, "a3" * 32),
            right=AlertedPhoto(23, "5c" * 32),
            similarity=0.812345,
            regions=(RegionPair((0.0, 0.25, 0.5, 0.75), (0.25, 0.25, 0.75, 1.0)),),
        ),
    ),
    model_version="1-3f9a0c27",
    policy_version="1",
    caused_by="event-4711",
    origin=Origin.LIVE,
)
RETRACTED = msgspec.structs.replace(
    RAISED,
    revision=(1 << 32) + 2,
    state=AlertState.RETRACTED,
    evidence=(),
    caused_by="event-4712",
    origin=Origin.BACKFILL,
)


@pytest.mark.parametrize(("pair", "pair_id"), PAIR_IDS.items())
def test_pair_id_is_the_same_for_both_orders(pair: tuple[str, str], pair_id: str) -> None:
    one, other = pair
    assert pair_id_of(one, other) == pair_id_of(other, one) == pair_id


@pytest.mark.parametrize("pair", PAIR_IDS)
def test_pair_order_is_that_of_the_bytes(pair: tuple[str, str]) -> None:
    assert in_pair_order(*pair) == in_pair_order(*reversed(pair)) == pair


@pytest.mark.parametrize("alert", [RAISED, RETRACTED], ids=lambda alert: str(alert.state))
def test_alert_is_the_same_message_byte_for_byte(alert: Alert) -> None:
    golden = (GOLDEN / f"listing.duplicate.v1.{alert.state}.json").read_bytes()
    assert encode_alert(alert, TIME) == golden
    assert decode_alert(golden).data == alert


def test_alert_id_names_pair_revision_and_content() -> None:
    assert (
        decode_alert(encode_alert(RAISED, TIME)).id
        == "7602b193eef1cb3368c7d06dc6ae9244-4294967297-06d9239cf18a1bad"
    )


@pytest.mark.parametrize(
    ("alert", "time"),
    [
        (msgspec.structs.replace(RAISED, revision=RAISED.revision + 1), TIME),
        (msgspec.structs.replace(RAISED, probability=0.970001), TIME),
        (RAISED, TIME + timedelta(seconds=1)),
    ],
)
def test_another_alert_has_another_id(alert: Alert, time: datetime) -> None:
    ids = {decode_alert(encode_alert(*one)).id for one in ((RAISED, TIME), (alert, time))}
    assert len(ids) == 2
