"""The state machine of a pair: when it is raised, updated, retracted, and when nothing is due."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.alert import (
    Alert,
    AlertedPhoto,
    AlertState,
    Kind,
    Origin,
    PhotoPair,
    Relation,
    VerdictChoice,
    decode_alert,
    pair_id_of,
)
from stream.domain.event import Cause
from stream.domain.listing import Head
from stream.domain.match import Match
from stream.domain.pair import Pair, RecordedVerdict
from stream.pipeline.decide import Observation, Rules, decide
from tests.support.listings import CAUSE, NOON, head, policy, tombstone

LEFT, RIGHT = head("L-1", ["a1"]), head("L-2", ["a2"])
EPOCH = 1 << 32
RULES = Rules(policy(threshold=0.5, near_miss_floor=0.2), EPOCH)
LATER = Cause("event-2", NOON + timedelta(minutes=1), Origin.BACKFILL)
COPIES = (PhotoPair(left=AlertedPhoto(0, "a" * 64), right=AlertedPhoto(0, "a" * 64), similarity=1),)


def seen(
    probability: float | None = 0.8,
    left: Head = LEFT,
    right: Head = RIGHT,
    evidence: tuple[PhotoPair, ...] = (),
) -> Observation:
    match = Match(probability, evidence) if probability is not None else None
    return Observation(left, right, match)


def decided(
    before: Pair | None, observed: Observation, rules: Rules = RULES, cause: Cause = CAUSE
) -> Pair:
    record = decide(before, observed, rules, cause)
    assert record is not None
    return record


def alert_of(pair: Pair) -> Alert:
    assert pair.message is not None
    return decode_alert(pair.message).data


OPEN = decided(None, seen())
CLOSED = decided(OPEN, seen(0.1))
NEAR_MISS = decided(None, seen(0.3))


def test_a_likely_pair_is_raised() -> None:
    alert = alert_of(OPEN)
    assert OPEN.is_open
    assert alert.state is AlertState.RAISED
    assert alert.revision == OPEN.revision == OPEN.message_revision == EPOCH + 1
    assert alert.pair_id == OPEN.pair_id == pair_id_of("L-1", "L-2")
    assert (alert.probability, alert.threshold) == (0.8, 0.5)
    assert (alert.model_version, alert.policy_version) == ("m1", "p1")
    assert (alert.caused_by, alert.origin) == (CAUSE.event_id, CAUSE.origin)


def test_the_threshold_itself_is_enough() -> None:
    assert decided(None, seen(0.5)).is_open
    assert not decided(None, seen(0.499999)).is_open


@pytest.mark.parametrize("before", [CLOSED, NEAR_MISS])
def test_a_closed_pair_is_raised_again(before: Pair) -> None:
    after = decided(before, seen(0.9))
    assert after.is_open
    assert alert_of(after).state is AlertState.RAISED
    assert after.revision == before.revision + 1


@pytest.mark.parametrize(
    ("observed", "rules"),
    [
        pytest.param(seen(left=head("L-1", ["a1"], version=2)), RULES, id="left version"),
        pytest.param(seen(right=head("L-2", ["a2"], version=9)), RULES, id="right version"),
        pytest.param(seen(evidence=COPIES), RULES, id="kind"),
        pytest.param(seen(right=head("L-2", ["a2"], seller_id="S-2")), RULES, id="relation"),
        pytest.param(seen(), Rules(policy(policy_version="p2"), EPOCH), id="policy"),
        pytest.param(
            seen(),
            Rules(msgspec.structs.replace(RULES.policy, model_version="m2"), EPOCH),
            id="model",
        ),
    ],
)
def test_an_open_pair_is_updated_when_its_claim_differs(
    observed: Observation, rules: Rules
) -> None:
    after = decided(OPEN, observed, rules, LATER)
    assert after.is_open
    assert alert_of(after).state is AlertState.UPDATED
    assert alert_of(after).revision == after.revision == OPEN.revision + 1
    assert alert_of(after).caused_by == LATER.event_id
    assert alert_of(after).origin is Origin.BACKFILL


@given(st.floats(0.5, 1))
def test_never_for_probability_alone(probability: float) -> None:
    assert decide(OPEN, seen(probability), RULES, LATER) is None


@pytest.mark.parametrize(
    "observed",
    [
        pytest.param(seen(0.49), id="less likely"),
        pytest.param(seen(0.0), id="not likely at all"),
        pytest.param(seen(None), id="kept apart by the policy"),
        pytest.param(seen(None, right=head("L-2", [], version=2)), id="without a photo"),
        pytest.param(seen(None, right=tombstone("L-2")), id="deleted"),
        pytest.param(seen(None, tombstone("L-1"), tombstone("L-2")), id="both deleted"),
    ],
)
def test_an_open_pair_that_no_longer_holds_is_retracted(observed: Observation) -> None:
    before = decided(None, seen(evidence=COPIES))
    after = decided(before, observed, cause=LATER)
    told, known = alert_of(after), alert_of(before)
    assert not after.is_open
    assert told.state is AlertState.RETRACTED
    assert told.evidence == ()
    assert (told.kind, told.relation, told.newer_listing_id) == (
        known.kind,
        known.relation,
        known.newer_listing_id,
    )
    versions = [listing.version for listing in told.listings]
    assert versions == [observed.left.version, observed.right.version]
    assert [listing.seller_id for listing in told.listings] == ["S-1", "S-1"]
    assert told.probability == (observed.match.probability if observed.match else 0.8)


@pytest.mark.parametrize("before", [None, CLOSED, NEAR_MISS])
@pytest.mark.parametrize("probability", [None, 0.0, 0.19])
def test_what_is_unlikely_and_not_open_leaves_no_trace(
    before: Pair | None, probability: float | None
) -> None:
    assert decide(before, seen(probability), RULES, LATER) is None


def test_a_near_miss_is_kept_without_an_alert() -> None:
    assert not NEAR_MISS.is_open
    assert NEAR_MISS.message is None
    assert NEAR_MISS.probability == 0.3
    assert not NEAR_MISS.is_unpublished


def test_a_near_miss_is_kept_anew_when_photos_change_only() -> None:
    assert decide(NEAR_MISS, seen(0.4), RULES, LATER) is None
    other = seen(0.4, right=head("L-2", ["a3"], version=2))
    assert decided(NEAR_MISS, other).probability == 0.4


@pytest.mark.parametrize("kept", [["L-1"], ["L-2"], ["L-1", "L-2"]])
def test_of_two_categories_thresholds_the_higher_holds(kept: list[str]) -> None:
    strict = Rules(policy(0.5, by_category={"watch": 0.9}), EPOCH)
    left, right = (
        head(name, category="watch" if name in kept else "furniture") for name in ("L-1", "L-2")
    )
    assert not decided(None, seen(0.89, left, right), strict).is_open
    assert alert_of(decided(None, seen(0.9, left, right), strict)).threshold == 0.9


def test_a_rejection_closes_the_pair_and_silences_it_while_photos_stay() -> None:
    rejected = _judged(OPEN, VerdictChoice.REJECTED)
    closed = decided(rejected, seen(0.99))
    assert alert_of(closed).state is AlertState.RETRACTED
    renamed = head("L-1", ["a1"], version=5, seller_id="S-7", category="watch")
    assert decide(closed, seen(0.99), RULES, LATER) is None
    assert decide(closed, seen(0.99, left=renamed), RULES, LATER) is None
    assert decided(closed, seen(0.99, left=head("L-1", ["a1", "a3"], version=6))).is_open


def test_a_silenced_pair_is_no_near_miss() -> None:
    silenced = decided(_judged(OPEN, VerdictChoice.REJECTED), seen(0.99))
    assert decide(silenced, seen(0.3), RULES, LATER) is None


@pytest.mark.parametrize(("probability", "state"), [(0.9, None), (0.1, AlertState.RETRACTED)])
def test_a_confirmation_changes_nothing_about_the_pair(
    probability: float, state: AlertState | None
) -> None:
    after = decide(_judged(OPEN, VerdictChoice.CONFIRMED), seen(probability), RULES, LATER)
    assert (alert_of(after).state if after is not None else None) is state


def test_a_ledger_of_a_higher_epoch_outnumbers_what_subscribers_hold() -> None:
    restored = Rules(RULES.policy, 2 * EPOCH)
    assert decided(None, seen(), restored).revision == 2 * EPOCH + 1
    assert decided(OPEN, seen(0.1), restored).revision == 2 * EPOCH + 1
    assert decide(OPEN, seen(), restored, LATER) is None


def test_relation_and_the_newer_listing_are_told() -> None:
    older = head("L-1", seller_id="S-2", created_at=NOON - timedelta(days=1))
    told = alert_of(decided(None, seen(left=older)))
    assert told.relation is Relation.OTHER_SELLER
    assert told.newer_listing_id == "L-2"
    assert alert_of(decided(None, seen())).relation is Relation.SAME_SELLER
    assert alert_of(decided(None, seen(evidence=COPIES))).kind is Kind.SAME_PHOTOS


def test_of_two_listings_created_at_once_the_newer_is_that_with_the_greater_id() -> None:
    assert alert_of(OPEN).newer_listing_id == "L-2"


@given(st.floats(0, 1), st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_which_listing_is_left_decides_nothing(
    probability: float, one: int, other: int, other_seller: bool
) -> None:
    """The same two listings under exchanged ids come to the same end."""
    seller = "S-2" if other_seller else "S-1"

    def pair(first: str, second: str) -> dict[str, Head]:
        return {
            first: head(first, ["a1"], version=one, category="sofa"),
            second: head(second, ["a2"], version=other, category="watch", seller_id=seller),
        }

    rules = Rules(policy(0.5, by_category={"watch": 0.7}), EPOCH)
    straight, crossed = pair("L-1", "L-2"), pair("L-2", "L-1")
    results = [
        decide(None, seen(probability, heads["L-1"], heads["L-2"]), rules, CAUSE)
        for heads in (straight, crossed)
    ]
    outcomes = [
        result and (result.is_open, result.probability, result.message is None)
        for result in results
    ]
    assert outcomes[0] == outcomes[1]
    if results[0] is not None and results[0].is_open and results[1] is not None:
        told = [alert_of(result) for result in (results[0], results[1])]
        assert told[0].threshold == told[1].threshold
        assert told[0].relation is told[1].relation


def _judged(pair: Pair, verdict: VerdictChoice) -> Pair:
    recorded = RecordedVerdict(
        verdict=verdict,
        time=NOON,
        event_id="verdict-1",
        photos_digest=pair.photos_digest,
    )
    return msgspec.structs.replace(pair, revision=pair.revision + 1, verdict=recorded)
