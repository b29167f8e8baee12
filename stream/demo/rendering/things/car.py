"""The builder of a small hatchback, front towards -y."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.things.bodywork import Cabin, Chart, Hull, patch, seam
from stream.demo.rendering.workpiece import Workpiece

TYRE = Finish("rubber", "#181817")
GAP = Finish("plastic", "#0c0c0d")
TRIM = Finish("plastic", "#222325")
STEEL = Finish("metal", "#b9bdc1")
CHROME = Finish("metal", "#d5d8db")
AMBER = Finish("glass", "#c9650f")
RED = Finish("glass", "#8c0f12")
LENS = Finish("glass", "#dfe6ea", scale=0.35)
WINDOW = Finish("glass", "#0b0f12")
PAPER = Finish("paint", "#eceae2")
INK = Finish("plastic", "#15161a")

_AXLES = (-1.2, 1.14)
_WHEEL, _ARCH = 0.285, 0.345
_BELT = 0.9


def car(piece: Workpiece) -> None:
    """A hatchback of the nineties: finishes are lacquer, wheel trims; lettering `MODEL|PLATE`."""
    lacquer, trims = piece.finishes
    model, plate = piece.lettering.split("|")
    hull = Hull(0.8, 1.84, 0.2, _bonnet_line, power=6.5)
    body = hull.built(piece, lacquer)
    for side in (-1, 1):
        for axle in _AXLES:
            piece.drill(body, _ARCH, 0.5, (side * 0.78, axle, _WHEEL + 0.01), (0, 90, 0))
            _wheel(piece, (side * 0.695, axle, _WHEEL), side, trims)
    # What is seen through the arches.
    piece.box((1.14, 3.2, 0.5), (0, 0, 0.5), GAP)
    _cabin(piece, lacquer)
    for side in (-1, 1):
        _flank(piece, hull, side, lacquer)
    _front(piece, hull, model)
    _rear(piece, hull, model)
    for end in (-1, 1):
        _bumper(piece, end, plate)
    _marks_of_use(piece, hull)


def _bonnet_line(y: float) -> float:
    rise = max(0.0, min(1.0, (y + 1.84) / 1.15))
    return 0.76 + 0.19 * math.sin(rise * math.pi / 2) - 0.03 * max(0.0, (y - 1.2) / 0.64) ** 2


def _cabin(piece: Workpiece, lacquer: Finish) -> None:
    shape, over = Cabin(), Cabin(out=0.004)
    shape.built(piece, lacquer)
    for sign, width, low, high in ((-1, 0.6, 0.95, 1.345), (1, 0.57, 0.98, 1.33)):

        def screen(u: float, z: float, sign: int = sign, width: float = width) -> Point:
            # Narrower above, as the pillars lean inwards.
            return over.end(u * (width - 0.16 * (z - 0.95) / 0.4), z, sign)

        _window(piece, screen, (-1, low), (1, high))
    for side in (-1, 1):
        for near, far, lean in ((-0.62, 0.32, 0.52), (0.4, 1.42, -0.2)):

            def pane(
                u: float, z: float, side: int = side, ends: Point = (near, far, lean)
            ) -> Point:
                share = (z - 0.95) / 0.4
                front = ends[0] + (0.5 * share if ends[2] > 0 else 0.0)
                rear = ends[1] - (0.16 * share if ends[2] < 0 else 0.0)
                x, y, height = over.side(front + u * (rear - front), z)
                return side * x, y, height

            _window(piece, pane, (0, 0.955), (1, 1.325))
    _wipers(piece, over)
    piece.tube([(0.3, 1.2, 1.42), (0.3, 1.42, 1.72)], 0.004, INK, smooth=False)


def _window(
    piece: Workpiece, chart: Chart, first: tuple[float, float], last: tuple[float, float]
) -> None:
    patch(piece, chart, (first, last), WINDOW)
    corners = [first, (last[0], first[1]), last, (first[0], last[1])]
    seam(piece, chart, corners, 0.011, TRIM, closed=True)


def _wipers(piece: Workpiece, over: Cabin) -> None:
    for start in (-0.32, 0.24):
        path = [over.end(start + 0.42 * t, 0.95 + 0.06 * t, -1) for t in (0.0, 0.5, 1.0)]
        lifted = [(x, y - 0.015, z + 0.01) for x, y, z in path]
        piece.rods([lifted], 0.007, INK)


def _wheel(piece: Workpiece, hub: Point, side: int, trims: Finish) -> None:
    x, y, z = hub
    # A lathe turns about z: the profile's height becomes the width of the tyre.
    rim = 0.19
    tread = [
        (rim, -0.075),
        (0.23, -0.088),
        (0.265, -0.085),
        (_WHEEL - 0.004, -0.066),
        (_WHEEL, -0.05),
        (_WHEEL, 0.0),
        (_WHEEL, 0.05),
        (_WHEEL - 0.004, 0.066),
        (0.265, 0.085),
        (0.23, 0.088),
        (rim, 0.075),
    ]
    turn = (0, 90, 0)
    piece.turned(tread, hub, TYRE, turn)
    for groove in (-0.03, 0.0, 0.03):
        piece.ring(_WHEEL + 0.001, 0.004, (x + groove, y, z), GAP, turn)
    piece.cylinder(rim + 0.004, 0.1, hub, GAP, turn)
    face = x + side * 0.07
    piece.ring(rim - 0.004, 0.011, (face, y, z), trims, turn)
    piece.cylinder(0.062, 0.03, (face - side * 0.004, y, z), trims, turn, bevel=0.012)
    piece.cylinder(0.028, 0.02, (face + side * 0.01, y, z), CHROME, turn, bevel=0.008)
    spokes = 9
    roll = piece.random.uniform(0, 360 / spokes)
    for k in range(spokes):
        angle = math.tau * k / spokes + math.radians(roll)
        middle = (face - side * 0.012, y + 0.12 * math.cos(angle), z + 0.12 * math.sin(angle))
        piece.box((0.018, 0.135, 0.052), middle, trims, (math.degrees(angle), 0, 0), 0.008)
    for k in range(4):
        angle = math.tau * k / 4 + math.radians(roll)
        at = (face + side * 0.008, y + 0.045 * math.cos(angle), z + 0.045 * math.sin(angle))
        piece.cylinder(0.009, 0.012, at, STEEL, turn)


def _flank(piece: Workpiece, hull: Hull, side: int, lacquer: Finish) -> None:
    def skin(y: float, z: float) -> Point:
        x, along, height = hull.side(y, z, 0.0005)
        return side * x, along, height

    def proud(y: float, z: float) -> Point:
        x, along, height = hull.side(y, z, 0.006)
        return side * x, along, height

    door = [(-0.86, 0.9), (-0.86, 0.42), (-0.72, 0.27), (0.3, 0.27), (0.36, 0.42), (0.36, 0.9)]
    seam(piece, skin, door, 0.0035, GAP)
    for axle in _AXLES:
        arc = [
            (axle + _ARCH * math.cos(a), _WHEEL + 0.01 + _ARCH * math.sin(a))
            for a in (math.radians(-4 + 188 * k / 14) for k in range(15))
        ]
        seam(piece, skin, arc, 0.011, lacquer)
    for start, end in ((-1.5, -0.875), (-0.845, 0.345), (0.375, 1.56)):
        patch(piece, proud, ((start, 0.555), (end, 0.61)), TRIM)
        seam(piece, skin, [(start, 0.61), (end, 0.61)], 0.006, TRIM)
        seam(piece, skin, [(start, 0.555), (end, 0.555)], 0.006, TRIM)
    seam(piece, skin, [(-1.6, 0.74), (1.62, 0.77)], 0.004, lacquer)
    x, y, z = skin(0.2, 0.78)
    piece.box((0.02, 0.2, 0.05), (x, y, z), GAP)
    piece.box((0.02, 0.17, 0.026), (x + side * 0.014, y, z + 0.008), TRIM)
    piece.cylinder(0.012, 0.01, skin(0.31, 0.7), STEEL, (0, 90, 0))
    piece.box((0.014, 0.055, 0.03), (side * hull.side(-0.84, 0.68)[0], -0.98, 0.68), AMBER)
    # The mirror on its arm.
    piece.box((0.1, 0.07, 0.05), (side * 0.755, -0.6, 0.985), TRIM)
    piece.cushion((0.17, 0.1, 0.12), (side * 0.86, -0.61, 1.02), TRIM, puff=3.5)
    piece.box((0.13, 0.006, 0.085), (side * 0.86, -0.558, 1.02), Finish("metal", "#dfe3e6"))
    if side > 0:
        piece.cylinder(0.075, 0.004, skin(1.15, 0.76), lacquer, (0, 90, 0))
        piece.ring(0.077, 0.0028, skin(1.15, 0.76), GAP, (0, 90, 0))


def _front(piece: Workpiece, hull: Hull, model: str) -> None:
    def face(x: float, z: float) -> Point:
        return hull.end(x, z, -1, 0.003)

    def lens(x: float, z: float) -> Point:
        return hull.end(x, z, -1, 0.014)

    patch(piece, face, ((-0.4, 0.56), (0.4, 0.69)), GAP)
    for slat in range(5):
        seam(piece, lens, [(-0.4, 0.57 + slat * 0.028), (0.4, 0.57 + slat * 0.028)], 0.007, TRIM)
    for side in (-1, 1):
        patch(piece, face, ((side * 0.43, 0.555), (side * 0.66, 0.7)), CHROME)
        x, y, z = face(side * 0.545, 0.628)
        piece.cushion((0.14, 0.03, 0.12), (x, y, z), Finish("metal", "#f2f4f5"), puff=2)
        piece.cylinder(0.02, 0.02, (x, y - 0.012, z), STEEL, (90, 0, 0))
        patch(piece, lens, ((side * 0.43, 0.555), (side * 0.66, 0.7)), LENS)
        ribs = [[lens(side * (0.445 + k * 0.02), h) for h in (0.56, 0.695)] for k in range(11)]
        piece.rods(ribs, 0.0016, LENS)
        frame = [(0.43, 0.555), (0.66, 0.555), (0.66, 0.7), (0.43, 0.7)]
        seam(piece, face, [(side * a, b) for a, b in frame], 0.009, TRIM, closed=True)
        patch(piece, lens, ((side * 0.675, 0.56), (side * 0.765, 0.69)), AMBER)
        lines = [[lens(side * 0.68, h), lens(side * 0.76, h)] for h in (0.59, 0.62, 0.65)]
        piece.rods(lines, 0.003, AMBER)
    at = hull.end(0, 0.625, -1, 0.024)
    piece.box((0.15, 0.012, 0.05), at, TRIM)
    piece.text(model, 0.036, (at[0], at[1] - 0.0075, at[2]), CHROME)

    def top(x: float, y: float) -> Point:
        return hull.above(x, y, 0.0005)

    bonnet = [(-0.66, -0.88), (-0.63, -1.35), (-0.6, -1.66), (0.6, -1.66), (0.63, -1.35)]
    seam(piece, top, [*bonnet, (0.66, -0.88)], 0.0035, GAP)
    for side in (-1, 1):
        seam(piece, top, [(side * 0.3, -0.98), (side * 0.24, -1.6)], 0.006, piece.finishes[0])
        grille = [[top(side * x, -0.93 + k * 0.018) for x in (0.12, 0.4)] for k in range(4)]
        piece.rods(grille, 0.004, GAP)


def _rear(piece: Workpiece, hull: Hull, model: str) -> None:
    def face(x: float, z: float) -> Point:
        return hull.end(x, z, 1, 0.004)

    def proud(x: float, z: float) -> Point:
        return hull.end(x, z, 1, 0.012)

    for side in (-1, 1):
        rows = ((0.56, 0.635, RED), (0.635, 0.69, PAPER), (0.69, 0.75, AMBER), (0.75, 0.8, RED))
        for low, high, colour in rows:
            patch(piece, proud, ((side * 0.53, low), (side * 0.765, high)), colour)
        ribs = [
            [proud(side * 0.53, z), proud(side * 0.65, z), proud(side * 0.76, z)]
            for z in (0.58, 0.61, 0.635, 0.66, 0.69, 0.72, 0.75, 0.775)
        ]
        piece.rods(ribs, 0.003, RED)
        edge = [(0.52, 0.55), (0.77, 0.55), (0.77, 0.81), (0.52, 0.81)]
        seam(piece, face, [(side * a, b) for a, b in edge], 0.009, TRIM, closed=True)
    hatch = [(-0.5, 0.9), (-0.5, 0.5), (0.5, 0.5), (0.5, 0.9)]
    seam(piece, face, hatch, 0.0035, GAP)
    x, y, z = face(0, 0.79)
    piece.cylinder(0.018, 0.02, (x, y, z), STEEL, (90, 0, 0))
    piece.text(model, 0.06, (-0.33, face(-0.33, 0.78)[1] + 0.002, 0.78), CHROME, (90, 0, 180))
    piece.text("1.3i", 0.055, (0.36, face(0.36, 0.78)[1] + 0.002, 0.78), CHROME, (90, 0, 180))
    piece.rods([[(0.05, 1.62, 1.02), (-0.2, 1.6, 1.06), (-0.42, 1.565, 1.1)]], 0.008, INK)
    piece.cylinder(0.02, 0.16, (-0.48, 1.78, 0.22), STEEL, (90, 0, 0))


def _bumper(piece: Workpiece, end: int, plate: str) -> None:
    shape = Hull(0.825, 1.93, 0.3, lambda _y: 0.53, power=6.0)

    def face(x: float, z: float) -> Point:
        return shape.end(x, z, end, 0.002)

    def skin(x: float, z: float) -> Point:
        return shape.end(x, z, end)

    piece.box((1.2, 0.2, 0.2), (0, end * 1.78, 0.4), TRIM)
    for low, high, finish in ((0.31, 0.345, TRIM), (0.345, 0.44, TRIM), (0.44, 0.52, TRIM)):
        patch(piece, skin, ((-0.775, low), (0.775, high)), finish, steps=40)
    for side in (-1, 1):

        def flank(y: float, z: float, side: int = side) -> Point:
            x, along, height = shape.side(y, z)
            return side * x, along, height

        patch(piece, flank, ((end * 1.56, 0.31), (end * 1.84, 0.52)), TRIM, steps=30)
    seam(piece, face, [(-0.8, 0.475), (0.8, 0.475)], 0.008, GAP)
    x, y, z = face(0, 0.41)
    turn = 0.0 if end < 0 else 180.0
    piece.box((0.53, 0.008, 0.118), (x, y + end * 0.006, z), INK)
    piece.box((0.515, 0.008, 0.104), (x, y + end * 0.009, z), PAPER, bevel=0.002)
    blue = Finish("paint", "#1d3f8f")
    piece.box((0.04, 0.008, 0.104), (end * 0.236, y + end * 0.0095, z), blue, bevel=0)
    piece.text(plate, 0.088, (-end * 0.02, y + end * 0.014, z - 0.003), INK, (90, 0, turn))
    for screw in (-0.16, 0.16):
        piece.cylinder(0.006, 0.004, (screw, y + end * 0.014, z + 0.042), STEEL, (90, 0, 0))


def _marks_of_use(piece: Workpiece, hull: Hull) -> None:
    """Scratches down to the primer and a rusty chip or two, on this unit only."""
    primer, rust = Finish("paint", "#c9c6bf"), Finish("rubber", "#6b3418")
    for _ in range(5):
        side = piece.random.choice((-1, 1))
        y, z = piece.random.uniform(-1.55, 1.5), piece.random.uniform(0.62, 0.74)
        if min(abs(y - axle) for axle in _AXLES) < 0.3 and z < 0.66:
            continue
        length, drop = piece.random.uniform(0.06, 0.35), piece.random.uniform(-0.04, 0.04)
        line = [hull.side(y + length * t, z + drop * t, 0.0004) for t in (0.0, 0.3, 0.6, 1.0)]
        piece.rods([[(side * x, along, high) for x, along, high in line]], 0.0016, primer)
    for _ in range(4):
        y = piece.random.choice(_AXLES) + piece.random.uniform(-0.2, 0.2)
        side = piece.random.choice((-1, 1))
        x, along, high = hull.side(y, 0.645 + piece.random.uniform(0, 0.02))
        size = piece.random.uniform(0.015, 0.05)
        piece.cushion((0.006, size, size * 0.6), (side * x, along, high), rust, puff=2)
