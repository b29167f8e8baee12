"""Compare the open pairs of a shadow with those of the live ledger."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec

from stream.adapters.qdrant.client import connect
from stream.adapters.qdrant.control import open_control
from stream.adapters.qdrant.store import Records, open_records
from stream.backfill.differences import (
    Claim,
    Difference,
    View,
    claim_of,
    explain,
    find_differing,
)
from stream.backfill.shadow import ShadowBook, ShadowRecord, shadow_of
from stream.domain.errors import StopError
from stream.domain.pair import Pair
from stream.settings import Settings
from stream.shipped import read_policy

_PAGE = 100


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What is open in both ledgers, and where they differ."""

    shadow: str
    range: str
    same: int
    """Pairs that are open in both, with the same versions and kind."""
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Side:
    """One of two stores, and the versions that decide there."""

    records: Records
    model_version: str
    policy_version: str


@dataclass(frozen=True)
class OpenPairs:
    """What the open pairs of a ledger say, and how many each listing has."""

    claims: Mapping[str, Claim]
    counts: Counter[str]


async def compare(settings: Settings, name: str) -> Comparison:
    """Compare a shadow that is done with what is live now.

    What changes in the live ledger meanwhile may be told as a difference. Raises `RetryError`, and
    `StopError` when there is no such shadow or it is not done.
    """
    async with _open_sides(settings, name) as (record, live, shadow):
        open_live, open_shadow = await _read_open(live.records), await _read_open(shadow.records)
        same, differing = find_differing(open_live.claims, open_shadow.claims)
        span, limit = record.span, settings.max_open_pairs
        differences: list[Difference] = []
        for page in _pages(differing):
            pairs_live = await live.records.ledger.read(page)
            pairs_shadow = await shadow.records.ledger.read(page)
            known = {**pairs_shadow, **pairs_live}
            views_live = await _view(live, known, pairs_live, open_live.counts, limit)
            views_shadow = await _view(shadow, known, pairs_shadow, open_shadow.counts, limit)
            explained = (
                explain(views_live[one], views_shadow[one], span) for one in page if one in known
            )
            differences += (one for one in explained if one is not None)
    return Comparison(shadow=name, range=record.range, same=same, differences=tuple(differences))


@asynccontextmanager
async def _open_sides(
    settings: Settings, name: str
) -> AsyncIterator[tuple[ShadowRecord, Side, Side]]:
    shadow, qdrant, policy = shadow_of(name), settings.qdrant, read_policy(settings)
    async with open_control(qdrant) as control:
        recorded = await control.read()
    if recorded is not None:
        policy = recorded.policy_for(policy)
    async with connect(qdrant) as client:
        record = await ShadowBook(client, qdrant, name).read()
    if record is None:
        raise StopError(f"there is no shadow {name!r}: `twinlist backfill --into {name}` makes it")
    if not record.is_done:
        raise StopError(f"the shadow {name!r} is not done: `twinlist backfill --into {name}` is")
    async with (
        open_records(qdrant, policy.model_version) as live,
        open_records(qdrant, record.model_version, shadow) as aside,
    ):
        yield (
            record,
            Side(live, policy.model_version, policy.policy_version),
            Side(aside, record.model_version, record.policy_version),
        )


async def _read_open(records: Records) -> OpenPairs:
    claims: dict[str, Claim] = {}
    counts: Counter[str] = Counter()
    async for page in records.ledger.read_all(are_open=True):
        claims |= {pair.pair_id: claim_of(pair) for pair in page}
        counts.update(name for pair in page for name in (pair.left_id, pair.right_id))
    return OpenPairs(claims, counts)


async def _view(
    side: Side,
    known: Mapping[str, Pair],
    pairs: Mapping[str, Pair],
    counts: Mapping[str, int],
    limit: int,
) -> Mapping[str, View]:
    """See pairs as one side does; `known` names their listings, also those it has no record of."""
    sides = {pair_id: (pair.left_id, pair.right_id) for pair_id, pair in known.items()}
    names = {name for both in sides.values() for name in both}
    heads = await side.records.heads.read_heads(sorted(names))
    return {
        pair_id: View(
            pair=pairs.get(pair_id),
            heads=(heads.get(left), heads.get(right)),
            is_full=max(counts.get(left, 0), counts.get(right, 0)) >= limit,
            model_version=side.model_version,
            policy_version=side.policy_version,
        )
        for pair_id, (left, right) in sides.items()
    }


def _pages(pair_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(pair_ids), _PAGE):
        yield pair_ids[start : start + _PAGE]
