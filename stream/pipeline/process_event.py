"""Process one event, from its decoded form to its published alerts. It may be repeated."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

from stream.domain.errors import DeadLetterError, DeadLetterReason
from stream.domain.event import Event, ListingDeleted, ListingPosted, VerdictGiven
from stream.domain.listing import Head
from stream.pipeline.collect_photos import CollectedPhotos, collect_photos
from stream.pipeline.encode import encode
from stream.pipeline.take_turn import ListingTurn, Result, State, judge
from stream.pipeline.watch_photo_servers import PhotoServerWatch
from stream.ports import PhotoSource


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that processing an event needs."""

    state: State
    photos: PhotoSource
    photo_servers: PhotoServerWatch = field(default_factory=PhotoServerWatch)
    fetching: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    """What is around collecting photos, the one step that needs neither Qdrant nor Triton."""


@dataclass
class Kept:
    """What a repeat of the event need not do again."""

    photos: CollectedPhotos | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of an event."""

    result: Result
    photos_left_out: Mapping[int, str] = field(default_factory=dict)
    """Why a photo was left out, by its index in the event."""


async def process_event(event: Event, services: Services, kept: Kept) -> Outcome:
    """Run all steps of an event. Raises `DeadLetterError`, `RetryError` or `StopError`."""
    match event:
        case ListingPosted():
            return await _post(event, services, kept)
        case ListingDeleted(cause, listing):
            turn = ListingTurn(listing.listing_id, cause, services.state)
            ended = await turn.ended_before(event)
            return Outcome(result=ended or await turn.delete(listing.version))
        case VerdictGiven():
            return Outcome(result=await judge(event, services.state))


async def _post(event: ListingPosted, services: Services, kept: Kept) -> Outcome:
    listing, state = event.listing, services.state
    turn = ListingTurn(listing.listing_id, event.cause, state)
    if (ended := await turn.ended_before(event)) is not None:
        return Outcome(result=ended)
    if kept.photos is None:
        async with services.fetching():
            kept.photos = await collect_photos(
                listing, services.photos, services.photo_servers, state.models.spec.photo_size
            )
    collected = kept.photos
    encoded = await encode(collected, state.models, state.index)
    head = Head(
        listing_id=listing.listing_id,
        version=listing.version,
        seller_id=listing.seller_id,
        category=listing.category,
        region=listing.region,
        created_at=listing.created_at,
        photos=encoded.photos,
    )
    result = await turn.post(head, encoded)
    if not encoded.photos:
        raise _no_usable_photo(collected)
    left_out = {index: str(error) for index, error in collected.left_out.items()}
    return Outcome(result=result, photos_left_out=left_out)


def _no_usable_photo(collected: CollectedPhotos) -> DeadLetterError:
    reasons = "; ".join(f"photo {index + 1}: {why}" for index, why in collected.left_out.items())
    settings = {error.setting for error in collected.left_out.values()}
    if settings and all(settings):
        mend = "change these settings if such photos are meant to be fetched,"
    elif any(settings):
        mend = "mend the photos or these settings"
    else:
        mend = "mend the photos"
    return DeadLetterError(
        DeadLetterReason.NO_USABLE_PHOTO,
        f"none of the listing's photos can be used ({reasons}); {mend} and replay this event, "
        "or send a higher version",
    )
