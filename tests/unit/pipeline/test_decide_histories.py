"""Whatever happened to a pair before: deciding is idempotent, and record and alert agree."""

from dataclasses import dataclass

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.alert import (
    AlertedPhoto,
    AlertState,
    PhotoPair,
    Verdict,
    VerdictChoice,
    decode_alert,
)
from stream.domain.match import Match
from stream.domain.pair import Pair
from stream.pipeline.decide import Observation, Rules, decide, record_verdict
from tests.support.listings import CAUSE, head, policy, tombstone

EPOCH = 1 << 32
COPIES = (PhotoPair(left=AlertedPhoto(0, "a" * 64), right=AlertedPhoto(0, "a" * 64), similarity=1),)


@dataclass(frozen=True)
class Step:
    """What is observed of the pair, under which rules, and a verdict just before."""

    observed: Observation
    rules: Rules
    verdict: VerdictChoice | None


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    left, right = (
        draw(
            st.builds(
                head,
                st.just(listing_id),
                st.sampled_from([("a1",), ("a2",), ("a1", "a2"), ()]),
                version=st.integers(0, 3),
                seller_id=st.sampled_from(["S-1", "S-2"]),
                category=st.sampled_from(["furniture", "watch"]),
            )
            | st.just(tombstone(listing_id))
        )
        for listing_id in ("L-1", "L-2")
    )
    match = st.builds(
        Match, st.sampled_from([0.0, 0.2, 0.3, 0.5, 0.8, 1.0]), st.sampled_from([(), COPIES])
    )
    can_match = left.is_visible and right.is_visible
    return Observation(left, right, draw(st.none() | match) if can_match else None)


rules = st.builds(
    lambda policy_version, epoch: Rules(
        policy(0.5, by_category={"watch": 0.8}, policy_version=policy_version), epoch
    ),
    st.sampled_from(["p1", "p2"]),
    st.sampled_from([EPOCH, 2 * EPOCH]),
)
steps = st.builds(Step, observations(), rules, st.none() | st.sampled_from(VerdictChoice))


@given(st.lists(steps, max_size=8))
def test_deciding_on_its_own_result_changes_nothing(history: list[Step]) -> None:
    pair: Pair | None = None
    for step in history:
        pair = _take(pair, step)
        assert decide(pair, step.observed, step.rules, CAUSE) is None


@given(st.lists(steps, max_size=8))
def test_every_change_has_a_higher_revision_and_names_the_photos_decided_on(
    history: list[Step],
) -> None:
    pair: Pair | None = None
    for step in history:
        before, pair = pair, _take(pair, step)
        if pair is not None and before is not pair:
            assert pair.revision > (before.revision if before else step.rules.first_revision)
            assert pair.photos_revision <= pair.revision


@given(st.lists(steps, max_size=8))
def test_record_and_newest_alert_agree(history: list[Step]) -> None:
    pair: Pair | None = None
    for step in history:
        pair = _take(pair, step)
        if pair is None or pair.message is None:
            assert pair is None or not pair.is_open
            continue
        alert = decode_alert(pair.message).data
        assert alert.revision == pair.message_revision <= pair.revision
        assert alert.pair_id == pair.pair_id
        assert (alert.state is not AlertState.RETRACTED) == pair.is_open
        assert pair.is_open or not alert.evidence


@given(st.lists(steps, max_size=8))
def test_a_pair_is_open_just_when_it_is_likely_and_not_rejected(history: list[Step]) -> None:
    pair: Pair | None = None
    for step in history:
        pair = _take(pair, step)
        match = step.observed.match
        threshold = step.rules.policy.threshold(step.observed.left, step.observed.right)
        likely = match is not None and match.probability >= threshold
        if pair is not None and pair.verdict is not None:
            same_photos = pair.verdict.photos_digest == step.observed.photos_digest
            likely &= not (same_photos and pair.verdict.verdict is VerdictChoice.REJECTED)
        assert (pair is not None and pair.is_open) == likely


def _take(pair: Pair | None, step: Step) -> Pair | None:
    if pair is not None and step.verdict is not None:
        verdict = Verdict(pair_id=pair.pair_id, verdict=step.verdict, revision=pair.revision)
        later = msgspec.structs.replace(CAUSE, event_id=f"verdict-{pair.revision}")
        heads = (step.observed.left, step.observed.right)
        pair = record_verdict(pair, *heads, verdict, later) or pair
    return decide(pair, step.observed, step.rules, CAUSE) or pair
