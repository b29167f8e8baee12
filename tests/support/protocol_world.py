"""Two listings, their stores in memory, and what must be true when all events are done.

Photos are labels such as "a1": the first letter is the item that they show. Two listings match
when they show a common item.
"""

import hashlib
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from stream.domain.alert import (
    AlertEvent,
    AlertState,
    Kind,
    Origin,
    Verdict,
    VerdictChoice,
    decode_alert,
    in_pair_order,
    pair_id_of,
)
from stream.domain.event import Cause, ListingDeleted, ListingPosted, VerdictGiven
from stream.domain.listing import DeletedListing, Head, IndexedPhoto, Listing, PhotoLink
from stream.domain.policy import Policy, Thresholds
from stream.pipeline.encode import EncodedListing
from stream.pipeline.redecide import Redecision
from stream.pipeline.take_turn import ListingTurn, State, judge
from stream.ports import Floats, ModelSpec, PairScore
from tests.support.interleavings import Ports, Task, run_alone
from tests.support.memory_index import MemoryIndex
from tests.support.memory_ledger import MemoryLedger

ITEMS = "abc"
START = datetime(2026, 1, 1, tzinfo=UTC)
_URL = "https://example.com"
POLICY = Policy(
    policy_version="p1",
    model_version="m1",
    thresholds=Thresholds(default=0.5),
    same_photos_similarity=2.0,
    near_miss_floor=0.0,
)


@dataclass(frozen=True)
class Post:
    """A listing is created or updated; no photos stands for none that can be used."""

    listing_id: str
    version: int
    photos: tuple[str, ...]


@dataclass(frozen=True)
class Delete:
    """A listing is deleted."""

    listing_id: str
    version: int


@dataclass(frozen=True)
class Judge:
    """A moderator judges the first alert of the pair of both listings."""

    verdict: VerdictChoice
    minute: int


@dataclass(frozen=True)
class Redecide:
    """All pairs are decided again, without the models."""


Happening = Post | Delete | Judge | Redecide


def sha256_of(label: str) -> str:
    return hashlib.sha256(label.encode()).hexdigest()


def tokens_of(label: str) -> Floats:
    return np.eye(len(ITEMS), dtype=np.float32)[[ITEMS.index(label[0])]]


class ItemModels:
    """Knows the item of a photo by its token."""

    spec = ModelSpec(
        model_version="m1",
        photo_size=8,
        token_count=1,
        token_width=len(ITEMS),
        region_boxes=(),
    )

    async def encode_photos(self, photos: object) -> Floats:
        raise NotImplementedError

    async def encode_listing(self, tokens: Floats) -> Floats:
        embedding: Floats = tokens.mean(axis=(0, 1))
        return embedding

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        return [
            PairScore(
                0.9 if (evidence := left[:, 0] @ right[:, 0].T).max() > 0.5 else 0.1,
                evidence,
                np.full((*evidence.shape, 1, 2), -1, np.int32),
            )
            for left, right in pairs
        ]


@dataclass
class Subscriber:
    """Keeps the highest revision of each pair, and the last message as compaction does."""

    highest: dict[str, AlertEvent] = field(default_factory=dict)
    last: dict[str, bytes] = field(default_factory=dict)

    async def publish(self, pair_id: str, message: bytes) -> None:
        event = decode_alert(message)
        held = self.highest.get(pair_id)
        if held is None or held.data.revision < event.data.revision:
            self.highest[pair_id] = event
        self.last[pair_id] = message


@dataclass
class World:
    """The stores that all workers share, and the subscriber behind the broker."""

    index: MemoryIndex = field(default_factory=MemoryIndex)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    subscriber: Subscriber = field(default_factory=Subscriber)
    policy: Policy = POLICY

    def copy(self) -> "World":
        return World(
            MemoryIndex(
                dict(self.index.heads), dict(self.index.embeddings), dict(self.index.photos)
            ),
            MemoryLedger(pairs=dict(self.ledger.pairs)),
            Subscriber(dict(self.subscriber.highest), dict(self.subscriber.last)),
            self.policy,
        )

    def fingerprint(self) -> bytes:
        state = (
            sorted(self.index.heads.items()),
            sorted((key, one.tobytes()) for key, one in self.index.embeddings.items()),
            sorted((key, version) for key, (version, _) in self.index.photos.items()),
            sorted(self.ledger.pairs.items()),
            sorted((key, event.id) for key, event in self.subscriber.highest.items()),
            sorted(self.subscriber.last.items()),
        )
        return hashlib.sha256(pickle.dumps(state)).digest()

    def task(self, happening: Happening) -> Task:
        """The turn that a worker takes for this event."""

        async def take_turn(ports: Ports) -> None:
            state = State(
                models=ItemModels(),
                index=ports.index,
                ledger=ports.ledger,
                publisher=ports.subscriber,
                policy=self.policy,
                max_open_pairs=200,
            )
            match happening:
                case Post(listing_id, version, photos):
                    await _post(listing_id, version, photos, state)
                case Delete(listing_id, version):
                    cause = _cause(f"{listing_id}-{version}-delete")
                    deleted = DeletedListing(listing_id=listing_id, version=version)
                    turn = ListingTurn(listing_id, cause, state)
                    if await turn.ended_before(ListingDeleted(cause, deleted)) is None:
                        await turn.delete(version)
                case Judge(verdict, minute):
                    cause = Cause(
                        f"verdict-{minute}", START + timedelta(minutes=minute), Origin.LIVE
                    )
                    await judge(
                        VerdictGiven(
                            cause,
                            Verdict(
                                pair_id=pair_id_of("L1", "L2"),
                                verdict=verdict,
                                revision=self.ledger.first_revision + 1,
                            ),
                        ),
                        state,
                    )

                case Redecide():
                    redecision = Redecision(
                        heads=ports.index,
                        ledger=ports.ledger,
                        publisher=ports.subscriber,
                        policy=self.policy,
                        max_open_pairs=200,
                    )
                    async for _ in redecision.run(Cause("redecide", START, Origin.BACKFILL)):
                        pass

        return take_turn

    def settle_down(self, happenings: Sequence[Happening]) -> None:
        """Run events one after the other, undisturbed."""
        for happening in happenings:
            run_alone(self, self.task(happening))


