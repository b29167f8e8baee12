"""The committed sample listings agree with each other and with the code that describes them."""

import json
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from stream.demo.object_maps import FILE, MAP_HEIGHT, MAP_WIDTH, NOTHING, read_object_maps
from stream.demo.rendering import story
from stream.demo.rendering.labels import Case, Question
from stream.demo.sample import SCENES
from stream.training.data import read_manifest

MAX_BYTES = 8_000_000
MAX_MAP_BYTES = 200_000
KINDS = ("pairs", "no_pairs", "retracted")
THREE_QUESTIONS = {
    Question.SAME_ITEM_SAME_ROOM: "pairs",
    Question.SAME_PRODUCT_OTHER_ROOM: "no_pairs",
    Question.OTHER_ITEM_SAME_ROOM: "no_pairs",
}

EXPECTED: dict[str, Any] = json.loads((SCENES / "expected.json").read_text())
OBJECT_MAPS = read_object_maps()


def read_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SCENES / name).read_text().splitlines()]


LISTINGS = {line["listing_id"]: line for line in read_lines("listings.jsonl")}


def things_in(photo: str) -> NDArray[np.str_]:
    """The names of what a photo shows [42, 56]; empty for a picture of no one thing."""
    if photo not in OBJECT_MAPS:
        return np.array([], np.str_)
    return np.array(OBJECT_MAPS[photo].names)[OBJECT_MAPS[photo].objects]


def bytes_of(listing_id: str) -> set[bytes]:
    return {path.read_bytes() for path in (SCENES / "photos" / listing_id).iterdir()}


def test_descriptions_are_what_the_code_writes(tmp_path: Path) -> None:
    story.write(tmp_path, photos=SCENES)
    for name in ("events.jsonl", "listings.jsonl", "expected.json"):
        assert (tmp_path / name).read_text() == (SCENES / name).read_text(), name


def test_photos_on_disk_are_those_named() -> None:
    named = {
        photo["url"]
        for event in read_lines("events.jsonl")
        for photo in event.get("value", {}).get("data", {}).get("photos", ())
    }
    assert named == {str(path.relative_to(SCENES)) for path in SCENES.glob("photos/*/*")}


def test_photos_decode_except_those_declared_unreadable() -> None:
    unreadable = set(EXPECTED["unreadable_photos"])
    assert unreadable
    for path in SCENES.glob("photos/*/*.jpg"):
        if str(path.relative_to(SCENES)) in unreadable:
            with pytest.raises(UnidentifiedImageError):
                Image.open(path)
        else:
            with Image.open(path) as image:
                image.load()
                assert image.format == "JPEG"


def test_manifest_is_one_that_evaluate_reads() -> None:
    manifest = read_manifest(SCENES / "listings.jsonl")
    assert len(manifest.listings) == len(LISTINGS)
    for photo in manifest.photos:
        assert manifest.read_photo(photo)


def test_manifest_names_readable_photos_with_their_angles() -> None:
    for listing in LISTINGS.values():
        assert listing["photos"], listing["listing_id"]
        assert len(listing["angles"]) == len(listing["photos"])
        assert not set(listing["photos"]) & set(EXPECTED["unreadable_photos"])


def test_every_case_has_a_pair() -> None:
    assert {pair["case"] for kind in KINDS for pair in EXPECTED[kind]} == set(Case)


@pytest.mark.parametrize("question", THREE_QUESTIONS)
def test_the_questions_of_the_benchmark_have_several_pairs(question: Question) -> None:
    asked = [p for p in EXPECTED[THREE_QUESTIONS[question]] if p["question"] == question]
    assert len(asked) >= 5


def test_open_pairs_are_exactly_the_listings_that_share_an_item() -> None:
    sharing = {
        (min(one, other), max(one, other))
        for one, other in combinations(LISTINGS, 2)
        if LISTINGS[one]["item_id"] == LISTINGS[other]["item_id"]
    }
    assert sharing == {(pair["left"], pair["right"]) for pair in EXPECTED["pairs"]}


def test_listings_from_one_room_have_a_label_and_no_two_have_more_than_one() -> None:
    labelled = [
        (pair["left"], pair["right"]) for kind in ("pairs", "no_pairs") for pair in EXPECTED[kind]
    ]
    assert len(labelled) == len(set(labelled))
    for one, other in combinations(sorted(LISTINGS), 2):
        if set(LISTINGS[one]["rooms"]) & set(LISTINGS[other]["rooms"]):
            assert (one, other) in labelled


def test_pairs_name_listings_that_were_posted() -> None:
    posted = {event["key"] for event in read_lines("events.jsonl")}
    for kind in KINDS:
        for pair in EXPECTED[kind]:
            assert {pair["left"], pair["right"]} <= posted


