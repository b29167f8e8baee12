"""Builders of furniture, for sale or standing in the rooms."""

from __future__ import annotations

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.workpiece import Workpiece

BRASS = Finish("metal", "#b08d4a")


def armchair(piece: Workpiece) -> None:
    """Upholstered, with wings of wood: finishes are cover, legs, piping."""
    cover, wood, piping = piece.finishes
    for side in (-1, 1):
        piece.cushion((0.17, 0.74, 0.5), (side * 0.36, 0, 0.39), cover, puff=7)
        piece.cushion((0.2, 0.7, 0.13), (side * 0.36, -0.02, 0.61), cover, puff=4)
        piece.tube(
            [(side * 0.36, -0.375, 0.2), (side * 0.36, -0.38, 0.45), (side * 0.36, -0.365, 0.6)],
            0.008,
            piping,
        )
        for front in (-1, 1):
            piece.cylinder(
                0.018,
                0.2,
                (side * 0.33, front * 0.3, 0.1),
                wood,
                (front * 6, side * 6, 0),
                top=0.028,
            )
    piece.box((0.62, 0.66, 0.18), (0, 0, 0.28), cover, bevel=0.03)
    piece.cushion((0.56, 0.6, 0.2), (0, -0.06, 0.44), cover, puff=6)
    piece.cushion((0.6, 0.19, 0.7), (0, 0.3, 0.66), cover, (-12, 0, 0), puff=6)
    for column in (-1, 0, 1):
        for row in (0, 1):
            at = (column * 0.16, 0.205 + row * 0.03, 0.66 + row * 0.15)
            piece.cushion((0.025, 0.02, 0.025), at, piping, puff=2)


def wooden_chair(piece: Workpiece) -> None:
    """A kitchen chair with slats: finishes are wood and seat."""
    wood, seat = piece.finishes
    for side in (-1, 1):
        piece.box((0.038, 0.038, 0.45), (side * 0.19, -0.19, 0.225), wood, (0, 0, 0))
        piece.box((0.038, 0.036, 0.92), (side * 0.18, 0.2, 0.46), wood, (-5, 0, 0))
        piece.box((0.022, 0.36, 0.03), (side * 0.185, 0, 0.2), wood)
    for front, height in ((-0.19, 0.28), (0.185, 0.3)):
        piece.box((0.36, 0.022, 0.03), (0, front, height), wood)
    piece.box((0.42, 0.42, 0.03), (0, -0.01, 0.455), wood, bevel=0.012)
    piece.cushion((0.38, 0.38, 0.05), (0, -0.01, 0.485), seat, puff=7)
    for height, depth in ((0.88, 0.045), (0.58, 0.03)):
        piece.box((0.34, 0.022, depth * 1.6), (0, 0.235 - (0.9 - height) * 0.08, height), wood)
    for slat in range(4):
        piece.box((0.03, 0.012, 0.3), (-0.105 + slat * 0.07, 0.22, 0.73), wood, (-5, 0, 0))


def dresser(piece: Workpiece) -> None:
    """A chest of drawers: finishes are carcass, drawers, knobs."""
    carcass, front, knob = piece.finishes
    for side in (-1, 1):
        piece.box((0.03, 0.42, 0.72), (side * 0.4, 0, 0.47), carcass)
        for depth in (-1, 1):
            piece.cylinder(0.016, 0.12, (side * 0.36, depth * 0.17, 0.06), carcass, top=0.026)
    piece.box((0.87, 0.46, 0.035), (0, -0.01, 0.845), carcass, bevel=0.012)
    piece.box((0.8, 0.4, 0.03), (0, 0, 0.125), carcass)
    piece.box((0.78, 0.01, 0.7), (0, 0.2, 0.48), carcass)
    for row in range(3):
        height = 0.25 + row * 0.232
        # The middle drawer never closes quite.
        out = 0.03 if row == 1 else 0.0
        piece.box((0.75, 0.38, 0.215), (0, -0.02 - out, height), front, bevel=0.008)
        for side in (-1, 1):
            piece.turned(
                [
                    (0.0, 0.0),
                    (0.009, 0.0),
                    (0.008, 0.014),
                    (0.019, 0.024),
                    (0.012, 0.034),
                    (0, 0.036),
                ],
                (side * 0.21, -0.21 - out, height),
                knob,
                (90, 0, 0),
            )


def table(piece: Workpiece) -> None:
    """A small table 0.74 high: finishes are top and legs."""
    top, legs = piece.finishes
    piece.box((1.15, 0.7, 0.035), (0, 0, 0.7225), top, bevel=0.01)
    piece.box((1.0, 0.55, 0.07), (0, 0, 0.67), legs)
    for side in (-1, 1):
        for depth in (-1, 1):
            piece.cylinder(
                0.02,
                0.7,
                (side * 0.5, depth * 0.28, 0.35),
                legs,
                (depth * 3, side * 3, 0),
                top=0.033,
            )


