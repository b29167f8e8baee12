"""Builders of what encloses a yard: fences, hedges, walls of houses, a garage."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.workpiece import Workpiece

WHITE = Finish("paint", "#e4e1d8")
ZINC = Finish("metal", "#8f9496")
DARK = Finish("plastic", "#1d1e20")
PANE = Finish("glass", "#10161b", scale=1.0)


def fence(piece: Workpiece) -> None:
    """A board fence 7 long and 1.75 high, its posts behind: the finish is its timber."""
    (timber,) = piece.finishes
    for rail in (0.35, 1.4):
        piece.box((7.0, 0.05, 0.09), (0, 0.045, rail), timber)
    for post in range(5):
        piece.box((0.1, 0.1, 1.7), (-3.4 + post * 1.7, 0.1, 0.85), timber)
    for k in range(58):
        x = -3.43 + k * 0.12
        tall = 1.68 + piece.random.uniform(-0.02, 0.05)
        lean = piece.random.uniform(-0.6, 0.6)
        at = (x, piece.random.uniform(-0.006, 0.006), 0.05 + tall / 2)
        piece.box((0.104, 0.02, tall), at, timber, (0, lean, 0), 0.004)
        nails = [(x + s * 0.03, -0.012, z) for s in (-1, 1) for z in (0.35, 1.4)]
        for nail in nails:
            piece.box((0.008, 0.006, 0.008), nail, DARK, bevel=0)


def hedge(piece: Workpiece) -> None:
    """A clipped hedge 7 long and 1.6 high: the finish is its leaf."""
    (leaf,) = piece.finishes
    piece.box((6.9, 0.5, 1.45), (0, 0, 0.75), Finish("leaf", "#141d0d", "#22301a"))
    points: list[Point] = []
    for _ in range(9000):
        x = piece.random.uniform(-3.5, 3.5)
        height = piece.random.uniform(0.02, 1.62)
        top = height > 1.4
        y = piece.random.uniform(-0.33, 0.33) if top else piece.random.choice((-1, 1)) * 0.3
        y += piece.random.gauss(0, 0.03) + 0.04 * math.sin(x * 5 + height * 4)
        points += _leaf(piece, (x, y, height), 0.035)
    quads = [range(k, k + 4) for k in range(0, len(points), 4)]
    piece.skin(points, quads, leaf)


def weeds(piece: Workpiece) -> None:
    """Tufts of grass along a wall, 3 long: the finish is their blade."""
    (blade,) = piece.finishes
    points: list[Point] = []
    for _ in range(26):
        x, y = piece.random.uniform(-1.5, 1.5), piece.random.gauss(0, 0.05)
        tall = piece.random.uniform(0.05, 0.2)
        for _ in range(24):
            heading = piece.random.uniform(0, math.tau)
            reach = piece.random.uniform(0.2, 0.8) * tall
            east, north = reach * math.cos(heading), reach * math.sin(heading)
            wide = 0.004
            points += [
                (x - wide, y, 0.0),
                (x + wide, y, 0.0),
                (x + east * 0.5 + wide, y + north * 0.5, tall * 0.7),
                (x + east, y + north, tall * piece.random.uniform(0.6, 1.0)),
            ]
    piece.skin(points, [range(k, k + 4) for k in range(0, len(points), 4)], blade)


def _leaf(piece: Workpiece, at: Point, size: float) -> list[Point]:
    """Return a leaf's four corners, turned at random."""
    along = [piece.random.gauss(0, 1) for _ in range(3)]
    across = [piece.random.gauss(0, 1) for _ in range(3)]
    scale = size / math.hypot(*along), 0.5 * size / math.hypot(*across)
    x, y, z = at
    return [
        (
            x + s * along[0] * scale[0] + t * across[0] * scale[1],
            y + s * along[1] * scale[0] + t * across[1] * scale[1],
            z + s * along[2] * scale[0] + t * across[2] * scale[1],
        )
        for s, t in ((-1, 0), (0, -1), (1, 0), (0, 1))
    ]


def house_front(piece: Workpiece) -> None:
    """A house's back with door, window, downpipe and lamp, 9 wide: wall, plinth, door."""
    wall, plinth, door = piece.finishes
    piece.box((9.0, 0.3, 4.4), (0, 0.15, 2.2), wall, bevel=0.002)
    piece.box((9.04, 0.06, 0.38), (0, 0, 0.19), plinth, bevel=0.01)
    _window(piece, (-2.1, 0, 1.55), 1.5, 1.15)
    _window(piece, (2.9, 0, 1.75), 0.7, 0.6)
    piece.box((1.08, 0.1, 2.16), (0.9, 0, 1.18), WHITE)
    piece.box((0.92, 0.1, 2.0), (0.9, -0.02, 1.14), door)
    for height in (0.55, 1.1):
        piece.box((0.64, 0.02, 0.4), (0.9, -0.075, height), door, bevel=0.012)
    piece.box((0.6, 0.02, 0.5), (0.9, -0.07, 1.75), PANE)
    piece.tube([(0.56, -0.075, 1.1), (0.56, -0.13, 1.1), (0.68, -0.13, 1.1)], 0.011, ZINC)
    piece.box((1.4, 0.7, 0.14), (0.9, -0.35, 0.07), Finish("concrete", "#a19d95"), bevel=0.015)
    piece.box((0.6, 0.4, 0.015), (0.9, -0.35, 0.148), Finish("carpet", "#4b4438", "#38322a"))
    # The downpipe with its brackets, and the lamp beside the door.
    piece.tube([(3.75, -0.1, 4.4), (3.75, -0.1, 0.2), (3.75, -0.22, 0.1)], 0.045, ZINC)
    for height in (0.6, 2.0, 3.4):
        piece.ring(0.05, 0.008, (3.75, -0.1, height), ZINC)
    piece.box((0.1, 0.04, 0.16), (1.75, -0.02, 2.05), DARK)
    piece.tube([(1.75, -0.02, 2.08), (1.75, -0.14, 2.14), (1.75, -0.2, 2.08)], 0.012, DARK)
    piece.cylinder(0.09, 0.07, (1.75, -0.2, 2.05), DARK, top=0.03)
    bulb = Finish("glow", "#ffe2b0", scale=1.6)
    piece.cushion((0.09, 0.09, 0.1), (1.75, -0.2, 1.99), bulb, puff=2)
    piece.text(piece.lettering, 0.13, (0.05, -0.02, 1.9), Finish("paint", "#2a4a7a"))


