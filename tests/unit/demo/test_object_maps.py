"""Maps of what photos show: kept in a file, asked for a point, changed as photos are."""

from pathlib import Path

import numpy as np

from stream.demo.object_maps import (
    MAP_HEIGHT,
    MAP_WIDTH,
    NOTHING,
    ObjectMap,
    read_object_maps,
    write_object_maps,
)
from stream.demo.rendering.framing import APP_PHOTO, APP_SIZE
from stream.demo.rendering.mapping import map_of_collage, map_of_copy
from stream.demo.rendering.plan import Edit


def half_and_half(left: str, right: str) -> ObjectMap:
    """A map of two things side by side, of which the left one is for sale."""
    objects = np.zeros((MAP_HEIGHT, MAP_WIDTH), np.uint16)
    objects[:, MAP_WIDTH // 2 :] = 1
    return ObjectMap(objects, (left, right), frozenset({left}))


def names_in(shown: ObjectMap) -> list[list[str]]:
    return [[shown.names[place] for place in row] for row in shown.objects]


def test_a_point_lies_on_what_is_there() -> None:
    shown = half_and_half("lamp", "wall")
    assert [shown.object_at(x, 0.5) for x in (0.0, 0.49, 0.51, 1.0)] == ["lamp"] * 2 + ["wall"] * 2
    assert shown.item_mask.mean() == 0.5


def test_maps_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    maps = {"b.jpg": half_and_half("lamp", "wall"), "a.jpg": half_and_half("wall", "mug")}
    write_object_maps(tmp_path, maps)
    found = read_object_maps(tmp_path)
    assert list(found) == ["a.jpg", "b.jpg"]
    for photo, shown in maps.items():
        assert names_in(found[photo]) == names_in(shown)
        assert found[photo].for_sale == shown.for_sale


def test_a_plain_copy_shows_what_its_source_shows() -> None:
    shown = half_and_half("lamp", "wall")
    assert map_of_copy(shown, None) is shown


def test_a_mirrored_copy_shows_it_the_other_way_round() -> None:
    mirrored = map_of_copy(half_and_half("lamp", "wall"), Edit(mirrored=True))
    assert [mirrored.object_at(x, 0.5) for x in (0.25, 0.75)] == ["wall", "lamp"]
    assert mirrored.for_sale == {"lamp"}


def test_a_crop_moves_the_border_between_two_things() -> None:
    cropped = map_of_copy(half_and_half("lamp", "wall"), Edit(keep=0.5))
    # 60% of what goes is cut off on the left: 30% to 80% of the width are left.
    assert abs(cropped.item_mask.mean() - 0.4) < 0.02


def test_an_app_shows_nothing_around_the_photo() -> None:
    window = map_of_copy(half_and_half("lamp", "wall"), Edit(app="Trove"))
    _, top, _, bottom = (edge / APP_SIZE[1] for edge in APP_PHOTO)
    middle = (top + bottom) / 2
    assert [window.object_at(0.25, y) for y in (top / 2, middle, (1 + bottom) / 2)] == [
        NOTHING,
        "lamp",
        NOTHING,
    ]
    assert window.object_at(0.75, middle) == "wall"


def test_a_collage_shows_what_all_its_photos_show() -> None:
    sheet = map_of_collage([half_and_half("lamp", "wall"), half_and_half("wall", "mug")])
    assert set(np.unique(names_in(sheet))) == {"lamp", "wall", "mug", NOTHING}
    assert sheet.for_sale == {"lamp", "wall"}
    assert [sheet.object_at(x, 0.5) for x in (0.1, 0.5, 0.7, 0.95)] == [
        "lamp",
        "wall",
        "wall",
        "mug",
    ]
