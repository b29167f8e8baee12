"""The places out of doors, and the garage, that sellers take their photos in."""

from __future__ import annotations

from stream.demo.rendering.plan import Finish, Placed, Sky, Thing, Yard

OLD_PINE = Finish("wood", "#8d7a63", scale=0.5)
LEAF = Finish("leaf", "#2c4a1c", "#5c7f35")
GRASS = Finish("leaf", "#4c6a2b", "#7d8f45")

MORNING = Sky("#6f9bd6", "#dfe8f2", 0.85, 4.4, "#fff1dc", -38, 42)
CLOUDY = Sky("#b9c3d0", "#e9ecef", 0.9, 0.6, "#fff8ee", 30, 55)
DUSK = Sky("#1c2a4d", "#8a5f5a", 0.1, 0.0, "#ffffff", 0, 10, lamp=60)

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
        Placed(Thing("weeds", (GRASS,), seed=307), (-4.38, 2.5, 0), 90),
        Placed(Thing("weeds", (GRASS,), seed=308), (-2.6, 4.93, 0)),
    ),
    width=9.0,
    depth=10.0,
    lamps=((1.75, 4.8, 1.94),),
)
