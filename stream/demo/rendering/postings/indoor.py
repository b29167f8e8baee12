"""Listings of things photographed in the rooms of `more_homes`.

One typewriter seen from six sides, a lot of toys and single toys, a record player posted three
times, things that one seller or two sellers post twice.
"""

from __future__ import annotations

from dataclasses import replace

from stream.demo.rendering.items import indoor
from stream.demo.rendering.places import homes, more_homes
from stream.demo.rendering.plan import (
    Finish,
    Offered,
    Placed,
    Posting,
    Shot,
    Spot,
    Thing,
    View,
)

_ON_DESK = (
    Placed(Thing("mug", (Finish("paint", "#d8a33b"),), seed=501), (0.36, 0.16, 0.741), 130),
    Placed(Thing("books", (Finish("paint", "#6b3a4a"),), seed=502), (-0.4, 0.12, 0.741), 35),
)


def _typewriter(listing_id: str, seller_id: str, first: View, second: View) -> Posting:
    """Post the typewriter again: in its place, by the same light, from another side."""
    return Posting(
        listing_id,
        indoor.TYPEWRITER,
        seller_id,
        "north",
        more_homes.WORKROOM,
        Spot((0.0, -0.02, 0.741)),
        more_homes.MORNING,
        (Shot(first), Shot(second)),
        clutter=_ON_DESK,
    )


TYPEWRITER_FRONT = _typewriter(
    "typewriter-front",
    "seller-ada",
    View(-4, 24, 0.8, roll=1.2),
    View(3, 34, 0.68, roll=-1.6, aside=0.03),
)
TYPEWRITER_30 = _typewriter(
    "typewriter-30",
    "seller-ada",
    View(27, 19, 0.82, roll=-1.1, above=0.04),
    View(34, 30, 0.72, roll=0.8, aside=-0.04),
)
TYPEWRITER_60 = _typewriter(
    "typewriter-60",
    "seller-boris",
    View(57, 28, 0.76, roll=2.1),
    View(64, 17, 0.86, roll=-0.6, aside=0.05),
)
TYPEWRITER_90 = _typewriter(
    "typewriter-90",
    "seller-boris",
    View(86, 22, 0.74, roll=-1.8, aside=-0.03),
    View(94, 32, 0.82, roll=1.0, above=-0.03),
)
TYPEWRITER_150 = _typewriter(
    "typewriter-150",
    "seller-celia",
    View(147, 26, 0.8, roll=0.7, aside=0.04),
    View(154, 17, 0.72, roll=-2.2),
)
TYPEWRITER_180 = _typewriter(
    "typewriter-180",
    "seller-celia",
    View(176, 20, 0.84, roll=-1.3),
    View(-176, 31, 0.7, roll=1.9, aside=-0.04),
)

TOY_LOT = Posting(
    "toy-lot",
    replace(indoor.ROBOT, title="Toys: robot, bear, train, rings, blocks", price_euros=50),
    "seller-doris",
    "east",
    more_homes.CHILDS_ROOM,
    Spot((0.1, 0.95, 0.0), 6),
    more_homes.MORNING,
    (
        Shot(View(-6, 27, 1.25, roll=1.4, above=-0.05)),
        Shot(View(38, 22, 1.1, roll=-1.2, aside=0.05)),
        Shot(View(-42, 34, 1.15, roll=2.0, aside=-0.04, above=-0.06)),
    ),
    lot=(
        Offered(indoor.TEDDY, Spot((-0.18, 1.02, 0.0), 22)),
        Offered(indoor.TRAIN, Spot((0.08, 0.66, 0.0), -10)),
        Offered(indoor.RINGS, Spot((0.34, 0.92, 0.0))),
        Offered(indoor.BLOCKS, Spot((0.44, 0.68, 0.0), 20)),
    ),
    clutter=(
        Placed(
            Thing("ball", (Finish("stripes", "#d9482f", "#f2ead2", 3), Finish("paint", "#2f6fae"))),
            (0.62, 1.3, 0.0),
        ),
    ),
)
ROBOT = Posting(
    "robot",
    indoor.ROBOT,
    "seller-edith",
    "east",
    more_homes.CHILDS_ROOM,
    Spot((-0.72, 1.99, 1.062), -12),
    more_homes.MORNING,
    (
        Shot(View(4, 12, 0.62, roll=-1.5)),
        Shot(View(-46, 20, 0.58, roll=1.1, aside=0.02)),
        Shot(View(24, 6, 0.5, roll=0.8, above=0.03, item_turn=165)),
    ),
    clutter=(
        Placed(Thing("books", (Finish("paint", "#2f73b0"),), seed=511), (-0.4, 2.03, 1.062), 15),
    ),
)
ROBOT_OTHER_HOME = Posting(
    "robot-other-home",
    indoor.OTHER_ROBOT,
    "seller-fritz",
    "east",
    homes.BEDROOM,
    Spot((-1.18, 1.95, 0.863), -10),
    more_homes.PHONE_FLASH,
    (
        Shot(View(2, 13, 0.62, roll=1.2)),
        Shot(View(-42, 19, 0.56, roll=-1.7, aside=-0.02)),
    ),
)

