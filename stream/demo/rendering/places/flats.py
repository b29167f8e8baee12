"""Two flats of one house, laid out alike and lived in by different people."""

from __future__ import annotations

from dataclasses import replace

from stream.demo.rendering.places.homes import BRASS, CHROME, LEAF, OAK, PINE, WALNUT, WHITE
from stream.demo.rendering.plan import Finish, Placed, Room, Thing

_OATMEAL = Finish("fabric", "#cdbfa6")
_NAVY = Finish("fabric", "#2f3f5c")
_PARQUET = Finish("planks", "#a9784c", "#8f6138", 0.8)
_LAMINATE = Finish("planks", "#cfc4b2", "#beb19c", 1.5)

SECOND_FLOOR_LIVING = Room(
    "second floor: living room",
    floor=_PARQUET,
    walls=Finish("plaster", "#f3efe6"),
    feature_wall=Finish("plaster", "#c98f6b"),
    skirting=WHITE,
    window_side="left",
    furniture=(
        Placed(Thing("couch", (_NAVY, WALNUT, _OATMEAL), seed=301), (0.35, 1.75, 0)),
        Placed(
            Thing("picture", (OAK, Finish("artwork", "#2d5d62", "#e0a458", 0.8)), seed=302),
            (0.1, 2.3, 1.6),
        ),
        Placed(
            Thing("picture", (WHITE, Finish("artwork", "#8a3b4b", "#d9cbb0", 1.2)), seed=303),
            (0.85, 2.3, 1.5),
        ),
        Placed(
            Thing(
                "rug",
                (
                    Finish("stripes", "#d8cdb8", "#8f9d9a", 2.2),
                    Finish("carpet", "#b9ab92", "#a4957b"),
                ),
                seed=304,
            ),
            (0.3, 0.4, 0.001),
            -3,
        ),
        Placed(Thing("table", (OAK, WHITE), seed=305), (-1.3, -1.2, 0), 90),
        Placed(Thing("wooden_chair", (OAK, Finish("fabric", "#6f7d6a"))), (-0.65, -1.0, 0), -80),
        Placed(Thing("wooden_chair", (OAK, Finish("fabric", "#6f7d6a"))), (-0.7, -1.7, 0), -104),
        Placed(Thing("bookshelf", (OAK,), seed=306), (1.97, -0.5, 0), -90),
        Placed(Thing("plant", (Finish("paint", "#e6e0d4"), LEAF), seed=307), (-1.75, 1.9, 0)),
        Placed(Thing("curtain", (_OATMEAL,), seed=308), (-2.1, 1.15, 2.45), 90),
        Placed(Thing("curtain", (_OATMEAL,), seed=309), (-2.1, -0.8, 2.45), 90),
        Placed(Thing("pendant_lamp", (Finish("paint", "#33524f"),)), (-0.2, -0.3, 2.6)),
        Placed(Thing("socket"), (1.6, 2.3, 0.3)),
    ),
)
SECOND_FLOOR_KITCHEN = Room(
    "second floor: kitchen",
    floor=Finish("tiles", "#8f9a97", "#6f7876"),
    walls=Finish("plaster", "#f1efe9"),
    feature_wall=Finish("tiles", "#dfe6e1", "#b4bfb9", 0.4),
    skirting=WHITE,
    window_side="right",
    furniture=(
        Placed(
            Thing("worktop", (WALNUT, Finish("paint", "#f0ede4"), BRASS), seed=311), (-0.2, 1.98, 0)
        ),
        Placed(
            Thing("wall_cupboard", (Finish("paint", "#f0ede4"), BRASS), seed=312),
            (-0.85, 2.14, 1.52),
        ),
        Placed(Thing("bowl", (Finish("paint", "#b65a3a"),), seed=313), (0.3, 2.0, 0.9)),
        Placed(Thing("board", (PINE,), seed=314), (0.6, 2.2, 0.9)),
        Placed(
            Thing("bottle", (Finish("paint", "#43602a"),), "OLIVA", seed=315), (-0.1, 2.15, 0.9)
        ),
        Placed(
            Thing(
                "kettle",
                (Finish("paint", "#c4b39a"), Finish("wood", "#5a3a22"), CHROME),
                "",
                seed=316,
            ),
            (-0.6, 2.0, 0.9),
            30,
        ),
        Placed(Thing("table", (WALNUT, WHITE), seed=317), (-0.9, 0.2, 0), 84),
        Placed(Thing("stool", (PINE,), seed=318), (-0.1, 0.5, 0), 15),
        Placed(Thing("stool", (PINE,), seed=320), (-0.3, -0.3, 0), -30),
        Placed(Thing("bowl", (Finish("paint", "#4a6a78"),), seed=350), (-0.95, 0.35, 0.74)),
        Placed(Thing("plant", (Finish("paint", "#8fa3a0"), LEAF), seed=319), (1.75, 1.75, 0)),
        Placed(Thing("pendant_lamp", (Finish("paint", "#e4ddcc"),)), (0, 0.4, 2.6)),
    ),
)
SECOND_FLOOR_BEDROOM = Room(
    "second floor: bedroom",
    floor=_PARQUET,
    walls=Finish("plaster", "#eef0ec"),
    feature_wall=Finish("plaster", "#8d9f96"),
    skirting=WHITE,
    window_side="left",
    furniture=(
        Placed(
            Thing("bed", (OAK, Finish("checks", "#3d5166", "#c7ccc9", 1.4), _OATMEAL), seed=321),
            (0.2, 1.2, 0),
        ),
        Placed(Thing("nightstand", (OAK, Finish("fabric", "#efe6d2")), seed=322), (1.32, 1.98, 0)),
        Placed(Thing("wardrobe", (WHITE, BRASS), seed=323), (1.9, -0.4, 0), -90),
        Placed(
            Thing("picture", (OAK, Finish("artwork", "#d6c9ae", "#536a5f", 0.5)), seed=324),
            (0.2, 2.3, 1.65),
        ),
        Placed(
            Thing(
                "rug",
                (Finish("carpet", "#c4b7a3", "#ab9c85"), Finish("carpet", "#9b8c74", "#86785f")),
                seed=325,
            ),
            (-0.9, 0.0, 0.001),
            84,
        ),
        Placed(Thing("radiator"), (-1.55, 2.2, 0)),
        Placed(Thing("basket", (Finish("wood", "#a67c4b"), _OATMEAL), seed=326), (-1.75, -1.2, 0)),
    ),
)

