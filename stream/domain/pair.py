"""A pair of listings as the ledger keeps it."""

import hashlib
from datetime import datetime

import msgspec

from stream.domain.alert import PhotoPair, VerdictChoice, decode_alert
from stream.domain.listing import Head
from stream.domain.match import Match

EPOCH_SHIFT = 32


class RecordedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The newest verdict on a pair, and the photos that it was given on."""

    verdict: VerdictChoice
    time: datetime
    event_id: str
    photos_digest: str


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the ledger; never removed.

    `revision` grows with each change of the record and is what compare-and-set compares.
    `message` is the newest alert as it stands, None while none was ever due; `message_revision`
    is that alert's revision and `published_revision` the highest that the broker has confirmed.
    A quiet alert is kept for a backfill that sends alerts; nobody else sends it.
    `photos_digest` names the photos of both sides as last decided, `photos_revision` the first
    revision decided on them. `probability`, `comparison` and `evidence` are those of the match that
    was decided on; they stay with a near miss, so that another threshold can raise it. An open
    pair's evidence is in its alert alone.
    """

    pair_id: str
    left_id: str
    right_id: str
    revision: int
    is_open: bool
    probability: float | None = None
    message: bytes | None = None
    message_revision: int = -1
    published_revision: int = -1
    is_quiet: bool = False
    photos_digest: str = ""
    photos_revision: int = 0
    comparison: str = ""
    evidence: tuple[PhotoPair, ...] = ()
    verdict: RecordedVerdict | None = None

    @property
    def is_unpublished(self) -> bool:
        """Whether the newest alert still has to reach the broker."""
        return not self.is_quiet and self.message_revision > self.published_revision

    @property
    def match(self) -> Match | None:
        """The match that was decided on; None when too little of it is known to decide on again."""
        if not self.comparison or self.probability is None:
            return None
        evidence = self.evidence
        if self.is_open and self.message is not None:
            evidence = decode_alert(self.message).data.evidence
        return Match(self.probability, evidence, self.comparison)

    def other(self, listing_id: str) -> str:
        """The id of the pair's other listing."""
        return self.right_id if listing_id == self.left_id else self.left_id


def photos_digest_of(left: Head | None, right: Head | None) -> str:
    """Name the photo sets of both sides, in pair order, whatever the order of the photos."""
    digest = hashlib.sha256()
    for head in (left, right):
        hashes = sorted(head.hashes) if head is not None else []
        digest.update(f"{len(hashes)}:{','.join(hashes)};".encode())
    return digest.hexdigest()[:32]