RECORD_PLAYER_SIDEBOARD = Posting(
    "record-player-sideboard",
    indoor.RECORD_PLAYER,
    "seller-greta",
    "west",
    more_homes.PARLOUR,
    Spot((-0.42, 1.97, 0.721), -5),
    more_homes.MORNING,
    (
        Shot(View(-8, 22, 1.05, roll=-1.2)),
        Shot(View(34, 30, 0.95, roll=1.6, aside=0.04)),
    ),
)
RECORD_PLAYER_EVENING = Posting(
    "record-player-evening",
    indoor.RECORD_PLAYER,
    "seller-greta",
    "west",
    more_homes.PARLOUR,
    Spot((1.05, 1.53, 0.521), -24),
    more_homes.EVENING,
    (
        Shot(View(-48, 26, 1.0, roll=1.9)),
        Shot(View(-4, 36, 0.92, roll=-0.9, aside=-0.05)),
    ),
)
RECORD_PLAYER_RUG = Posting(
    "record-player-rug",
    indoor.RECORD_PLAYER,
    "seller-hannes",
    "west",
    more_homes.PARLOUR,
    Spot((-0.2, 0.5, 0.015), 28),
    more_homes.MORNING,
    (
        Shot(View(-20, 44, 1.05, roll=-2.4)),
        Shot(View(95, 26, 1.0, roll=1.3)),
        Shot(View(186, 24, 1.05, roll=0.5, aside=0.05)),
    ),
)
VASE = Posting(
    "vase-parlour",
    indoor.VASE,
    "seller-greta",
    "west",
    more_homes.PARLOUR,
    Spot((-0.42, 1.97, 0.721), 20),
    more_homes.MORNING,
    (
        Shot(View(-8, 14, 1.05, roll=-1.2)),
        Shot(View(34, 20, 0.95, roll=1.6, aside=0.04)),
    ),
)
VASE_OTHER_HOME = Posting(
    "vase-cottage-kitchen",
    indoor.OTHER_VASE,
    "seller-ilse",
    "west",
    homes.COTTAGE_KITCHEN,
    Spot((0.12, 1.9, 0.901), -35),
    more_homes.GREY_DAY,
    (
        Shot(View(-10, 13, 1.0, roll=0.8)),
        Shot(View(31, 21, 0.92, roll=-1.4, aside=-0.03)),
    ),
)

VIOLIN = Posting(
    "violin",
    indoor.VIOLIN,
    "seller-jonas",
    "south",
    more_homes.PARLOUR,
    Spot((-1.66, 0.02, 0.442), 8),
    more_homes.MORNING,
    (
        Shot(View(84, 38, 0.95, roll=1.5)),
        Shot(View(48, 46, 0.85, roll=-1.0, aside=0.03)),
    ),
)
VIOLIN_AGAIN = replace(
    VIOLIN,
    listing_id="violin-again",
    photos=(
        Shot(View(132, 34, 0.9, roll=-1.9)),
        Shot(View(112, 58, 0.8, roll=2.3, aside=-0.04)),
    ),
)

BOOTS = Posting(
    "boots",
    indoor.BOOTS,
    "seller-klara",
    "south",
    more_homes.ENTRANCE,
    Spot((0.28, 0.72, 0.015), 8),
    more_homes.EVENING,
    (
        Shot(View(-14, 30, 0.78, roll=1.0)),
        Shot(View(38, 22, 0.74, roll=-1.6, aside=0.03)),
    ),
)
BOOTS_OTHER_SELLER = replace(
    BOOTS,
    listing_id="boots-other-seller",
    seller_id="seller-ludwig",
    spot=Spot((0.34, 0.66, 0.015), -20),
    photos=(
        Shot(View(74, 26, 0.76, roll=-0.8)),
        Shot(View(-96, 34, 0.72, roll=1.7, above=0.03)),
    ),
)

POSTINGS: tuple[Posting, ...] = (
    TYPEWRITER_FRONT,
    RECORD_PLAYER_SIDEBOARD,
    TOY_LOT,
    TYPEWRITER_180,
    BOOTS,
    VASE,
    TYPEWRITER_30,
    VIOLIN,
    ROBOT_OTHER_HOME,
    RECORD_PLAYER_EVENING,
    TYPEWRITER_90,
    VASE_OTHER_HOME,
    BOOTS_OTHER_SELLER,
    ROBOT,
    TYPEWRITER_60,
    VIOLIN_AGAIN,
    RECORD_PLAYER_RUG,
    TYPEWRITER_150,
)
