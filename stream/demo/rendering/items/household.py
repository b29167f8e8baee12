"""What is for sale in the sample listings: physical units, by the names the postings use.

Two units of one product share kind, finishes and lettering; seed and stickers are their own.
"""

from __future__ import annotations

from dataclasses import replace

from stream.demo.rendering.plan import Finish, Item, Sticker, Thing

CHROME = Finish("metal", "#c9ccd0")
BRASS = Finish("metal", "#b08d4a")
BLACK = Finish("plastic", "#1c1c1e")
OAK = Finish("wood", "#b98a55")
WALNUT = Finish("wood", "#6b452b")
BEECH = Finish("wood", "#d3a871")

BICYCLE = Item(
    "bicycle",
    "bicycles",
    "City bicycle, 54 cm frame, new tyres",
    Thing(
        "bicycle",
        (Finish("paint", "#1f5d55"), Finish("leather", "#8a5427"), Finish("paint", "#e9dfc4")),
        "VELORA",
        seed=11,
    ),
    height=1.0,
    price_euros=180,
    stickers=(Sticker("No. 7", (-0.18, -0.02, 0.55), (90, -62, 0), "#f2c84b"),),
)
ARMCHAIR = Item(
    "armchair",
    "furniture",
    "Reading armchair, mustard",
    Thing(
        "armchair",
        (Finish("fabric", "#c08a2b"), WALNUT, Finish("leather", "#6d4a1c")),
        seed=21,
    ),
    height=1.0,
    price_euros=120,
)
FLOOR_LAMP = Item(
    "floor-lamp",
    "lighting",
    "Tripod floor lamp, linen shade",
    Thing("floor_lamp", (Finish("fabric", "#e5d9bd"), BEECH, BRASS), seed=31),
    height=1.38,
    price_euros=60,
)
GUITAR = Item(
    "guitar",
    "music",
    "Acoustic guitar with spruce top",
    Thing(
        "guitar",
        (
            Finish("wood", "#dca552", scale=0.6),
            Finish("wood", "#6a3019"),
            Finish("wood", "#8a5a33"),
        ),
        "Alder",
        seed=41,
    ),
    height=1.17,
    price_euros=140,
    stickers=(Sticker("LUNA", (-0.1, 0.007, 0.1), (82, 0, 14), "#27305e"),),
)
SUITCASE = Item(
    "suitcase",
    "luggage",
    "Cabin suitcase, hard shell",
    Thing(
        "suitcase",
        (Finish("plastic", "#b5412f"), Finish("plastic", "#25262a"), Finish("rubber", "#25262a")),
        "NORDWAY",
        seed=51,
    ),
    height=0.8,
    price_euros=35,
    stickers=(
        Sticker("LISBOA", (-0.08, -0.1315, 0.44), (90, -14, 0), "#f0e3b2"),
        Sticker("ROMA", (-0.05, -0.1315, 0.24), (90, 9, 0), "#bfe0e6"),
    ),
)
RADIO = Item(
    "radio",
    "electronics",
    "Table radio from the sixties, working",
    Thing(
        "radio",
        (WALNUT, Finish("fabric", "#c9b68c"), Finish("plastic", "#e7dcc0")),
        "Melodia",
        seed=61,
    ),
    height=0.24,
    price_euros=55,
)
KETTLE = Item(
    "kettle",
    "kitchen",
    "Enamel kettle, 1.7 litres",
    Thing(
        "kettle",
        (Finish("paint", "#9fc3b8"), Finish("wood", "#8b5a32"), CHROME),
        "Solbrand",
        seed=71,
    ),
    height=0.25,
    price_euros=25,
)
OTHER_KETTLE = replace(KETTLE, item_id="kettle-other-unit", thing=replace(KETTLE.thing, seed=74))
COFFEE_MACHINE = Item(
    "coffee-machine",
    "kitchen",
    "Filter coffee machine",
    Thing("coffee_machine", (Finish("paint", "#c8c2b4"), CHROME), "Brevo 8", seed=81),
    height=0.37,
    price_euros=22,
)
CAMERA = Item(
    "camera",
    "electronics",
    "Rangefinder camera, 35 mm film",
    Thing("camera", (CHROME, Finish("leather", "#22201f", scale=4), BLACK), "OPTIKA", seed=91),
    height=0.1,
    price_euros=95,
)
SNEAKERS = Item(
    "sneakers",
    "clothes",
    "Running shoes, size 42, worn twice",
    Thing(
        "sneakers",
        (Finish("fabric", "#2f5fa8"), Finish("leather", "#f0efe9"), Finish("rubber", "#efe9dc")),
        seed=101,
    ),
    height=0.11,
    price_euros=40,
)
SKATEBOARD = Item(
    "skateboard",
    "sports",
    "Skateboard, 8 inch deck",
    Thing(
        "skateboard",
        (BEECH, Finish("artwork", "#d2452c", "#22314f"), Finish("plastic", "#f1d35c")),
        "RIPTIDE",
        seed=111,
    ),
    height=0.8,
    price_euros=45,
)
CHAIR = Item(
    "chair",
    "furniture",
    "Kitchen chair with a red seat",
    Thing("wooden_chair", (BEECH, Finish("fabric", "#a8322d")), seed=121),
    height=0.92,
    price_euros=20,
)
DRESSER = Item(
    "dresser",
    "furniture",
    "Chest of drawers, painted",
    Thing("dresser", (OAK, Finish("paint", "#7f93a1"), BRASS), seed=131),
    height=0.86,
    price_euros=75,
)
CLOCK = Item(
    "clock",
    "decoration",
    "Mantel clock, keeps time",
    Thing(
        "mantel_clock",
        (WALNUT, Finish("paint", "#f1e9d2"), Finish("paint", "#1b1a18")),
        "Arbor",
        seed=141,
    ),
    height=0.29,
    price_euros=30,
)
DESK_LAMP = Item(
    "desk-lamp",
    "lighting",
    "Jointed desk lamp, red",
    Thing("desk_lamp", (Finish("paint", "#b3271e"), CHROME), seed=151),
    height=0.55,
    price_euros=24,
)
BACKPACK = Item(
    "backpack",
    "luggage",
    "Canvas day pack",
    Thing(
        "backpack",
        (Finish("fabric", "#4f5d3a"), Finish("fabric", "#6d7a4f"), Finish("leather", "#7a4a25")),
        "FERN",
        seed=161,
    ),
    height=0.5,
    price_euros=28,
)
TEAPOT = Item(
    "teapot",
    "kitchen",
    "Stoneware teapot",
    Thing("teapot", (Finish("paint", "#3f5f86"), Finish("paint", "#e9e1cd")), seed=171),
    height=0.19,
    price_euros=15,
)
