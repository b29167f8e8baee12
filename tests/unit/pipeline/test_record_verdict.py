"""Which verdicts count: the latest, on the photos that the moderator saw."""

from datetime import timedelta

import msgspec
import pytest

from stream.domain.alert import Origin, Verdict, VerdictChoice
from stream.domain.event import Cause
from stream.domain.listing import Head
from stream.domain.match import Match
from stream.domain.pair import Pair
from stream.pipeline.decide import Observation, Rules, decide, record_verdict
from tests.support.listings import CAUSE, NOON, head, policy, tombstone

LEFT, RIGHT = head("L-1", ["a1"]), head("L-2", ["a2"])
RULES = Rules(policy(), 1 << 32)


def observe(pair: Pair | None, left: Head = LEFT, right: Head = RIGHT) -> Pair:
    after = decide(pair, Observation(left, right, Match(0.9)), RULES, CAUSE)
    assert after is not None
    return after


OPEN = observe(None)


def judge(
    pair: Pair,
    choice: VerdictChoice = VerdictChoice.REJECTED,
    *,
    revision: int | None = None,
    minute: int = 0,
    event_id: str = "verdict",
    heads: tuple[Head | None, Head | None] = (LEFT, RIGHT),
) -> Pair | None:
    verdict = Verdict(
        pair_id=pair.pair_id,
        verdict=choice,
        revision=revision if revision is not None else pair.revision,
    )
    cause = Cause(event_id, NOON + timedelta(minutes=minute), Origin.LIVE)
    return record_verdict(pair, *heads, verdict, cause)


def test_a_verdict_is_kept_with_the_photos_it_was_given_on() -> None:
    judged = judge(OPEN)
    assert judged is not None
    assert judged.verdict is not None
    assert judged.verdict.verdict is VerdictChoice.REJECTED
    assert judged.verdict.photos_digest == OPEN.photos_digest
    assert judged.revision == OPEN.revision + 1
    assert (judged.message, judged.is_open) == (OPEN.message, True)


def test_a_repeated_verdict_changes_nothing() -> None:
    judged = judge(OPEN)
    assert judged is not None
    assert judge(judged, revision=OPEN.revision) is None


@pytest.mark.parametrize(
    ("minute", "event_id", "counts"),
    [(2, "verdict", True), (0, "verdict", False), (1, "verdict-a", True), (1, "a", False)],
)
def test_of_two_verdicts_the_later_counts_whichever_comes_first(
    minute: int, event_id: str, counts: bool
) -> None:
    first = judge(OPEN, minute=1)
    assert first is not None
    second = judge(first, VerdictChoice.CONFIRMED, minute=minute, event_id=event_id)
    assert (second is not None) is counts


def test_a_verdict_on_a_revision_before_the_photos_changed_is_ignored() -> None:
    other = head("L-2", ["a3"], version=2)
    changed = observe(OPEN, right=other)
    assert judge(changed, revision=OPEN.revision, heads=(LEFT, other)) is None
    assert judge(changed, revision=changed.revision, heads=(LEFT, other)) is not None


def test_a_verdict_on_an_older_revision_with_the_same_photos_counts() -> None:
    renamed = head("L-2", ["a2"], version=2)
    updated = observe(OPEN, right=renamed)
    assert updated.revision > OPEN.revision
    assert judge(updated, revision=OPEN.revision, heads=(LEFT, renamed)) is not None


def test_a_verdict_is_ignored_while_the_pair_has_not_been_decided_on_the_new_photos() -> None:
    assert judge(OPEN, heads=(LEFT, head("L-2", ["a3"], version=2))) is None


def test_a_verdict_on_a_listing_that_is_gone_is_ignored() -> None:
    assert judge(OPEN, heads=(LEFT, tombstone("L-2"))) is None


def test_a_verdict_counts_before_a_new_index_knows_the_listings() -> None:
    assert judge(OPEN, heads=(LEFT, None)) is not None


def test_photos_in_another_order_are_the_same_photos() -> None:
    two = observe(OPEN, left=head("L-1", ["a1", "b1"], version=2))
    turned = head("L-1", ["b1", "a1"], version=3)
    assert judge(two, heads=(turned, RIGHT)) is not None


def test_a_verdict_keeps_what_is_published_as_it_is() -> None:
    published = msgspec.structs.replace(OPEN, published_revision=OPEN.message_revision)
    judged = judge(published)
    assert judged is not None
    assert not judged.is_unpublished
