"""Listings of things photographed on a table, a worktop or a chest of drawers."""

from __future__ import annotations

from stream.demo.rendering.items import household
from stream.demo.rendering.places import homes
from stream.demo.rendering.plan import (
    Copied,
    Finish,
    Placed,
    Posting,
    Shot,
    Spot,
    Thing,
    Unreadable,
    View,
)

_MUG = Thing("mug", (Finish("paint", "#b9472f"),), seed=201)
RADIO = Posting(
    "radio",
    household.RADIO,
    "seller-hana",
    "west",
    homes.STUDY,
    Spot((0.15, 1.62, 0.74), 6),
    homes.DAYLIGHT,
    (Shot(View(-8, 16, 0.85, roll=-1.5)), Shot(View(30, 26, 0.75, roll=1.2, aside=0.04))),
)
RADIO_COPIED = Posting(
    "radio-copied",
    household.RADIO,
    "seller-ivan",
    "west",
    homes.STUDY,
    RADIO.spot,
    homes.DAYLIGHT,
    (Copied("radio", 1), Copied("radio", 2)),
)
KETTLE = Posting(
    "kettle-family-kitchen",
    household.KETTLE,
    "seller-judy",
    "south",
    homes.FAMILY_KITCHEN,
    Spot((0.05, 1.9, 0.9), -8),
    homes.DAYLIGHT,
    (
        Shot(View(-10, 14, 0.75, roll=1.3)),
        Shot(View(32, 24, 0.7, roll=-1.0, aside=0.03)),
        Shot(View(-42, 18, 0.7, roll=0.6)),
    ),
)
KETTLE_OTHER_HOME = Posting(
    "kettle-cottage-kitchen",
    household.OTHER_KETTLE,
    "seller-kurt",
    "south",
    homes.COTTAGE_KITCHEN,
    Spot((0.1, 1.88, 0.9), 4),
    homes.OVERCAST,
    (
        Shot(View(-14, 16, 0.75, roll=-0.9)),
        Shot(View(28, 22, 0.7, roll=1.7)),
        Shot(View(-38, 20, 0.75, roll=-0.4, aside=-0.04)),
    ),
)
COFFEE_MACHINE = Posting(
    "coffee-machine",
    household.COFFEE_MACHINE,
    "seller-judy",
    "south",
    homes.FAMILY_KITCHEN,
    Spot((0.05, 1.95, 0.9), -6),
    homes.DAYLIGHT,
    (Shot(View(-10, 14, 0.81, roll=1.3)), Shot(View(32, 24, 0.77, roll=-1.0, aside=0.03))),
)
CAMERA_FIRST = Posting(
    "camera-desk",
    household.CAMERA,
    "seller-lena",
    "east",
    homes.STUDY,
    Spot((0.1, 1.58, 0.742), -6),
    homes.OVERCAST,
    (
        Shot(View(-6, 22, 0.36, roll=1.0)),
        Shot(View(36, 30, 0.34, roll=-2.2)),
        Shot(View(-34, 16, 0.36, roll=0.8, aside=0.02)),
    ),
)
CAMERA_AGAIN = Posting(
    "camera-kitchen-table",
    household.CAMERA,
    "seller-mike",
    "east",
    homes.FAMILY_KITCHEN,
    Spot((-0.9, -1.15, 0.742), 20),
    homes.LAMPLIGHT,
    (Shot(View(-2, 34, 0.36, roll=-1.4)), Shot(View(50, 24, 0.39, roll=1.9))),
    clutter=(Placed(_MUG, (-0.72, -0.95, 0.741), 70),),
)
CLOCK = Posting(
    "clock",
    household.CLOCK,
    "seller-rosa",
    "east",
    homes.BEDROOM,
    Spot((-1.2, 1.95, 0.863), 10),
    homes.LAMPLIGHT,
    (Shot(View(4, 10, 0.68, roll=-1.1)), Shot(View(38, 16, 0.64, roll=1.4))),
)
DESK_LAMP = Posting(
    "desk-lamp",
    household.DESK_LAMP,
    "seller-lena",
    "east",
    homes.STUDY,
    Spot((0.1, 1.68, 0.74), -6),
    homes.OVERCAST,
    (Shot(View(-6, 10, 0.97, roll=1.0)), Shot(View(36, 18, 0.92, roll=-2.2))),
)
TEAPOT = Posting(
    "teapot-without-photo",
    household.TEAPOT,
    "seller-tom",
    "south",
    homes.COTTAGE_KITCHEN,
    Spot((0.1, 1.88, 0.9)),
    homes.DAYLIGHT,
    (Unreadable("This photo has been removed by its owner.\n"),),
)