_MINT = Finish("plaster", "#b9cdbd")
THIRD_FLOOR_LIVING = replace(
    SECOND_FLOOR_LIVING,
    name="third floor: living room",
    floor=_LAMINATE,
    feature_wall=_MINT,
    furniture=(
        Placed(
            Thing(
                "sofa",
                (Finish("fabric", "#a5543c"), Finish("dots", "#efe4cf", "#7d3b2c", 2)),
                seed=331,
            ),
            (-0.9, 1.8, 0),
        ),
        Placed(Thing("sideboard", (PINE, WHITE, CHROME), seed=332), (1.2, 2.0, 0)),
        Placed(
            Thing("picture", (CHROME, Finish("artwork", "#1f2f46", "#c7d3d9", 1.6)), seed=333),
            (-0.8, 2.3, 1.6),
        ),
        Placed(Thing("table", (PINE, PINE), seed=334), (0.9, -0.9, 0), 12),
        Placed(Thing("stool", (PINE,), seed=335), (0.1, -0.9, 0)),
        Placed(Thing("radiator"), (1.6, 2.2, 0)),
        Placed(Thing("plant", (Finish("paint", "#3e4a52"), LEAF), seed=336), (-1.8, 1.0, 0)),
        Placed(Thing("pendant_lamp", (Finish("paint", "#d8cfa8"),)), (-0.2, -0.3, 2.6)),
    ),
)
THIRD_FLOOR_BEDROOM = replace(
    SECOND_FLOOR_BEDROOM,
    name="third floor: bedroom",
    floor=_LAMINATE,
    feature_wall=Finish("stripes", "#c9d3dc", "#e8ecef"),
    furniture=(
        Placed(
            Thing(
                "bed", (PINE, Finish("fabric", "#b4495a"), Finish("fabric", "#f2efe8")), seed=341
            ),
            (0.1, 1.2, 0),
        ),
        Placed(
            Thing("dresser", (PINE, Finish("paint", "#efe9da"), CHROME), seed=342), (1.6, 2.0, 0)
        ),
        Placed(
            Thing("picture", (PINE, Finish("artwork", "#d9a7a0", "#f0ece2", 1.1)), seed=343),
            (0.1, 2.3, 1.6),
        ),
        Placed(Thing("carton", (), "WINTER", seed=344), (-1.75, 1.9, 0), 8),
        Placed(Thing("curtain", (Finish("fabric", "#e6e2da"),), seed=345), (-2.1, 1.15, 2.45), 90),
        Placed(Thing("curtain", (Finish("fabric", "#e6e2da"),), seed=346), (-2.1, -0.8, 2.45), 90),
    ),
)
