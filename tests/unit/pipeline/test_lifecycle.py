"""Listings live, change, die and come back, and their events arrive in any order.

A model of what must come of it says, at every moment, from the newest version that has arrived of
each listing alone: which pairs are open and what their alerts say. Photos are labels whose first
letter is the item that they show; listings match when they show a common item.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from stream.domain.alert import AlertEvent, AlertState
from stream.domain.event import Message
from tests.support.memory_worker import MemoryWorker, deleted, posted

LISTINGS = ("L-1", "L-2", "L-3")
PHOTOS = st.lists(
    st.sampled_from(("a1", "a2", "b1", "b2", "c1")), min_size=1, max_size=3, unique=True
)


@dataclass(frozen=True)
class Version:
    """A version of a listing as its platform knows it; without photos it is deleted."""

    number: int
    photos: tuple[str, ...]

    @property
    def items(self) -> set[str]:
        return {label[0] for label in self.photos}


@dataclass
class Platform:
    """What the listings are by now, whatever of it has arrived."""

    newest: dict[str, Version] = field(default_factory=dict)

    def change(self, listing_id: str, photos: tuple[str, ...]) -> Version:
        number = self.newest[listing_id].number + 1 if listing_id in self.newest else 1
        self.newest[listing_id] = Version(number, photos)
        return self.newest[listing_id]


@dataclass
class Expected:
    """The model: the newest version that has arrived decides, and nothing else does."""

    arrived: dict[str, Version] = field(default_factory=dict)

    def take(self, listing_id: str, version: Version) -> None:
        held = self.arrived.get(listing_id)
        if held is None or held.number < version.number:
            self.arrived[listing_id] = version

    def open_pairs(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Versions of both sides, by pair."""
        return {
            (left, right): (self.arrived[left].number, self.arrived[right].number)
            for left, right in combinations(sorted(self.arrived), 2)
            if self.arrived[left].items & self.arrived[right].items
        }


class Lifecycle(RuleBasedStateMachine):
    """Changes on the platform put events on their way; they arrive late, twice and out of order."""

    under_way = Bundle("under_way")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.worker = MemoryWorker()
        self.processor = self.worker.processor()
        self.platform, self.expected = Platform(), Expected()

    def teardown(self) -> None:
        self.loop.close()

    @rule(target=under_way, listing_id=st.sampled_from(LISTINGS), photos=PHOTOS)
    def create_or_replace_the_photos(
        self, listing_id: str, photos: list[str]
    ) -> tuple[str, Version, Message]:
        return self._post(listing_id, tuple(photos))

    @rule(
        target=under_way,
        listing_id=st.sampled_from(LISTINGS),
        change=st.sampled_from((lambda photos: (*photos, "c1"), lambda photos: photos[1:])),
    )
    def add_or_remove_a_photo(
        self, listing_id: str, change: Callable[[tuple[str, ...]], tuple[str, ...]]
    ) -> object:
        held = self.platform.newest.get(listing_id)
        photos = tuple(dict.fromkeys(change(held.photos))) if held is not None else ()
        return self._post(listing_id, photos) if photos else multiple()

    @rule(target=under_way, listing_id=st.sampled_from(LISTINGS))
    def change_the_text_alone(self, listing_id: str) -> object:
        held = self.platform.newest.get(listing_id)
        return self._post(listing_id, held.photos) if held and held.photos else multiple()

    @rule(target=under_way, listing_id=st.sampled_from(LISTINGS))
    def delete(self, listing_id: str) -> tuple[str, Version, Message]:
        version = self.platform.change(listing_id, ())
        return listing_id, version, deleted(listing_id, version=version.number)

    @rule(event=consumes(under_way))
    def arrive(self, event: tuple[str, Version, Message]) -> None:
        self._arrive(event)

    @rule(event=under_way)
    def arrive_and_come_again(self, event: tuple[str, Version, Message]) -> None:
        self._arrive(event)

    @rule(events=st.lists(consumes(under_way), min_size=2, max_size=4))
    def arrive_at_once(self, events: list[tuple[str, Version, Message]]) -> None:
        self._arrive(*events)

    @invariant()
    def what_a_subscriber_holds_is_what_the_newest_versions_say(self) -> None:
        held = {
            (left.listing_id, right.listing_id): (left.version, right.version)
            for event in self._newest_alerts().values()
            if event.data.state is not AlertState.RETRACTED
            for left, right in [event.data.listings]
        }
        assert held == self.expected.open_pairs()

    @invariant()
    def each_pair_is_raised_then_updated_then_retracted_and_only_then_raised_again(self) -> None:
        is_open: dict[str, bool] = {}
        for event in self.worker.publisher.alerts:
            alert = event.data
            assert (alert.state is not AlertState.RAISED) == is_open.get(alert.pair_id, False)
            is_open[alert.pair_id] = alert.state is not AlertState.RETRACTED

    @invariant()
    def what_is_indexed_is_of_the_newest_version_alone(self) -> None:
        for listing_id, version in self.expected.arrived.items():
            head = self.worker.index.heads[listing_id]
            assert (head.version, head.deleted) == (version.number, not version.photos)
            points = {sha256 for owner, sha256 in self.worker.index.photos if owner == listing_id}
            assert points == head.hashes
            assert len(points) == len(version.photos)
        assert not self.worker.dead_letters.letters

    def _post(self, listing_id: str, photos: tuple[str, ...]) -> tuple[str, Version, Message]:
        version = self.platform.change(listing_id, photos)
        title = f"As of version {version.number}"
        return (
            listing_id,
            version,
            posted(listing_id, photos, version=version.number, title=title),
        )

    def _arrive(self, *events: tuple[str, Version, Message]) -> None:
        self.loop.run_until_complete(self.processor.process([message for _, _, message in events]))
        for listing_id, version, _ in events:
            self.expected.take(listing_id, version)

    def _newest_alerts(self) -> dict[str, AlertEvent]:
        newest: dict[str, AlertEvent] = {}
        for event in self.worker.publisher.alerts:
            held = newest.get(event.data.pair_id)
            if held is None or held.data.revision < event.data.revision:
                newest[event.data.pair_id] = event
        return newest


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


async def test_a_retracted_pair_is_raised_again_by_new_photos() -> None:
    worker = MemoryWorker()
    processor = worker.processor()
    for event in (
        posted("L-1", ["a1"]),
        posted("L-2", ["a2"]),
        posted("L-2", ["b1"], version=2),
        posted("L-2", ["a1"], version=3),
        deleted("L-1", version=2),
        posted("L-1", ["a2"], version=3),
    ):
        await processor.process([event])
    states = [str(alert.data.state) for alert in worker.publisher.alerts]
    assert states == ["raised", "retracted", "raised", "retracted", "raised"]
