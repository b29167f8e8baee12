"""Labelled listings: manifests in JSON Lines, and what their labels say of a pair."""

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from stream.domain.errors import StopError
from stream.domain.listing import MAX_PHOTOS, Head, IndexedPhoto
from stream.ports import Pixels

Decode = Callable[[bytes, int], Pixels]
"""The pipeline's own: a file's bytes and S to RGB [3, S, S]; raises `PhotoError`."""

_PHOTO_PAIRS = "hard_negative_photos.csv"
_AMBIGUOUS = "ambiguous_same_scene"


class CameraAngle(msgspec.Struct, frozen=True):
    """Where a photo was taken from."""

    azimuth: float
    """Degrees around the item; 0 is before its front."""


class LabelledListing(msgspec.Struct, frozen=True):
    """A line of a manifest. Two listings of one `item_id` show the same item."""

    listing_id: str
    item_id: str
    seller_id: str
    photos: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MAX_PHOTOS)]
    """Paths relative to the manifest."""
    category: str = "other"
    source: str = ""
    angles: tuple[CameraAngle | None, ...] = ()
    """Of each photo, where they are known; None for one that shows the item from no one side."""


class Manifest(msgspec.Struct, frozen=True, dict=True):
    """Labelled listings and where their photos lie."""

    path: Path
    listings: tuple[LabelledListing, ...]

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @cached_property
    def photos(self) -> tuple[str, ...]:
        """Every photo once, sorted."""
        return tuple(sorted({photo for one in self.listings for photo in one.photos}))

    @cached_property
    def items(self) -> NDArray[np.int64]:
        """A number for each listing's item [L]."""
        return _numbered([one.item_id for one in self.listings])

    @cached_property
    def households(self) -> NDArray[np.int64]:
        """A number for each listing's seller [L]: items of one seller share a background."""
        return _numbered([one.seller_id for one in self.listings])

    def read_photo(self, photo: str) -> bytes:
        """Return the bytes of a photo's file."""
        return (self.path.parent / photo).read_bytes()

    def folds(self, count: int, seed: int) -> NDArray[np.int64]:
        """Return a fold for each listing [L]; a seller who lists something twice is never split.

        Sellers of single listings only, some of them with hundreds, are split by item: their
        listings are no positives that could give a household away.
        """
        times = np.bincount(self.items)[self.items]
        lists_twice = np.isin(self.households, self.households[times > 1])
        keys = [
            one.seller_id if together else one.item_id
            for one, together in zip(self.listings, lists_twice, strict=True)
        ]
        digests = [hashlib.sha256(f"{seed}:{key}".encode()).digest() for key in keys]
        return np.array([int.from_bytes(digest[:8], "big") % count for digest in digests])


class Fold(msgspec.Struct, frozen=True):
    """One of so many parts of the households, counted from 0."""

    place: int
    count: int

    @classmethod
    def parse(cls, text: str) -> "Fold":
        """Read `2/6`: the third of six."""
        place, _, count = text.partition("/")
        if not (place.isdecimal() and count.isdecimal() and int(place) < int(count)):
            raise StopError(f"A fold is written as 2/6, the third of six, and not as {text}")
        return cls(int(place), int(count))


def keep_fold(manifest: Manifest, fold: Fold, seed: int = 0) -> Manifest:
    """Return the listings of one fold's households; the name says which."""
    is_kept = manifest.folds(fold.count, seed) == fold.place
    listings = tuple(one for one, kept in zip(manifest.listings, is_kept, strict=True) if kept)
    if not listings:
        raise StopError(f"No household of {manifest.path} falls into the fold {fold.place}")
    name = f"{manifest.name}-{fold.place}-of-{fold.count}{manifest.path.suffix}"
    return Manifest(manifest.path.with_name(name), listings)


def keep_sources(manifest: Manifest, sources: Collection[str]) -> Manifest:
    """Return the listings of some sources; of all when none is named."""
    if not sources:
        return manifest
    listings = tuple(one for one in manifest.listings if one.source in sources)
    if not listings:
        raise StopError(f"No listing of {manifest.path} is of {' or '.join(sources)}")
    return Manifest(manifest.path, listings)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises `StopError` that names the line when it is no manifest.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise StopError(f"The manifest cannot be read: {error}") from error
    listings = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            listing = msgspec.json.decode(line, type=LabelledListing)
        except msgspec.DecodeError as error:
            raise StopError(f"{path}:{number}: not a labelled listing: {error}") from error
        if listing.angles and len(listing.angles) != len(listing.photos):
            raise StopError(f"{path}:{number}: needs one of the angles, or null, for each photo")
        listings.append(listing)
    twice = [one for one, count in Counter(x.listing_id for x in listings).items() if count > 1]
    if twice or not listings:
        raise StopError(f"{path}: " + (f"listing {twice[0]} appears twice" if twice else "empty"))
    return Manifest(path, tuple(listings))


def heads_of(manifest: Manifest) -> tuple[Head, ...]:
    """Return the listings as the index would hold them, were every photo usable; urls are paths."""
    hashes = {
        photo: hashlib.sha256(manifest.read_photo(photo)).hexdigest() for photo in manifest.photos
    }
    return tuple(
        Head(
            listing_id=one.listing_id,
            version=0,
            seller_id=one.seller_id,
            category=one.category,
            photos=tuple(
                IndexedPhoto(index, photo, hashes[photo]) for index, photo in enumerate(one.photos)
            ),
        )
        for one in manifest.listings
    )


def uncertain_pairs(manifest: Manifest) -> frozenset[tuple[int, int]]:
    """Return pairs of listings (i < j) that carry two item ids and may yet show one item.

    Those are listings whose photos are marked as ambiguous in the file beside the manifest, and
    items listed once by one seller: nobody looked whether the seller listed them twice.
    """
    owners: dict[str, set[int]] = {}
    for index, listing in enumerate(manifest.listings):
        for photo in listing.photos:
            owners.setdefault(photo, set()).add(index)
    marked = {
        (min(one, other), max(one, other))
        for left, right in _ambiguous_photos(manifest.path.parent / _PHOTO_PAIRS)
        for one in owners.get(left, ())
        for other in owners.get(right, ())
        if one != other
    }
    times = np.bincount(manifest.items)[manifest.items]
    alone = np.flatnonzero(times == 1)
    unchecked = {
        (int(one), int(other))
        for one in alone
        for other in alone[manifest.households[alone] == manifest.households[one]]
        if one < other
    }
    return frozenset(marked | unchecked)


def _ambiguous_photos(path: Path) -> list[tuple[str, str]]:
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        return [
            (row["photo_a"], row["photo_b"])
            for row in csv.DictReader(file)
            if row["kind"] == _AMBIGUOUS
        ]


def _numbered(names: list[str]) -> NDArray[np.int64]:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)
