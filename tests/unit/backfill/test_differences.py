"""Why a pair is open in one ledger and not in the other, as far as records tell."""

from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec
import pytest

from stream.adapters.kafka.backfill_record import Stretch, Tally
from stream.backfill.differences import (
    Claim,
    Difference,
    Open,
    Reason,
    Span,
    View,
    claim_of,
    explain,
    find_differing,
)
from stream.backfill.shadow import ShadowRecord
from stream.domain.alert import AlertedPhoto, PhotoPair, VerdictChoice
from stream.domain.listing import Head
from stream.domain.match import Match
from stream.domain.pair import Pair, RecordedVerdict
from stream.domain.policy import Policy
from stream.pipeline.decide import Observation, Rules, decide
from tests.support.listings import CAUSE, NOON, head, policy, tombstone

LEFT, RIGHT = head("L-1", ["a1"]), head("L-2", ["a2"])
SPAN = Span(NOON - timedelta(hours=1), NOON + timedelta(hours=1), dead_letters=1)
POLICY = policy()
COPIES = (PhotoPair(left=AlertedPhoto(0, "a" * 64), right=AlertedPhoto(0, "a" * 64), similarity=1),)


@dataclass(frozen=True)
class Store:
    """What one store knows of the pair: by default it is open there."""

    left: Head | None = LEFT
    right: Head | None = RIGHT
    probability: float | None = 0.8
    evidence: tuple[PhotoPair, ...] = ()
    policy: Policy = POLICY
    verdict: VerdictChoice | None = None
    is_full: bool = False

    @property
    def view(self) -> View:
        return View(
            pair=self._decided(),
            heads=(self.left, self.right),
            is_full=self.is_full,
            model_version=self.policy.model_version,
            policy_version=self.policy.policy_version,
        )

    def _decided(self) -> Pair | None:
        if self.probability is None or self.left is None or self.right is None:
            return None
        observed = Observation(self.left, self.right, Match(self.probability, self.evidence, "c"))
        pair = decide(None, observed, Rules(self.policy, 0), CAUSE)
        if pair is None or self.verdict is None:
            return pair
        verdict = RecordedVerdict(
            verdict=self.verdict,
            time=NOON,
            event_id="v-1",
            photos_digest=observed.photos_digest,
        )
        judged = msgspec.structs.replace(pair, verdict=verdict)
        return decide(judged, observed, Rules(self.policy, 0), CAUSE) or judged


OPEN = Store()
NOTHING = Store(probability=None)


def difference(live: Store, shadow: Store, span: Span = SPAN) -> Difference:
    found = explain(live.view, shadow.view, span)
    assert found is not None
    return found


def test_only_pairs_that_are_open_somewhere_and_say_something_else_differ() -> None:
    live = {"same": claim("a"), "gone": claim("a"), "other": claim("a")}
    shadow = {"same": claim("a"), "new": claim("a"), "other": claim("a", version=2)}
    assert find_differing(live, shadow) == (1, ("gone", "new", "other"))
    assert explain(OPEN.view, OPEN.view, SPAN) is None
    assert explain(NOTHING.view, Store(probability=0.3).view, SPAN) is None
    assert explain(NOTHING.view, NOTHING.view, SPAN) is None


def claim(label: str, version: int = 1) -> Claim:
    pair = Store(left=head("L-1", [label], version=version)).view.pair
    assert pair is not None
    return claim_of(pair)


@pytest.mark.parametrize(
    ("live", "shadow", "reason", "detail"),
    [
        (OPEN, NOTHING, Reason.NO_CANDIDATE, "in the shadow nothing is known of the pair"),
        (
            OPEN,
            Store(probability=0.4321),
            Reason.NEAR_MISS,
            "0.4321 in the shadow, where 0.5 is wanted",
        ),
        (
            OPEN,
            replace(NOTHING, left=None),
            Reason.NOT_INDEXED,
            "L-1 is not in the shadow: its events are dead letters, or their partition has them "
            "outside the range",
        ),
        (
            replace(OPEN, right=head("L-2", ["a2"], created_at=NOON + timedelta(hours=2))),
            replace(NOTHING, right=None),
            Reason.OUTSIDE_RANGE,
            "L-2 is not in the shadow",
        ),
        (
            OPEN,
            replace(NOTHING, left=head("L-1", [])),
            Reason.NO_PHOTO,
            "L-1 has 1 photos live, 0 in the shadow",
        ),
        (
            replace(OPEN, left=head("L-1", ["a1", "a3"])),
            replace(NOTHING, left=head("L-1", ["a3"])),
            Reason.OTHER_PHOTOS,
            "L-1 has 2 photos live, 1 in the shadow",
        ),
        (
            replace(OPEN, left=head("L-1", ["a1"], version=3)),
            NOTHING,
            Reason.NEWER_VERSION,
            "L-1 is version 3 live, 1 in the shadow",
        ),
        (
            OPEN,
            replace(NOTHING, left=tombstone("L-1", version=1)),
            Reason.DELETED,
            "L-1 is deleted in the shadow",
        ),
        (
            replace(OPEN, policy=policy(policy_version="p2")),
            NOTHING,
            Reason.OTHER_POLICY,
            "policy p2 live, p1 in the shadow",
        ),
        (
            replace(OPEN, policy=msgspec.structs.replace(policy(), model_version="m2")),
            Store(probability=0.3),
            Reason.OTHER_MODEL,
            "model m2 live, m1 in the shadow",
        ),
        (
            OPEN,
            replace(NOTHING, is_full=True),
            Reason.PAIR_LIMIT,
            "a listing's pairs are full in the shadow",
        ),
    ],
)
def test_why_a_pair_is_open_live_alone(
    live: Store, shadow: Store, reason: Reason, detail: str
) -> None:
    found = difference(live, shadow)
    assert (found.open, found.reason, found.detail) == (Open.ONLY_LIVE, reason, detail)
    assert found.live_probability == 0.8