def _cause(event_id: str) -> Cause:
    return Cause(event_id, START, Origin.LIVE)


async def _post(listing_id: str, version: int, photos: tuple[str, ...], state: State) -> None:
    cause = _cause(f"{listing_id}-{version}")
    listing = Listing(
        listing_id=listing_id,
        version=version,
        seller_id="s",
        category="c",
        created_at=START,
        photos=(PhotoLink(_URL),),
    )
    turn = ListingTurn(listing_id, cause, state)
    if await turn.ended_before(ListingPosted(cause, listing)) is not None:
        return
    indexed = tuple(
        IndexedPhoto(place, _URL, sha256_of(label)) for place, label in enumerate(photos)
    )
    tokens: Mapping[str, Floats] = {sha256_of(label): tokens_of(label) for label in photos}
    embedding = (
        await state.models.encode_listing(np.stack(list(tokens.values()))) if tokens else None
    )
    head = Head(
        listing_id=listing_id,
        version=version,
        seller_id=listing.seller_id,
        category=listing.category,
        created_at=listing.created_at,
        photos=indexed,
    )
    await turn.post(head, EncodedListing(indexed, tokens, embedding))


def check_all_is_right(world: World, happenings: Sequence[Happening], crashes: int) -> None:
    """Compare heads, photo points, ledger and subscriber with what the events say, in any order."""
    newest = _newest_states(happenings)
    for listing_id, happening in newest.items():
        head = world.index.heads[listing_id]
        photos = happening.photos if isinstance(happening, Post) else ()
        assert head.version == happening.version
        assert head.deleted == isinstance(happening, Delete)
        assert head.hashes == {sha256_of(label) for label in photos}
        assert head.is_finished == (bool(photos) or head.deleted)
        points = {key[1] for key in world.index.photos if key[0] == listing_id}
        assert points == head.hashes, "points of photos that the listing no longer has"

    expected = _expected_open(newest, happenings)
    held = {
        (tuple((side.listing_id, side.version) for side in event.data.listings), event.data.kind)
        for event in world.subscriber.highest.values()
        if event.data.state is not AlertState.RETRACTED
    }
    assert held == expected, "what a subscriber holds"
    for pair in world.ledger.pairs.values():
        alert = world.subscriber.highest.get(pair.pair_id)
        assert pair.is_open == bool(expected)
        assert (alert.data.revision if alert else -1) == pair.message_revision
        assert pair.published_revision == pair.message_revision
        if not crashes:
            assert world.subscriber.last.get(pair.pair_id) == pair.message, "what compaction keeps"
        if not pair.is_open and alert is not None:
            assert not alert.data.evidence
        if any(isinstance(one, Delete) for one in newest.values()):
            assert not pair.evidence, "evidence of a listing that was deleted"


def _newest_states(happenings: Sequence[Happening]) -> dict[str, Post | Delete]:
    newest: dict[str, Post | Delete] = {}
    for happening in happenings:
        if isinstance(happening, Judge | Redecide):
            continue
        held = newest.get(happening.listing_id)
        order = (happening.version, isinstance(happening, Delete))
        if held is None or (held.version, isinstance(held, Delete)) < order:
            newest[happening.listing_id] = happening
    return newest


def _expected_open(
    newest: Mapping[str, Post | Delete], happenings: Sequence[Happening]
) -> set[tuple[tuple[tuple[str, int], ...], Kind]]:
    left, right = (newest.get(listing_id) for listing_id in in_pair_order("L1", "L2"))
    if not isinstance(left, Post) or not isinstance(right, Post):
        return set()
    if not {label[0] for label in left.photos} & {label[0] for label in right.photos}:
        return set()
    verdicts = [one for one in happenings if isinstance(one, Judge)]
    judged = {
        one.listing_id: one for one in happenings if isinstance(one, Post) and one.version == 1
    }
    unchanged = all(set(judged[one.listing_id].photos) == set(one.photos) for one in (left, right))
    if verdicts and unchanged:
        latest = max(verdicts, key=lambda one: one.minute)
        if latest.verdict is VerdictChoice.REJECTED:
            return set()
    versions = ((left.listing_id, left.version), (right.listing_id, right.version))
    is_copied = set(left.photos) & set(right.photos)
    return {(versions, Kind.SAME_PHOTOS if is_copied else Kind.SAME_ITEM)}
