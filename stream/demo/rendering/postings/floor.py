"""Listings of things photographed on the floor of a room."""

from __future__ import annotations

from stream.demo.rendering.items import household
from stream.demo.rendering.places import homes
from stream.demo.rendering.plan import (
    Copied,
    Edit,
    Finish,
    Placed,
    Posting,
    Shot,
    Spot,
    Thing,
    Unreadable,
    View,
)

_BOOKS = Thing("books", (Finish("paint", "#2f6a5a"),), seed=202)
_CARTON = Thing("carton", (), "MISC", seed=203)
BICYCLE_FIRST = Posting(
    "bicycle-hall",
    household.BICYCLE,
    "seller-anna",
    "north",
    homes.HALL,
    Spot((0.0, 1.25, 0)),
    homes.DAYLIGHT,
    (
        Shot(View(6, 9, 2.26, roll=1.4, aside=0.06)),
        Shot(View(-38, 14, 2.17, roll=-0.8)),
        Shot(View(30, 22, 1.48, roll=2.2, aside=-0.3, above=0.1)),
    ),
)
BICYCLE_AGAIN = Posting(
    "bicycle-attic",
    household.BICYCLE,
    "seller-bert",
    "north",
    homes.ATTIC,
    Spot((0.1, 0.75, 0), -8),
    homes.OVERCAST,
    (
        Shot(View(-22, 12, 2.09, roll=-1.8, aside=-0.05)),
        Shot(View(28, 8, 2.17, roll=0.9, item_turn=180)),
    ),
)
ARMCHAIR_FIRST = Posting(
    "armchair-day",
    household.ARMCHAIR,
    "seller-carla",
    "north",
    homes.LIVING_ROOM,
    Spot((0.3, 1.0, 0.014), 8),
    homes.DAYLIGHT,
    (
        Shot(View(-4, 12, 2.4, roll=0.9)),
        Shot(View(42, 20, 2.1, roll=-1.6, aside=0.1)),
        Shot(View(-48, 9, 2.2, roll=1.1)),
    ),
)
ARMCHAIR_AGAIN = Posting(
    "armchair-evening",
    household.ARMCHAIR,
    "seller-carla",
    "north",
    homes.LIVING_ROOM,
    Spot((0.0, 0.85, 0.014), -20),
    homes.LAMPLIGHT,
    (
        Shot(View(18, 26, 1.9, roll=-2.0, aside=-0.08)),
        Shot(View(-30, 15, 2.3, roll=1.4, above=-0.1)),
        Shot(View(5, 10, 2.0, roll=0.4, item_turn=125)),
    ),
    clutter=(Placed(_BOOKS, (0.85, 0.6, 0.015), 30),),
)
FLOOR_LAMP = Posting(
    "floor-lamp-day",
    household.FLOOR_LAMP,
    "seller-carla",
    "north",
    homes.LIVING_ROOM,
    Spot((0.3, 1.0, 0.014)),
    homes.DAYLIGHT,
    (
        Shot(View(-4, 8, 2.4, roll=0.9)),
        Shot(View(42, 14, 2.1, roll=-1.6, aside=0.1)),
        Shot(View(-48, 6, 2.2, roll=1.1)),
    ),
)
GUITAR_FIRST = Posting(
    "guitar-study",
    household.GUITAR,
    "seller-dario",
    "south",
    homes.STUDY,
    Spot((-0.75, 1.55, 0)),
    homes.DAYLIGHT,
    (
        Shot(View(3, 6, 1.61, roll=-1.2)),
        Shot(View(-28, 16, 1.44, roll=2.0, above=-0.12)),
        Shot(View(22, 28, 0.98, roll=-3.0, above=-0.25)),
    ),
)
GUITAR_AGAIN = Posting(
    "guitar-bedroom",
    household.GUITAR,
    "seller-emil",
    "south",
    homes.BEDROOM,
    Spot((0.1, 2.0, 0), 6),
    homes.FLASH,
    (Shot(View(24, 10, 1.61, roll=1.6)), Shot(View(-18, 18, 1.36, roll=-1.1, aside=0.06))),
    clutter=(Placed(_CARTON, (0.62, 1.75, 0), 20),),
)
SUITCASE = Posting(
    "suitcase",
    household.SUITCASE,
    "seller-fay",
    "west",
    homes.BEDROOM,
    Spot((0.0, 1.0, 0.0), -10),
    homes.DAYLIGHT,
    (
        Shot(View(-12, 15, 1.52, roll=1.0)),
        Shot(View(30, 24, 1.36, roll=-1.4)),
        Shot(View(8, 12, 1.44, roll=0.5, item_turn=160)),
    ),
)
SUITCASE_EDITED = Posting(
    "suitcase-edited",
    household.SUITCASE,
    "seller-gus",
    "west",
    homes.BEDROOM,
    SUITCASE.spot,
    homes.DAYLIGHT,
    (
        Copied("suitcase", 1, Edit(keep=0.84, brightness=1.15, quality=62)),
        Copied("suitcase", 2, Edit(mirrored=True, brightness=0.9, quality=70)),
        Copied("suitcase", 3, Edit(watermark="BEST DEALS", quality=55)),
    ),
)
SNEAKERS = Posting(
    "sneakers",
    household.SNEAKERS,
    "seller-nora",
    "east",
    homes.HALL,
    Spot((0.1, 0.9, 0.0)),
    homes.DAYLIGHT,
    (
        Shot(View(-6, 32, 0.55, roll=1.1)),
        Shot(View(40, 24, 0.52, roll=-1.3)),
        Shot(View(-60, 40, 0.55, roll=0.7)),
    ),
)
TAKEN_OVER = Posting(
    "sports-offer",
    household.SNEAKERS,
    "seller-otto",
    "east",
    homes.HALL,
    SNEAKERS.spot,
    homes.DAYLIGHT,
    (
        Copied("sneakers", 1, Edit(keep=0.9, brightness=1.08, quality=72)),
        Shot(View(20, 30, 0.56, roll=2)),
    ),
)
TAKEN_OVER_REPLACED = Posting(
    "sports-offer",
    household.SKATEBOARD,
    "seller-otto",
    "east",
    homes.ATTIC,
    Spot((0.95, 2.1, 0.0)),
    homes.DAYLIGHT,
    (Shot(View(-8, 10, 1.2, roll=-1.0)), Shot(View(24, 18, 0.96, roll=1.5))),
    version=2,
    first_number=3,
)
CHAIR = Posting(
    "chair",
    household.CHAIR,
    "seller-pia",
    "north",
    homes.COTTAGE_KITCHEN,
    Spot((0.0, 0.9, 0.0), 14),
    homes.DAYLIGHT,
    (
        Shot(View(-6, 16, 1.64, roll=-1.0)),
        Shot(View(36, 22, 1.56, roll=1.6)),
        Shot(View(10, 14, 1.56, roll=0.6, item_turn=150)),
    ),
)
CHAIR_AGAIN = Posting(
    "chair-withdrawn",
    household.CHAIR,
    "seller-pia",
    "north",
    homes.COTTAGE_KITCHEN,
    CHAIR.spot,
    homes.OVERCAST,
    (Shot(View(-2, 18, 1.56, roll=0.9)), Shot(View(28, 20, 1.64, roll=-0.7))),
)
DRESSER = Posting(
    "dresser",
    household.DRESSER,
    "seller-quin",
    "west",
    homes.ATTIC,
    Spot((0.4, 1.3, 0.0), -6),
    homes.DAYLIGHT,
    (
        Shot(View(-10, 14, 1.93, roll=1.2)),
        Shot(View(30, 20, 1.75, roll=-1.5)),
        Unreadable("<html><body>502 Bad Gateway</body></html>\n"),
    ),
)
BACKPACK = Posting(
    "backpack",
    household.BACKPACK,
    "seller-sam",
    "south",
    homes.HALL,
    Spot((0.2, 1.5, 0.0), -8),
    homes.FLASH,
    (Shot(View(-4, 14, 1.01, roll=1.7)), Shot(View(34, 26, 0.94, roll=-1.2))),
)
