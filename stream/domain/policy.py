"""The policy: which probability is enough for an alert, and which pairs may match at all."""

from typing import Annotated

import msgspec
from msgspec import Meta

from stream.domain.alert import Kind, PhotoPair
from stream.domain.listing import Head

Probability = Annotated[float, Meta(ge=0, le=1)]


class Thresholds(msgspec.Struct, frozen=True):
    """The least probability for an alert, by category; the target precision stands in the card."""

    default: Probability
    by_category: dict[str, Probability] = {}


class Scope(msgspec.Struct, frozen=True):
    """Which listings are compared. Symmetrical: a missing value matches all."""

    within_region: bool = False
    category_groups: dict[str, str] = {}


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`policy.json`, as `twinlist calibrate` writes it."""

    policy_version: str
    model_version: str
    thresholds: Thresholds
    same_photos_similarity: float
    near_miss_floor: Probability
    scope: Scope = Scope()
    stock_photos: frozenset[str] = frozenset()
    fitted_on: dict[str, object] = {}

    def threshold(self, one: Head, other: Head) -> float:
        """The higher of the two categories' thresholds."""
        return max(
            self.thresholds.by_category.get(head.category or "", self.thresholds.default)
            for head in (one, other)
        )

    def admits(self, one: Head, other: Head) -> bool:
        """Whether the two listings may be compared at all; the same for both orders."""
        regions = {one.region, other.region} - {None}
        if self.scope.within_region and len(regions) > 1:
            return False
        return len({self.group(one.category), self.group(other.category)} - {None}) <= 1

    def group(self, category: str | None) -> str | None:
        """The group that a category is compared within; None is compared with all."""
        return self.scope.category_groups.get(category) if category is not None else None

    def foreign_categories(self, category: str | None) -> frozenset[str]:
        """The categories that a listing of this category is never compared with."""
        group = self.group(category)
        if group is None:
            return frozenset()
        groups = self.scope.category_groups
        return frozenset(other for other, theirs in groups.items() if theirs != group)

    def kind(self, evidence: tuple[PhotoPair, ...]) -> Kind:
        """Tell plain or edited copies from other photos of the same item."""
        copied = any(
            pair.left.sha256 == pair.right.sha256 or pair.similarity >= self.same_photos_similarity
            for pair in evidence
        )
        return Kind.SAME_PHOTOS if copied else Kind.SAME_ITEM
