"""The rooms that sellers take their photos in."""

from __future__ import annotations

from stream.demo.rendering.plan import Finish, Light, Placed, Room, Thing

CHROME = Finish("metal", "#c9ccd0")
BRASS = Finish("metal", "#b08d4a")
OAK = Finish("wood", "#b98a55")
WALNUT = Finish("wood", "#6b452b")
PINE = Finish("wood", "#d9b27a")
WHITE = Finish("paint", "#e9e7e0")
LEAF = Finish("leaf", "#2f5b2a", "#6d9a45")

DAYLIGHT = Light(170, "#eaf1ff", 14, "#fff4e2", 0.25)
OVERCAST = Light(120, "#e6ebf3", 12, "#fff4e2", 0.3)
LAMPLIGHT = Light(1, "#28324f", 85, "#ffe0b4", 0.06)
FLASH = Light(25, "#9fb0cc", 16, "#ffe6c2", 0.1, flash=28)

LIVING_ROOM = Room(
    "living room",
    floor=Finish("planks", "#b07c4a", "#9a6a3c"),
    walls=Finish("plaster", "#ece7db"),
    feature_wall=Finish("plaster", "#5f7d8c"),
    skirting=WHITE,
    window_side="left",
    furniture=(
        Placed(Thing("bookshelf", (WALNUT,), seed=3), (-1.35, 2.12, 0)),
        Placed(
            Thing(
                "rug",
                (
                    Finish("checks", "#8c3b2e", "#c9a66b", 0.7),
                    Finish("carpet", "#3b2d2b", "#55403a"),
                ),
                seed=4,
            ),
            (0.25, 0.75, 0.001),
            4,
        ),
        Placed(Thing("plant", (Finish("paint", "#d9d4c8"), LEAF), seed=5), (1.75, 1.85, 0)),
        Placed(
            Thing("picture", (WALNUT, Finish("artwork", "#c9572f", "#27445c")), seed=6),
            (0.35, 2.3, 1.55),
        ),
        Placed(
            Thing("picture", (BRASS, Finish("artwork", "#4d6b3c", "#d8b84a")), seed=16),
            (1.0, 2.3, 1.5),
        ),
        Placed(Thing("curtain", (Finish("fabric", "#d8d0c0"),), seed=7), (-2.1, 1.15, 2.45), 90),
        Placed(Thing("curtain", (Finish("fabric", "#d8d0c0"),), seed=8), (-2.1, -0.8, 2.45), 90),
        Placed(
            Thing(
                "sofa",
                (Finish("fabric", "#6c7480"), Finish("checks", "#d8c9a8", "#8b2f2b", 2)),
                seed=9,
            ),
            (1.75, -0.9, 0),
            -90,
        ),
        Placed(Thing("socket"), (1.45, 2.3, 0.3)),
    ),
)
FAMILY_KITCHEN = Room(
    "family kitchen",
    floor=Finish("tiles", "#b9ae9f", "#8d8477"),
    walls=Finish("plaster", "#f0ead9"),
    feature_wall=Finish("tiles", "#f2f1ec", "#c9c6bd", 0.5),
    skirting=WHITE,
    window_side="right",
    furniture=(
        Placed(Thing("worktop", (OAK, Finish("paint", "#e3e1d8"), CHROME), seed=12), (0, 1.98, 0)),
        Placed(
            Thing("wall_cupboard", (Finish("paint", "#e3e1d8"), CHROME), seed=13),
            (-0.75, 2.14, 1.52),
        ),
        Placed(Thing("board", (WALNUT,), seed=14), (-0.62, 2.2, 0.9)),
        Placed(Thing("bowl", (Finish("paint", "#38556b"),), seed=15), (0.72, 2.02, 0.9)),
        Placed(Thing("bottle", (Finish("paint", "#3b4d1c"),), "OLIO", seed=16), (-0.38, 2.17, 0.9)),
        Placed(Thing("mug", (Finish("paint", "#c76b3f"),), seed=17), (0.33, 2.12, 0.9), -40),
        Placed(Thing("socket"), (0.2, 2.29, 1.15)),
        Placed(Thing("table", (PINE, WHITE), seed=18), (-0.9, -1.2, 0), 8),
        Placed(Thing("plant", (Finish("paint", "#a3563a"), LEAF), seed=19), (1.8, 1.2, 0)),
    ),
)
COTTAGE_KITCHEN = Room(
    "cottage kitchen",
    floor=Finish("planks", "#8b6a4c", "#7a5b40", 1.3),
    walls=Finish("plaster", "#e8cf8d"),
    feature_wall=Finish("plaster", "#d9bd74"),
    skirting=Finish("paint", "#6c7f63"),
    window_side="left",
    furniture=(
        Placed(
            Thing(
                "worktop",
                (Finish("leather", "#4a4a4c", scale=0.3), Finish("paint", "#5f7a62"), BRASS),
                seed=22,
            ),
            (0.1, 1.98, 0),
        ),
        Placed(Thing("bottle", (Finish("paint", "#6b2a1a"),), "ACETO", seed=23), (0.5, 2.16, 0.9)),
        Placed(
            Thing("bottle", (Finish("paint", "#c4a23a"),), "MAIS", seed=24), (0.6, 2.12, 0.9), 25
        ),
        Placed(Thing("mug", (Finish("paint", "#e8e4d8"),), seed=25), (-0.3, 1.95, 0.9), 150),
        Placed(Thing("books", (Finish("paint", "#8b2f3a"),), seed=26), (-0.62, 2.1, 0.9), 12),
        Placed(
            Thing("picture", (PINE, Finish("dots", "#e8e0c8", "#a8452f", 2.0)), seed=27),
            (-0.2, 2.3, 1.6),
        ),
        Placed(Thing("socket"), (0.28, 2.29, 1.12)),
        Placed(Thing("stool", (PINE,), seed=28), (1.4, 0.8, 0), 20),
    ),
)
BEDROOM = Room(
    "bedroom",
    floor=Finish("carpet", "#a79a8c", "#8f8274"),
    walls=Finish("plaster", "#e6dcd8"),
    feature_wall=Finish("stripes", "#d9c3bd", "#efe6e0"),
    skirting=WHITE,
    window_side="right",
    furniture=(
        Placed(
            Thing("dresser", (WHITE, Finish("paint", "#dcd6c8"), CHROME), seed=32), (-1.35, 2.03, 0)
        ),
        Placed(Thing("books", (Finish("paint", "#3f6f6a"),), seed=33), (-1.5, 2.0, 0.862), 20),
        Placed(
            Thing("basket", (Finish("wood", "#b58a54"), Finish("fabric", "#c4b6c9")), seed=34),
            (1.6, 1.8, 0),
        ),
        Placed(
            Thing("picture", (WHITE, Finish("artwork", "#d8a3a0", "#5d7b8a", 0.7)), seed=35),
            (-1.3, 2.3, 1.55),
        ),
        Placed(Thing("radiator"), (0.75, 2.2, 0)),
        Placed(
            Thing("curtain", (Finish("stripes", "#b9788a", "#e2c9cf", 6),), seed=36),
            (2.1, 1.15, 2.45),
            -90,
        ),
        Placed(Thing("socket"), (0.0, 2.3, 0.3)),
    ),
)
STUDY = Room(
    "study",
    floor=Finish("planks", "#6d4a30", "#5c3d27", 0.8),
    walls=Finish("plaster", "#dfe0d6"),
    feature_wall=Finish("dots", "#7d8f78", "#d8d6b8"),
    skirting=Finish("paint", "#3f3a35"),
    window_side="left",
    furniture=(
        Placed(Thing("table", (WALNUT, Finish("metal", "#3a3a3c")), seed=42), (0.1, 1.75, 0)),
        Placed(Thing("books", (Finish("paint", "#a8702c"),), seed=43), (-0.25, 1.9, 0.74), 14),
        Placed(Thing("mug", (Finish("paint", "#20344f"),), seed=44), (0.52, 1.9, 0.74), 60),
        Placed(
            Thing("picture", (BRASS, Finish("artwork", "#7a3b52", "#d9b37a")), seed=45),
            (0.35, 2.3, 1.5),
        ),
        Placed(Thing("bookshelf", (OAK,), seed=46), (1.75, 2.1, 0)),
        Placed(Thing("plant", (Finish("paint", "#4a4f58"), LEAF), seed=47), (-1.6, 1.7, 0)),
        Placed(
            Thing("wooden_chair", (WALNUT, Finish("fabric", "#55606b")), seed=48), (1.2, 0.9, 0), 60
        ),
    ),
)
HALL = Room(
    "hall",
    floor=Finish("tiles", "#8f9391", "#6a6d6b", 1.6),
    walls=Finish("plaster", "#d5d8d0"),
    feature_wall=Finish("plaster", "#c9cfc4"),
    skirting=Finish("paint", "#8b6b4a"),
    window_side="right",
    furniture=(
        Placed(Thing("carton", (), "BOOKS", seed=52), (1.65, 1.9, 0), 12),
        Placed(Thing("carton", (), "KITCHEN", seed=53), (1.6, 1.95, 0.3), -6),
        Placed(Thing("radiator"), (-1.4, 2.2, 0)),
        Placed(
            Thing("picture", (OAK, Finish("artwork", "#3b5a7d", "#e0b25a", 1.4)), seed=54),
            (-0.1, 2.3, 1.65),
        ),
        Placed(
            Thing(
                "rug",
                (Finish("carpet", "#7a7f86", "#5c6067"), Finish("carpet", "#3b4047", "#2e3238")),
                seed=55,
            ),
            (-0.2, -0.6, 0.001),
        ),
        Placed(Thing("socket"), (0.9, 2.3, 0.3)),
        Placed(
            Thing("basket", (Finish("wood", "#8d6a40"), Finish("fabric", "#4f6a78")), seed=56),
            (-2.0 + 0.25, 1.2, 0),
        ),
    ),
)
ATTIC = Room(
    "attic",
    floor=Finish("planks", "#c9a877", "#bd9a68", 1.6),
    walls=Finish("plaster", "#f1efe8"),
    feature_wall=Finish("plaster", "#eceae2"),
    skirting=PINE,
    window_side="right",
    furniture=(
        Placed(
            Thing(
                "sofa",
                (Finish("fabric", "#7b8a6a"), Finish("stripes", "#d9a441", "#f0e6cf", 8)),
                seed=62,
            ),
            (-1.1, 1.85, 0),
        ),
        Placed(Thing("stool", (PINE,), seed=63), (0.35, 1.7, 0), 10),
        Placed(Thing("books", (Finish("paint", "#cf6a3a"),), seed=64), (0.33, 1.7, 0.46), 30),
        Placed(Thing("plant", (Finish("paint", "#c8a46a"), LEAF), seed=65), (1.7, 1.7, 0)),
        Placed(
            Thing(
                "picture",
                (Finish("paint", "#2b2b2b"), Finish("artwork", "#20242c", "#c9c2b0", 0.6)),
                seed=66,
            ),
            (-1.1, 2.3, 1.5),
        ),
        Placed(
            Thing(
                "rug",
                (
                    Finish("stripes", "#55718a", "#dfe3e0", 3),
                    Finish("carpet", "#c9c2b0", "#b0a890"),
                ),
                seed=67,
            ),
            (0.3, 0.3, 0.001),
            -8,
        ),
    ),
)