@pytest.mark.parametrize(
    ("live", "reason", "detail"),
    [
        (
            replace(NOTHING, left=tombstone("L-1")),
            Reason.DELETED,
            "L-1 is deleted live",
        ),
        (
            replace(NOTHING, right=None),
            Reason.NOT_INDEXED,
            "L-2 is not live: it was deleted long ago, or its events are dead letters",
        ),
        (
            replace(NOTHING, right=head("L-2", ["b1"], version=2)),
            Reason.NEWER_VERSION,
            "L-2 is version 2 live, 1 in the shadow",
        ),
        (
            replace(NOTHING, right=head("L-2", ["a2"], version=0)),
            Reason.OLDER_VERSION,
            "L-2 is version 0 live, 1 in the shadow",
        ),
        (
            replace(NOTHING, right=head("L-2", [])),
            Reason.NO_PHOTO,
            "L-2 has 0 photos live, 1 in the shadow",
        ),
        (Store(verdict=VerdictChoice.REJECTED), Reason.VERDICT, "rejected at 2026-03-01 12:00:00"),
        (
            Store(probability=0.3, verdict=VerdictChoice.CONFIRMED),
            Reason.NEAR_MISS,
            "0.3000 live, where 0.5 is wanted",
        ),
        (
            replace(NOTHING, policy=policy(policy_version="p2")),
            Reason.OTHER_POLICY,
            "policy p2 live, p1 in the shadow",
        ),
        (replace(NOTHING, is_full=True), Reason.PAIR_LIMIT, "a listing's pairs are full live"),
        (NOTHING, Reason.NO_CANDIDATE, "live nothing is known of the pair"),
    ],
)
def test_why_a_pair_is_open_in_the_shadow_alone(live: Store, reason: Reason, detail: str) -> None:
    found = difference(live, OPEN)
    assert (found.open, found.reason, found.detail) == (Open.ONLY_SHADOW, reason, detail)
    assert found.shadow_probability == 0.8


@pytest.mark.parametrize(
    ("shadow", "reason", "detail"),
    [
        (
            replace(OPEN, right=head("L-2", ["a2"], version=0)),
            Reason.NEWER_VERSION,
            "L-2 is version 1 live, 0 in the shadow",
        ),
        (
            replace(OPEN, evidence=COPIES),
            Reason.OTHER_KIND,
            "same_item live, same_photos in the shadow",
        ),
    ],
)
def test_why_a_pair_that_is_open_in_both_says_something_else(
    shadow: Store, reason: Reason, detail: str
) -> None:
    found = difference(OPEN, shadow)
    assert (found.open, found.reason, found.detail) == (Open.BOTH, reason, detail)


def test_a_pair_that_another_policy_has_closed_says_so_whatever_policy_is_in_use() -> None:
    opened = OPEN.view.pair
    observed = Observation(LEFT, RIGHT, Match(0.8, (), "c"))
    stricter = Rules(policy(threshold=0.9, policy_version="p2"), 0)
    live = msgspec.structs.replace(OPEN.view, pair=decide(opened, observed, stricter, CAUSE))
    found = explain(live, OPEN.view, SPAN)
    assert found is not None
    assert (found.open, found.reason) == (Open.ONLY_SHADOW, Reason.OTHER_POLICY)
    assert found.detail == "policy p2 live, p1 in the shadow"


def test_what_records_do_not_tell_is_not_guessed() -> None:
    near_miss = Store(probability=0.8, policy=policy(threshold=0.9)).view
    found = explain(near_miss, OPEN.view, SPAN)
    assert found is not None
    assert (found.reason, found.detail) == (Reason.UNKNOWN, "closed live with 0.8")


def test_what_happened_to_a_listing_goes_before_what_was_decided_of_the_pair() -> None:
    live = Store(left=head("L-1", ["a1"], version=2), verdict=VerdictChoice.REJECTED)
    assert difference(live, OPEN).reason is Reason.NEWER_VERSION


def test_a_range_without_events_holds_no_listing() -> None:
    found = difference(OPEN, replace(NOTHING, left=None), Span(None, None, dead_letters=0))
    assert found.reason is Reason.OUTSIDE_RANGE


def test_where_there_are_no_dead_letters_what_is_missing_was_outside_the_range() -> None:
    """The span is that of all partitions: one of them may end long before the last event."""
    span = msgspec.structs.replace(SPAN, dead_letters=0)
    found = difference(OPEN, replace(NOTHING, left=None), span)
    assert (found.reason, found.detail) == (Reason.OUTSIDE_RANGE, "L-1 is not in the shadow")


def test_dead_letters_of_every_partition_count() -> None:
    tallies = (Tally(processed=3), Tally(dead_letters=2), Tally(dead_letters=1))
    record = ShadowRecord(
        name="past",
        range="0..1",
        topic="events",
        model_version="m1",
        policy_version="p1",
        started_at=NOON,
        stretches={
            number: Stretch(start=0, end=3, offset=3, tally=tally)
            for number, tally in enumerate(tallies)
        },
        first_time=SPAN.first,
        last_time=SPAN.last,
    )
    assert record.span == msgspec.structs.replace(SPAN, dead_letters=3)
