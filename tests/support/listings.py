"""Heads, causes and policies with defaults, so that a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime

from stream.domain.alert import Origin
from stream.domain.event import Cause
from stream.domain.listing import Head, IndexedPhoto
from stream.domain.policy import Policy, Thresholds
from tests.support.protocol_world import sha256_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CAUSE = Cause("event-1", NOON, Origin.LIVE)


def head(
    listing_id: str,
    photos: Sequence[str] = ("a1",),
    *,
    version: int = 1,
    seller_id: str = "S-1",
    category: str | None = "furniture",
    region: str | None = None,
    created_at: datetime = NOON,
) -> Head:
    """A listing as the index holds it; photos are labels."""
    return Head(
        listing_id=listing_id,
        version=version,
        seller_id=seller_id,
        category=category,
        region=region,
        created_at=created_at,
        photos=tuple(
            IndexedPhoto(place, f"https://photos.example/{label}", sha256_of(label))
            for place, label in enumerate(photos)
        ),
    )


def tombstone(listing_id: str, *, version: int = 2) -> Head:
    """What a deleted listing leaves."""
    return Head(listing_id=listing_id, version=version, deleted=True)


def policy(
    threshold: float = 0.5,
    *,
    by_category: dict[str, float] | None = None,
    near_miss_floor: float = 0.2,
    policy_version: str = "p1",
) -> Policy:
    """A policy of model m1."""
    return Policy(
        policy_version=policy_version,
        model_version="m1",
        thresholds=Thresholds(threshold, by_category or {}),
        same_photos_similarity=0.9,
        near_miss_floor=near_miss_floor,
    )
