"""The places out of doors, and the garage, that sellers take their photos in."""

from __future__ import annotations

from stream.demo.rendering.plan import Finish, Placed, Sky, Thing, Yard

OLD_PINE = Finish("wood", "#8d7a63", scale=0.5)
LEAF = Finish("leaf", "#2c4a1c", "#5c7f35")
GRASS = Finish("leaf", "#4c6a2b", "#7d8f45")

CONCRETE = Finish("concrete", "#a8a196")
BRICK = Finish("bricks", "#9a4d38", "#b5aa98")
FAR_WALL = Finish("plaster", "#9fadb0")
TERRACOTTA = Finish("concrete", "#b06a45")

MORNING = Sky("#6f9bd6", "#dfe8f2", 0.85, 4.4, "#fff1dc", -38, 42)
CLOUDY = Sky("#b9c3d0", "#e9ecef", 1.4, 0.8, "#fff8ee", 30, 55)
DUSK = Sky("#3a4d80", "#b98a78", 0.55, 0.0, "#ffffff", 0, 10, lamp=34, flash=14)
DOOR_OPEN = Sky("#6f9bd6", "#dfe8f2", 0.9, 4.0, "#fff1dc", -90, 30, lamp=52, lamp_colour="#eaf4ff")

PAVED_YARD = Yard(
    "paved yard",
    Finish("paving", "#a8a298", "#5d574c"),
    furniture=(
        Placed(
            Thing(
                "house_front",
                (
                    Finish("plaster", "#dcc79c"),
                    Finish("concrete", "#7b766c"),
                    Finish("paint", "#3f5a4a"),
                ),
                "14",
                seed=301,
            ),
            (0, 5.0, 0),
        ),
        Placed(Thing("fence", (OLD_PINE,), seed=302), (-4.5, 1.6, 0), 90),
        Placed(Thing("fence", (OLD_PINE,), seed=303), (-4.5, -5.3, 0), 90),
        Placed(Thing("hedge", (LEAF,), seed=304), (4.7, 1.7, 0), -90),
        Placed(Thing("hedge", (LEAF,), seed=305), (4.7, -5.2, 0), -90),
        Placed(Thing("hedge", (LEAF,), seed=306), (-1.8, -6.5, 0), 180),
        Placed(Thing("hedge", (LEAF,), seed=309), (7.6, -6.5, 0), 180),
        Placed(
            Thing("house_front", (FAR_WALL, CONCRETE, Finish("paint", "#7a2f2b")), "9", seed=310),
            (1.5, -14.0, 0),
            180,
        ),
        Placed(
            Thing(
                "wheelie_bin",
                (Finish("plastic", "#3a4a3c"), Finish("plastic", "#a8862a")),
                "14",
                seed=312,
            ),
            (-3.6, 4.3, 0),
            -6,
        ),
        Placed(
            Thing(
                "wheelie_bin",
                (Finish("plastic", "#3b3f44"), Finish("plastic", "#2d5f9a")),
                "14",
                seed=313,
            ),
            (-2.85, 4.4, 0),
            9,
        ),
        Placed(
            Thing("flower_pots", (TERRACOTTA, Finish("paint", "#c23a5a")), seed=314),
            (2.1, 4.4, 0),
            20,
        ),
        Placed(
            Thing("watering_can", (Finish("metal", "#8f9799"),), seed=315), (-0.35, 4.6, 0), -30
        ),
        Placed(Thing("weeds", (GRASS,), seed=307), (-4.38, 2.5, 0), 90),
        Placed(Thing("weeds", (GRASS,), seed=308), (-2.6, 4.93, 0)),
    ),
    width=9.0,
    depth=10.0,
    lamps=((1.75, 4.8, 1.94),),
)
GRAVEL_YARD = Yard(
    "gravel yard",
    Finish("gravel", "#9c9385", "#6b6459"),
    furniture=(
        Placed(
            Thing(
                "garden_wall",
                (BRICK, CONCRETE),
                seed=351,
            ),
            (0, 3.6, 0),
        ),
        Placed(
            Thing(
                "garden_wall",
                (BRICK, CONCRETE),
                seed=352,
            ),
            (-3.9, -0.4, 0),
            90,
        ),
        Placed(Thing("hedge", (LEAF,), seed=353), (4.0, 0.2, 0), -90),
        Placed(Thing("hedge", (LEAF,), seed=354), (0.4, -4.3, 0), 180),
        Placed(Thing("weeds", (GRASS,), seed=355), (1.6, 3.5, 0)),
        Placed(Thing("weeds", (GRASS,), seed=356), (-3.8, 1.6, 0), 90),
        Placed(
            Thing("flower_pots", (TERRACOTTA, Finish("paint", "#d9a13a")), seed=357),
            (1.7, 3.0, 0),
            15,
        ),
        Placed(
            Thing("watering_can", (Finish("metal", "#8f9799"),), seed=358), (-0.85, 3.2, 0), -25
        ),
        Placed(Thing("ladder", (OLD_PINE,), seed=359), (-2.9, 3.0, 0)),
    ),
    width=7.6,
    depth=7.4,
)
GARAGE = Yard(
    "garage",
    Finish("concrete", "#8e8b85"),
    furniture=(
        Placed(
            Thing(
                "garage",
                (
                    Finish("plaster", "#c9c6bc"),
                    Finish("wood", "#a98a63"),
                    Finish("paint", "#d5d8d4"),
                ),
                seed=361,
            ),
            (0, 0, 0),
        ),
        Placed(Thing("workbench", (Finish("wood", "#b08a58"),), seed=362), (0.9, 2.8, 0)),
        Placed(Thing("pegboard", (Finish("paint", "#4f6f80"),), seed=363), (0.9, 3.2, 1.55)),
        Placed(Thing("shelving", (Finish("metal", "#84898d"),), seed=364), (-1.3, 2.92, 0)),
        Placed(Thing("shelving", (Finish("metal", "#84898d"),), seed=365), (2.72, 0.2, 0), -90),
        Placed(Thing("tyres", (), seed=366), (2.55, 2.6, 0)),
        Placed(Thing("ladder", (Finish("wood", "#c9a670"),), seed=367), (2.5, -1.6, 0), -90),
        Placed(Thing("carton", (), "XMAS", seed=368), (0.55, 2.85, 0.28), 8),
        Placed(
            Thing("jerrycan", (Finish("paint", "#8c2a22"),), "20 L", seed=369), (-2.3, 2.8, 0), 18
        ),
        Placed(
            Thing(
                "wheelie_bin", (Finish("plastic", "#2e3b46"), Finish("plastic", "#2b5d96")), "14"
            ),
            (-2.4, -2.6, 0),
            150,
        ),
        Placed(Thing("hedge", (LEAF,), seed=370), (-7.5, 0.5, 0), 90),
    ),
    width=5.7,
    depth=6.2,
    lamps=((0.2, -0.9, 2.45), (0.2, 1.4, 2.45)),
    lamp_length=1.2,
)
