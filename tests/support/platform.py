"""A platform whose sellers post, change and delete listings: its events, and what is true of them.

Photos show motifs, a shot each. Two listings are duplicates when they show a motif in common: of
the kind `same_photos` when they share a shot, `same_item` when they do not. The light models see
the same, with room to spare: shots of one motif are 0.96 alike, two motifs hardly at all.
"""

import base64
import functools
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random

import msgspec
import numpy as np
from PIL import Image

from stream.demo.sample import SampleEvent
from stream.domain.match import VERIFIED_LIMIT
from tests.support.end_state import dead_letter_fact, pair_facts, photo_fact, state_fact
from tests.support.light_models import GRID, PHOTO_SIZE

Shot = tuple[int, int]
"""A photo: the motif that it shows, and which picture of that it is."""

HEADERS = (("trace", b"\x00\xff"),)
"""What every event carries beside its value."""

_NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
"""When the first event happens."""
_SHOT_DEVIATION = 15.0  # in levels of grey, beside 74 of the motif: a cosine of 0.96


@dataclass(frozen=True)
class Posted:
    """A listing as its seller last left it."""

    version: int
    shots: Sequence[Shot]
    """What its photos show, of those that can be had."""
    is_deleted: bool = False


@dataclass
class Platform:
    """Events so far, and the listings as they are now."""

    events: list[SampleEvent] = field(default_factory=list)
    listings: dict[str, Posted] = field(default_factory=dict)
    created_at: dict[str, str] = field(default_factory=dict)
    shown_lately: list[int] = field(default_factory=list)
    """Motifs, one entry each time that one was chosen."""
    shown_ever: Counter[int] = field(default_factory=Counter)
    """How often each motif was chosen since the start."""
    bad_events: dict[int, str] = field(default_factory=dict)
    """Why an event cannot be used, by its place among the events."""

    def post(self, listing_id: str, *shots: Shot) -> None:
        """Create a listing or give it other photos."""
        self.post_urls(listing_id, [photo_url(*shot) for shot in shots], shots)

    def post_urls(self, listing_id: str, urls: Sequence[str], usable: Sequence[Shot]) -> None:
        """The same with photos that lie anywhere; those that can be had show `usable`."""
        if not usable:
            self.bad_events[len(self.events)] = "no_usable_photo"
        created_at = self.created_at.setdefault(listing_id, self._now())
        posted = {"seller_id": "s", "category": "things", "created_at": created_at}
        photos = [{"url": url} for url in urls]
        version = self._next_version(listing_id)
        self.listings[listing_id] = Posted(version, usable)
        self._send("updated", listing_id, version, **posted, photos=photos)

    def delete(self, listing_id: str) -> None:
        version = self._next_version(listing_id)
        self.listings[listing_id] = Posted(version, (), is_deleted=True)
        self._send("deleted", listing_id, version)

    def repeat(self, place: int) -> None:
        """Send an event once more: a repeat, or late, when a newer one came between."""
        if place in self.bad_events:
            self.bad_events[len(self.events)] = self.bad_events[place]
        self.events.append(self.events[place])

    def send_nonsense(self, listing_id: str) -> None:
        self.bad_events[len(self.events)] = "not_json"
        self.events.append(SampleEvent(listing_id.encode(), b"nonsense %d" % len(self.events)))

    def _now(self) -> str:
        """When the next event happens: a second after the one before."""
        return (_NOON + timedelta(seconds=len(self.events))).isoformat()

    def _next_version(self, listing_id: str) -> int:
        before = self.listings.get(listing_id)
        return before.version + 1 if before is not None else 1

    def _send(self, what: str, listing_id: str, version: int, **posted: object) -> None:
        event = {
            "specversion": "1.0",
            "id": f"e-{len(self.events)}",
            "source": "/tests",
            "type": f"listing.{what}.v1",
            "subject": listing_id,
            "time": self._now(),
            "data": {"listing_id": listing_id, "version": version, **posted},
        }
        self.events.append(SampleEvent(listing_id.encode(), msgspec.json.encode(event)))

    def facts(self, places: Sequence[tuple[int, int]]) -> Mapping[str, str]:
        """What a run without any fault ends with.

        Args:
            places: partition and offset of each event, in order.
        """
        facts: list[tuple[str, str]] = []
        by_motif: dict[int, list[str]] = {}
        for listing_id, listing in self.listings.items():
            facts.append(
                state_fact(
                    listing_id,
                    listing.version,
                    len(set(listing.shots)),
                    is_deleted=listing.is_deleted,
                    is_finished=listing.is_deleted or bool(listing.shots),
                )
            )
            facts += [
                photo_fact(listing_id, sha256_of(shot), listing.version)
                for shot in set(listing.shots)
            ]
            for motif in {motif for motif, _ in listing.shots}:
                by_motif.setdefault(motif, []).append(listing_id)
        for alike in by_motif.values():
            assert len(alike) <= VERIFIED_LIMIT, "some of so many would rightly not be verified"
            for one, other in combinations(sorted(alike), 2):
                left, right = self.listings[one], self.listings[other]
                kind = "same_photos" if set(left.shots) & set(right.shots) else "same_item"
                facts += pair_facts(one, other, (left.version, right.version), kind)
        for number, reason in self.bad_events.items():
            event = self.events[number]
            facts.append(dead_letter_fact(places[number], event.key, event.value, HEADERS, reason))
        return dict(facts)


