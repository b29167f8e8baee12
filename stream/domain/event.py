"""The events that Twinlist consumes, in their CloudEvents 1.0 envelope.

Source of the envelope: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from stream.domain.alert import Origin, Verdict
from stream.domain.listing import DeletedListing, Listing

EventId = Annotated[str, Meta(min_length=1, max_length=256)]
EventSource = Annotated[str, Meta(min_length=1, max_length=1024)]
EventSubject = Annotated[str, Meta(min_length=1, max_length=256)]
EventTime = Annotated[datetime, Meta(tz=True)]


Place = tuple[str, int, int]
"""Where a record lies: topic, partition and offset."""


class Cause(msgspec.Struct, frozen=True):
    """What led to a change: the event's id and time, and whether it is lived or replayed."""

    event_id: str
    time: datetime
    origin: Origin


class ListingPosted(msgspec.Struct, frozen=True):
    """A listing was created or updated; both carry its full state and are handled alike."""

    cause: Cause
    listing: Listing

    @property
    def key(self) -> str:
        """Events with the same key are never in flight together."""
        return self.listing.listing_id

    @property
    def order(self) -> tuple[int, bool]:
        """`Head.order` of the state that it brings."""
        return (self.listing.version, False)


class ListingDeleted(msgspec.Struct, frozen=True):
    """A listing is gone."""

    cause: Cause
    listing: DeletedListing

    @property
    def key(self) -> str:
        """Events with the same key are never in flight together."""
        return self.listing.listing_id

    @property
    def order(self) -> tuple[int, bool]:
        """`Head.order` of the state that it brings."""
        return (self.listing.version, True)


class VerdictGiven(msgspec.Struct, frozen=True):
    """A moderator judged a pair."""

    cause: Cause
    verdict: Verdict

    @property
    def key(self) -> str:
        """Events with the same key are never in flight together."""
        return self.verdict.pair_id


Event = ListingPosted | ListingDeleted | VerdictGiven


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    specversion: Literal["1.0"]
    id: EventId
    source: EventSource
    subject: EventSubject
    time: EventTime
    datacontenttype: str = "application/json"


class ListingCreatedEvent(_Envelope, frozen=True, kw_only=True):
    """`listing.created.v1`: the full state of a new listing."""

    type: Literal["listing.created.v1"]
    data: Listing


class ListingUpdatedEvent(_Envelope, frozen=True, kw_only=True):
    """`listing.updated.v1`: the full state of a changed listing."""

    type: Literal["listing.updated.v1"]
    data: Listing


class ListingDeletedEvent(_Envelope, frozen=True, kw_only=True):
    """`listing.deleted.v1`: which listing is gone, as of which version."""

    type: Literal["listing.deleted.v1"]
    data: DeletedListing


class VerdictEvent(_Envelope, frozen=True, kw_only=True):
    """`duplicate.verdict.v1`: a moderator's answer to an alert."""

    type: Literal["duplicate.verdict.v1"]
    data: Verdict


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A Kafka record as it was consumed: what is decoded, or kept whole as a dead letter."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    unreadable: str = ""
    """Why this is not what was sent, only as much of it as could be had; empty for all others."""

    @property
    def place(self) -> Place:
        """Where it lies."""
        return (self.topic, self.partition, self.offset)
