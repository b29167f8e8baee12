"""What happens to the sample listings, event by event, and what must come of it.

`write` puts it beside the photos: `events.jsonl` (what the demo emits), `listings.jsonl` (every
listing alive at the end, in the manifests' format) and `expected.json` (the truth to compare with).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from stream.demo.rendering.labels import Case, Label, azimuths, label, rooms
from stream.demo.rendering.plan import Copied, Photo, Posting, Published, Shot, Unreadable
from stream.demo.rendering.postings import POSTINGS
from stream.demo.rendering.postings.table import CLOCK

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


_EVENTS_BETWEEN: Mapping[str, Step] = {
    "bicycle-attic": Poison("unknown", '{"specversion": "1.0", "type": "listing.cre'),
    "coffee-machine": Incomplete(CLOCK, "clock-incomplete", "seller_id"),
    "armchair-evening": Deleted("chair-withdrawn", 2),
}
"""What else happens, each after the listing of that id was created."""


def _steps(postings: Sequence[Posting]) -> Iterator[Step]:
    for posting in postings:
        yield Posted(posting)
        if posting.version == 1 and posting.listing_id in _EVENTS_BETWEEN:
            yield _EVENTS_BETWEEN[posting.listing_id]


STORY: tuple[Step, ...] = tuple(_steps(POSTINGS))


def write(folder: Path, photos: Path) -> None:
    """Write the three files; `photos` is the folder that the photos lie in."""
    _write_lines(folder / "events.jsonl", events())
    _write_lines(folder / "listings.jsonl", listings())
    text = json.dumps(expected(photos), indent=2, ensure_ascii=False)
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
    return [_manifest_line(posting) for posting in _last_states(story)]


def expected(photos: Path, story: Sequence[Step] = STORY) -> dict[str, Any]:
    """Return the truth about the sample listings, whatever any model makes of them."""
    labels = [label(*two, _find) for two in combinations(_last_states(story), 2)]
    return {
        "pairs": [vars(one) for one in labels if one and one.is_pair],
        "no_pairs": [vars(one) for one in labels if one and not one.is_pair],
        "retracted": [vars(one) for one in _retracted(story)],
        "stock_photos": sorted(_hashes(photos, "catalogue")),
        "dead_letters": list(_dead_letters(story)),
        "unreadable_photos": [
            step.posting.photo_path(index)
            for step in story
            if isinstance(step, Posted)
            for index, photo in enumerate(step.posting.photos)
            if isinstance(photo, Unreadable)
        ],
    }


def _last_states(story: Sequence[Step]) -> list[Posting]:
    """Return the listings that are alive at the end and have a readable photo."""
    alive: dict[str, Posting] = {}
    for step in story:
        if isinstance(step, Posted):
            alive[step.posting.listing_id] = step.posting
        elif isinstance(step, Deleted):
            alive.pop(step.listing_id)
    return [posting for posting in alive.values() if _readable(posting)]


def _retracted(story: Sequence[Step]) -> Iterator[Label]:
    """Find the pairs that were true until a listing was deleted or got other photos."""
    before: list[Posting] = []
    for end, step in enumerate(story, 1):
        now = _last_states(story[:end])
        case = Case.LISTING_DELETED if isinstance(step, Deleted) else Case.UPDATE_REPLACES_PHOTOS
        for gone in (posting for posting in before if posting not in now):
            for other in (posting for posting in before if posting in now):
                pair = label(gone, other, _find)
                if pair is not None and pair.is_pair:
                    yield replace(pair, case=case)
        before = now


def _hashes(photos: Path, picture: str) -> set[str]:
    """Return the SHA-256 of a picture that anybody may post: one, if all have the same file."""
    return {
        hashlib.sha256((photos / posting.photo_path(index)).read_bytes()).hexdigest()
        for posting in POSTINGS
        for index, photo in enumerate(posting.photos)
        if isinstance(photo, Published) and photo.picture == picture
    }


def _find(listing_id: str) -> Posting:
    return next(posting for posting in POSTINGS if posting.listing_id == listing_id)


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
        "rooms": sorted(rooms(posting)),
    }


def _readable(posting: Posting) -> list[int]:
    return [i for i, photo in enumerate(posting.photos) if not isinstance(photo, Unreadable)]


def _angles(posting: Posting, photo: Photo) -> dict[str, float] | None:
    """Return where the camera stood, as seen from the item: 0 is its front.

    None where a photo shows the item from no one side: collages, published pictures, homes.
    """
    sides = azimuths(posting, photo, _find)
    if len(sides) != 1:
        return None
    while isinstance(photo, Copied):
        posting = _find(photo.listing_id)
        photo = posting.photos[photo.number - posting.first_number]
    if not isinstance(photo, Shot):
        raise TypeError(f"{posting.listing_id}: only a rendered photo has angles")
    view = photo.view
    return {
        "azimuth": round(sides[0], 1),
        "elevation": view.elevation,
        "distance": view.distance,
    }


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
