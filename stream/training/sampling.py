"""Which listings meet in a training batch."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.training.data import Manifest

COUPLES = 24
COPIES = 6
SIBLINGS = 6
"""Couples of one household that stand together in a batch: the hardest negatives there are."""


@dataclass(frozen=True)
class Couple:
    """Two listings of one item, by their places in the manifest; a listing with itself: copies."""

    left: int
    right: int

    @property
    def is_copy(self) -> bool:
        """Both sides show the same photos, edited."""
        return self.left == self.right


class BatchSampler:
    """Batches of couples; siblings stand together, and some listings meet copies of themselves."""

    def __init__(self, manifest: Manifest, places: NDArray[np.int64]) -> None:
        """Draw from the listings at `places` only."""
        self._households = manifest.households
        self._listings_of: dict[int, list[int]] = defaultdict(list)
        for place in places.tolist():
            self._listings_of[int(manifest.items[place])].append(place)
        self._twice = [item for item, found in self._listings_of.items() if len(found) > 1]
        self._once = np.array([found[0] for found in self._listings_of.values() if len(found) == 1])

    def epoch(self, random: np.random.Generator) -> Iterator[tuple[Couple, ...]]:
        """Yield batches in which every item that is listed twice comes once."""
        groups = self._sibling_groups(random)
        couples = [couple for at in random.permutation(len(groups)) for couple in groups[at]]
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
        """Draw items of one seller that are listed once; large sellers come more often."""
        if not len(self._once):
            return []
        sellers = self._households[self._once]
        offered = self._once[sellers == random.choice(sellers)]
        return [Couple(place, place) for place in random.permutation(offered)[:COPIES].tolist()]