@functools.cache
def photo_of(motif: int, shot: int) -> bytes:
    """Draw a shot of a motif, as PNG."""
    pattern = np.random.default_rng([1, motif]).integers(0, 256, (GRID, GRID, 3))
    change = np.random.default_rng([2, motif, shot]).normal(0, _SHOT_DEVIATION, pattern.shape)
    cells = np.clip(pattern + change, 0, 255).astype(np.uint8)
    cell = PHOTO_SIZE // GRID
    file = io.BytesIO()
    Image.fromarray(cells.repeat(cell, axis=0).repeat(cell, axis=1)).save(file, "PNG")
    return file.getvalue()


def photo_url(motif: int, shot: int) -> str:
    return "data:image/png;base64," + base64.b64encode(photo_of(motif, shot)).decode()


def sha256_of(shot: Shot) -> str:
    return hashlib.sha256(photo_of(*shot)).hexdigest()


def live_on(platform: Platform, random: Random, count: int, *, population: int = 2000) -> None:
    """Let sellers do something so many times: mostly post and change, now and then all else.

    A listing shows one motif, and few listings show the same one: fewer than are verified, so that
    arrival order decides nothing.

    Args:
        platform: what has happened so far.
        random: decides what happens.
        count: how many events come out.
        population: with so many listings some go before others come.
    """
    alive = [name for name, listing in platform.listings.items() if listing.shots]
    for _ in range(count):
        what = random.random()
        if not alive or (what < _POSTS and len(alive) < population):
            alive.append(f"listing-{len(platform.listings)}")
            platform.post(alive[-1], *_choose_shots(platform, random))
        elif what < _CHANGES:
            platform.post(random.choice(alive), *_choose_shots(platform, random))
        elif what < _GOES:
            place = random.randrange(len(alive))
            alive[place], alive[-1] = alive[-1], alive[place]
            platform.delete(alive.pop())
        elif what < _REPEATS:
            platform.repeat(random.randrange(len(platform.events)))
        else:
            platform.send_nonsense(random.choice(alive))


_POSTS, _CHANGES, _GOES, _REPEATS = 0.55, 0.75, 0.9, 0.98  # each up to the next
_ALIKE_LIMIT = 4  # of the motifs shown lately
_SHOWN_LIMIT = 8  # in all: a motif handed on and on would come to more listings than are verified
_MEMORY = 200


def _choose_shots(platform: Platform, random: Random) -> Sequence[Shot]:
    motif = len(platform.events)
    if platform.shown_lately and random.random() < 0.5:
        another = random.choice(platform.shown_lately)
        is_rare = platform.shown_ever[another] < _SHOWN_LIMIT
        if is_rare and platform.shown_lately.count(another) < _ALIKE_LIMIT:
            motif = another
    platform.shown_ever[motif] += 1
    platform.shown_lately.append(motif)
    del platform.shown_lately[:-_MEMORY]
    return [(motif, shot) for shot in random.sample(range(3), random.choice((1, 2)))]
