"""Which listings meet in a training batch."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.training.data import Manifest

COUPLES = 24
SIBLINGS = 6
"""Couples of one household that stand together in a batch: the hardest negatives there are."""
LOOKALIKES = 12
"""Couples of a batch whose households resemble one another, as the model saw them last."""
COPIES = 10
"""Half of listings of one seller that are listed once, half of any."""

VIEWS = 2
"""Photos that are drawn of a listing."""


@dataclass(frozen=True)
class Couple:
    """Two listings of one item, by their places in the manifest; a listing with itself: copies."""

    left: int
    right: int

    @property
    def is_copy(self) -> bool:
        """Both sides show the same photos, edited."""
        return self.left == self.right


def draw_photos(
    couple: Couple, rows: Sequence[NDArray[np.int64]], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of photos that both sides of a couple show, `VIEWS` at most.

    Copies show one photo. The photos of a couple's item are dealt anew to its two listings each
    time, so that any two photos of an item that is listed twice come to be told to show one.

    Args:
        couple: The two listings.
        rows: Of the photos of each listing of the manifest.
        random: Draws.
    """
    if couple.is_copy:
        photo = random.permutation(rows[couple.left])[:1]
        return photo, photo
    photos = random.permutation(np.union1d(rows[couple.left], rows[couple.right]))
    views = min(VIEWS, len(photos) // 2)
    return photos[:views], photos[-views:]


class BatchSampler:
    """Batches of couples: siblings and look-alikes stand together, some listings meet copies."""

    def __init__(self, manifest: Manifest, places: NDArray[np.int64]) -> None:
        """Draw from the listings at `places` only."""
        self._places = places
        self._households = manifest.households
        self._listings_of: dict[int, list[int]] = defaultdict(list)
        for place in places.tolist():
            self._listings_of[int(manifest.items[place])].append(place)
        self._twice = [item for item, found in self._listings_of.items() if len(found) > 1]
        self._once = np.array([found[0] for found in self._listings_of.values() if len(found) == 1])

    def epoch(
        self, random: np.random.Generator, embeddings: NDArray[np.float32]
    ) -> Iterator[tuple[Couple, ...]]:
        """Yield batches in which every item that is listed twice comes once.

        Args:
            random: Draws.
            embeddings: Of all listings of the manifest [L, 256] as the model saw them last; zeros
                for what it has not seen.
        """
        groups = self._sibling_groups(random)
        chunks = list(_lookalikes(groups, embeddings, random))
        couples = [couple for at in random.permutation(len(chunks)) for couple in chunks[at]]
        for start in range(0, len(couples), COUPLES):
            yield (*couples[start : start + COUPLES], *self._copies(random))

    def _sibling_groups(self, random: np.random.Generator) -> list[list[Couple]]:
        households: dict[int, list[Couple]] = defaultdict(list)
        for at in random.permutation(len(self._twice)):
            listings = self._listings_of[self._twice[at]]
            left, right = random.choice(listings, 2, replace=False).tolist()
            households[int(self._households[left])].append(Couple(left, right))
        return [
            couples[start : start + SIBLINGS]
            for couples in households.values()
            for start in range(0, len(couples), SIBLINGS)
        ]

    def _copies(self, random: np.random.Generator) -> list[Couple]:
        """Draw items of one seller that are listed once, large sellers more often; and any."""
        drawn = random.permutation(self._places)[: COPIES // 2].tolist()
        if len(self._once):
            sellers = self._households[self._once]
            offered = self._once[sellers == random.choice(sellers)]
            drawn += random.permutation(offered)[: COPIES - len(drawn)].tolist()
        return [Couple(place, place) for place in dict.fromkeys(drawn)]


def _lookalikes(
    groups: list[list[Couple]], embeddings: NDArray[np.float32], random: np.random.Generator
) -> Iterator[list[Couple]]:
    """Join groups of couples to chunks of about `LOOKALIKES`: one at random, then its nearest."""
    means = (
        np.stack([embeddings[[couple.left for couple in group]].mean(0) for group in groups])
        if groups
        else np.zeros((0, embeddings.shape[1]), np.float32)
    )
    is_left = np.ones(len(groups), np.bool_)
    for first in random.permutation(len(groups)):
        if not is_left[first]:
            continue
        chunk: list[Couple] = []
        nearness = means @ means[first]
        nearness[first] = np.inf
        for at in np.argsort(-nearness, kind="stable"):
            if len(chunk) >= LOOKALIKES:
                break
            if is_left[at]:
                is_left[at] = False
                chunk += groups[at]
        yield chunk