def worktop(piece: Workpiece) -> None:
    """A run of kitchen cupboards 0.9 high: finishes are top, doors, handles."""
    top, doors, handles = piece.finishes
    width = 2.6
    piece.box((width, 0.62, 0.04), (0, 0, 0.88), top, bevel=0.008)
    piece.box((width, 0.52, 0.1), (0, 0.03, 0.05), Finish("plastic", "#2b2a29"))
    for door in range(4):
        x = (door - 1.5) * width / 4
        piece.box((width / 4 - 0.006, 0.57, 0.75), (x, 0, 0.48), doors, bevel=0.006)
        piece.box((width / 4 - 0.12, 0.575, 0.5), (x, -0.002, 0.43), doors, bevel=0.01)
        piece.tube(
            [
                (x - 0.07, -0.29, 0.79),
                (x - 0.06, -0.32, 0.79),
                (x + 0.06, -0.32, 0.79),
                (x + 0.07, -0.29, 0.79),
            ],
            0.006,
            handles,
        )


def wall_cupboard(piece: Workpiece) -> None:
    """A kitchen wall cupboard, hung by its lower edge: finishes are doors and handles."""
    doors, handles = piece.finishes
    piece.box((1.2, 0.3, 0.6), (0, 0, 0.3), doors)
    for side in (-1, 1):
        piece.box((0.585, 0.02, 0.58), (side * 0.297, -0.155, 0.3), doors, bevel=0.008)
        piece.cylinder(0.012, 0.03, (side * 0.06, -0.18, 0.08), handles, (90, 0, 0))


def bookshelf(piece: Workpiece) -> None:
    """Shelves with books, some leaning: the finish is the wood."""
    (wood,) = piece.finishes
    width, shelves = 0.8, 4
    for side in (-1, 1):
        piece.box((0.025, 0.28, 1.5), (side * width / 2, 0, 0.75), wood)
    piece.box((width, 0.012, 1.48), (0, 0.135, 0.75), wood)
    for shelf in range(shelves + 1):
        piece.box((width, 0.28, 0.022), (0, 0, 0.05 + shelf * 0.36), wood)
    for shelf in range(shelves):
        _row_of_books(piece, (-width / 2 + 0.03, -0.02, 0.061 + shelf * 0.36), width - 0.1)


def _row_of_books(piece: Workpiece, start: Point, length: float) -> None:
    colours = ("#7a2e2a", "#31506b", "#c9b48a", "#2f4a35", "#d8d2c4", "#8a6a2f", "#3a3440")
    x, y, z = start
    end = x + length * piece.random.uniform(0.6, 1.0)
    while x < end:
        thick = piece.random.uniform(0.018, 0.045)
        tall = piece.random.uniform(0.18, 0.28)
        spine = Finish("paint", piece.random.choice(colours))
        lean = 12.0 if piece.random.random() < 0.08 else 0.0
        piece.box((thick, 0.17, tall), (x + thick / 2, y, z + tall / 2), spine, (0, lean, 0), 0.003)
        band = Finish("paint", "#d9c27a")
        piece.box((thick * 0.9, 0.002, 0.012), (x + thick / 2, y - 0.086, z + tall * 0.8), band)
        x += thick + 0.002 + (0.03 if lean else 0)


def sofa(piece: Workpiece) -> None:
    """A two-seater: finishes are cover and loose cushion."""
    cover, loose = piece.finishes
    piece.box((1.5, 0.75, 0.25), (0, 0, 0.22), cover, bevel=0.03)
    piece.cushion((1.5, 0.22, 0.62), (0, 0.33, 0.52), cover, (-8, 0, 0), puff=7)
    for side in (-1, 1):
        piece.cushion((0.2, 0.8, 0.5), (side * 0.72, 0, 0.36), cover, puff=7)
        piece.cushion((0.62, 0.6, 0.18), (side * 0.31, -0.06, 0.42), cover, puff=6)
    piece.cushion((0.42, 0.16, 0.4), (-0.42, 0.12, 0.66), loose, (-24, 8, 0), puff=3)


def stool(piece: Workpiece) -> None:
    """A plain stool 0.46 high: the finish is the wood."""
    (wood,) = piece.finishes
    piece.cylinder(0.17, 0.03, (0, 0, 0.445), wood, bevel=0.01)
    for x, y in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        piece.cylinder(0.014, 0.44, (x * 0.13, y * 0.13, 0.22), wood, (y * 7, -x * 7, 0), top=0.018)
    for x in (-1, 1):
        piece.tube([(x * 0.145, -0.14, 0.17), (x * 0.145, 0.14, 0.17)], 0.008, wood, smooth=False)
