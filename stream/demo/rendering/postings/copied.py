"""Listings with pictures that are not their sellers' own, and flats with their floor plan.

Of the flats, the two of the second floor are one flat, offered by its tenant and by an agency.
"""

from __future__ import annotations

from dataclasses import replace

from stream.demo.rendering.labels import HOME
from stream.demo.rendering.places import flats, homes
from stream.demo.rendering.plan import (
    Collage,
    Copied,
    Edit,
    Finish,
    Item,
    Light,
    Placed,
    Posting,
    Published,
    Room,
    Shot,
    Spot,
    Stage,
    Thing,
    View,
)
from stream.demo.rendering.postings import floor, table

_APP = "Trove"
CLAIM = "Twelve cups. One button."
"""What the maker prints beside the coffee machine in its catalogue."""

_COFFEE_MACHINE = Item(
    "coffee-machine-12",
    "kitchen",
    "Coffee machine for twelve cups",
    Thing(
        "coffee_machine",
        (Finish("paint", "#9c2f2b"), Finish("metal", "#c9ccd0")),
        "Brevo 12",
        seed=361,
    ),
    height=0.37,
    price_euros=28,
)
_OTHER_COFFEE_MACHINE = replace(
    _COFFEE_MACHINE,
    item_id="coffee-machine-12-other-unit",
    thing=replace(_COFFEE_MACHINE.thing, seed=362),
)
_PAPER = Finish("paint", "#fbfbf9")
CATALOGUE = Posting(
    "catalogue",
    replace(_COFFEE_MACHINE, thing=replace(_COFFEE_MACHINE.thing, seed=360)),
    "",
    "",
    Room(
        "catalogue",
        floor=_PAPER,
        walls=_PAPER,
        feature_wall=_PAPER,
        skirting=_PAPER,
        window_side="left",
        furniture=(),
    ),
    Spot((0, 1.0, 0), 8),
    Light(60, "#ffffff", 50, "#ffffff", 0.45),
    (Shot(View(-24, 16, 0.8)),),
)
"""Never posted: the picture that the maker gives to all who sell its machines."""

_MUG = Thing("mug", (Finish("paint", "#e0d7c6"),), seed=363)
_WITH_CATALOGUE = Posting(
    "coffee-machine-moving-out",
    _COFFEE_MACHINE,
    "seller-vera",
    "north",
    homes.COTTAGE_KITCHEN,
    Spot((0.15, 1.93, 0.9), 5),
    homes.DAYLIGHT,
    (
        Published("catalogue"),
        Shot(View(-16, 18, 0.8, roll=-1.2, aside=0.04)),
        Shot(View(30, 26, 0.72, roll=2.1)),
    ),
)
_WITH_CATALOGUE_TOO = Posting(
    "coffee-machine-unwanted-gift",
    _OTHER_COFFEE_MACHINE,
    "seller-will",
    "south",
    homes.FAMILY_KITCHEN,
    Spot((-0.9, -1.15, 0.742), 15),
    homes.LAMPLIGHT,
    (
        Shot(View(4, 22, 0.8, roll=1.5)),
        Published("catalogue"),
        Shot(View(48, 30, 0.75, roll=-1.4, aside=-0.05)),
    ),
    clutter=(Placed(_MUG, (-0.68, -1.02, 0.741), 40),),
)


def _flat(item_id: str, title: str, price_euros: int) -> Item:
    return Item(item_id, "homes", title, Thing(HOME), height=0.0, price_euros=price_euros)


def _room(view: View, room: Room, light: Light, looked_at: tuple[float, float]) -> Shot:
    return Shot(view, Stage(room, Spot((*looked_at, 1.0)), light))


