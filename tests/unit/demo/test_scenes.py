"""The committed sample listings agree with each other and with the code that describes them."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, UnidentifiedImageError

from stream.demo.rendering import story
from stream.demo.sample import SCENES

MAX_BYTES = 3_000_000
CASES = {
    "pairs": {"other_room", "light_changed", "edited_copy", "plain_copy"},
    "no_pairs": {"same_product_other_room", "other_item_same_room"},
    "retracted": {"update_replaces_photos", "listing_deleted"},
}

EXPECTED: dict[str, Any] = json.loads((SCENES / "expected.json").read_text())


def read_lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SCENES / name).read_text().splitlines()]


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


def test_manifest_names_readable_photos_with_their_angles() -> None:
    for listing in read_lines("listings.jsonl"):
        assert listing["photos"], listing["listing_id"]
        assert len(listing["angles"]) == len(listing["photos"])
        assert not set(listing["photos"]) & set(EXPECTED["unreadable_photos"])


@pytest.mark.parametrize("kind", CASES)
def test_every_case_is_present(kind: str) -> None:
    assert {relation["case"] for relation in EXPECTED[kind]} == CASES[kind]


def test_open_pairs_are_exactly_the_listings_that_share_an_item() -> None:
    listings = read_lines("listings.jsonl")
    sharing = {
        frozenset((a["listing_id"], b["listing_id"]))
        for a in listings
        for b in listings
        if a["listing_id"] < b["listing_id"] and a["item_id"] == b["item_id"]
    }
    assert sharing == {frozenset((p["left"], p["right"])) for p in EXPECTED["pairs"]}


def test_pairs_name_listings_that_were_posted() -> None:
    posted = {event["key"] for event in read_lines("events.jsonl")}
    for kind in CASES:
        for relation in EXPECTED[kind]:
            assert {relation["left"], relation["right"]} <= posted


def test_plain_copy_has_the_same_bytes_and_an_edited_copy_has_not() -> None:
    for relation in EXPECTED["pairs"]:
        left, right = (
            {path.read_bytes() for path in (SCENES / "photos" / relation[side]).iterdir()}
            for side in ("left", "right")
        )
        assert (left == right) == (relation["case"] == "plain_copy")
        assert bool(left & right) == (relation["case"] == "plain_copy")


def test_each_dead_letter_points_at_its_event() -> None:
    events = read_lines("events.jsonl")
    for letter in EXPECTED["dead_letters"]:
        assert events[letter["index"]]["key"] == letter["key"]


def test_events_come_in_order_of_time() -> None:
    times = [event["value"]["time"] for event in read_lines("events.jsonl") if "value" in event]
    assert all(earlier < later for earlier, later in pairwise(times))


def test_size_is_fit_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in SCENES.rglob("*.jp*g")) < MAX_BYTES
