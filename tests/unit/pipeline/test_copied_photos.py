"""A competitor's photos are copied: what the alert says, so that nobody punishes the victim."""

import json
from typing import Any

import msgspec

from stream.domain.alert import AlertEvent, AlertState, Kind, Relation
from stream.domain.event import Message
from tests.support.memory_worker import MemoryWorker, posted

MARCH, APRIL = "2026-03-01T12:00:00Z", "2026-04-01T12:00:00Z"


def offer(
    listing_id: str, seller_id: str, photos: list[str], *, created_at: str, version: int = 1
) -> Message:
    record = posted(listing_id, photos, version=version)
    event: dict[str, Any] = json.loads(record.value or b"")
    event["data"] |= {"seller_id": seller_id, "created_at": created_at}
    return msgspec.structs.replace(record, value=json.dumps(event).encode())


async def alert_on(*events: Message) -> AlertEvent:
    """The one alert that these events lead to, each in a batch of its own."""
    worker = MemoryWorker()
    processor = worker.processor()
    for event in events:
        await processor.process([event])
    [alert] = worker.publisher.alerts
    return alert


async def test_the_copy_is_the_newer_listing_of_another_seller_whichever_arrives_first() -> None:
    original = offer("L-1", "victim", ["a1", "a2"], created_at=MARCH)
    copy = offer("L-2", "thief", ["a2", "a1"], created_at=APRIL)
    for events in ((original, copy), (copy, original)):
        alert = (await alert_on(*events)).data
        assert alert.state is AlertState.RAISED
        assert (alert.relation, alert.kind) == (Relation.OTHER_SELLER, Kind.SAME_PHOTOS)
        assert alert.newer_listing_id == "L-2"
        sellers = {one.listing_id: one.seller_id for one in alert.listings}
        assert sellers == {"L-1": "victim", "L-2": "thief"}
        pair = alert.evidence[0]
        assert pair.left.sha256 == pair.right.sha256


async def test_an_old_listing_with_copied_photos_is_told_by_what_caused_the_alert() -> None:
    old = offer("L-0", "thief", ["b1"], created_at=MARCH)
    original = offer("L-1", "victim", ["a1"], created_at=APRIL)
    taken = offer("L-0", "thief", ["a1"], created_at=MARCH, version=2)

    alert = (await alert_on(old, original, taken)).data

    assert (alert.relation, alert.kind) == (Relation.OTHER_SELLER, Kind.SAME_PHOTOS)
    assert alert.newer_listing_id == "L-1", "by its creation the victim's listing is the newer one"
    assert alert.caused_by == json.loads(taken.value or b"")["id"]
    assert {one.listing_id: one.version for one in alert.listings} == {"L-0": 2, "L-1": 1}
