"""Decide: what becomes of a pair, given both heads, the match and the policy. Pure.

closed ──raised──▶ open ──updated──▶ open ──retracted──▶ closed
"""

from dataclasses import dataclass

import msgspec

from stream.domain.alert import (
    Alert,
    AlertedListing,
    AlertState,
    Relation,
    Verdict,
    VerdictChoice,
    decode_alert,
    encode_alert,
    pair_id_of,
)
from stream.domain.event import Cause
from stream.domain.listing import Head
from stream.domain.match import Match
from stream.domain.pair import Pair, RecordedVerdict, photos_digest_of
from stream.domain.policy import Policy


@dataclass(frozen=True)
class Rules:
    """What decisions rest on besides the listings: the policy, and where revisions start."""

    policy: Policy
    first_revision: int
    is_quiet: bool = False
    """Whether new alerts are kept in the ledger and not sent."""


@dataclass(frozen=True)
class Observation:
    """A pair at one moment: both heads in pair order, and their match if they can have one."""

    left: Head
    right: Head
    match: Match | None

    @property
    def photos_digest(self) -> str:
        """Names the photos of both sides."""
        return photos_digest_of(self.left, self.right)

    @property
    def is_visible(self) -> bool:
        """Whether both listings are there to be seen."""
        return self.left.is_visible and self.right.is_visible


def decide(before: Pair | None, observed: Observation, rules: Rules, cause: Cause) -> Pair | None:
    """Return the record that the pair should have, or None when it is right as it stands.

    Deciding once more on the record that comes out changes nothing.
    """
    digest, match = observed.photos_digest, observed.match
    is_silenced = (
        before is not None
        and before.verdict is not None
        and before.verdict.verdict is VerdictChoice.REJECTED
        and before.verdict.photos_digest == digest
    )
    threshold = rules.policy.threshold(observed.left, observed.right)
    if match is not None and match.probability >= threshold and not is_silenced:
        return _open(before, observed, match, rules, cause)
    if before is not None and before.is_open:
        return _retract(before, observed, rules, cause)
    if before is not None and before.evidence and not observed.is_visible:
        return _next(before, observed, rules, probability=before.probability)
    if match is None or match.probability < rules.policy.near_miss_floor or is_silenced:
        return None
    if (
        before is not None
        and before.photos_digest == digest
        and before.comparison == match.comparison
    ):
        return None
    return _next(before, observed, rules, probability=match.probability, match=match)


def record_verdict(
    before: Pair, left: Head | None, right: Head | None, verdict: Verdict, cause: Cause
) -> Pair | None:
    """Return the record with the verdict in it, or None when the verdict does not count.

    It does not when the photos have changed since the revision that it judged, or when a later
    verdict (by time, then by id, whatever the order of arrival) is recorded.
    """
    is_known = left is not None and right is not None
    digest = photos_digest_of(left, right) if is_known else before.photos_digest
    if before.photos_digest != digest or verdict.revision < before.photos_revision:
        return None
    recorded = before.verdict
    if recorded is not None and (recorded.time, recorded.event_id) >= (cause.time, cause.event_id):
        return None
    return msgspec.structs.replace(
        before,
        revision=before.revision + 1,
        verdict=RecordedVerdict(
            verdict=verdict.verdict,
            time=cause.time,
            event_id=cause.event_id,
            photos_digest=digest,
        ),
    )


def _open(
    before: Pair | None, observed: Observation, match: Match, rules: Rules, cause: Cause
) -> Pair | None:
    left, right = observed.left, observed.right
    record = _next(
        before, observed, rules, probability=match.probability, match=match, is_open=True
    )
    was_open = before is not None and before.is_open
    alert = Alert(
        pair_id=record.pair_id,
        revision=record.revision,
        state=AlertState.UPDATED if was_open else AlertState.RAISED,
        listings=(_alerted(left), _alerted(right)),
        newer_listing_id=_newer(left, right),
        probability=match.probability,
        threshold=rules.policy.threshold(left, right),
        kind=rules.policy.kind(match.evidence),
        relation=_relation(left, right),
        evidence=match.evidence,
        model_version=rules.policy.model_version,
        policy_version=rules.policy.policy_version,
        caused_by=cause.event_id,
        origin=cause.origin,
    )
    if was_open and _stored_alert(before).claim == alert.claim:
        return None
    return _with_alert(record, alert, rules, cause)


