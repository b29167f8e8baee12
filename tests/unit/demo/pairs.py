"""Samples and alerts with defaults, so that a test names only what it is about."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from stream.adapters.kafka.dead_letters import DeadLetter, Provenance
from stream.demo.report import CaseCount, Latency, Report
from stream.demo.sample import ListingPair, PairLabel, Sample
from stream.domain.alert import (
    Alert,
    AlertedListing,
    AlertedPhoto,
    AlertState,
    Box,
    Kind,
    Origin,
    PhotoPair,
    RegionPair,
    Relation,
    in_pair_order,
    pair_id_of,
)

_NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def sample_of(
    expected: Collection[ListingPair],
    *,
    name: str = "test",
    photos: Mapping[str, tuple[Path, ...]] | None = None,
    cases: Mapping[ListingPair, str] | None = None,
    traps: Collection[ListingPair] = (),
    retracted: Collection[ListingPair] = (),
    dead_letters: Collection[int] = (),
) -> Sample:
    """A sample of which only the truth matters."""
    return Sample(
        name=name,
        photo_root=Path(),
        events=(),
        expected_pairs=frozenset(expected),
        labels={pair: PairLabel(*pair, case) for pair, case in (cases or {}).items()},
        traps=frozenset(traps),
        retracted_pairs=frozenset(retracted),
        dead_letters=frozenset(dead_letters),
        photos=photos or {},
    )


REPORT = Report(
    events=10,
    processed=9,
    dead_letters=1,
    meant_dead_letters=1,
    expected_pairs=3,
    found_pairs=2,
    correct_pairs=1,
    precision=0.5,
    recall=0.3333,
    traps=4,
    traps_avoided=3,
    ended_pairs=2,
    retracted_pairs=2,
    cases=(
        CaseCount(case="other_room", found=1, missed=2, false=0, avoided=0),
        CaseCount(case="other_item_same_room", found=0, missed=0, false=1, avoided=3),
    ),
    threshold=0.25,
    latency_seconds=Latency(0.5, 1.2),
    events_per_second=5.0,
    listings_per_second=4.0,
    model_version="m-1",
    policy_version="p-1",
)
"""A run of which one pair was found, two missed, and one alert was false."""


def alert_of(
    left: str,
    right: str,
    probability: float,
    *,
    evidence: Sequence[PhotoPair] = (),
    state: AlertState = AlertState.RAISED,
    seller_id: str = "S-1",
    version: str = "1",
) -> Alert:
    """An alert about two listings."""
    first, second = in_pair_order(left, right)
    return Alert(
        pair_id=pair_id_of(left, right),
        revision=1,
        state=state,
        listings=(_listing(first, seller_id), _listing(second, seller_id)),
        newer_listing_id=second,
        probability=probability,
        threshold=0.25,
        kind=Kind.SAME_ITEM,
        relation=Relation.SAME_SELLER,
        evidence=tuple(evidence),
        model_version=version,
        policy_version=version,
        caused_by="event-1",
        origin=Origin.LIVE,
    )


def photo_pair(left: int, right: int, similarity: float, *regions: tuple[Box, Box]) -> PhotoPair:
    """Two photos that carry evidence."""
    return PhotoPair(
        left=AlertedPhoto(left, "0" * 64),
        right=AlertedPhoto(right, "0" * 64),
        similarity=similarity,
        regions=tuple(RegionPair(*boxes) for boxes in regions),
    )


def letter_at(partition: int, offset: int, *, key: bytes | None = b"k") -> DeadLetter:
    """The dead letter of an event at some place."""
    origin = Provenance(
        reason="not_json",
        error="no JSON",
        topic="listing-events",
        partition=partition,
        offset=offset,
        time="2026-01-01T00:00:00Z",
        attempts=1,
        version="1",
    )
    return DeadLetter(partition=0, offset=0, origin=origin, key=key, value=b"v", headers=())


def _listing(listing_id: str, seller_id: str) -> AlertedListing:
    return AlertedListing(
        listing_id=listing_id,
        version=1,
        seller_id=seller_id,
        category="furniture",
        created_at=_NOON,
    )
