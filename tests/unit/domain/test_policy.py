"""The policy says the same of two listings whichever of them comes first."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.alert import AlertedPhoto, Kind, PhotoPair
from stream.domain.listing import Head
from stream.domain.policy import Policy, Scope, Thresholds
from tests.support.listings import head, policy

GROUPS = {"sofa": "furniture", "chair": "furniture", "bike": "vehicles"}
heads = st.builds(
    lambda region, category: head("L", region=region, category=category),
    st.sampled_from([None, "berlin", "kiel"]),
    st.sampled_from([None, "other", *GROUPS]),
)


@given(heads, heads, st.booleans())
def test_filters_and_threshold_are_symmetrical(one: Head, other: Head, within: bool) -> None:
    scoped = _scoped(within_region=within)
    assert scoped.admits(one, other) == scoped.admits(other, one)
    assert scoped.threshold(one, other) == scoped.threshold(other, one)


@given(heads, heads)
def test_what_a_search_leaves_out_is_never_admitted(one: Head, other: Head) -> None:
    scoped = _scoped(within_region=False)
    left_out = other.category in scoped.foreign_categories(one.category)
    assert scoped.admits(one, other) == (not left_out)


@pytest.mark.parametrize(
    ("one", "other", "admitted"),
    [
        ("berlin", "berlin", True),
        ("berlin", "kiel", False),
        ("berlin", None, True),
        (None, None, True),
    ],
)
def test_a_missing_region_matches_all(one: str | None, other: str | None, admitted: bool) -> None:
    pair = (head("L-1", region=one), head("L-2", region=other))
    assert _scoped(within_region=True).admits(*pair) is admitted
    assert _scoped(within_region=False).admits(*pair)


@pytest.mark.parametrize(
    ("one", "other", "admitted"),
    [
        ("sofa", "chair", True),
        ("sofa", "bike", False),
        ("sofa", "of no group", True),
        ("sofa", None, True),
    ],
)
def test_categories_of_two_groups_are_kept_apart(
    one: str, other: str | None, admitted: bool
) -> None:
    pair = (head("L-1", category=one), head("L-2", category=other))
    assert _scoped(within_region=False).admits(*pair) is admitted


def test_of_two_thresholds_the_higher_holds() -> None:
    strict = policy(0.5, by_category={"watch": 0.9, "chair": 0.3})
    watch, chair, other = (head(name, category=name) for name in ("watch", "chair", "other"))
    assert strict.threshold(watch, chair) == 0.9
    assert strict.threshold(chair, chair) == 0.3
    assert strict.threshold(chair, other) == 0.5


@pytest.mark.parametrize(
    ("left", "right", "similarity", "kind"),
    [
        ("aa", "bb", 0.89, Kind.SAME_ITEM),
        ("aa", "bb", 0.9, Kind.SAME_PHOTOS),
        ("aa", "aa", 0.1, Kind.SAME_PHOTOS),
    ],
)
def test_copies_are_told_by_hash_or_by_similarity(
    left: str, right: str, similarity: float, kind: Kind
) -> None:
    evidence = PhotoPair(
        left=AlertedPhoto(0, left * 32), right=AlertedPhoto(0, right * 32), similarity=similarity
    )
    assert policy().kind((evidence,)) is kind
    assert policy().kind(()) is Kind.SAME_ITEM


def test_the_shipped_policy_is_one() -> None:
    shipped = Path(__file__).parents[3] / "model_repository" / "policy.json"
    read = msgspec.json.decode(shipped.read_bytes(), type=Policy)
    assert read.policy_version == json.loads(shipped.read_text())["policy_version"]


@pytest.mark.parametrize(
    "written", ['{"default": 1.1}', '{"default": 0, "by_category": {"a": -1}}']
)
def test_a_threshold_that_no_alert_may_carry_is_refused(written: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(written, type=Thresholds)


def _scoped(*, within_region: bool) -> Policy:
    scope = Scope(within_region=within_region, category_groups=GROUPS)
    return msgspec.structs.replace(policy(by_category={"bike": 0.7}), scope=scope)