def _retract(before: Pair, observed: Observation, rules: Rules, cause: Cause) -> Pair:
    left, right, match = observed.left, observed.right, observed.match
    known = _stored_alert(before)
    probability = match.probability if match is not None else known.probability
    is_near_miss = match is not None and match.probability >= rules.policy.near_miss_floor
    record = _next(
        *(before, observed, rules),
        probability=probability,
        match=match if is_near_miss else None,
    )
    alert = msgspec.structs.replace(
        known,
        revision=record.revision,
        state=AlertState.RETRACTED,
        listings=tuple(
            # A tombstone has lost all but its version; the rest is said as last known.
            _alerted(head)
            if not head.deleted
            else msgspec.structs.replace(listing, version=max(head.version, listing.version))
            for head, listing in zip((left, right), known.listings, strict=True)
        ),
        probability=probability,
        threshold=rules.policy.threshold(left, right),
        evidence=(),
        model_version=rules.policy.model_version,
        policy_version=rules.policy.policy_version,
        caused_by=cause.event_id,
        origin=cause.origin,
    )
    return _with_alert(record, alert, rules, cause)


def _next(
    before: Pair | None,
    observed: Observation,
    rules: Rules,
    *,
    probability: float | None,
    match: Match | None = None,
    is_open: bool = False,
) -> Pair:
    """The pair's next revision, decided on these photos; its newest alert stays as it is.

    `match` is kept, to be decided on again.
    """
    digest = observed.photos_digest
    if before is None:
        left_id, right_id = observed.left.listing_id, observed.right.listing_id
        before = Pair(
            pair_id=pair_id_of(left_id, right_id),
            left_id=left_id,
            right_id=right_id,
            revision=rules.first_revision,
            is_open=False,
        )
    revision = max(before.revision, rules.first_revision) + 1
    return msgspec.structs.replace(
        before,
        revision=revision,
        is_open=is_open,
        probability=probability,
        photos_digest=digest,
        photos_revision=before.photos_revision if before.photos_digest == digest else revision,
        comparison=match.comparison if match is not None else "",
        evidence=match.evidence if match is not None and match.comparison and not is_open else (),
    )


def _with_alert(record: Pair, alert: Alert, rules: Rules, cause: Cause) -> Pair:
    return msgspec.structs.replace(
        record,
        message=encode_alert(alert, cause.time),
        message_revision=record.revision,
        # What takes the place of an alert that was to be sent is sent in its stead.
        is_quiet=rules.is_quiet and not record.is_unpublished,
    )


def _stored_alert(pair: Pair | None) -> Alert:
    if pair is None or pair.message is None:
        raise AssertionError("an open pair has an alert")
    return decode_alert(pair.message).data


def _alerted(head: Head) -> AlertedListing:
    if head.seller_id is None or head.category is None or head.created_at is None:
        raise AssertionError("only a tombstone lacks these")
    return AlertedListing(
        listing_id=head.listing_id,
        version=head.version,
        seller_id=head.seller_id,
        category=head.category,
        created_at=head.created_at,
    )


def _newer(left: Head, right: Head) -> str:
    def age(head: Head) -> tuple[float, bytes]:
        created = head.created_at.timestamp() if head.created_at is not None else 0.0
        return created, head.listing_id.encode()

    return max(left, right, key=age).listing_id


def _relation(left: Head, right: Head) -> Relation:
    same = left.seller_id == right.seller_id
    return Relation.SAME_SELLER if same else Relation.OTHER_SELLER
