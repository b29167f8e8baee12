"""What happens to the sample listings, event by event, and what must come of it.

`write` puts it beside the photos: `events.jsonl` (what the demo emits), `listings.jsonl` (every
listing alive at the end, in the manifests' format) and `expected.json` (the truth to compare with).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from stream.demo.rendering.plan import Copied, Photo, Posting, Shot, Unreadable
from stream.demo.rendering.postings import POSTINGS
from stream.demo.rendering.table_postings import CLOCK

SOURCE = "/twinlist/demo"
_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_STEP = timedelta(minutes=7)


@dataclass(frozen=True)
class Posted:
    """A listing is created, or updated if its version is not the first."""

    posting: Posting


@dataclass(frozen=True)
class Deleted:
    """A seller takes a listing back."""

    listing_id: str
    version: int


@dataclass(frozen=True)
class Incomplete:
    """A listing whose event lacks a field that the contract asks for."""

    posting: Posting
    listing_id: str
    lacks: str


@dataclass(frozen=True)
class Poison:
    """Bytes that are no event at all."""

    key: str
    text: str


Step = Posted | Deleted | Incomplete | Poison


@dataclass(frozen=True)
class Relation:
    """Two listings, and what the pair is an example of."""

    left: str
    right: str
    case: str


STORY: tuple[Step, ...] = (
    *(Posted(posting) for posting in POSTINGS[:8]),
    Poison("unknown", '{"specversion": "1.0", "type": "listing.cre'),
    *(Posted(posting) for posting in POSTINGS[8:17]),
    Incomplete(CLOCK, "clock-incomplete", "seller_id"),
    *(Posted(posting) for posting in POSTINGS[17:22]),
    Deleted("chair-withdrawn", 2),
    *(Posted(posting) for posting in POSTINGS[22:]),
)

PAIRS = (
    Relation("bicycle-attic", "bicycle-hall", "other_angles"),
    Relation("armchair-day", "armchair-evening", "other_angles"),
    Relation("guitar-bedroom", "guitar-study", "other_angles"),
    Relation("camera-desk", "camera-kitchen-table", "other_angles"),
    Relation("suitcase", "suitcase-edited", "edited_copy"),
    Relation("radio", "radio-copied", "plain_copy"),
)
NO_PAIRS = (
    Relation("kettle-cottage-kitchen", "kettle-family-kitchen", "same_product_other_home"),
    Relation("armchair-day", "floor-lamp-day", "other_item_same_room"),
    Relation("coffee-machine", "kettle-family-kitchen", "other_item_same_room"),
    Relation("camera-desk", "desk-lamp", "other_item_same_room"),
)
RETRACTED = (
    Relation("sneakers", "sports-offer", "update_replaces_photos"),
    Relation("chair", "chair-withdrawn", "listing_deleted"),
)
NO_DUPLICATE = "no_duplicate"


def write(folder: Path) -> None:
    """Write the three files."""
    _write_lines(folder / "events.jsonl", events())
    _write_lines(folder / "listings.jsonl", listings())
    text = json.dumps(expected(), indent=2, ensure_ascii=False)
    (folder / "expected.json").write_text(text + "\n")


def events(story: Sequence[Step] = STORY) -> list[dict[str, Any]]:
    """Return what is emitted, in order: a key, and a CloudEvent or the text of a poison event."""
    created: dict[str, str] = {}
    lines: list[dict[str, Any]] = []
    for index, step in enumerate(story):
        time = _stamp(_START + index * _STEP)
        if isinstance(step, Poison):
            lines.append({"key": step.key, "value_text": step.text})
            continue
        listing_id, kind, data = _content(step, created, time)
        value = {
            "specversion": "1.0",
            "id": f"demo-{index + 1:03d}",
            "source": SOURCE,
            "type": f"listing.{kind}.v1",
            "time": time,
            "subject": listing_id,
            "datacontenttype": "application/json",
            "data": data,
        }
        lines.append({"key": listing_id, "value": value})
    return lines


def listings(story: Sequence[Step] = STORY) -> list[dict[str, Any]]:
    """Return the last state of each listing that is alive at the end and has a readable photo."""
    alive: dict[str, Posting] = {}
    for step in story:
        if isinstance(step, Posted):
            alive[step.posting.listing_id] = step.posting
        elif isinstance(step, Deleted):
            alive.pop(step.listing_id)
    return [_manifest_line(posting) for posting in alive.values() if _readable(posting)]


def expected(story: Sequence[Step] = STORY) -> dict[str, Any]:
    """Return the truth about the sample listings, whatever any model makes of them."""
    return {
        "pairs": [vars(relation) for relation in PAIRS],
        "no_pairs": [vars(relation) for relation in NO_PAIRS],
        "retracted": [vars(relation) for relation in RETRACTED],
        "dead_letters": list(_dead_letters(story)),
        "unreadable_photos": [
            step.posting.photo_path(index)
            for step in story
            if isinstance(step, Posted)
            for index, photo in enumerate(step.posting.photos)
            if isinstance(photo, Unreadable)
        ],
    }


def _content(
    step: Posted | Deleted | Incomplete, created: dict[str, str], time: str
) -> tuple[str, str, dict[str, Any]]:
    if isinstance(step, Deleted):
        data: dict[str, Any] = {"listing_id": step.listing_id, "version": step.version}
        return step.listing_id, "deleted", data
    posting = step.posting
    listing_id = step.listing_id if isinstance(step, Incomplete) else posting.listing_id
    data = {
        "listing_id": listing_id,
        "version": posting.version,
        "seller_id": posting.seller_id,
        "category": posting.item.category,
        "created_at": created.setdefault(listing_id, time),
        "region": posting.region,
        "title": posting.item.title,
        "price": {"amount": posting.item.price_euros, "currency": "EUR"},
        "photos": [{"url": posting.photo_path(index)} for index in range(len(posting.photos))],
    }
    if isinstance(step, Incomplete):
        del data[step.lacks]
    return listing_id, "created" if posting.version == 1 else "updated", data


def _dead_letters(story: Sequence[Step]) -> Iterable[dict[str, Any]]:
    for index, step in enumerate(story):
        if isinstance(step, Poison):
            yield {"index": index, "key": step.key, "reason": "the value is no JSON"}
        elif isinstance(step, Incomplete):
            reason = f"the field {step.lacks} is missing"
            yield {"index": index, "key": step.listing_id, "reason": reason}
        elif isinstance(step, Posted) and not _readable(step.posting):
            reason = "none of the photos is an image"
            yield {"index": index, "key": step.posting.listing_id, "reason": reason}


def _manifest_line(posting: Posting) -> dict[str, Any]:
    readable = _readable(posting)
    return {
        "listing_id": posting.listing_id,
        "item_id": posting.item.item_id,
        "seller_id": posting.seller_id,
        "category": posting.item.category,
        "source": "twinlist-demo",
        "photos": [posting.photo_path(index) for index in readable],
        "angles": [_angles(posting, posting.photos[index]) for index in readable],
        "case": _case(posting.listing_id),
    }


def _readable(posting: Posting) -> list[int]:
    return [i for i, photo in enumerate(posting.photos) if not isinstance(photo, Unreadable)]


def _case(listing_id: str) -> str:
    for relation in (*PAIRS, *RETRACTED, *NO_PAIRS):
        if listing_id in (relation.left, relation.right):
            return relation.case
    return NO_DUPLICATE


def _angles(posting: Posting, photo: Photo) -> dict[str, float]:
    """Return where the camera stood, as seen from the item: 0 is its front."""
    if isinstance(photo, Copied):
        posting = next(p for p in POSTINGS if p.listing_id == photo.listing_id)
        photo = posting.photos[photo.number - posting.first_number]
    if not isinstance(photo, Shot):
        raise TypeError(f"{posting.listing_id}: only a rendered photo has angles")
    view = photo.view
    azimuth = (view.azimuth - view.item_turn - posting.spot.turn + 180) % 360 - 180
    return {"azimuth": azimuth, "elevation": view.elevation, "distance": view.distance}


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