def _window(piece: Workpiece, at: Point, width: float, height: float) -> None:
    x, y, z = at
    piece.box((width + 0.12, 0.08, height + 0.12), at, WHITE)
    for side in (-1, 1):
        middle = x + side * width / 4
        piece.box((width / 2 - 0.09, 0.02, height - 0.1), (middle, y - 0.04, z), PANE)
        piece.box((0.05, 0.03, height), (middle - width / 4 + 0.02, y - 0.045, z), WHITE)
    piece.box((width + 0.3, 0.18, 0.05), (x, y - 0.08, z - height / 2 - 0.07), ZINC)


def garden_wall(piece: Workpiece) -> None:
    """A brick wall 8 long and 2 high with a coping and a water tap: brick, coping."""
    brick, coping = piece.finishes
    # The bricks' pattern lies in x and y of a sheet, so the wall is faced with one.
    piece.box((8.0, 0.2, 2.0), (0, 0.11, 1.0), coping)
    piece.sheet(8.0, 2.0, (0, 0, 1.0), brick, (90, 0, 0))
    for stone in range(16):
        turn = (piece.random.uniform(-1, 1), piece.random.uniform(-0.6, 0.6), 0)
        piece.box((0.495, 0.32, 0.07), (-3.75 + stone * 0.5, 0.1, 2.03), coping, turn, 0.012)
    piece.tube([(-1.2, -0.03, 0.0), (-1.2, -0.03, 0.7), (-1.2, -0.12, 0.72)], 0.014, ZINC)
    piece.tube([(-1.2, -0.1, 0.72), (-1.2, -0.17, 0.72), (-1.2, -0.18, 0.66)], 0.011, ZINC)
    piece.cylinder(0.03, 0.012, (-1.2, -0.12, 0.76), Finish("paint", "#a5271f"))


def garage(piece: Workpiece) -> None:
    """A garage 6 wide and 6.4 deep, its door at the left half open: walls, beams, door."""
    walls, beams, door = piece.finishes
    height = 2.7
    piece.sheet(6.0, height, (0, 3.2, height / 2), walls, (90, 0, 0))
    piece.sheet(6.0, height, (0, -3.2, height / 2), walls, (90, 0, 180))
    piece.sheet(6.4, height, (3.0, 0, height / 2), walls, (90, 0, -90))
    for near, far in ((-3.2, -1.2), (1.5, 3.2)):
        piece.box((0.2, far - near, height), (-3.1, (near + far) / 2, height / 2), walls)
    piece.box((0.2, 2.7, 0.5), (-3.1, 0.15, 2.45), walls)
    piece.box((6.4, 6.6, 0.1), (0, 0, height + 0.05), Finish("concrete", "#b9b6ae"))
    for beam in range(4):
        piece.box((6.0, 0.09, 0.16), (0, -2.4 + beam * 1.6, height - 0.08), beams)
    # An up-and-over door, stopped half way.
    piece.box((0.05, 2.66, 1.1), (-2.86, 0.15, 1.74), door, (0, 24, 0))
    for rib in range(5):
        lift = (rib - 2) * 0.2
        lean = math.radians(24)
        at = (-2.83 + lift * math.sin(lean), 0.15, 1.74 + lift * math.cos(lean))
        piece.box((0.03, 2.6, 0.05), at, door, (0, 24, 0), 0.01)
    for side in (-1.22, 1.52):
        piece.box((0.1, 0.06, 2.2), (-2.98, side, 1.1), ZINC)
    for y in (-0.9, 1.4):
        piece.box((1.3, 0.12, 0.06), (0.2, y, height - 0.12), WHITE)
        tube = Finish("glow", "#f4faff", scale=5)
        piece.cylinder(0.016, 1.2, (0.2, y, height - 0.18), tube, (0, 90, 0))
    cable = [(0.85, 1.4, 2.56), (2.2, 1.45, 2.58), (2.97, 1.45, 2.5), (2.98, 1.45, 1.2)]
    piece.tube(cable, 0.008, WHITE, smooth=False)
    piece.box((0.04, 0.08, 0.08), (2.98, 1.45, 1.16), WHITE)
    _skirting_of_paint(piece)


def _skirting_of_paint(piece: Workpiece) -> None:
    grey = Finish("concrete", "#6f7371")
    piece.box((6.0, 0.012, 0.3), (0, 3.195, 0.15), grey, bevel=0)
    piece.box((6.0, 0.012, 0.3), (0, -3.195, 0.15), grey, bevel=0)
    piece.box((0.012, 6.4, 0.3), (2.995, 0, 0.15), grey, bevel=0)
