"""What the pipeline needs of the outside world; adapters are named by technology, ports by role.

Every operation may raise `RetryError` (the dependency is away) or `StopError` (it refuses for
good). Conditional writes never say whether they took effect: the stores behind them report
success either way, so callers read back.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.domain.control import Control
from stream.domain.errors import DeadLetterError
from stream.domain.event import Message, Place
from stream.domain.listing import Head
from stream.domain.match import Hit, PhotoHit
from stream.domain.pair import Pair

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Bits = NDArray[np.bool_]
Indexes = NDArray[np.int32]

PhotoKey = tuple[str, str]
"""A photo of the index: listing id and SHA-256."""


class FetchedPhoto(msgspec.Struct, frozen=True, eq=False):
    """A photo as the models take it, known by the SHA-256 of its file."""

    sha256: str
    pixels: Pixels
    """RGB [3, S, S], squashed to a square."""


class PhotoSource(Protocol):
    """Fetches and decodes photos from urls that strangers typed."""

    async def fetch(self, url: str, size: int) -> FetchedPhoto:
        """Return the photo behind `url`, `size` pixels wide and high.

        Raises `PhotoError` when it cannot be had in time or is no picture that can be used.
        """


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What the served models agree on."""

    model_version: str
    photo_size: int
    """Side of the square photo in pixels (S)."""
    token_count: int
    """Tokens of a photo (T); token 0 is global, the others are regions."""
    token_width: int
    """Width of a token (D)."""
    region_boxes: tuple[tuple[float, float, float, float], ...]
    """Where tokens 1 to T-1 lie: left, top, right, bottom, relative."""


class PairScore(msgspec.Struct, frozen=True):
    """The verifier's answer for one pair of photo sets of N and M photos."""

    probability: float
    evidence: Floats
    """[N, M]: how alike each two photos are."""
    regions: Indexes
    """[N, M, R, 2]: matching tokens, best first; -1 for none."""


class Models(Protocol):
    """The three models, served."""

    @property
    def spec(self) -> ModelSpec:
        """Version and shapes, as the server states them."""

    async def encode_photos(self, photos: Pixels) -> Floats:
        """Turn photos [B, 3, S, S] into tokens [B, T, D]; any B."""

    async def encode_listing(self, tokens: Floats) -> Floats:
        """Turn the tokens [N, T, D] of all photos of a listing into its embedding [256]."""

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        """Compare pairs of photo sets ([N, T, D], [M, T, D]), one score each, in order."""


class SearchFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which listings a search may bring up."""

    excluded_id: str
    """The listing that searches: never its own duplicate."""
    region: str | None = None
    """None for all; heads without a region match any."""
    excluded_categories: frozenset[str] = frozenset()
    """Categories of other groups."""


class HeadReader(Protocol):
    """Heads of listings, for one model version."""

    async def read_heads(self, listing_ids: Sequence[str]) -> Mapping[str, Head]:
        """Return the heads that exist, tombstones among them."""


class ListingIndex(HeadReader, Protocol):
    """Heads of listings and points of their photos, for one model version."""

    async def write_head(self, head: Head, embedding: Floats | None) -> None:
        """Write a head unless a newer one is stored.

        Takes effect if none is stored, or the stored one is older by `Head.order`, or it is equal
        by that and unfinished. `embedding` [256] is None for a head that no search may find.
        """

    async def finish(self, head: Head) -> None:
        """Set the finished version, if what is stored is still equal by `Head.order`."""

    async def remove_tombstones(self, older_than: timedelta) -> None:
        """Forget the deleted listings whose tombstone was written longer ago than this."""

    async def write_photos(
        self, listing_id: str, version: int, tokens: Mapping[str, Floats]
    ) -> None:
        """Write a point for each SHA-256 and its tokens [T, D], unless stored at >= `version`."""

    async def remove_photos(self, listing_id: str, below_version: int) -> None:
        """Remove the listing's photo points of versions lower than `below_version`."""

    async def read_tokens(self, keys: Sequence[PhotoKey]) -> Mapping[PhotoKey, Floats]:
        """Return the tokens [T, D] of the photo points that exist."""

    async def find_tokens(self, hashes: Sequence[str]) -> Mapping[str, Floats]:
        """Return tokens [T, D] by SHA-256, from whichever listing holds such a photo."""

    async def nearest_sets(
        self, embedding: Floats, search_filter: SearchFilter, limit: int
    ) -> Sequence[Hit]:
        """Return the visible listings whose embedding is nearest by cosine, best first."""

    async def nearest_photos(
        self, tokens: Floats, excluded_id: str, limit: int
    ) -> Sequence[PhotoHit]:
        """Return, for each of the photos [N, T, D], the `limit` nearest by their global token."""

    async def exact_copies(
        self, hashes: Sequence[str], excluded_id: str, limit: int
    ) -> Sequence[PhotoHit]:
        """Return, for each SHA-256, up to `limit` photo points of other listings, similarity 1."""


class PairLedger(Protocol):
    """The pairs and their alerts; belongs to no model version."""

    @property
    def first_revision(self) -> int:
        """Epoch · 2^32: where this ledger starts to count, above every ledger before it."""

    async def read(self, pair_ids: Sequence[str]) -> Mapping[str, Pair]:
        """Return the records that exist."""

    def read_of_listings(self, listing_ids: Collection[str]) -> AsyncIterator[Sequence[Pair]]:
        """Return every record that names one of the listings, in pages."""

    def read_all(self, *, are_open: bool) -> AsyncIterator[Sequence[Pair]]:
        """Return every record that is open, or every other one, in pages.

        What changes meanwhile may be among them or not.
        """

    async def count_all(self) -> int:
        """Count all records."""

    async def count_open(self, listing_id: str) -> int:
        """Count the listing's open pairs."""

    async def write(self, pair: Pair, expected_revision: int | None) -> None:
        """Write a record if the stored revision is `expected_revision` (None: no record yet).

        Leaves `published_revision` as stored.
        """

    async def mark_published(self, pair_id: str, revision: int) -> None:
        """Raise the published revision, never lower it."""


class AlertPublisher(Protocol):
    """The topic of alerts."""

    async def publish(self, pair_id: str, message: bytes) -> None:
        """Send an alert and wait until the broker has it."""


class DeadLetters(Protocol):
    """The topic of events that could not be used."""

    async def send(self, message: Message, error: DeadLetterError, attempts: int) -> None:
        """Send the original bytes with headers that tell why; wait until the broker has them."""


class Flight(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of an event that some worker has not brought to its end."""

    tries_alone: int = 0
    """How often it was begun while nothing else was in flight."""
    error: str = ""
    """What the last of these tries failed of; empty when its process left no word."""


class FlightRecorder(Protocol):
    """The events that are in flight: all that a process that was killed leaves behind."""

    async def take_off(self, places: Sequence[Place]) -> Mapping[Place, Flight]:
        """Record that these events are begun; return what was recorded of them before."""

    async def note(self, place: Place, flight: Flight) -> None:
        """Record what is known of an event, in place of what was."""

    async def land(self, places: Sequence[Place]) -> None:
        """Forget these events: they have come to their end."""


class ControlRecord(Protocol):
    """What workers are to run: one record for all of them."""

    async def read(self) -> Control | None:
        """Return the record; None where no rollout was ever begun."""

    async def write(self, control: Control, expected_revision: int | None) -> bool:
        """Write it if the stored revision is that (None: no record yet); say if it is written."""
