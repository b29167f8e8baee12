"""Pairs are decided until a fresh look finds nothing to do; test_interleavings.py has the rest."""

from dataclasses import dataclass

import msgspec
import pytest

from stream.domain.alert import Verdict, VerdictChoice, decode_alert, pair_id_of
from stream.domain.errors import RetryError
from stream.domain.listing import Head
from stream.domain.pair import Pair
from stream.pipeline.decide import Rules
from stream.pipeline.settle import Settlement
from stream.pipeline.verify import Verifier
from tests.support.listings import CAUSE, head, policy, tombstone
from tests.support.memory_index import MemoryIndex
from tests.support.memory_ledger import MemoryLedger
from tests.support.protocol_world import ItemModels, sha256_of, tokens_of

PAIR = ("L-1", "L-2")
PAIR_ID = pair_id_of(*PAIR)


@dataclass
class BusyLedger(MemoryLedger):
    """Somebody else always wins the compare-and-set, for a while."""

    losses: int = 0

    async def write(self, pair: Pair, expected_revision: int | None) -> None:
        if self.losses:
            self.losses -= 1
            stored = self.pairs.get(pair.pair_id) or msgspec.structs.replace(pair, is_open=False)
            self.pairs[pair.pair_id] = msgspec.structs.replace(stored, revision=stored.revision + 1)
            return
        await super().write(pair, expected_revision)


async def indexed(*heads: Head) -> MemoryIndex:
    index = MemoryIndex()
    for one in heads:
        await index.write_head(one, None)
        labels = [photo.url.rpartition("/")[2] for photo in one.photos]
        tokens = {sha256_of(label): tokens_of(label) for label in labels}
        await index.write_photos(one.listing_id, one.version, tokens)
    return index


def settlement(index: MemoryIndex, ledger: MemoryLedger, max_open_pairs: int = 200) -> Settlement:
    return Settlement(
        index,
        ledger,
        Verifier(index, ItemModels(), policy()),
        Rules(policy(), ledger.first_revision),
        max_open_pairs,
    )


async def test_who_loses_decides_anew_on_what_is_stored() -> None:
    index, ledger = await indexed(head("L-1"), head("L-2")), BusyLedger(losses=3)
    await settlement(index, ledger).settle([PAIR], CAUSE)
    pair = ledger.pairs[PAIR_ID]
    assert pair.is_open
    assert pair.message is not None
    assert decode_alert(pair.message).data.revision == pair.revision == ledger.first_revision + 5


async def test_a_pair_that_never_rests_is_a_case_for_another_try() -> None:
    index, ledger = await indexed(head("L-1"), head("L-2")), BusyLedger(losses=1000)
    with pytest.raises(RetryError, match=PAIR_ID):
        await settlement(index, ledger).settle([PAIR], CAUSE)


async def test_a_verdict_on_a_pair_that_never_rests_is_a_case_for_another_try() -> None:
    index, ledger = await indexed(head("L-1"), head("L-2")), BusyLedger()
    turn = settlement(index, ledger)
    await turn.settle([PAIR], CAUSE)
    ledger.losses = 1000
    verdict = Verdict(
        pair_id=PAIR_ID, verdict=VerdictChoice.REJECTED, revision=ledger.pairs[PAIR_ID].revision
    )
    with pytest.raises(RetryError, match=PAIR_ID):
        await turn.record(verdict, CAUSE)


async def test_a_listing_that_was_never_indexed_leaves_no_pair() -> None:
    ledger = MemoryLedger()
    assert not await settlement(await indexed(head("L-1")), ledger).settle([PAIR], CAUSE)
    assert ledger.pairs == {}


async def test_what_exceeds_the_limit_is_named_and_what_is_open_stays() -> None:
    index, ledger = await indexed(*(head(f"L-{number}") for number in range(1, 5))), MemoryLedger()
    full = settlement(index, ledger, max_open_pairs=1)
    assert not await full.settle([PAIR], CAUSE)
    crowded_out = await full.settle([PAIR, ("L-1", "L-3"), ("L-3", "L-4")], CAUSE)
    assert crowded_out == {pair_id_of("L-1", "L-3")}
    assert {pair.pair_id for pair in ledger.pairs.values() if pair.is_open} == {
        PAIR_ID,
        pair_id_of("L-3", "L-4"),
    }
    await index.write_head(tombstone("L-2"), None)
    assert not await full.settle([PAIR], CAUSE)
    assert not ledger.pairs[PAIR_ID].is_open
