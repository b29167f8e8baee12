"""What is for sale in the rooms of `more_homes`: physical units, as in `household`."""

from __future__ import annotations

from dataclasses import replace

from stream.demo.rendering.plan import Finish, Item, Sticker, Thing

TYPEWRITER = Item(
    "typewriter",
    "collectables",
    "Portable typewriter, fresh ribbon",
    Thing(
        "typewriter",
        (Finish("paint", "#8fae9d"), Finish("plastic", "#25211f"), Finish("plastic", "#1c1b1a")),
        "Favorit",
        seed=401,
    ),
    height=0.2,
    price_euros=85,
    stickers=(Sticker("38", (0.163, 0.07, 0.03), (90, 0, 90), "#e9d9a0"),),
)
RECORD_PLAYER = Item(
    "record-player",
    "electronics",
    "Suitcase record player, plays 33, 45 and 78",
    Thing(
        "record_player",
        (Finish("leather", "#8e2f2c"), Finish("fabric", "#e6dcc2"), Finish("paint", "#c98a2b")),
        "Rondo",
        seed=411,
    ),
    height=0.36,
    price_euros=70,
    stickers=(Sticker("JAZZ", (0.06, 0.266, 0.312), (102, 8, 180), "#f2d06b"),),
)
VIOLIN = Item(
    "violin",
    "music",
    "Violin, full size, with bow",
    Thing(
        "violin",
        (
            Finish("wood", "#b5622a", scale=0.7),
            Finish("wood", "#7a3a18"),
            Finish("wood", "#5a2c16"),
        ),
        "Nr. 5",
        seed=421,
    ),
    height=0.08,
    price_euros=210,
)
BOOTS = Item(
    "boots",
    "clothes",
    "Leather boots, size 41, yellow laces",
    Thing(
        "boots",
        (
            Finish("leather", "#7a4524", scale=1.5),
            Finish("fabric", "#d9b54a"),
            Finish("rubber", "#2a2420"),
        ),
        seed=431,
    ),
    height=0.21,
    price_euros=48,
)
VASE = Item(
    "vase",
    "decoration",
    "Glazed vase with dried grasses",
    Thing(
        "vase",
        (
            Finish("paint", "#2f6f86", scale=2),
            Finish("paint", "#e9dfc4"),
            Finish("fabric", "#b99a5c"),
        ),
        seed=441,
    ),
    height=0.45,
    price_euros=18,
)
OTHER_VASE = replace(VASE, item_id="vase-other-unit", thing=replace(VASE.thing, seed=446))

ROBOT = Item(
    "robot",
    "toys",
    "Tin robot, winds up",
    Thing(
        "robot",
        (Finish("metal", "#7d94a6"), Finish("paint", "#b23a2e"), Finish("plastic", "#f0b13a")),
        "ASTRO",
        seed=451,
    ),
    height=0.28,
    price_euros=30,
    stickers=(Sticker("TIM", (0.061, 0.004, 0.122), (90, 6, 90), "#f4efdc"),),
)
OTHER_ROBOT = replace(
    ROBOT, item_id="robot-other-unit", thing=replace(ROBOT.thing, seed=458), stickers=()
)
TEDDY = Item(
    "teddy",
    "toys",
    "Teddy bear with a patch",
    Thing(
        "teddy",
        (Finish("fabric", "#a9773f"), Finish("fabric", "#e0c79a"), Finish("fabric", "#8e2f3a")),
        seed=461,
    ),
    height=0.34,
    price_euros=12,
)
TRAIN = Item(
    "wooden-train",
    "toys",
    "Wooden train with two wagons",
    Thing(
        "wooden_train",
        (Finish("paint", "#2f6fae"), Finish("paint", "#c93a2c"), Finish("paint", "#2f2f33")),
        "7",
        seed=471,
    ),
    height=0.11,
    price_euros=14,
)
RINGS = Item(
    "stacking-rings",
    "toys",
    "Stacking rings",
    Thing("stacking_rings", (Finish("paint", "#e6c832"), Finish("paint", "#c93a2c")), seed=481),
    height=0.2,
    price_euros=5,
)
BLOCKS = Item(
    "blocks",
    "toys",
    "Letter blocks",
    Thing("blocks", (Finish("paint", "#2a2a30"),), "ABCDE", seed=491),
    height=0.09,
    price_euros=6,
)