def test_the_angle_of_a_pair_is_the_smallest_between_two_of_its_photos() -> None:
    measured = [
        pair
        for kind in ("pairs", "no_pairs")
        for pair in EXPECTED[kind]
        if pair["angle"] is not None and "collage" not in pair["left"] + pair["right"]
    ]
    assert measured
    for pair in measured:
        sides = (
            [angle["azimuth"] for angle in LISTINGS[pair[side]]["angles"] if angle]
            for side in ("left", "right")
        )
        turns = [abs(one - other) % 360 for one, other in product(*sides)]
        assert min(min(turn, 360 - turn) for turn in turns) == pytest.approx(pair["angle"], abs=0.1)


def test_plain_copies_have_the_same_bytes_and_other_pairs_have_not() -> None:
    for pair in EXPECTED["pairs"]:
        left, right = bytes_of(pair["left"]), bytes_of(pair["right"])
        assert (left == right) == (pair["case"] == Case.PLAIN_COPY)
        # The floor plan of a home is one file wherever it is posted.
        assert bool(left & right) == (pair["case"] in {Case.PLAIN_COPY, Case.SAME_HOME})


def test_stock_photos_and_floor_plans_are_shared_byte_for_byte_by_other_items() -> None:
    shared = {Case.SHARED_STOCK_PHOTO, Case.SHARED_FLOOR_PLAN}
    for pair in EXPECTED["no_pairs"]:
        common = bytes_of(pair["left"]) & bytes_of(pair["right"])
        assert len(common) == (pair["case"] in shared)
    assert len(EXPECTED["stock_photos"]) == 1


def test_copies_are_posted_after_what_they_copy() -> None:
    order: dict[str, int] = {}
    for place, event in enumerate(read_lines("events.jsonl")):
        order.setdefault(event["key"], place)
    copies = [pair for pair in EXPECTED["pairs"] if pair["question"] == Question.SAME_PHOTOS]
    assert copies
    for pair in copies:
        original, copy = sorted((pair["left"], pair["right"]), key=len)
        assert order[original] < order[copy]


def test_maps_say_where_the_item_is_in_every_photo_of_it() -> None:
    rendered = 0
    for listing in LISTINGS.values():
        for photo, angles in zip(listing["photos"], listing["angles"], strict=True):
            if photo not in OBJECT_MAPS:
                assert angles is None  # a catalogue picture or a floor plan shows no one thing
                continue
            shown = OBJECT_MAPS[photo]
            assert shown.objects.shape == (MAP_HEIGHT, MAP_WIDTH)
            assert shown.item_mask.any(), photo
            assert listing["category"] == "homes" or listing["item_id"] in shown.for_sale
            assert NOTHING not in shown.for_sale
            rendered += 1
    assert rendered > 0.9 * sum(len(listing["photos"]) for listing in LISTINGS.values())


def test_two_photos_of_one_room_name_the_same_things() -> None:
    for pair in EXPECTED["no_pairs"]:
        if pair["question"] != Question.OTHER_ITEM_SAME_ROOM:
            continue
        (room, *_) = set(LISTINGS[pair["left"]]["rooms"]) & set(LISTINGS[pair["right"]]["rooms"])
        left, right = (
            {name for photo in LISTINGS[pair[side]]["photos"] for name in things_in(photo).flat}
            for side in ("left", "right")
        )
        assert any(name.startswith(f"{room}: ") for name in left & right), pair


def test_a_mirrored_copy_has_its_map_mirrored() -> None:
    (pair,) = (p for p in EXPECTED["pairs"] if p["case"] == Case.MIRRORED_COPY)
    original, copy = sorted((pair["left"], pair["right"]), key=len)
    for one, other in zip(LISTINGS[original]["photos"], LISTINGS[copy]["photos"], strict=True):
        before, after = things_in(one), things_in(other)
        assert np.mean(before[:, ::-1] == after) > max(0.95, np.mean(before == after))


def test_each_dead_letter_points_at_its_event() -> None:
    events = read_lines("events.jsonl")
    for letter in EXPECTED["dead_letters"]:
        assert events[letter["index"]]["key"] == letter["key"]


def test_events_come_in_order_of_time() -> None:
    times = [event["value"]["time"] for event in read_lines("events.jsonl") if "value" in event]
    assert all(earlier < later for earlier, later in pairwise(times))


def test_size_is_fit_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in SCENES.rglob("*.jp*g")) < MAX_BYTES
    assert (SCENES / FILE).stat().st_size < MAX_MAP_BYTES
