"""What a demo plays: the shipped scenes, or anybody's labelled listings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec

from stream.domain.alert import in_pair_order
from stream.domain.errors import StopError

SCENES = Path(__file__).parent / "scenes"
_START = datetime(2026, 1, 1, tzinfo=UTC)

ListingPair = tuple[str, str]
"""Two listing ids in pair order."""


class SampleEvent(msgspec.Struct, frozen=True):
    """A record for the topic of listing events."""

    key: bytes
    value: bytes


class PairLabel(msgspec.Struct, frozen=True):
    """What is true of two listings, in pair order."""

    left: str
    right: str
    case: str
    """What the pair is an example of."""
    question: str = ""
    """What it asks a model to tell apart: whether item, product and room are the same."""
    angle: float | None = None
    """Between the nearest two cameras, in degrees around the item; None where it says nothing."""

    @property
    def pair(self) -> ListingPair:
        """The two ids."""
        return self.left, self.right


class ListingFacts(msgspec.Struct, frozen=True):
    """What a person is told of a listing."""

    seller_id: str
    category: str


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Events to play, in order, and the truth about them."""

    name: str
    photo_root: Path
    events: tuple[SampleEvent, ...]
    expected_pairs: frozenset[ListingPair]
    """Pairs that show the same item when all is over, whatever a model makes of them."""
    labels: Mapping[ListingPair, PairLabel] = {}
    """What is known of a pair besides, also of pairs that look alike and are none."""
    traps: frozenset[ListingPair] = frozenset()
    """Pairs that look alike and never show the same item."""
    retracted_pairs: frozenset[ListingPair] = frozenset()
    """Pairs that showed the same item until an update or a delete."""
    dead_letters: frozenset[int] = frozenset()
    """The places in `events` of those that are meant to end as dead letters."""
    stock_photos: frozenset[str] = frozenset()
    """SHA-256 of photos that prove nothing, as a platform would list them in its policy."""
    photos: Mapping[str, tuple[Path, ...]]
    """The photos of each listing's last state."""
    facts: Mapping[str, ListingFacts] = {}
    """By listing id; absent for what names no seller or no category."""


class _SceneEvent(msgspec.Struct):
    key: str
    value: dict[str, Any] | None = None
    value_text: str | None = None


class _SceneDeadLetter(msgspec.Struct):
    index: int


class _SceneTruth(msgspec.Struct):
    pairs: list[PairLabel]
    no_pairs: list[PairLabel]
    retracted: list[PairLabel]
    dead_letters: list[_SceneDeadLetter]
    stock_photos: frozenset[str] = frozenset()


class _LabelledListing(msgspec.Struct):
    listing_id: str
    item_id: str
    seller_id: str
    category: str
    photos: list[str]
    case: str = ""


def read_scenes(folder: Path = SCENES) -> Sample:
    """Read the scenes that Twinlist ships."""
    lines = (folder / "events.jsonl").read_bytes().splitlines()
    events: list[SampleEvent] = []
    photos: dict[str, tuple[Path, ...]] = {}
    facts: dict[str, ListingFacts] = {}
    for line in lines:
        scene = msgspec.json.decode(line, type=_SceneEvent)
        if scene.value is None:
            events.append(SampleEvent(scene.key.encode(), (scene.value_text or "").encode()))
            continue
        data = scene.value.get("data", {})
        links = data.get("photos", [])
        files = tuple((folder / link["url"]).resolve() for link in links)
        for link, file in zip(links, files, strict=True):
            link["url"] = file.as_uri()
        photos[scene.key] = files
        if {"seller_id", "category"} <= data.keys():
            facts[scene.key] = ListingFacts(data["seller_id"], data["category"])
        events.append(SampleEvent(scene.key.encode(), msgspec.json.encode(scene.value)))
    truth = msgspec.json.decode((folder / "expected.json").read_bytes(), type=_SceneTruth)
    return Sample(
        name="the sample listings",
        photo_root=folder.resolve(),
        events=tuple(events),
        expected_pairs=frozenset(label.pair for label in truth.pairs),
        labels={label.pair: label for label in (*truth.pairs, *truth.no_pairs, *truth.retracted)},
        traps=frozenset(label.pair for label in truth.no_pairs),
        retracted_pairs=frozenset(label.pair for label in truth.retracted),
        dead_letters=frozenset(letter.index for letter in truth.dead_letters),
        stock_photos=truth.stock_photos,
        photos=photos,
        facts=facts,
    )


def read_manifest(file: Path) -> Sample:
    """Read labelled listings (JSON Lines); two with one `item_id` show the same item.

    Such a pair has the `case` of its later listing, or else of its earlier one, if either has any.
    Raises `StopError` that names the line which is none, or whose photo is not there.
    """
    root = file.resolve().parent
    listings = _read_lines(file)
    _check_photos(file, root, listings)
    by_item: defaultdict[str, list[_LabelledListing]] = defaultdict(list)
    for listing in listings:
        by_item[listing.item_id].append(listing)
    labels = {
        pair: PairLabel(*pair, case=later.case or earlier.case)
        for same in by_item.values()
        for earlier, later in combinations(same, 2)
        for pair in [in_pair_order(earlier.listing_id, later.listing_id)]
    }
    return Sample(
        name=file.stem,
        photo_root=root,
        events=tuple(
            _created(listing, root, _START + timedelta(minutes=minute))
            for minute, listing in enumerate(listings)
        ),
        expected_pairs=frozenset(labels),
        labels=labels,
        photos={
            listing.listing_id: tuple(root / photo for photo in listing.photos)
            for listing in listings
        },
        facts={one.listing_id: ListingFacts(one.seller_id, one.category) for one in listings},
    )


def _read_lines(file: Path) -> list[_LabelledListing]:
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise StopError(f"the manifest {file} cannot be read: {error.strerror}") from error
    listings: list[_LabelledListing] = []
    for number, line in enumerate(lines, start=1):
        try:
            listings.append(msgspec.json.decode(line, type=_LabelledListing))
        except msgspec.DecodeError as error:
            raise StopError(f"{file}, line {number}: {error}") from error
    if not listings:
        raise StopError(f"the manifest {file} holds no listing")
    return listings


def _check_photos(file: Path, root: Path, listings: Sequence[_LabelledListing]) -> None:
    """Raise `StopError` for the first photo that is no file; the worker finds out what is in it."""
    for line, listing in enumerate(listings, start=1):
        for number, photo in enumerate(listing.photos, start=1):
            if not (root / photo).is_file():
                raise StopError(
                    f"{file}, line {line}: photo {number} of {listing.listing_id}, {photo}, is not "
                    f"there; paths are relative to {root}"
                )


def _created(listing: _LabelledListing, root: Path, time: datetime) -> SampleEvent:
    event = {
        "specversion": "1.0",
        "id": f"created-{listing.listing_id}",
        "source": "/twinlist/demo",
        "type": "listing.created.v1",
        "subject": listing.listing_id,
        "time": time,
        "data": {
            "listing_id": listing.listing_id,
            "version": 1,
            "seller_id": listing.seller_id,
            "category": listing.category,
            "created_at": time,
            "photos": [{"url": (root / photo).as_uri()} for photo in listing.photos],
        },
    }
    return SampleEvent(listing.listing_id.encode(), msgspec.json.encode(event))
