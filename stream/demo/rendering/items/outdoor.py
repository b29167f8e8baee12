"""What is for sale in yards and in the garage, by the names the postings use."""

from __future__ import annotations

from dataclasses import replace

from stream.demo.rendering.plan import Finish, Item, Sticker, Thing

CHROME = Finish("metal", "#d2d5d8")

CAR = Item(
    "car",
    "cars",
    "Pavo 1.3i, three doors, 148,000 km",
    Thing(
        "car",
        (Finish("lacquer", "#8e1f1c"), Finish("plastic", "#a9abad")),
        "PAVO|KD 418 R",
        seed=311,
    ),
    height=1.42,
    price_euros=1450,
    stickers=(Sticker("SURF 91", (0.34, 1.858, 0.66), (90, 0, 180), "#f2d13c"),),
)
OTHER_CAR = replace(
    CAR,
    item_id="car-other-plate",
    title="Pavo 1.3i, well kept, new brakes",
    thing=replace(CAR.thing, lettering="PAVO|MU 92 TX", seed=318),
    price_euros=1700,
    stickers=(),
)
SCOOTER = Item(
    "scooter",
    "motorbikes",
    "Vento 125 motor scooter, runs well",
    Thing(
        "scooter",
        (Finish("lacquer", "#7fae9f"), Finish("leather", "#33221a")),
        "Vento|KD 77",
        seed=321,
    ),
    height=1.1,
    price_euros=890,
    stickers=(Sticker("PORTO", (-0.66, -0.263, 0.5), (90, 12, -4), "#c8372d"),),
)
MOWER = Item(
    "mower",
    "garden",
    "Petrol lawn mower with grass bag",
    Thing(
        "lawn_mower",
        (Finish("paint", "#2f6b34"), Finish("plastic", "#23262a"), Finish("fabric", "#3b3f3a")),
        "HALMO",
        seed=341,
    ),
    height=0.9,
    price_euros=70,
)
OTHER_MOWER = replace(
    MOWER,
    item_id="mower-other-unit",
    title="Halmo lawn mower, starts at once",
    thing=replace(MOWER.thing, seed=346),
    price_euros=85,
    stickers=(Sticker("SERVICE 04", (-0.12, -0.11, 0.36), (90, 4, -45), "#f2d13c"),),
)
TOOL_BOX = Item(
    "tool-box",
    "tools",
    "Steel tool box, five trays",
    Thing("tool_box", (Finish("paint", "#2b4f9a"), Finish("rubber", "#1c1c1c")), "KRONE", seed=371),
    height=0.34,
    price_euros=25,
    stickers=(Sticker("V. Lind", (0.16, -0.1065, 0.035), (90, 5, 0), "#e9e2c8"),),
)
VICE = Item(
    "vice",
    "tools",
    "Bench vice, 125 mm jaws",
    Thing(
        "bench_vice", (Finish("paint", "#2c5a4a"), Finish("metal", "#6f7376")), "HAMMER", seed=381
    ),
    height=0.18,
    price_euros=40,
)
PRAM = Item(
    "pram",
    "children",
    "Classic pram with folding hood",
    Thing(
        "pram", (Finish("fabric", "#27375c"), Finish("fabric", "#e4dccb"), CHROME), "Lumi", seed=331
    ),
    height=1.2,
    price_euros=130,
)
GARDEN_CHAIR = Item(
    "garden-chair",
    "garden",
    "Folding garden chair, repainted",
    Thing("garden_chair", (Finish("paint", "#4f8a86"), Finish("plastic", "#26282a")), seed=351),
    height=0.88,
    price_euros=18,
)
