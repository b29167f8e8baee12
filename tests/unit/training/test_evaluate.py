from functools import partial
from pathlib import Path

import msgspec
import pytest

from stream.adapters.photos.decode import decode_photo
from stream.domain.policy import Policy, Thresholds
from stream.training.candidates import select_pairs
from stream.training.data import read_manifest
from stream.training.evaluate import Questions, evaluate
from stream.training.evaluation.report import write_pairs, write_report
from stream.training.score import encode
from tests.support.memory_models import MemoryModels

POLICY = Policy(
    policy_version="test",
    model_version="light-1",
    thresholds=Thresholds(0.5),
    same_photos_similarity=0.99,
    near_miss_floor=0.1,
)
decode = partial(decode_photo, max_pixels=10**6)


async def test_reports_what_is_told_apart(manifest_path: Path) -> None:
    manifest = read_manifest(manifest_path)
    measured = await evaluate(manifest, MemoryModels(), decode, POLICY, Questions(base_rate=0.1))
    report, pairs = measured.report, measured.alerted_pairs

    assert report.listings == 18
    assert report.model_version == "light-1"
    assert report.photos_left_out == 0
    assert report.embedding.uap == 1
    assert report.verified.recall_at_1 == 1
    assert report.alerts.pairs == 6
    assert report.alerts.precision == report.alerts.recall == 1
    assert report.thinned is not None
    assert report.thinned.draws == 40
    assert report.thinned.verified.uap == 1
    assert report.thinned.alerts.precision == report.thinned.alerts.recall == 1
    assert report.intervals.verified.uap == pytest.approx((1, 1))
    assert report.intervals.unit == "item"  # four sellers are too few to draw from
    assert report.reliability.base_rate == 0.1
    assert report.curve[-1].recall == 1
    assert report.evidence is None
    assert [pair.listings for pair in pairs if not pair.is_same] == []
    assert ("listing-0-0", "listing-0-1") in {pair.listings for pair in pairs}


async def test_without_a_base_rate_nothing_is_thinned(manifest_path: Path) -> None:
    measured = await evaluate(read_manifest(manifest_path), MemoryModels(), decode, POLICY)

    assert measured.report.thinned is None
    assert measured.report.intervals.thinned is None
    assert measured.report.reliability.base_rate is None


async def test_leaves_out_what_is_no_photo(manifest_path: Path) -> None:
    for name in ("0-0.png", "6-0.png", "6-1.png"):
        (manifest_path.parent / name).write_bytes(f"no photo: {name}".encode())

    measured = await evaluate(read_manifest(manifest_path), MemoryModels(), decode, POLICY)
    report, pairs = measured.report, measured.alerted_pairs

    assert report.photos_left_out == 3
    assert report.alerts.pairs == 6
    assert "listing-6-0" not in {one for pair in pairs for one in pair.listings}


async def test_writes_files(manifest_path: Path, tmp_path: Path) -> None:
    measured = await evaluate(read_manifest(manifest_path), MemoryModels(), decode, POLICY)
    write_report(measured.report, tmp_path / "new" / "report.json")
    write_pairs(measured.alerted_pairs, tmp_path / "pairs.jsonl")

    written = msgspec.json.decode((tmp_path / "new" / "report.json").read_bytes())
    assert written["embedding"]["uap"] == 1
    lines = (tmp_path / "pairs.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line)["is_same"] for line in lines] == [True] * 6


async def test_copies_are_candidates_first(manifest_path: Path) -> None:
    folder = manifest_path.parent
    (folder / "11-0.png").write_bytes((folder / "0-0.png").read_bytes())
    listings = await encode(read_manifest(manifest_path), MemoryModels(), decode)

    assert [0, 17] in select_pairs(listings, POLICY).tolist()


async def test_scope_keeps_listings_apart(manifest_path: Path) -> None:
    listings = await encode(read_manifest(manifest_path), MemoryModels(), decode)
    heads = [
        msgspec.structs.replace(head, category="books" if place else "toys")
        for place, head in enumerate(listings.heads)
    ]
    apart = msgspec.json.decode(
        b'{"category_groups": {"books": "paper", "toys": "goods"}}', type=type(POLICY.scope)
    )
    pairs = select_pairs(
        type(listings)(heads, listings.tokens, listings.embeddings),
        msgspec.structs.replace(POLICY, scope=apart),
    )

    assert 0 not in pairs
