"""The pair ledger: compare-and-set, publication, paging."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from stream.domain.alert import (
    AlertedPhoto,
    PhotoPair,
    RegionPair,
    VerdictChoice,
    pair_id_of,
)
from stream.domain.pair import Pair, RecordedVerdict
from stream.ports import PairLedger
from tests.contract.qdrant.records import UNUSUAL_IDS, pair

pytestmark = pytest.mark.asyncio(loop_scope="session")
WRITERS = 20


async def stored(ledger: PairLedger, pair_id: str) -> Pair:
    return (await ledger.read([pair_id]))[pair_id]


async def pairs_of(ledger: PairLedger, listing_id: str) -> list[Pair]:
    return [one async for page in ledger.read_of_listings([listing_id]) for one in page]


def full(revision: int) -> Pair:
    return pair(
        "a",
        "b",
        revision,
        message='{"note":"as sent, é 椅"}'.encode(),
        message_revision=revision,
        photos_digest="0123",
        photos_revision=revision - 1,
        verdict=RecordedVerdict(
            verdict=VerdictChoice.REJECTED,
            time=datetime(2024, 5, 17, 9, 30, 1, 250_000, tzinfo=UTC),
            event_id="event",
            photos_digest="4567",
        ),
    )


async def test_revisions_start_at_an_epoch(ledger: PairLedger) -> None:
    assert ledger.first_revision > 0
    assert ledger.first_revision % 2**32 == 0
    assert ledger.first_revision < 2**52


async def test_a_record_reads_back_as_it_was_written(ledger: PairLedger) -> None:
    written = full(ledger.first_revision + 1)
    await ledger.write(written, None)
    assert await stored(ledger, written.pair_id) == written


async def test_unknown_pairs_are_left_out(ledger: PairLedger) -> None:
    written = pair("a", "b", 1)
    await ledger.write(written, None)
    unknown = pair_id_of("a", "c")
    assert set(await ledger.read([written.pair_id, unknown])) == {written.pair_id}
    assert await ledger.read([]) == {}
    assert await pairs_of(ledger, "nobody") == []
    assert await ledger.count_open("nobody") == 0


async def test_a_record_is_replaced_whole_at_the_expected_revision(ledger: PairLedger) -> None:
    first = full(ledger.first_revision + 1)
    await ledger.write(first, None)
    second = pair("a", "b", first.revision + 1, is_open=False, probability=None)
    await ledger.write(second, first.revision)
    assert await stored(ledger, first.pair_id) == second


@pytest.mark.parametrize("expected", [None, 4, 6, 2**51 + 1])
async def test_another_revision_than_expected_changes_nothing(
    ledger: PairLedger, expected: int | None
) -> None:
    written = pair("a", "b", 5)
    await ledger.write(written, None)
    await ledger.write(pair("a", "b", 9, is_open=False), expected)
    assert await stored(ledger, written.pair_id) == written


async def test_replacing_a_record_that_does_not_exist_changes_nothing(
    ledger: PairLedger,
) -> None:
    await ledger.write(pair("a", "b", 6), 5)
    assert await ledger.read([pair_id_of("a", "b")]) == {}


async def test_neighbouring_revisions_are_told_apart_at_the_upper_end(
    ledger: PairLedger,
) -> None:
    highest = 2**52 - 1
    written = pair("a", "b", highest - 1)
    await ledger.write(written, None)
    await ledger.write(pair("a", "b", highest, is_open=False), highest)
    assert await stored(ledger, written.pair_id) == written
    await ledger.write(pair("a", "b", highest, is_open=False), highest - 1)
    assert (await stored(ledger, written.pair_id)).revision == highest


async def test_of_writers_at_once_one_inserts(ledger: PairLedger) -> None:
    candidates = [pair("a", "b", 100 + number) for number in range(WRITERS)]
    await asyncio.gather(*(ledger.write(one, None) for one in candidates))
    assert await stored(ledger, candidates[0].pair_id) in candidates


async def test_of_writers_at_once_one_replaces(ledger: PairLedger) -> None:
    await ledger.write(pair("a", "b", 1), None)
    for round_number in range(1, 4):
        before = await stored(ledger, pair_id_of("a", "b"))
        # Each writer leaves a trace of its own: were two to win, the record would be a mixture.
        candidates = [
            pair(
                *("a", "b", 100 * round_number + number),
                probability=number / WRITERS,
                message=f"{number}".encode(),
            )
            for number in range(WRITERS)
        ]
        await asyncio.gather(*(ledger.write(one, before.revision) for one in candidates))
        assert await stored(ledger, before.pair_id) in candidates


async def test_a_new_record_counts_as_unpublished(ledger: PairLedger) -> None:
    written = full(5)
    await ledger.write(msgspec.structs.replace(written, published_revision=5), None)
    assert (await stored(ledger, written.pair_id)).published_revision == -1


async def test_the_published_revision_rises_and_never_falls(ledger: PairLedger) -> None:
    written = full(5)
    await ledger.write(written, None)
    for revision, expected in ((3, 3), (5, 5), (4, 5), (2**52 - 1, 2**52 - 1)):
        await ledger.mark_published(written.pair_id, revision)
        published = (await stored(ledger, written.pair_id)).published_revision
        assert published == expected


async def test_writing_leaves_the_published_revision_as_stored(ledger: PairLedger) -> None:
    written = full(5)
    await ledger.write(written, None)
    await ledger.mark_published(written.pair_id, 5)
    await ledger.write(msgspec.structs.replace(full(6), published_revision=-1), 5)
    assert (await stored(ledger, written.pair_id)).published_revision == 5


async def test_all_pairs_of_a_listing_come_in_pages(ledger: PairLedger) -> None:
    others = [f"other {number}" for number in range(250)]
    for start in range(0, len(others), 50):
        await asyncio.gather(
            *(ledger.write(pair("a", other, 1), None) for other in others[start : start + 50])
        )
    await ledger.write(pair("someone", "else", 1), None)
    pages = [page async for page in ledger.read_of_listings(["a"])]
    read = [one.right_id for page in pages for one in page]
    assert sorted(read) == sorted(others)
    assert len(pages) > 1


async def test_pairs_of_several_listings_come_once_each(ledger: PairLedger) -> None:
    written = [pair("a", "b", 1), pair("b", "c", 1), pair("c", "d", 1), pair("e", "f", 1)]
    await asyncio.gather(*(ledger.write(one, None) for one in written))
    pages = [page async for page in ledger.read_of_listings(["a", "b", "d", "nobody"])]
    read = sorted(one.pair_id for page in pages for one in page)
    assert read == sorted(one.pair_id for one in written[:3])
    assert [page async for page in ledger.read_of_listings([])] == []


async def test_all_open_pairs_come_in_pages_and_so_do_the_others(ledger: PairLedger) -> None:
    others = [f"other {number}" for number in range(120)]
    written = [pair("a", other, 1, is_open=number % 8 > 0) for number, other in enumerate(others)]
    await asyncio.gather(*(ledger.write(one, None) for one in written))
    assert await ledger.count_all() == len(written)
    for are_open in (True, False):
        pages = [page async for page in ledger.read_all(are_open=are_open)]
        read = [one.pair_id for page in pages for one in page]
        assert sorted(read) == sorted(one.pair_id for one in written if one.is_open == are_open)
        assert len(pages) == (2 if are_open else 1)


async def test_evidence_that_is_kept_reads_back_and_goes_when_it_is_left_out(
    ledger: PairLedger,
) -> None:
    photos = tuple(AlertedPhoto(place, f"{place}" * 64) for place in (0, 1))
    regions = (RegionPair((0.0, 0.1, 0.5, 1.0), (0.25, 0.0, 1.0, 1 / 3)),)
    kept = PhotoPair(left=photos[0], right=photos[1], similarity=0.123456, regions=regions)
    near = pair("a", "b", 5, is_open=False, comparison="c" * 32, evidence=(kept,))
    await ledger.write(near, None)
    assert await stored(ledger, near.pair_id) == near
    await ledger.write(pair("a", "b", 6, is_open=False), 5)
    assert (await stored(ledger, near.pair_id)).evidence == ()


async def test_open_pairs_are_counted_on_either_side(ledger: PairLedger) -> None:
    await ledger.write(pair("a", "b", 1), None)
    await ledger.write(pair("b", "c", 1), None)
    await ledger.write(pair("b", "d", 1, is_open=False), None)
    assert [await ledger.count_open(one) for one in "abcd"] == [1, 2, 1, 0]
    assert {one.other("b") for one in await pairs_of(ledger, "b")} == {"a", "c", "d"}


@pytest.mark.parametrize("listing_id", UNUSUAL_IDS)
async def test_any_string_can_name_a_side(ledger: PairLedger, listing_id: str) -> None:
    written = pair(listing_id, "zz", 1)
    await ledger.write(written, None)
    assert await pairs_of(ledger, listing_id) == [written]
    assert await ledger.count_open(listing_id) == 1
