"""A whole worker in memory: events in, alerts and dead letters out."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from stream.domain.event import Message
from stream.domain.policy import Policy
from stream.pipeline.handle_event import AS_LIVE, Manner
from stream.pipeline.process_batch import BatchProcessor, Limits
from stream.pipeline.process_event import Services
from stream.pipeline.take_turn import State
from stream.ports import DeadLetters, ListingIndex, PhotoSource
from tests.support.listings import policy
from tests.support.memory_flights import MemoryFlights
from tests.support.memory_index import MemoryIndex
from tests.support.memory_ledger import MemoryLedger
from tests.support.memory_models import MemoryModels
from tests.support.memory_photos import MemoryPhotos, url_of
from tests.support.memory_topics import MemoryDeadLetters, MemoryPublisher

_offsets = itertools.count()


@dataclass
class MemoryWorker:
    """The pipeline on fakes."""

    index: MemoryIndex = field(default_factory=MemoryIndex)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    models: MemoryModels = field(default_factory=MemoryModels)
    photos: MemoryPhotos = field(default_factory=MemoryPhotos)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    dead_letters: MemoryDeadLetters = field(default_factory=MemoryDeadLetters)
    flights: MemoryFlights = field(default_factory=MemoryFlights)
    policy: Policy = field(default_factory=policy)

    def processor(
        self,
        *,
        index: ListingIndex | None = None,
        photos: PhotoSource | None = None,
        dead_letters: DeadLetters | None = None,
        max_open_pairs: int = 200,
        retry_seconds: float = 5,
        dead_letters_per_minute: int = 100,
        manner: Manner = AS_LIVE,
    ) -> BatchProcessor:
        """A processor on these fakes, or on others; a new one is a new process."""
        state = State(
            models=self.models,
            index=index or self.index,
            ledger=self.ledger,
            publisher=self.publisher,
            policy=self.policy,
            max_open_pairs=max_open_pairs,
        )
        services = Services(state=state, photos=photos or self.photos)
        limits = Limits(
            max_message_bytes=2**16,
            retry_seconds=retry_seconds,
            dead_letters_per_minute=dead_letters_per_minute,
        )
        return BatchProcessor(
            services, dead_letters or self.dead_letters, self.flights, limits, manner
        )

    @property
    def open_pairs(self) -> set[tuple[str, str]]:
        return {
            (pair.left_id, pair.right_id) for pair in self.ledger.pairs.values() if pair.is_open
        }


def posted(
    listing_id: str, photos: Sequence[str], *, version: int = 1, title: str = "A chair"
) -> Message:
    """The record of a listing with these photos, named by their labels or urls."""
    data = {
        "listing_id": listing_id,
        "version": version,
        "seller_id": "S-1",
        "category": "furniture",
        "created_at": "2026-03-01T12:00:00Z",
        "title": title,
        "photos": [{"url": url_of(label) if "/" not in label else label} for label in photos],
    }
    return _record("listing.updated.v1", listing_id, f"{listing_id}-{version}", data)


def deleted(listing_id: str, *, version: int) -> Message:
    """The record of a listing that is gone."""
    data = {"listing_id": listing_id, "version": version}
    return _record("listing.deleted.v1", listing_id, f"{listing_id}-{version}-deleted", data)


def judged(pair_id: str, verdict: str, *, revision: int) -> Message:
    """The record of a moderator's verdict."""
    data = {"pair_id": pair_id, "verdict": verdict, "revision": revision}
    return _record("duplicate.verdict.v1", pair_id, f"verdict-{pair_id}", data)


def _record(event_type: str, key: str, event_id: str, data: object) -> Message:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/classifieds",
        "type": event_type,
        "subject": key,
        "time": "2026-03-01T12:00:00Z",
        "data": data,
    }
    return Message(
        topic="listing-events",
        partition=0,
        offset=next(_offsets),
        key=key.encode(),
        value=json.dumps(event).encode(),
    )
