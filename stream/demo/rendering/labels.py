"""What is true of a pair of listings, read off the postings that they were made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from stream.demo.rendering.plan import (
    Collage,
    Copied,
    Edit,
    Finish,
    Photo,
    Posting,
    Published,
    Shot,
)
from stream.demo.rendering.viewpoint import azimuth_of

HOME = "home"
"""The kind of thing that is no thing: a home for rent, shown by its rooms."""
_MOVED_METRES = 0.4
"""Less is how exactly people put a thing back."""

FindPosting = Callable[[str], Posting]


class Question(StrEnum):
    """What a pair asks a model to tell apart."""

    SAME_PHOTOS = "same_photos"
    SAME_ITEM_SAME_ROOM = "same_item_same_room"
    SAME_ITEM_OTHER_ROOM = "same_item_other_room"
    SAME_PRODUCT_SAME_ROOM = "same_product_same_room"
    SAME_PRODUCT_OTHER_ROOM = "same_product_other_room"
    OTHER_ITEM_SAME_ROOM = "other_item_same_room"
    OTHER_ITEM_OTHER_ROOM = "other_item_other_room"

    @property
    def is_of_one_item(self) -> bool:
        """Whether the right answer is an alert."""
        return self in {self.SAME_PHOTOS, self.SAME_ITEM_SAME_ROOM, self.SAME_ITEM_OTHER_ROOM}


class Case(StrEnum):
    """What a pair is an example of."""

    PLAIN_COPY = "plain_copy"
    EDITED_COPY = "edited_copy"
    MIRRORED_COPY = "mirrored_copy"
    WATERMARKED_COPY = "watermarked_copy"
    SCREENSHOT = "screenshot"
    COLLAGE = "collage"
    OTHER_ANGLES = "other_angles"
    ITEM_MOVED = "item_moved"
    LIGHT_CHANGED = "light_changed"
    PARTLY_HIDDEN = "partly_hidden"
    ONE_OF_A_LOT = "one_of_a_lot"
    OTHER_ROOM = "other_room"
    SAME_HOME = "same_home"
    SAME_PRODUCT_SAME_ROOM = "same_product_same_room"
    SAME_PRODUCT_OTHER_ROOM = "same_product_other_room"
    OTHER_ITEM_SAME_ROOM = "other_item_same_room"
    SHARED_STOCK_PHOTO = "shared_stock_photo"
    SHARED_FLOOR_PLAN = "shared_floor_plan"
    UPDATE_REPLACES_PHOTOS = "update_replaces_photos"
    LISTING_DELETED = "listing_deleted"


@dataclass(frozen=True)
class Label:
    """A pair of listings and what it is an example of."""

    left: str
    right: str
    case: Case
    question: Question
    angle: float | None
    """The smallest difference of the cameras' azimuths, as the item sees them, in degrees."""

    @property
    def is_pair(self) -> bool:
        """Whether both listings sell one item."""
        return self.question.is_of_one_item


def label(one: Posting, other: Posting, find: FindPosting) -> Label | None:
    """Return what is true of two listings; None where nothing in their photos is alike.

    Args:
        one: the last state of a listing.
        other: that of another.
        find: the posting that a photo was copied from, by its listing's id.
    """
    left, right = sorted((one, other), key=lambda posting: posting.listing_id.encode())
    case = _case(left, right)
    if case is None:
        return None
    question = _question(left, right)
    is_seen_from_a_side = question is not Question.SAME_PHOTOS and (
        is_same_item(left, right) or _is_same_product(left, right)
    )
    angle = _angle(left, right, find) if is_seen_from_a_side else None
    return Label(left.listing_id, right.listing_id, case, question, angle)


def is_same_item(one: Posting, other: Posting) -> bool:
    """Whether both sell one physical thing, if only as one of a lot."""
    return bool(_items(one) & _items(other))


def azimuths(posting: Posting, photo: Photo, find: FindPosting) -> tuple[float, ...]:
    """Return from which sides a photo shows the item, in degrees; its front is 0."""
    match photo:
        case Shot(stage=None):
            return (azimuth_of(posting, photo),)
        case Copied(listing_id, number, edit):
            shown = azimuths(source := find(listing_id), _photo(source, number), find)
            return tuple(-side for side in shown) if edit and edit.mirrored else shown
        case Collage(listing_id, numbers):
            source = find(listing_id)
            return tuple(
                side
                for number in numbers
                for side in azimuths(source, _photo(source, number), find)
            )
        case _:
            return ()


