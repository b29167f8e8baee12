"""Listings of things photographed out of doors or in a garage.

A car by its front and again by its rear, a scooter by day and at dusk, a tool box that was moved, a
pram behind boxes, units of one product, and other things in the same yards.
"""

from __future__ import annotations

from stream.demo.rendering.items import outdoor
from stream.demo.rendering.places import yards
from stream.demo.rendering.plan import Finish, Placed, Posting, Shot, Spot, Thing, View

_IN_THE_DRIVE = Spot((0.3, -0.4, 0.0), 3)
_BY_THE_DOOR = Spot((0.3, 2.7, 0.0), -8)
_WINTER = Thing("carton", (), "WINTER", seed=402)
_BOOKS = Thing("carton", (), "BOOKS", seed=403)
_LAMPS = Thing("carton", (), "LAMPS", seed=406)
_ATTIC = Thing("carton", (), "ATTIC", seed=404)
_BICYCLE = Thing(
    "bicycle",
    (Finish("paint", "#a8322d"), Finish("leather", "#2b2320"), Finish("paint", "#2c2c2e")),
    "CORSA",
    seed=405,
)

CAR_FRONT = Posting(
    "car-front",
    outdoor.CAR,
    "seller-ivan",
    "east",
    yards.PAVED_YARD,
    _IN_THE_DRIVE,
    yards.MORNING,
    (
        Shot(View(29, 15, 3.6, roll=1.2, aside=-0.25)),
        Shot(View(36, 9, 2.9, roll=-1.6, aside=0.25, above=-0.12)),
        Shot(View(7, 22, 3.8, roll=0.7, aside=0.2, above=-0.2)),
    ),
)
CAR_REAR = Posting(
    "car-rear",
    outdoor.CAR,
    "seller-ivan",
    "east",
    yards.PAVED_YARD,
    _IN_THE_DRIVE,
    yards.MORNING,
    (
        Shot(View(-172, 14, 3.7, roll=-1.0, aside=0.2)),
        Shot(View(-156, 10, 3.3, roll=1.9, aside=-0.3, above=-0.1)),
    ),
)
OTHER_CAR = Posting(
    "car-other-plate",
    outdoor.OTHER_CAR,
    "seller-jana",
    "east",
    yards.PAVED_YARD,
    Spot((0.1, -0.2, 0.0), -2),
    yards.MORNING,
    (
        Shot(View(25, 13, 3.5, roll=-1.4, aside=-0.1)),
        Shot(View(-33, 17, 3.4, roll=0.8, aside=0.3)),
    ),
)
SCOOTER_BY_DAY = Posting(
    "scooter-day",
    outdoor.SCOOTER,
    "seller-kato",
    "east",
    yards.PAVED_YARD,
    _BY_THE_DOOR,
    yards.MORNING,
    (
        Shot(View(-14, 12, 1.95, roll=1.5, aside=0.05)),
        Shot(View(42, 20, 1.85, roll=-1.1)),
    ),
)
SCOOTER_AT_DUSK = Posting(
    "scooter-dusk",
    outdoor.SCOOTER,
    "seller-kato",
    "east",
    yards.PAVED_YARD,
    Spot((0.42, 2.75, 0.0), -14),
    yards.DUSK,
    (
        Shot(View(12, 17, 1.9, roll=-2.1, aside=-0.08)),
        Shot(View(-46, 24, 1.8, roll=1.3, above=-0.05)),
    ),
    clutter=(Placed(_WINTER, (1.75, 3.5, 0), 15),),
)
MOWER = Posting(
    "mower-paved-yard",
    outdoor.MOWER,
    "seller-lasse",
    "west",
    yards.PAVED_YARD,
    Spot((-1.5, 2.9, 0.0), 6),
    yards.MORNING,
    (
        Shot(View(12, 18, 1.55, roll=1.0)),
        Shot(View(58, 22, 1.5, roll=-1.7, aside=0.1)),
    ),
)
MOWER_OTHER_YARD = Posting(
    "mower-gravel-yard",
    outdoor.OTHER_MOWER,
    "seller-mona",
    "west",
    yards.GRAVEL_YARD,
    Spot((0.3, 1.1, 0.0), 4),
    yards.MORNING,
    (
        Shot(View(14, 17, 1.55, roll=-1.2, aside=-0.05)),
        Shot(View(56, 24, 1.5, roll=1.4)),
    ),
)
TOOL_BOX_ON_FLOOR = Posting(
    "tool-box-floor",
    outdoor.TOOL_BOX,
    "seller-nils",
    "south",
    yards.GARAGE,
    Spot((-0.6, 1.7, 0.0), 12),
    yards.DOOR_OPEN,
    (
        Shot(View(-6, 22, 0.85, roll=1.4)),
        Shot(View(44, 30, 0.8, roll=-2.0, aside=0.04)),
    ),
)
TOOL_BOX_ON_BENCH = Posting(
    "tool-box-bench",
    outdoor.TOOL_BOX,
    "seller-nils",
    "south",
    yards.GARAGE,
    Spot((1.25, 2.75, 0.888), -9),
    yards.DOOR_OPEN,
    (
        Shot(View(16, 12, 0.95, roll=-1.2, aside=-0.06)),
        Shot(View(-38, 20, 0.85, roll=1.8)),
    ),
)
PRAM = Posting(
    "pram",
    outdoor.PRAM,
    "seller-olga",
    "south",
    yards.GARAGE,
    Spot((-0.2, 0.3, 0.0), 10),
    yards.DOOR_OPEN,
    (
        Shot(View(-12, 14, 1.75, roll=-1.0)),
        Shot(View(38, 22, 1.65, roll=1.6, aside=-0.06)),
        Shot(View(-68, 18, 1.75, roll=0.6)),
    ),
)
PRAM_BEHIND_BOXES = Posting(
    "pram-behind-boxes",
    outdoor.PRAM,
    "seller-petra",
    "south",
    yards.GARAGE,
    Spot((0.05, 0.45, 0.0), -4),
    yards.DOOR_OPEN,
    (
        Shot(View(8, 13, 1.95, roll=1.7, aside=0.08)),
        Shot(View(-30, 20, 1.9, roll=-1.3)),
    ),
    clutter=(
        Placed(_BOOKS, (-0.24, -0.1, 0), 10),
        Placed(_ATTIC, (-0.22, -0.08, 0.3), -7),
        Placed(_WINTER, (-0.26, -0.1, 0.6), 16),
        Placed(_LAMPS, (0.4, -0.2, 0), 5),
        Placed(_BICYCLE, (-0.9, -0.05, 0), 62),
    ),
    is_partly_hidden=True,
)
VICE = Posting(
    "vice",
    outdoor.VICE,
    "seller-nils",
    "south",
    yards.GARAGE,
    Spot((0.55, 2.62, 0.888), 7),
    yards.DOOR_OPEN,
    (
        Shot(View(-18, 24, 0.55, roll=1.1)),
        Shot(View(30, 34, 0.5, roll=-1.5, aside=0.03)),
    ),
)
GARDEN_CHAIR = Posting(
    "garden-chair",
    outdoor.GARDEN_CHAIR,
    "seller-mona",
    "west",
    yards.GRAVEL_YARD,
    Spot((0.5, 1.5, 0.0), -16),
    yards.CLOUDY,
    (
        Shot(View(8, 18, 1.45, roll=-0.9)),
        Shot(View(-48, 24, 1.4, roll=1.2, aside=0.05)),
    ),
)

POSTINGS = (
    CAR_FRONT,
    TOOL_BOX_ON_FLOOR,
    SCOOTER_BY_DAY,
    PRAM,
    MOWER,
    OTHER_CAR,
    VICE,
    SCOOTER_AT_DUSK,
    MOWER_OTHER_YARD,
    CAR_REAR,
    TOOL_BOX_ON_BENCH,
    GARDEN_CHAIR,
    PRAM_BEHIND_BOXES,
)
