"""One full example of each message, built of the code's types, so that it cannot be wrong."""

from datetime import UTC, datetime

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
    Verdict,
    VerdictChoice,
    VerdictReason,
    decode_alert,
    encode_alert,
    pair_id_of,
)
from stream.domain.event import (
    ListingCreatedEvent,
    ListingDeletedEvent,
    ListingUpdatedEvent,
    VerdictEvent,
)
from stream.domain.listing import DeletedListing, Listing, PhotoLink, Price

TIME = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_EARLIER = datetime(2026, 2, 27, 8, 30, tzinfo=UTC)
_PLATFORM = "/classifieds"
_REVISION = (1 << 32) + 1

_LISTING = Listing(
    listing_id="L-2",
    version=7,
    seller_id="S-9",
    category="furniture",
    created_at=TIME,
    photos=(
        PhotoLink("https://photos.example/L-2/front.jpg"),
        PhotoLink("https://photos.example/L-2/side.jpg"),
    ),
    region="berlin",
    title="Green armchair",
    price=Price(80.0, "EUR"),
)

CREATED = ListingCreatedEvent(
    specversion="1.0",
    id="event-4711",
    source=_PLATFORM,
    subject="L-2",
    time=TIME,
    type="listing.created.v1",
    data=_LISTING,
)
UPDATED = ListingUpdatedEvent(
    specversion="1.0",
    id="event-4712",
    source=_PLATFORM,
    subject="L-2",
    time=TIME,
    type="listing.updated.v1",
    data=_LISTING,
)
DELETED = ListingDeletedEvent(
    specversion="1.0",
    id="event-4713",
    source=_PLATFORM,
    subject="L-2",
    time=TIME,
    type="listing.deleted.v1",
    data=DeletedListing(listing_id="L-2", version=8),
)
ALERT = decode_alert(
    encode_alert(
        Alert(
            pair_id=pair_id_of("L-1", "L-2"),
            revision=_REVISION,
            state=AlertState.RAISED,
            listings=(
                AlertedListing(
                    listing_id="L-1",
                    version=3,
                    seller_id="S-4",
                    category="furniture",
                    created_at=_EARLIER,
                ),
                AlertedListing(
                    listing_id="L-2",
                    version=7,
                    seller_id="S-9",
                    category="furniture",
                    created_at=TIME,
                ),
            ),
            newer_listing_id="L-2",
            probability=0.97,
            threshold=0.9,
            kind=Kind.SAME_ITEM,
            relation=Relation.OTHER_SELLER,
            evidence=(
                PhotoPair(
                    left=AlertedPhoto(0, "a3" * 32),
                    right=AlertedPhoto(1, "5c" * 32),
                    similarity=0.81,
                    regions=(RegionPair((0.0, 0.25, 0.5, 0.75), (0.25, 0.25, 0.75, 0.75)),),
                ),
            ),
            model_version="1-3f9a0c27",
            policy_version="1",
            caused_by="event-4711",
            origin=Origin.LIVE,
        ),
        TIME,
    )
)
VERDICT = VerdictEvent(
    specversion="1.0",
    id="verdict-12",
    source="/moderation",
    subject=pair_id_of("L-1", "L-2"),
    time=TIME,
    type="duplicate.verdict.v1",
    data=Verdict(
        pair_id=pair_id_of("L-1", "L-2"),
        verdict=VerdictChoice.REJECTED,
        revision=_REVISION,
        reason=VerdictReason.SAME_PRODUCT_OTHER_UNIT,
        moderator="M-3",
        note="Two chairs of one series; the scratch is on one only.",
    ),
)