def _case(one: Posting, other: Posting) -> Case | None:
    if is_same_item(one, other):
        return _case_of_copies(one, other) or _case_of_one_item(one, other)
    shared = {photo.picture for photo in _published(one)} & {p.picture for p in _published(other)}
    if shared:
        return Case.SHARED_STOCK_PHOTO if "catalogue" in shared else Case.SHARED_FLOOR_PLAN
    is_same_room = bool(rooms(one) & rooms(other))
    if _is_same_product(one, other):
        return Case.SAME_PRODUCT_SAME_ROOM if is_same_room else Case.SAME_PRODUCT_OTHER_ROOM
    return Case.OTHER_ITEM_SAME_ROOM if is_same_room else None


def _case_of_copies(one: Posting, other: Posting) -> Case | None:
    kinds = {_kind_of_copy(photo) for photo in _copies(one, other)}
    if not kinds:
        return None
    return kinds.pop() if len(kinds) == 1 else Case.EDITED_COPY


def _case_of_one_item(one: Posting, other: Posting) -> Case:
    if one.item.thing.kind == HOME:
        return Case.SAME_HOME
    if one.lot or other.lot:
        return Case.ONE_OF_A_LOT
    if not rooms(one) & rooms(other):
        return Case.OTHER_ROOM
    if one.is_partly_hidden or other.is_partly_hidden:
        return Case.PARTLY_HIDDEN
    if one.light != other.light:
        return Case.LIGHT_CHANGED
    moved = sum((a - b) ** 2 for a, b in zip(one.spot.at, other.spot.at, strict=True)) ** 0.5
    return Case.ITEM_MOVED if moved > _MOVED_METRES else Case.OTHER_ANGLES


def _question(one: Posting, other: Posting) -> Question:
    if any(_copies(one, other)):
        return Question.SAME_PHOTOS
    is_same_room = bool(rooms(one) & rooms(other))
    if is_same_item(one, other):
        return Question.SAME_ITEM_SAME_ROOM if is_same_room else Question.SAME_ITEM_OTHER_ROOM
    if _is_same_product(one, other):
        return Question.SAME_PRODUCT_SAME_ROOM if is_same_room else Question.SAME_PRODUCT_OTHER_ROOM
    return Question.OTHER_ITEM_SAME_ROOM if is_same_room else Question.OTHER_ITEM_OTHER_ROOM


def rooms(posting: Posting) -> frozenset[str]:
    """Return the names of the places that a listing's photos show."""
    staged = {p.stage.room.name for p in posting.photos if isinstance(p, Shot) and p.stage}
    return frozenset(staged or {posting.room.name})


def _items(posting: Posting) -> frozenset[str]:
    return frozenset({posting.item.item_id, *(offered.item.item_id for offered in posting.lot)})


def _is_same_product(one: Posting, other: Posting) -> bool:
    """Whether they sell things that left the factory alike: lettering may be a number plate."""

    def products(posting: Posting) -> set[tuple[str, tuple[Finish, ...]]]:
        things = (posting.item.thing, *(offered.item.thing for offered in posting.lot))
        return {(thing.kind, thing.finishes) for thing in things if thing.kind != HOME}

    return bool(products(one) & products(other))


def _copies(one: Posting, other: Posting) -> Iterable[Copied | Collage]:
    """Return the photos that one of the two took over from the other, or both from a third."""
    for taker, giver in ((one, other), (other, one)):
        sources = {giver.listing_id, *(photo.listing_id for photo in _taken_over(giver))}
        yield from (photo for photo in _taken_over(taker) if photo.listing_id in sources)


def _taken_over(posting: Posting) -> list[Copied | Collage]:
    return [photo for photo in posting.photos if isinstance(photo, Copied | Collage)]


def _kind_of_copy(photo: Copied | Collage) -> Case:
    if isinstance(photo, Collage):
        return Case.COLLAGE
    match photo.edit:
        case None:
            return Case.PLAIN_COPY
        case Edit(app=app) if app:
            return Case.SCREENSHOT
        case Edit(keep=1, mirrored=True, watermark=""):
            return Case.MIRRORED_COPY
        case Edit(keep=1, mirrored=False, watermark=words) if words:
            return Case.WATERMARKED_COPY
        case _:
            return Case.EDITED_COPY


def _published(posting: Posting) -> Iterable[Published]:
    return (photo for photo in posting.photos if isinstance(photo, Published))


def _angle(one: Posting, other: Posting, find: FindPosting) -> float | None:
    sides = (
        [side for photo in posting.photos for side in azimuths(posting, photo, find)]
        for posting in (one, other)
    )
    apart = (abs((a - b + 180) % 360 - 180) for a, b in product(*sides))
    nearest = min(apart, default=None)
    return None if nearest is None else round(nearest, 1)


def _photo(posting: Posting, number: int) -> Photo:
    return posting.photos[number - posting.first_number]
