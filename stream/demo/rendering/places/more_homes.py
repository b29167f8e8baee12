"""More rooms: of a family's flat, and the workroom of somebody who types."""

from __future__ import annotations

from stream.demo.rendering.plan import Finish, Light, Placed, Room, Thing

CHROME = Finish("metal", "#c9ccd0")
BRASS = Finish("metal", "#b08d4a")
TEAK = Finish("wood", "#94582f")
BIRCH = Finish("wood", "#e0c596")
DARK_OAK = Finish("wood", "#4f3826")
WHITE = Finish("paint", "#e9e7e0")
CREAM = Finish("paint", "#efe6d0")
LEAF = Finish("leaf", "#3a6430", "#7fa651")

MORNING = Light(150, "#fff3dd", 10, "#fff4e2", 0.28)
GREY_DAY = Light(105, "#e3e9f2", 22, "#fff1dc", 0.26)
EVENING = Light(1, "#232c46", 62, "#ffd9a3", 0.05)
PHONE_FLASH = Light(14, "#8d9fc4", 10, "#ffe2ba", 0.08, flash=24)

CHILDS_ROOM = Room(
    "child's room",
    floor=Finish("carpet", "#6f93a8", "#5d8197"),
    walls=Finish("plaster", "#f3e6c8"),
    feature_wall=Finish("stripes", "#f0c95e", "#f7e6b4", 3),
    skirting=WHITE,
    window_side="right",
    furniture=(
        Placed(
            Thing(
                "toy_shelf",
                (BIRCH, Finish("fabric", "#c9503c"), Finish("fabric", "#3f7f6f")),
                seed=301,
            ),
            (-0.75, 2.06, 0),
        ),
        Placed(
            Thing(
                "bunting",
                (
                    Finish("paint", "#d9482f"),
                    Finish("dots", "#f2ead2", "#2f6fae", 5),
                    Finish("paint", "#4f9a4a"),
                ),
                seed=302,
            ),
            (0.3, 2.29, 2.1),
        ),
        Placed(
            Thing(
                "picture",
                (BIRCH, Finish("artwork", "#2f8f9a", "#f0b13a", 1.5)),
                seed=303,
            ),
            (0.55, 2.3, 1.35),
        ),
        Placed(
            Thing("basket", (Finish("wood", "#c79a5c"), Finish("checks", "#d9798a", "#f3e6e0", 3))),
            (0.55, 1.9, 0),
        ),
        Placed(Thing("radiator"), (1.45, 2.2, 0)),
        Placed(
            Thing("curtain", (Finish("dots", "#f6f0e2", "#3f8fae", 2),), seed=304),
            (2.1, 1.15, 2.45),
            -90,
        ),
        Placed(
            Thing("curtain", (Finish("dots", "#f6f0e2", "#3f8fae", 2),), seed=305),
            (2.1, -0.75, 2.45),
            -90,
        ),
        Placed(Thing("door", (WHITE, CHROME), seed=306), (-2.2, -0.9, 0), 90),
        Placed(Thing("stool", (Finish("paint", "#c9503c"),), seed=307), (-1.75, 0.9, 0), 15),
    ),
)
PARLOUR = Room(
    "parlour",
    floor=Finish("planks", "#a06a3d", "#8d5a31", 0.6),
    walls=Finish("plaster", "#e9e2d3"),
    feature_wall=Finish("plaster", "#b5664a"),
    skirting=CREAM,
    window_side="right",
    furniture=(
        Placed(
            Thing("sideboard", (TEAK, Finish("wood", "#7d4726"), BRASS), seed=311), (-0.55, 2.04, 0)
        ),
        Placed(
            Thing(
                "table_lamp", (Finish("paint", "#2f5d62"), Finish("fabric", "#efe0bd")), seed=312
            ),
            (-1.2, 2.06, 0.72),
        ),
        Placed(Thing("books", (Finish("paint", "#d8a33b"),), seed=313), (0.05, 2.08, 0.72), 12),
        Placed(
            Thing("picture", (TEAK, Finish("artwork", "#e6d6b8", "#3d6b73", 0.8)), seed=314),
            (-0.85, 2.3, 1.6),
        ),
        Placed(Thing("mirror", (BRASS,), seed=315), (-0.1, 2.3, 1.55)),
        Placed(
            Thing(
                "couch",
                (Finish("fabric", "#3f6b5c"), TEAK, Finish("checks", "#d9b06a", "#efe4cb", 3)),
                seed=316,
            ),
            (-1.72, 0.1, 0),
            90,
        ),
        Placed(
            Thing(
                "rug",
                (
                    Finish("stripes", "#d9c9a3", "#94493a", 2),
                    Finish("carpet", "#5a4a3f", "#4a3c33"),
                ),
                seed=317,
            ),
            (-0.1, 0.55, 0.001),
            90,
        ),
        Placed(Thing("side_table", (TEAK, DARK_OAK), seed=318), (1.05, 1.55, 0)),
        Placed(Thing("plant", (Finish("paint", "#d8cbb2"), LEAF), seed=319), (1.8, 2.0, 0)),
        Placed(Thing("curtain", (Finish("fabric", "#c9a45c"),), seed=320), (2.1, 1.15, 2.45), -90),
        Placed(Thing("curtain", (Finish("fabric", "#c9a45c"),), seed=321), (2.1, -0.75, 2.45), -90),
        Placed(Thing("door", (CREAM, BRASS), seed=322), (0.9, -2.3, 0), 180),
        Placed(Thing("socket"), (0.75, 2.3, 0.3)),
    ),
)
ENTRANCE = Room(
    "entrance",
    floor=Finish("tiles", "#b06a4a", "#c9b8a4", 0.7),
    walls=Finish("plaster", "#dfe3d8"),
    feature_wall=Finish("plaster", "#8fa08a"),
    skirting=Finish("paint", "#f0ede4"),
    window_side="left",
    furniture=(
        Placed(
            Thing(
                "coat_rack",
                (
                    DARK_OAK,
                    BRASS,
                    Finish("fabric", "#2f4a6b"),
                    Finish("fabric", "#b3873a"),
                    Finish("fabric", "#5a3140"),
                ),
                seed=331,
            ),
            (-0.55, 1.68, 1.6),
        ),
        Placed(
            Thing("shoe_bench", (DARK_OAK, Finish("checks", "#8a3b34", "#d8c9a8", 3)), seed=332),
            (-0.6, 1.5, 0),
        ),
        Placed(Thing("mirror", (DARK_OAK,), seed=333), (0.5, 1.7, 1.5)),
        Placed(Thing("door", (Finish("paint", "#3d5c4a"), BRASS), seed=334), (1.5, 0.4, 0), -90),
        Placed(
            Thing(
                "rug",
                (Finish("checks", "#a89c86", "#857a68", 2), Finish("carpet", "#4f483f", "#433d35")),
                seed=335,
            ),
            (0.35, 0.2, 0.001),
            90,
        ),
        Placed(
            Thing("basket", (Finish("wood", "#9a7440"), Finish("fabric", "#7d8f9a"))),
            (1.15, 1.4, 0),
        ),
        Placed(Thing("socket"), (0.95, 1.7, 0.3)),
    ),
    width=3.0,
    depth=3.4,
)
WORKROOM = Room(
    "workroom",
    floor=Finish("planks", "#8a7a66", "#7c6d5a", 1.1),
    walls=Finish("plaster", "#d7dde0"),
    feature_wall=Finish("bricks", "#a8563e", "#c9bdae"),
    skirting=Finish("paint", "#e6e3da"),
    window_side="right",
    furniture=(
        Placed(Thing("table", (BIRCH, Finish("metal", "#2c2c2e")), seed=341), (0, 0, 0), 4),
        Placed(Thing("bookshelf", (DARK_OAK,), seed=342), (-0.9, 2.1, 0)),
        Placed(
            Thing("filing_cabinet", (Finish("paint", "#6f7f76"), Finish("plastic", "#222222"))),
            (0.2, 1.95, 0),
        ),
        Placed(Thing("plant", (Finish("paint", "#3d4a5c"), LEAF), seed=343), (1.5, 1.8, 0)),
        Placed(
            Thing(
                "couch",
                (Finish("fabric", "#8a4a3a"), BIRCH, Finish("stripes", "#e3d6b8", "#3d5c6b", 6)),
                seed=344,
            ),
            (-1.72, -0.1, 0),
            90,
        ),
        Placed(
            Thing("picture", (BRASS, Finish("artwork", "#27445c", "#e0b25a", 1.1)), seed=345),
            (-2.2, 0.3, 1.6),
            90,
        ),
        Placed(Thing("pinboard", (BIRCH,), seed=346), (0.35, -2.3, 1.45), 180),
        Placed(Thing("door", (CREAM, CHROME), seed=347), (-1.3, -2.3, 0), 180),
        Placed(
            Thing("dresser", (DARK_OAK, Finish("paint", "#c9b37d"), BRASS), seed=348),
            (0.7, -2.03, 0),
            180,
        ),
        Placed(Thing("curtain", (Finish("fabric", "#6f8a96"),), seed=349), (2.1, 1.15, 2.45), -90),
        Placed(Thing("curtain", (Finish("fabric", "#6f8a96"),), seed=350), (2.1, -0.75, 2.45), -90),
        Placed(
            Thing("wooden_chair", (BIRCH, Finish("fabric", "#3d5c6b")), seed=351),
            (1.45, -0.9, 0),
            200,
        ),
    ),
)
