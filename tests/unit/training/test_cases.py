import itertools
import json
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pytest

from stream.demo.sample import SCENES, PairLabel
from stream.domain.errors import StopError
from stream.training.data import Manifest, read_manifest
from stream.training.evaluation.alerts import JudgedPairs
from stream.training.evaluation.cases import (
    BAND_ENDS,
    PairLabels,
    band_of,
    read_labels,
    tally_cases,
)
from stream.training.evaluation.views import measure_views, view_differences
from stream.training.score import encode
from tests.support.memory_models import MemoryModels
from tests.unit.training.test_calibrate import POLICY, decode

ONE = "listing-0-0"


@pytest.fixture
def manifest(manifest_path: Path) -> Manifest:
    return read_manifest(manifest_path)


@pytest.fixture
def judged(manifest: Manifest) -> JudgedPairs:
    """Every pair with the first listing is alerted on."""
    left, right = np.triu_indices(18, 1)
    return JudgedPairs(
        left,
        right,
        is_same=manifest.items[left] == manifest.items[right],
        is_certain=np.ones(len(left), np.bool_),
        is_same_household=np.zeros(len(left), np.bool_),
        match=np.where(left == 0, left, -1),
        probability=np.where(left == 0, 0.9, 0.0),
        threshold=np.full(len(left), 0.5),
    )


def test_tallies_by_what_pairs_ask(manifest: Manifest, judged: JudgedPairs) -> None:
    labels = PairLabels(
        pairs=(
            PairLabel("listing-0-1", ONE, "moved", "same_item", 10.0),
            PairLabel("listing-1-0", "listing-1-1", "moved", "same_item", 170.0),
            PairLabel(ONE, "gone", "moved", "same_item", 0.0),
        ),
        no_pairs=(
            PairLabel(ONE, "listing-2-0", "twin", "same_product", 12.0),
            PairLabel(ONE, "listing-3-0", "neighbour", "other_item"),
        ),
    )

    found = tally_cases(manifest, judged, labels)

    same, product = found.by_question["same_item"], found.by_question["same_product"]
    assert (same.found, same.duplicates, same.others) == (1, 2, 0)
    assert (product.false_alarms, product.others, product.duplicates) == (1, 1, 0)
    assert set(found.by_case) == {"moved", "twin", "neighbour"}
    assert list(found.by_angle) == ["0 to 15 degrees", "135 to 180 degrees"]
    nearest = found.by_angle["0 to 15 degrees"]
    assert (nearest.found, nearest.false_alarms) == (1, 1)
    assert found.unlabelled.false_alarms == 17 - 3
    assert found.unlabelled.duplicates + found.unlabelled.others == 18 * 17 / 2 - 4
    assert found.left_out == 1


def test_a_label_counts_whatever_the_items_say(manifest: Manifest, judged: JudgedPairs) -> None:
    labels = PairLabels(pairs=(PairLabel(ONE, "listing-2-0", "one_of_a_lot"),))

    tally = tally_cases(manifest, judged, labels).by_case["one_of_a_lot"]

    assert (tally.found, tally.duplicates) == (1, 1)


def test_reads_the_labels_of_the_scenes() -> None:
    labels = read_labels(SCENES / "expected.json")

    assert labels.pairs
    assert labels.no_pairs


def test_names_the_file_that_holds_no_labels(tmp_path: Path) -> None:
    with pytest.raises(StopError, match=r"missing\.json"):
        read_labels(tmp_path / "missing.json")


def with_angles(path: Path, azimuths: list[list[float | None]]) -> Manifest:
    lines = [json.loads(line) for line in path.read_text().splitlines()[: len(azimuths)]]
    for line, sides in zip(lines, azimuths, strict=True):
        line["angles"] = [None if side is None else {"azimuth": side} for side in sides]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return read_manifest(path)


def test_views_differ_by_the_nearer_way_round(manifest_path: Path) -> None:
    manifest = with_angles(manifest_path, [[170.0, 0.0], [-170.0, None]])
    views = [(0, 0), (0, 1), (1, 0), (1, 1)]

    found = view_differences(manifest, views, [(0, 2), (0, 1), (1, 3), (1, 2)])

    assert found == ["15 to 45 degrees", "135 to 180 degrees", "", "135 to 180 degrees"]


def test_views_differ_by_the_numbers_of_their_files(manifest: Manifest) -> None:
    photos = ("object/0.jpg", "object/3.jpg"), ("object/1.jpg", "object/2.jpg")
    numbered = Manifest(
        manifest.path,
        tuple(
            msgspec.structs.replace(one, photos=named)
            for one, named in zip(manifest.listings, photos, strict=False)
        ),
    )

    found = view_differences(numbered, [(0, 0), (0, 1), (1, 0)], [(0, 1), (0, 2), (1, 2)])

    assert found == ["3 views on", "1 view on", "2 views on"]


def test_nobody_knows_how_views_differ(manifest: Manifest) -> None:
    assert view_differences(manifest, [(0, 0), (0, 1)], [(0, 1)]) == [""]


async def test_every_two_photos_of_an_item_are_measured_by_their_views(
    manifest_path: Path,
) -> None:
    azimuths: list[list[float | None]] = [[0.0, 40.0], [90.0, 180.0], [0.0, None]]
    manifest = with_angles(manifest_path, azimuths)
    listings = await encode(manifest, MemoryModels(), decode)
    known = [0.0, 40.0, 90.0, 180.0]  # of the first item; of the second, only one photo's
    expected = Counter(band_of(abs(a - b)) for a, b in itertools.combinations(known, 2))

    found = await measure_views(manifest, listings, MemoryModels(), POLICY)

    assert {name: one.pairs for name, one in found.items()} == expected
    assert list(found) == [band for band in map(band_of, BAND_ENDS) if band in expected]
    # The drawn photos of an item are alike from all sides.
    assert {one.recall for one in found.values()} == {1.0}
    assert {one.recall_at_precision_95 for one in found.values()} == {1.0}
