"""A listing: as its seller posted it, and as the index holds it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

MAX_PHOTOS = 24
VERSION_LIMIT = 2**52  # exclusive; Qdrant compares integers as doubles

ListingId = Annotated[
    str,
    Meta(min_length=1, max_length=256, description="The platform's id of the listing."),
]
Version = Annotated[
    int,
    Meta(ge=0, lt=VERSION_LIMIT, description="Grows with each change of the listing."),
]
SellerId = Annotated[
    str, Meta(min_length=1, max_length=256, description="The platform's id of the seller.")
]
Category = Annotated[
    str, Meta(min_length=1, max_length=128, description="The platform's category.")
]
CreatedAt = Annotated[
    datetime, Meta(tz=True, description="When the listing was created, RFC 3339.")
]
# A `$` lets one line end through; the length does not.
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class PhotoLink(msgspec.Struct, frozen=True):
    """Where one photo of a listing can be fetched."""

    url: Annotated[str, Meta(min_length=1, description="https, http, s3, file or data url.")]


class Price(msgspec.Struct, frozen=True):
    """What the seller asks for."""

    amount: Annotated[float, Meta(ge=0)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217.")]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The full state of a listing, as `listing.created.v1` and `listing.updated.v1` carry it."""

    listing_id: ListingId
    version: Version
    seller_id: SellerId
    category: Category
    created_at: CreatedAt
    photos: Annotated[tuple[PhotoLink, ...], Meta(min_length=1, max_length=MAX_PHOTOS)]
    region: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    title: Annotated[str, Meta(max_length=1024)] | None = None
    price: Price | None = None


class DeletedListing(msgspec.Struct, frozen=True, kw_only=True):
    """All that `listing.deleted.v1` needs to say."""

    listing_id: ListingId
    version: Version


class IndexedPhoto(msgspec.Struct, frozen=True):
    """A usable photo: its place among the listing's photos, where from, and the file's SHA-256."""

    index: int
    url: str
    sha256: Sha256


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the index holds of a listing: its newest version, or the tombstone of a deleted one.

    `finished_version` is below `version` until every step of that version has been done, so that
    a repeated event knows whether a crash left work behind.
    """

    listing_id: str
    version: int
    finished_version: int = -1
    deleted: bool = False
    seller_id: str | None = None
    category: str | None = None
    region: str | None = None
    created_at: datetime | None = None
    photos: tuple[IndexedPhoto, ...] = ()

    @property
    def is_visible(self) -> bool:
        """Whether the listing can be the duplicate of another one."""
        return not self.deleted and bool(self.photos)

    @property
    def is_finished(self) -> bool:
        """Whether every step of this version has been done."""
        return self.finished_version >= self.version

    @property
    def order(self) -> tuple[int, bool]:
        """What decides between two states of a listing: version; at equal version a delete wins."""
        return (self.version, self.deleted)

    @property
    def hashes(self) -> frozenset[str]:
        """The photos' SHA-256; photo points under another hash do not count."""
        return frozenset(photo.sha256 for photo in self.photos)
