"""What is said of a pair of listings, by postings made up for each thing that can be said."""

from dataclasses import replace

import pytest

from stream.demo.rendering.labels import Case, Label, Question, label
from stream.demo.rendering.places import homes
from stream.demo.rendering.plan import (
    Collage,
    Copied,
    Edit,
    Finish,
    Item,
    Offered,
    Photo,
    Posting,
    Published,
    Shot,
    Spot,
    Thing,
    View,
)
from stream.demo.rendering.viewpoint import EYE_CLEARANCE, azimuth_of, eye_of

VASE = Item("vase", "decor", "A vase", Thing("vase", (Finish("paint", "#ffffff"),)), 0.3, 10)
OTHER_VASE = replace(VASE, item_id="other-vase", thing=replace(VASE.thing, seed=9))
LAMP = Item("lamp", "decor", "A lamp", Thing("table_lamp", (Finish("paint", "#000000"),)), 0.4, 9)
POSTING = Posting(
    "one",
    VASE,
    "seller",
    "north",
    homes.HALL,
    Spot((0, 0, 0)),
    homes.DAYLIGHT,
    (Shot(View(10, 0, 1)), Shot(View(50, 0, 1))),
)
OTHER = replace(POSTING, listing_id="other", photos=(Shot(View(75, 0, 1)), Shot(View(170, 0, 1))))


def label_of(one: Posting, other: Posting) -> Label | None:
    return label(one, other, {posting.listing_id: posting for posting in (one, other)}.__getitem__)


def told(one: Posting, other: Posting) -> Label:
    found = label_of(one, other)
    assert found is not None
    assert found == label_of(other, one)
    return found


@pytest.mark.parametrize(
    ("other", "case", "question"),
    [
        (OTHER, Case.OTHER_ANGLES, Question.SAME_ITEM_SAME_ROOM),
        (replace(OTHER, spot=Spot((1, 0, 0))), Case.ITEM_MOVED, Question.SAME_ITEM_SAME_ROOM),
        (replace(OTHER, light=homes.FLASH), Case.LIGHT_CHANGED, Question.SAME_ITEM_SAME_ROOM),
        (replace(OTHER, is_partly_hidden=True), Case.PARTLY_HIDDEN, Question.SAME_ITEM_SAME_ROOM),
        (replace(OTHER, room=homes.STUDY), Case.OTHER_ROOM, Question.SAME_ITEM_OTHER_ROOM),
        (
            replace(OTHER, lot=(Offered(LAMP, Spot((1, 0, 0))),)),
            Case.ONE_OF_A_LOT,
            Question.SAME_ITEM_SAME_ROOM,
        ),
        (
            replace(OTHER, item=OTHER_VASE),
            Case.SAME_PRODUCT_SAME_ROOM,
            Question.SAME_PRODUCT_SAME_ROOM,
        ),
        (
            replace(OTHER, item=OTHER_VASE, room=homes.STUDY),
            Case.SAME_PRODUCT_OTHER_ROOM,
            Question.SAME_PRODUCT_OTHER_ROOM,
        ),
    ],
)
def test_one_product_in_two_listings(other: Posting, case: Case, question: Question) -> None:
    assert told(POSTING, other) == Label("one", "other", case, question, angle=25)


def test_other_items_are_labelled_where_they_share_a_room() -> None:
    lamp = replace(OTHER, item=LAMP)
    case, question = Case.OTHER_ITEM_SAME_ROOM, Question.OTHER_ITEM_SAME_ROOM
    assert told(POSTING, lamp) == Label("one", "other", case, question, angle=None)
    assert label_of(POSTING, replace(lamp, room=homes.STUDY)) is None


@pytest.mark.parametrize(
    ("photos", "case"),
    [
        ((Copied("one", 1), Copied("one", 2)), Case.PLAIN_COPY),
        ((Copied("one", 1, Edit(mirrored=True)),), Case.MIRRORED_COPY),
        ((Copied("one", 1, Edit(watermark="SALE")), Shot(View(0, 0, 1))), Case.WATERMARKED_COPY),
        ((Copied("one", 1, Edit(app="Trove")),), Case.SCREENSHOT),
        ((Copied("one", 1, Edit(keep=0.9)),), Case.EDITED_COPY),
        ((Copied("one", 1), Copied("one", 2, Edit(mirrored=True))), Case.EDITED_COPY),
        ((Collage("one", (1, 2)),), Case.COLLAGE),
    ],
)
def test_copies_by_what_was_done_to_them(photos: tuple[Photo, ...], case: Case) -> None:
    copy = replace(OTHER, photos=photos)
    assert told(POSTING, copy) == Label("one", "other", case, Question.SAME_PHOTOS, angle=None)


def test_pictures_that_anybody_posts_make_no_pair() -> None:
    photos = (Published("catalogue"), *POSTING.photos)
    one = replace(POSTING, photos=photos)
    other = replace(OTHER, item=OTHER_VASE, room=homes.STUDY, photos=photos)
    found = told(one, other)
    assert found.case is Case.SHARED_STOCK_PHOTO
    assert not found.is_pair


def test_sides_of_copies_are_those_of_what_was_copied() -> None:
    """A copy of the one listing, beside a third listing of the item."""
    copy = replace(POSTING, listing_id="copy", photos=(Copied("one", 1, Edit(mirrored=True)),))
    find = {"one": POSTING}.__getitem__
    found = label(copy, OTHER, find)
    assert found is not None
    assert found.angle == 85  # mirrored, 10 degrees are seen as -10


def test_the_item_and_its_stand_may_be_turned_instead_of_the_camera() -> None:
    turned = replace(POSTING, spot=Spot((0, 0, 0), turn=30))
    assert azimuth_of(POSTING, Shot(View(40, 20, 1))) == pytest.approx(40)
    assert azimuth_of(turned, Shot(View(40, 20, 1))) == pytest.approx(10)
    assert azimuth_of(turned, Shot(View(40, 20, 1, item_turn=180))) == pytest.approx(-170)


def test_a_wall_stops_the_camera_and_the_azimuth_says_from_where_it_looks() -> None:
    shot = Shot(View(60, 0, 4))
    eye = eye_of(POSTING, shot)
    assert eye[0] == homes.HALL.width / 2 - EYE_CLEARANCE
    assert azimuth_of(POSTING, shot) == pytest.approx(46.1, abs=0.1)
