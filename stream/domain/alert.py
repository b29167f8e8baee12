"""Alerts and verdicts: what Twinlist says of a pair of listings, and what a moderator answers."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from stream.domain.listing import (
    Category,
    CreatedAt,
    ListingId,
    SellerId,
    Sha256,
    Version,
)

ALERT_TYPE: Literal["listing.duplicate.v1"] = "listing.duplicate.v1"
ALERT_SOURCE = "twinlist"

PairId = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{32}$",
        max_length=32,
        description="The same for both orders of the two listings.",
    ),
]
Revision = Annotated[
    int,
    Meta(ge=0, lt=2**53, description="Grows with each change; keep the highest of a pair."),
]
Coordinate = Annotated[float, Meta(ge=0, le=1)]
Box = Annotated[
    tuple[Coordinate, Coordinate, Coordinate, Coordinate],
    Meta(description="left, top, right, bottom, relative to width and height"),
]


def pair_id_of(one: str, other: str) -> str:
    """Name the pair of two listings, whichever comes first.

    Hex of the first 16 bytes of SHA-256 over both ids in UTF-8, sorted by bytes, each prefixed
    with its length in 4 bytes, big-endian.
    """
    digest = hashlib.sha256()
    for encoded in sorted((one.encode(), other.encode())):
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return digest.digest()[:16].hex()


def in_pair_order(one: str, other: str) -> tuple[str, str]:
    """Sort two listing ids as alerts list them: by their UTF-8 bytes."""
    return (one, other) if one.encode() <= other.encode() else (other, one)


class AlertState(StrEnum):
    """What a revision says: `raised` opens a pair, `retracted` closes it."""

    RAISED = "raised"
    UPDATED = "updated"
    RETRACTED = "retracted"


class Kind(StrEnum):
    """How two listings are alike."""

    SAME_PHOTOS = "same_photos"
    SAME_ITEM = "same_item"


class Relation(StrEnum):
    """Who posted the two listings."""

    SAME_SELLER = "same_seller"
    OTHER_SELLER = "other_seller"


class Origin(StrEnum):
    """What made a revision: the live stream or a replay of the past."""

    LIVE = "live"
    BACKFILL = "backfill"


class AlertedListing(msgspec.Struct, frozen=True, kw_only=True):
    """One side of an alert."""

    listing_id: ListingId
    version: Version
    seller_id: SellerId
    category: Category
    created_at: CreatedAt


class AlertedPhoto(msgspec.Struct, frozen=True):
    """A photo by its place in the listing's event and its file's hash; urls expire and leak."""

    index: Annotated[int, Meta(ge=0)]
    sha256: Sha256


class RegionPair(msgspec.Struct, frozen=True):
    """Two regions that show the same thing."""

    left: Box
    right: Box


class PhotoPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two photos that carry evidence, in the order of the alert's listings."""

    left: AlertedPhoto
    right: AlertedPhoto
    similarity: float
    regions: tuple[RegionPair, ...] = ()


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of `listing.duplicate.v1`."""

    pair_id: PairId
    revision: Revision
    state: AlertState
    listings: Annotated[
        tuple[AlertedListing, AlertedListing], Meta(description="Sorted by listing_id's bytes.")
    ]
    newer_listing_id: ListingId
    probability: Annotated[float, Meta(ge=0, le=1)]
    threshold: Annotated[float, Meta(ge=0, le=1)]
    kind: Kind
    relation: Relation
    evidence: Annotated[tuple[PhotoPair, ...], Meta(description="Best first.")] = ()
    model_version: str
    policy_version: str
    caused_by: Annotated[str, Meta(description="The id of the event that led to this revision.")]
    origin: Origin

    @property
    def claim(self) -> tuple[object, ...]:
        """What an open pair asserts; a new revision is due when this changes."""
        versions = tuple(listing.version for listing in self.listings)
        return (versions, self.kind, self.relation, self.model_version, self.policy_version)


class AlertEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in its CloudEvents 1.0 envelope, structured mode."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: Literal["listing.duplicate.v1"]
    subject: PairId
    time: Annotated[datetime, Meta(tz=True)]
    datacontenttype: Literal["application/json"]
    data: Alert


_encoder = msgspec.json.Encoder(order="deterministic")


def encode_alert(alert: Alert, time: datetime) -> bytes:
    """Write an alert as the bytes that are published, retried and stored.

    The CloudEvents id is a function of pair, revision and content, so a repeated alert is the
    same message, byte for byte.
    """
    content = hashlib.sha256(_encoder.encode((alert, time))).hexdigest()[:16]
    event = AlertEvent(
        specversion="1.0",
        id=f"{alert.pair_id}-{alert.revision}-{content}",
        source=ALERT_SOURCE,
        type=ALERT_TYPE,
        subject=alert.pair_id,
        time=time,
        datacontenttype="application/json",
        data=alert,
    )
    return _encoder.encode(event)


def decode_alert(message: bytes) -> AlertEvent:
    """Read a published alert. Raises `msgspec.ValidationError` when it is none."""
    return msgspec.json.decode(message, type=AlertEvent)


class VerdictChoice(StrEnum):
    """A moderator's answer."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class VerdictReason(StrEnum):
    """Why a moderator answered so."""

    OTHER_ITEM = "other_item"
    SAME_PRODUCT_OTHER_UNIT = "same_product_other_unit"
    STOCK_PHOTO = "stock_photo"
    OTHER = "other"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The `data` of `duplicate.verdict.v1`."""

    pair_id: PairId
    verdict: VerdictChoice
    revision: Annotated[int, Meta(ge=0, lt=2**53, description="The revision that was judged.")]
    reason: VerdictReason | None = None
    moderator: Annotated[str, Meta(max_length=256)] | None = None
    note: Annotated[str, Meta(max_length=4096)] | None = None
