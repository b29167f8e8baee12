import json
from pathlib import Path

import pytest

from stream.domain.errors import StopError
from stream.training.data import (
    Fold,
    LabelledListing,
    Manifest,
    heads_of,
    keep_fold,
    keep_sources,
    read_manifest,
    uncertain_pairs,
)


def test_reads_listings(manifest_path: Path) -> None:
    manifest = read_manifest(manifest_path)

    assert manifest.name == "drawn"
    assert len(manifest.listings) == 18
    assert len(manifest.photos) == 36
    assert (manifest.items[:2] == manifest.items[0]).all()
    assert manifest.items[2] != manifest.items[0]


def test_keeps_listings_of_a_source(manifest_path: Path) -> None:
    manifest = read_manifest(manifest_path)

    assert len(keep_sources(manifest, {"other"}).listings) == 2
    assert keep_sources(manifest, ()) == manifest
    with pytest.raises(StopError, match=r"No listing of .* is of museum"):
        keep_sources(manifest, ["museum"])


def test_keeps_the_households_of_a_fold(manifest_path: Path) -> None:
    manifest = read_manifest(manifest_path)
    parts = [keep_fold(manifest, Fold(place, 2)) for place in range(2)]
    sellers = [{one.seller_id for one in part.listings} for part in parts]

    assert not sellers[0] & sellers[1]
    assert sum(len(part.listings) for part in parts) == 18
    assert parts[1].name == "drawn-1-of-2"
    assert parts[1].read_photo("0-0.png")


@pytest.mark.parametrize("text", ["2", "6/6", "a/b", "-1/3", ""])
def test_refuses_what_is_no_fold(text: str) -> None:
    with pytest.raises(StopError, match="2/6, the third of six"):
        Fold.parse(text)


def test_reads_a_fold() -> None:
    assert Fold.parse("2/6") == Fold(2, 6)


def test_an_angle_for_each_photo_or_none_at_all(manifest_path: Path) -> None:
    line = json.loads(manifest_path.read_text().splitlines()[0])
    manifest_path.write_text(json.dumps({**line, "angles": [{"azimuth": 3.0}]}) + "\n")

    with pytest.raises(StopError, match=r"drawn\.jsonl:1: .*for each photo"):
        read_manifest(manifest_path)


def test_names_the_line_that_is_wrong(manifest_path: Path) -> None:
    with manifest_path.open("a") as file:
        file.write('{"listing_id": "x"}\n')

    with pytest.raises(StopError, match=r"drawn\.jsonl:19: .*item_id"):
        read_manifest(manifest_path)


def test_refuses_a_listing_that_appears_twice(manifest_path: Path) -> None:
    manifest_path.write_text(2 * manifest_path.read_text())

    with pytest.raises(StopError, match="listing-0-0 appears twice"):
        read_manifest(manifest_path)


def test_refuses_an_empty_or_missing_manifest(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()

    with pytest.raises(StopError, match="empty"):
        read_manifest(empty)
    with pytest.raises(StopError, match="cannot be read"):
        read_manifest(tmp_path / "missing.jsonl")


def test_folds_never_split_a_household_that_lists_something_twice(manifest_path: Path) -> None:
    manifest = read_manifest(manifest_path)
    folds = manifest.folds(3, seed=0)

    for household in set(manifest.households):
        assert len(set(folds[manifest.households == household])) == 1
    assert (folds == manifest.folds(3, seed=0)).all()


def test_folds_split_a_seller_of_single_listings() -> None:
    singles = Manifest(
        Path("drawn.jsonl"),
        tuple(LabelledListing(f"l{at}", f"i{at}", "shop", (f"{at}.jpg",)) for at in range(40)),
    )

    assert len(set(singles.folds(5, seed=0).tolist())) == 5


def test_heads_name_photos_by_hash(manifest_path: Path) -> None:
    first, second, *_ = heads_of(read_manifest(manifest_path))

    assert [photo.index for photo in first.photos] == [0, 1]
    assert first.photos[0].url == "0-0.png"
    assert not first.hashes & second.hashes


def test_single_listings_of_a_seller_are_uncertain(manifest_path: Path) -> None:
    manifest = read_manifest(manifest_path)
    ids = {
        frozenset((manifest.listings[one].listing_id, manifest.listings[other].listing_id))
        for one, other in uncertain_pairs(manifest)
    }

    assert ids == {
        frozenset(("listing-6-0", "listing-10-0")),
        frozenset(("listing-7-0", "listing-11-0")),
    }


def test_listings_with_ambiguous_photos_are_uncertain(manifest_path: Path) -> None:
    rows = [
        "photo_a,photo_b,sift_inliers,kind",
        "0-0.png,1-2.png,50,ambiguous_same_scene",
        "0-0.png,2-0.png,50,different_item_same_background_or_design",
    ]
    (manifest_path.parent / "hard_negative_photos.csv").write_text("\n".join(rows))
    lines = [json.loads(line) for line in manifest_path.read_text().splitlines()[:6]]
    manifest_path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert uncertain_pairs(read_manifest(manifest_path)) == {(0, 3)}
