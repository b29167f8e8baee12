"""Where the open pairs of two ledgers differ, and why, as far as records tell. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from stream.domain.alert import Alert, Kind, VerdictChoice, decode_alert
from stream.domain.listing import Head
from stream.domain.pair import Pair

Claim = tuple[tuple[int, ...], Kind]
"""What an open pair says: the versions of both listings, and how they are alike."""


class Open(StrEnum):
    """Where a pair is open."""

    ONLY_LIVE = "only live"
    ONLY_SHADOW = "only in the shadow"
    BOTH = "in both, saying something else"


class Reason(StrEnum):
    """Why, in the order in which reasons are looked for."""

    OUTSIDE_RANGE = "a listing's events are not in the range"
    NOT_INDEXED = "a listing is not indexed"
    DELETED = "a listing is deleted"
    NEWER_VERSION = "a listing has changed since"
    OLDER_VERSION = "a listing's newest event is not done live"
    NO_PHOTO = "no photo of a listing can be had"
    OTHER_PHOTOS = "other photos of a listing could be had"
    VERDICT = "a moderator rejected it"
    OTHER_MODEL = "other models"
    OTHER_POLICY = "another policy"
    OTHER_KIND = "the photos are as alike as makes the other kind"
    NEAR_MISS = "not likely enough"
    PAIR_LIMIT = "a listing has too many open pairs"
    NO_CANDIDATE = "no candidate, or less likely than what is kept"
    UNKNOWN = "records do not tell"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that two ledgers do not agree on."""

    pair_id: str
    listings: tuple[str, str]
    open: Open
    reason: Reason
    detail: str
    live_probability: float | None
    shadow_probability: float | None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What one store knows of a pair."""

    pair: Pair | None
    heads: tuple[Head | None, Head | None]
    """In pair order."""
    is_full: bool
    """Whether one of the listings has as many open pairs as it may."""
    model_version: str
    policy_version: str

    @property
    def is_open(self) -> bool:
        """Whether the pair is."""
        return self.pair is not None and self.pair.is_open

    @property
    def alert(self) -> Alert | None:
        """What the newest alert says."""
        message = self.pair.message if self.pair is not None else None
        return decode_alert(message).data if message is not None else None

    @property
    def probability(self) -> float | None:
        """As last decided on."""
        return self.pair.probability if self.pair is not None else None


class Span(msgspec.Struct, frozen=True):
    """From the first to the last event of a shadow's range; both None when it had none.

    That is over all partitions. A listing that was created in between may lie outside the range in
    its own partition, which a record does not name: producers disagree on how keys are hashed.
    """

    first: datetime | None
    last: datetime | None
    dead_letters: int
    """How many of its events are."""

    def may_hold(self, head: Head | None) -> bool:
        """Whether events of a listing that is not in the shadow may be dead letters of it."""
        if not self.dead_letters or head is None or head.created_at is None:
            return False
        if self.first is None or self.last is None:
            return False
        return self.first <= head.created_at <= self.last


def claim_of(pair: Pair) -> Claim:
    """Return what an open pair says."""
    if pair.message is None:
        raise AssertionError("an open pair has an alert")
    alert = decode_alert(pair.message).data
    return tuple(listing.version for listing in alert.listings), alert.kind


def find_differing(
    live: Mapping[str, Claim], shadow: Mapping[str, Claim]
) -> tuple[int, tuple[str, ...]]:
    """Return how many pairs are open in both and say the same, and the ids of all others."""
    differing = [
        pair_id
        for pair_id in live.keys() | shadow.keys()
        if live.get(pair_id) != shadow.get(pair_id)
    ]
    return len(live.keys() | shadow.keys()) - len(differing), tuple(sorted(differing))


def explain(live: View, shadow: View, span: Span) -> Difference | None:
    """Say where a pair is open, and why not in the other place; None where there is none."""
    one = live.pair or shadow.pair
    if one is None or not (live.is_open or shadow.is_open):
        return None
    both = _Both(live, shadow)
    if both.open is Open.BOTH and both.says_the_same:
        return None
    reason, detail = next(_reasons(both, span))
    return Difference(
        pair_id=one.pair_id,
        listings=(one.left_id, one.right_id),
        open=both.open,
        reason=reason,
        detail=detail,
        live_probability=live.probability,
        shadow_probability=shadow.probability,
    )


@dataclass(frozen=True)
class _Both:
    """A pair, as it is seen in both places."""

    live: View
    shadow: View

    @property
    def open(self) -> Open:
        if self.live.is_open and self.shadow.is_open:
            return Open.BOTH
        return Open.ONLY_LIVE if self.live.is_open else Open.ONLY_SHADOW

    @property
    def says_the_same(self) -> bool:
        live, shadow = self.live.pair, self.shadow.pair
        return live is not None and shadow is not None and claim_of(live) == claim_of(shadow)

    @property
    def closed(self) -> View:
        return self.shadow if self.open is Open.ONLY_LIVE else self.live

    @property
    def alert(self) -> Alert | None:
        """What is said where the pair is open."""
        return self.live.alert if self.live.is_open else self.shadow.alert

    @property
    def where_closed(self) -> str:
        return "in the shadow" if self.open is Open.ONLY_LIVE else "live"


@dataclass(frozen=True)
class _Listing:
    """One listing of a pair, as it is seen in both places."""

    live: Head | None
    shadow: Head | None
    is_open_live: bool
    span: Span

    @property
    def name(self) -> str:
        known = self.live or self.shadow
        return known.listing_id if known is not None else ""


def _reasons(both: _Both, span: Span) -> Iterator[tuple[Reason, str]]:
    listings = [
        _Listing(live, shadow, both.live.is_open, span)
        for live, shadow in zip(both.live.heads, both.shadow.heads, strict=True)
    ]
    for reason, why in _LISTING_RULES:
        for listing in listings:
            if detail := why(listing):
                yield reason, detail
    for reason, explains in _PAIR_RULES:
        if detail := explains(both):
            yield reason, detail
    if both.closed.probability is None:
        yield Reason.NO_CANDIDATE, f"{both.where_closed} nothing is known of the pair"
    yield Reason.UNKNOWN, f"closed {both.where_closed} with {both.closed.probability}"


def _outside_range(one: _Listing) -> str:
    is_outside = one.live is not None and one.shadow is None and not one.span.may_hold(one.live)
    return f"{one.name} is not in the shadow" if is_outside else ""


def _not_indexed(one: _Listing) -> str:
    if one.live is None and one.shadow is not None:
        return f"{one.name} is not live: it was deleted long ago, or its events are dead letters"
    if one.shadow is None and one.live is not None:
        return (
            f"{one.name} is not in the shadow: its events are dead letters, or their partition has "
            "them outside the range"
        )
    return ""


def _deleted(one: _Listing) -> str:
    if one.live is None or one.shadow is None or one.live.deleted == one.shadow.deleted:
        return ""
    return f"{one.name} is deleted {'live' if one.live.deleted else 'in the shadow'}"


def _newer_version(one: _Listing) -> str:
    if one.live is None or one.shadow is None or one.live.version <= one.shadow.version:
        return ""
    return _versions(one.live, one.shadow)


def _older_version(one: _Listing) -> str:
    if one.live is None or one.shadow is None or one.live.version >= one.shadow.version:
        return ""
    return _versions(one.live, one.shadow)


def _versions(live: Head, shadow: Head) -> str:
    return f"{live.listing_id} is version {live.version} live, {shadow.version} in the shadow"


def _no_photo(one: _Listing) -> str:
    closed = one.shadow if one.is_open_live else one.live
    return _other_photos(one) if closed is not None and not closed.hashes else ""


def _other_photos(one: _Listing) -> str:
    if one.live is None or one.shadow is None or one.live.hashes == one.shadow.hashes:
        return ""
    counts = (len(one.live.hashes), len(one.shadow.hashes))
    return f"{one.name} has {counts[0]} photos live, {counts[1]} in the shadow"


def _rejected(both: _Both) -> str:
    pair = both.live.pair
    if both.live.is_open or pair is None or pair.verdict is None:
        return ""
    verdict = pair.verdict
    holds = verdict.photos_digest == pair.photos_digest
    is_rejected = verdict.verdict is VerdictChoice.REJECTED and holds
    return f"rejected at {verdict.time:%Y-%m-%d %H:%M:%S}" if is_rejected else ""


def _other_model(both: _Both) -> str:
    alert = both.live.alert  # also of a pair that is closed: by that model it was
    live = alert.model_version if alert is not None else both.live.model_version
    return _if_other("model", live, both.shadow.model_version)


def _other_policy(both: _Both) -> str:
    alert = both.live.alert
    live = alert.policy_version if alert is not None else both.live.policy_version
    return _if_other("policy", live, both.shadow.policy_version)


def _if_other(what: str, live: str, shadow: str) -> str:
    return f"{what} {live} live, {shadow} in the shadow" if live != shadow else ""


def _other_kind(both: _Both) -> str:
    live, shadow = both.live.alert, both.shadow.alert
    if both.open is not Open.BOTH or live is None or shadow is None:
        return ""
    return f"{live.kind} live, {shadow.kind} in the shadow"


def _near_miss(both: _Both) -> str:
    probability, alert = both.closed.probability, both.alert
    if probability is None or alert is None or probability >= alert.threshold:
        return ""
    return f"{probability:.4f} {both.where_closed}, where {alert.threshold:g} is wanted"


def _pair_limit(both: _Both) -> str:
    return f"a listing's pairs are full {both.where_closed}" if both.closed.is_full else ""


_LISTING_RULES: tuple[tuple[Reason, Callable[[_Listing], str]], ...] = (
    (Reason.OUTSIDE_RANGE, _outside_range),
    (Reason.NOT_INDEXED, _not_indexed),
    (Reason.DELETED, _deleted),
    (Reason.NEWER_VERSION, _newer_version),
    (Reason.OLDER_VERSION, _older_version),
    (Reason.NO_PHOTO, _no_photo),
    (Reason.OTHER_PHOTOS, _other_photos),
)
_PAIR_RULES: tuple[tuple[Reason, Callable[[_Both], str]], ...] = (
    (Reason.VERDICT, _rejected),
    (Reason.OTHER_MODEL, _other_model),
    (Reason.OTHER_POLICY, _other_policy),
    (Reason.OTHER_KIND, _other_kind),
    (Reason.NEAR_MISS, _near_miss),
    (Reason.PAIR_LIMIT, _pair_limit),
)
"""In the order in which reasons are looked for; what they say, empty where they do not hold."""