_SECOND_FLOOR = _flat("flat-second-floor", "Two-room flat with a sunny kitchen", 890)
_FLAT = Posting(
    "flat-by-tenant",
    _SECOND_FLOOR,
    "seller-xenia",
    "east",
    flats.SECOND_FLOOR_LIVING,
    Spot((0, 0, 0)),
    homes.DAYLIGHT,
    (
        _room(View(-28, 9, 4, focal_mm=21), flats.SECOND_FLOOR_LIVING, homes.DAYLIGHT, (0.1, 0.6)),
        _room(View(32, 8, 4, focal_mm=21), flats.SECOND_FLOOR_KITCHEN, homes.DAYLIGHT, (0, 0.6)),
        _room(View(-34, 12, 4, focal_mm=21), flats.SECOND_FLOOR_BEDROOM, homes.DAYLIGHT, (0, 0.5)),
        Published("floor_plan"),
    ),
)
_FLAT_AGAIN = Posting(
    "flat-by-agency",
    _SECOND_FLOOR,
    "agency-lime-tree",
    "east",
    flats.SECOND_FLOOR_LIVING,
    Spot((0, 0, 0)),
    homes.OVERCAST,
    (
        _room(
            View(40, 12, 4, focal_mm=18), flats.SECOND_FLOOR_BEDROOM, homes.OVERCAST, (-0.2, 0.4)
        ),
        _room(View(34, 10, 4, focal_mm=18), flats.SECOND_FLOOR_LIVING, homes.OVERCAST, (0, 0.2)),
        _room(
            View(-140, 10, 4, focal_mm=18), flats.SECOND_FLOOR_LIVING, homes.OVERCAST, (0.2, -0.2)
        ),
        _room(
            View(-30, 10, 4, focal_mm=18), flats.SECOND_FLOOR_KITCHEN, homes.OVERCAST, (0.2, 0.4)
        ),
        Published("floor_plan"),
    ),
)
_FLAT_ABOVE = Posting(
    "flat-one-floor-up",
    _flat("flat-third-floor", "Two rooms under the roof, quiet", 910),
    "agency-lime-tree",
    "east",
    flats.THIRD_FLOOR_LIVING,
    Spot((0, 0, 0)),
    homes.DAYLIGHT,
    (
        _room(View(-28, 9, 4, focal_mm=21), flats.THIRD_FLOOR_LIVING, homes.DAYLIGHT, (0.1, 0.6)),
        _room(View(36, 12, 4, focal_mm=18), flats.THIRD_FLOOR_BEDROOM, homes.DAYLIGHT, (0, 0.4)),
        Published("floor_plan"),
    ),
)


def _taken_over(
    listing_id: str, source: Posting, seller_id: str, *photos: Copied | Collage
) -> Posting:
    return replace(source, listing_id=listing_id, seller_id=seller_id, photos=photos)


_SCREENSHOTS = _taken_over(
    "clock-screenshots",
    table.CLOCK,
    "seller-yann",
    Copied("clock", 1, Edit(app=_APP, quality=80)),
    Copied("clock", 2, Edit(app=_APP, quality=80)),
)
_COLLAGE = _taken_over(
    "floor-lamp-collage",
    floor.FLOOR_LAMP,
    "seller-zoe",
    Collage("floor-lamp-day", (2, 1, 3)),
)
_MIRRORED = _taken_over(
    "backpack-mirrored",
    floor.BACKPACK,
    "seller-abel",
    Copied("backpack", 1, Edit(mirrored=True, quality=82)),
    Copied("backpack", 2, Edit(mirrored=True, quality=82)),
)
_WATERMARKED = _taken_over(
    "desk-lamp-watermarked",
    table.DESK_LAMP,
    "seller-bea",
    Copied("desk-lamp", 1, Edit(watermark="LAMP OUTLET", quality=76)),
    Copied("desk-lamp", 2, Edit(watermark="LAMP OUTLET", quality=76)),
)

POSTINGS = (
    _FLAT,
    _WITH_CATALOGUE,
    _FLAT_ABOVE,
    _COLLAGE,
    _WITH_CATALOGUE_TOO,
    _FLAT_AGAIN,
    _WATERMARKED,
    _SCREENSHOTS,
    _MIRRORED,
)
