"""Diff: which alerts a finish would raise, take back and change; changes nothing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from enum import StrEnum

import msgspec

from stream.app import enter_record
from stream.domain.alert import PhotoPair, decode_alert
from stream.domain.control import Rollout
from stream.domain.listing import Head
from stream.domain.pair import Pair
from stream.pipeline.redecide import Outcome, Redecided, Redecision
from stream.rollout.record import read_rollout
from stream.rollout.takeover import cause_of, open_takeover
from stream.settings import Settings


class Fate(StrEnum):
    """What becomes of an alert."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    """It stays, and is said to be of another kind."""
    SAME = "same"
    UNKNOWN = "unknown"
    """The new index does not have both listings yet."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of one kind of listing, as likely as each other, that meet the same fate."""

    categories: tuple[str, ...]
    probability: str
    """A tenth: by the new model, or by the old one where that alone knows the pair."""
    fate: Fate
    alerts: int


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """All that a rollout would do to alerts."""

    model_version: str
    policy_version: str
    counts: tuple[Count, ...]
    pairs: Mapping[Fate, Sequence[Redecided]]
    """Those that are not the same, the most probable ones first."""

    def table(self) -> Mapping[tuple[str, str], Mapping[Fate, int]]:
        """Return how many alerts meet which fate, by category and probability, sorted by both."""
        rows: dict[tuple[str, str], dict[Fate, int]] = {}
        for one in self.counts:
            row = rows.setdefault((" + ".join(one.categories) or "-", one.probability), {})
            row[one.fate] = one.alerts
        return dict(sorted(rows.items()))

    def total(self, fate: Fate) -> int:
        """Count the alerts that meet a fate."""
        return sum(one.alerts for one in self.counts if one.fate is fate)


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A pair to look at."""

    pair: Redecided
    fate: Fate
    heads: tuple[Head | None, Head | None]
    """In pair order, as the new index has them."""
    evidence: Sequence[PhotoPair]
    """By the new model, or by the old one where that alone raised the pair."""


async def diff(
    settings: Settings, examples: int, tell: Callable[[int], None]
) -> tuple[Diff, Sequence[Example]]:
    """Say what a finish would do now; `tell` is given how many pairs were looked at.

    Raises `RetryError` and `StopError`.

    Returns:
        The difference, and so many pairs of it at most, of each fate as many as of the others.
    """
    async with AsyncExitStack() as opened:
        _, rollout = await read_rollout(await enter_record(opened, settings))
        takeover = await opened.enter_async_context(
            open_takeover(settings, rollout, is_dry_run=True)
        )
        done: list[Redecided] = []
        async for page in takeover.run(cause_of(rollout)):
            done += [one for one in page if fate_of(one) is not None]
            tell(len(done))
        found = summarise(rollout, done)
        return found, await _show(choose(found, examples), takeover)


def fate_of(one: Redecided) -> Fate | None:
    """Return what becomes of a pair's alert; None for a pair that has none before or after."""
    match one.outcome:
        case Outcome.RAISED:
            return Fate.NEW
        case Outcome.RETRACTED:
            return Fate.GONE
        case Outcome.KEPT:
            return Fate.CHANGED if one.is_changed else Fate.SAME
        case Outcome.UNKNOWN:
            return Fate.UNKNOWN
        case _:
            return None


def summarise(rollout: Rollout, done: Sequence[Redecided]) -> Diff:
    """Count pairs by category, probability and fate. Pure."""
    fates = [(one, fate) for one in done if (fate := fate_of(one)) is not None]
    counted = Counter((one.categories, tenth_of(one), fate) for one, fate in fates)
    return Diff(
        model_version=rollout.policy.model_version,
        policy_version=rollout.policy.policy_version,
        counts=tuple(
            Count(categories=categories, probability=tenth, fate=fate, alerts=count)
            for (categories, tenth, fate), count in sorted(counted.items())
        ),
        pairs={
            fate: sorted(
                (one for one, met in fates if met is fate),
                key=lambda one: (-(one.probability or 0), one.pair_id),
            )
            for fate in Fate
            if fate is not Fate.SAME
        },
    )


def tenth_of(one: Redecided) -> str:
    """Name the tenth that a pair's probability lies in."""
    if one.probability is None:
        return "-"
    tenth = min(9, int(one.probability * 10)) / 10
    return f"{tenth:.1f} to {tenth + 0.1:.1f}"


def choose(found: Diff, limit: int) -> Sequence[tuple[Redecided, Fate]]:
    """Choose pairs to look at: new, gone, then changed; of each evenly from likely to unlikely."""
    shown = [fate for fate in (Fate.NEW, Fate.GONE, Fate.CHANGED) if found.pairs.get(fate)]
    each = max(1, limit // max(1, len(shown)))
    chosen: list[tuple[Redecided, Fate]] = []
    for fate in shown:
        pairs = found.pairs[fate]
        step = max(1.0, len(pairs) / each)
        places = range(min(each, len(pairs)))
        chosen += [(pairs[int(place * step)], fate) for place in places]
    return chosen[:limit]


async def _show(
    chosen: Sequence[tuple[Redecided, Fate]], takeover: Redecision
) -> Sequence[Example]:
    ids = [one.pair_id for one, _ in chosen]
    heads = await takeover.heads.read_heads(
        sorted({name for one, _ in chosen for name in one.listings})
    )
    recorded = await takeover.ledger.read(ids)
    found = await takeover.found.read(ids) if takeover.found is not None else {}
    return [
        Example(
            pair=one,
            fate=fate,
            heads=(heads.get(one.listings[0]), heads.get(one.listings[1])),
            evidence=_evidence(found.get(one.pair_id)) or _evidence(recorded.get(one.pair_id)),
        )
        for one, fate in chosen
    ]


def _evidence(pair: Pair | None) -> Sequence[PhotoPair]:
    if pair is None:
        return ()
    if pair.is_open and pair.message is not None:
        return decode_alert(pair.message).data.evidence
    return pair.evidence
