"""The builder of a motor scooter, front to the right."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.things.bodywork import patch, seam
from stream.demo.rendering.workpiece import Workpiece

TYRE = Finish("rubber", "#191918")
CHROME = Finish("metal", "#d2d5d8")
STEEL = Finish("metal", "#8f9295")
BLACK = Finish("plastic", "#161617")
MAT = Finish("rubber", "#2a2a2b")
RED = Finish("glass", "#9a1013")
AMBER = Finish("glass", "#c9650f")
LENS = Finish("glass", "#e8eef1", scale=0.6)
PAPER = Finish("paint", "#eceae2")


def scooter(piece: Workpiece) -> None:
    """A motor scooter on its stand: finishes are lacquer, seat; lettering `MODEL|PLATE`."""
    lacquer, seat = piece.finishes
    model, plate = piece.lettering.split("|")
    rear, front = (-0.58, 0.0, 0.215), (0.64, 0.0, 0.215)
    for hub in (rear, front):
        _scooter_wheel(piece, hub, lacquer)
    _tail(piece, lacquer, plate)
    piece.cushion((0.66, 0.27, 0.12), (-0.44, 0, 0.79), seat, (0, 2, 0), puff=3.2)
    piece.cushion((0.3, 0.275, 0.06), (-0.62, 0, 0.835), seat, (0, 3, 0), puff=2.6)
    for x in (-0.68, -0.56, -0.44, -0.32, -0.2):
        piece.rods(
            [[(x, -0.125, 0.83), (x, 0.0, 0.853 if x > -0.5 else 0.866), (x, 0.125, 0.83)]],
            0.004,
            seat,
            smooth=True,
        )
    piece.ring(0.13, 0.005, (-0.44, 0, 0.745), CHROME)
    _footboard(piece, lacquer)
    _shield(piece, lacquer, model)
    _steering(piece, lacquer, front)
    _undercarriage(piece, rear)
    for side in (-1, 1):
        at = (-0.46, side * 0.266, 0.58)
        piece.text(model, 0.05, at, CHROME, (90, 0, 0 if side < 0 else 180))


def _scooter_wheel(piece: Workpiece, hub: Point, lacquer: Finish) -> None:
    upright = (90, 0, 0)
    tread = [(0.13, -0.035), (0.17, -0.046), (0.205, -0.036), (0.215, -0.02), (0.216, 0.0)]
    profile = [*tread, *((r, -z) for r, z in reversed(tread[:-1]))]
    piece.turned(profile, hub, TYRE, upright)
    for groove in (-0.016, 0.016):
        piece.ring(0.2155, 0.003, (hub[0], hub[1] + groove, hub[2]), BLACK, upright)
    piece.cylinder(0.132, 0.05, hub, lacquer, upright)
    for side in (-1, 1):
        y = hub[1] + side * 0.03
        piece.ring(0.13, 0.008, (hub[0], y, hub[2]), CHROME, upright)
        piece.cylinder(0.06, 0.02, (hub[0], y, hub[2]), STEEL, upright, bevel=0.006)
        for k in range(5):
            angle = math.tau * k / 5
            at = (hub[0] + 0.085 * math.cos(angle), y, hub[2] + 0.085 * math.sin(angle))
            piece.cylinder(0.015, 0.012, at, BLACK, upright)
            piece.cylinder(0.009, 0.026, at, STEEL, upright)


def _tail(piece: Workpiece, lacquer: Finish, plate: str) -> None:
    sections = []
    for x, half, low, high in (
        (-0.93, 0.05, 0.47, 0.58),
        (-0.9, 0.11, 0.43, 0.64),
        (-0.8, 0.16, 0.4, 0.73),
        (-0.6, 0.18, 0.4, 0.77),
        (-0.35, 0.17, 0.36, 0.77),
        (-0.16, 0.14, 0.28, 0.74),
        (-0.09, 0.12, 0.26, 0.68),
    ):
        ring = []
        for k in range(20):
            angle = math.tau * k / 20
            y, z = math.cos(angle), math.sin(angle)
            reach = (abs(y) ** 3 + abs(z) ** 3) ** (-1 / 3)
            ring.append((x, half * y * reach, (low + high) / 2 + (high - low) / 2 * z * reach))
        sections.append(ring)
    piece.loft(sections, lacquer)
    for side in (-1, 1):
        # The cheeks over engine and tool box, with a chrome edge and cooling slots.
        piece.cushion((0.62, 0.15, 0.34), (-0.5, side * 0.185, 0.54), lacquer, (0, 5, 0), puff=2.5)
        arc: list[Point] = []
        for k in range(9):
            angle = math.radians(200 + k * 17.5)
            arc.append((-0.5 + 0.3 * math.cos(angle), side * 0.215, 0.55 + 0.165 * math.sin(angle)))
        piece.tube(arc, 0.005, CHROME)
    slots = [[(-0.42 + k * 0.03, -0.259, 0.5), (-0.43 + k * 0.03, -0.254, 0.44)] for k in range(6)]
    piece.rods(slots, 0.005, BLACK)
    piece.box((0.03, 0.12, 0.07), (-0.925, 0, 0.6), CHROME, (0, -12, 0), 0.012)
    piece.cushion((0.05, 0.105, 0.06), (-0.94, 0, 0.6), RED, (0, -12, 0), puff=5)
    piece.box((0.012, 0.19, 0.13), (-0.945, 0, 0.47), PAPER, (0, -14, 0))
    first, second = plate.split(" ", 1)
    for words, height in ((first, 0.497), (second, 0.445)):
        at = (-0.954 - (height - 0.47) * 0.25, 0, height)
        piece.text(words, 0.05, at, BLACK, (104, 0, -90))
    for side in (-1, 1):
        piece.cushion((0.06, 0.05, 0.05), (-0.85, side * 0.19, 0.62), AMBER, puff=2.4)
    rack = [
        [(-0.72, -0.1, 0.86), (-0.98, -0.1, 0.86), (-0.98, 0.1, 0.86), (-0.72, 0.1, 0.86)],
        [(-0.8, 0.1, 0.86), (-0.8, -0.1, 0.86)],
        [(-0.89, 0.1, 0.86), (-0.89, -0.1, 0.86)],
        [(-0.9, -0.09, 0.86), (-0.88, -0.07, 0.66)],
        [(-0.9, 0.09, 0.86), (-0.88, 0.07, 0.66)],
    ]
    piece.rods(rack, 0.007, CHROME)


def _footboard(piece: Workpiece, lacquer: Finish) -> None:
    piece.box((0.56, 0.4, 0.035), (0.1, 0, 0.255), lacquer, bevel=0.015)
    piece.cushion((0.54, 0.09, 0.09), (0.1, 0, 0.27), lacquer, puff=4)
    for y in (-0.165, -0.125, -0.085, 0.085, 0.125, 0.165):
        piece.box((0.44, 0.014, 0.012), (0.12, y, 0.277), MAT, bevel=0.004)
        piece.box((0.46, 0.02, 0.004), (0.12, y, 0.2745), STEEL, bevel=0.001)
    piece.box((0.06, 0.035, 0.02), (0.2, -0.12, 0.31), MAT, (0, -25, 0))


def _shield(piece: Workpiece, lacquer: Finish, model: str) -> None:
    def skin(u: float, z: float) -> Point:
        share = (z - 0.26) / 0.64
        half = 0.205 + 0.045 * math.sin(math.pi * min(1.0, share * 1.15))
        half *= (1 - max(0.0, share - 0.72) ** 2 * 7.5) ** 0.5
        flare = 0.11 * abs(u) ** 2.4
        lean = 0.4 + 0.05 * share + 0.1 * (1 - share) ** 6
        return lean - flare, u * half, z

    for back in (0.0, -0.012):

        def layer(u: float, z: float, back: float = back) -> Point:
            x, y, height = skin(u, z)
            return x + back, y, height

        patch(piece, layer, ((-1, 0.26), (1, 0.9)), lacquer, steps=28)
    edge = [(-1.0, 0.26), (-1.0, 0.5), (-1.0, 0.9), (1.0, 0.9), (1.0, 0.5), (1.0, 0.26)]
    seam(piece, skin, edge, 0.009, CHROME)
    # Fork cover with the horn's grille and the maker's name on it.
    sections: list[list[Point]] = [
        [
            (x + 0.04 * math.cos(a), half * math.sin(a), z)
            for a in (math.tau * k / 14 for k in range(14))
        ]
        for x, half, z in (
            (0.5, 0.045, 0.36),
            (0.475, 0.055, 0.5),
            (0.46, 0.05, 0.7),
            (0.45, 0.04, 0.88),
        )
    ]
    piece.loft(sections, lacquer)
    for k in range(5):
        z = 0.7 + k * 0.018
        piece.rods([[(0.505, -0.028, z), (0.51, 0, z), (0.505, 0.028, z)]], 0.004, BLACK)
    piece.text(model, 0.055, (0.455, 0.125, 0.72), CHROME, (90, 8, 98))
    piece.box((0.12, 0.24, 0.18), (0.33, 0, 0.66), lacquer, bevel=0.03)
    piece.cylinder(0.012, 0.02, (0.265, 0.08, 0.7), CHROME, (0, 90, 0))


def _steering(piece: Workpiece, lacquer: Finish, front: Point) -> None:
    piece.tube([(0.56, 0.07, 0.24), (0.5, 0.07, 0.4), (0.4, 0.0, 0.98)], 0.024, STEEL)
    piece.cylinder(0.03, 0.1, (front[0], 0.05, front[2]), STEEL, (90, 0, 0))
    arch: list[list[Point]] = []
    for k in range(9):
        angle = math.radians(-8 + k * 22.5)
        ring = []
        for j in range(12):
            turn = math.tau * j / 12
            r = 0.245 + 0.028 * math.sin(turn)
            wide = 0.085 * (1 - 0.35 * abs(k - 4) / 4)
            at = (front[0] + r * math.cos(angle), wide * math.cos(turn), 0.22 + r * math.sin(angle))
            ring.append(at)
        arch.append(ring)
    piece.loft(arch, lacquer)
    piece.cushion((0.05, 0.02, 0.03), (0.72, 0, 0.48), CHROME, (0, 40, 0), puff=2.5)
    piece.cushion((0.2, 0.24, 0.15), (0.4, 0, 1.0), lacquer, (0, -8, 0), puff=2.8)
    piece.cylinder(0.078, 0.05, (0.49, 0, 1.0), CHROME, (0, 84, 0), bevel=0.012)
    piece.cushion((0.05, 0.135, 0.135), (0.512, 0, 1.0), LENS, (0, -6, 0), puff=2.2)
    ribs = [[(0.538, y, 0.95), (0.542, y, 1.05)] for y in (-0.03, -0.015, 0, 0.015, 0.03)]
    piece.rods(ribs, 0.002, LENS)
    piece.cylinder(0.045, 0.02, (0.35, 0, 1.075), CHROME, (0, -30, 0))
    piece.cylinder(0.038, 0.022, (0.348, 0, 1.076), PAPER, (0, -30, 0))
    for side in (-1, 1):
        piece.tube([(0.39, side * 0.1, 1.0), (0.36, side * 0.25, 1.01)], 0.016, CHROME)
        piece.tube([(0.36, side * 0.25, 1.01), (0.34, side * 0.37, 1.01)], 0.02, MAT)
        lever: list[Point] = [
            (0.39, side * 0.2, 1.01),
            (0.42, side * 0.27, 1.0),
            (0.4, side * 0.37, 1.0),
        ]
        piece.tube(lever, 0.006, CHROME)
        stalk: list[Point] = [
            (0.37, side * 0.2, 1.02),
            (0.36, side * 0.26, 1.16),
            (0.35, side * 0.3, 1.22),
        ]
        piece.tube(stalk, 0.006, CHROME)
        piece.cylinder(0.055, 0.016, (0.35, side * 0.31, 1.25), CHROME, (0, 84, 0), bevel=0.006)
        piece.cushion((0.05, 0.045, 0.045), (0.43, side * 0.175, 0.84), AMBER, puff=2.4)
        cable: list[Point] = [
            (0.38, side * 0.2, 1.0),
            (0.46, side * 0.16, 0.93),
            (0.42, side * 0.06, 0.84),
        ]
        piece.tube(cable, 0.004, BLACK)


def _undercarriage(piece: Workpiece, rear: Point) -> None:
    piece.box((0.34, 0.16, 0.2), (-0.46, -0.07, 0.3), STEEL, (0, 8, 0), 0.03)
    for fin in range(6):
        piece.box((0.012, 0.18, 0.13), (-0.4 + fin * 0.024, -0.1, 0.3), BLACK, bevel=0.002)
    piece.cylinder(0.07, 0.3, (-0.66, -0.13, 0.16), STEEL, (0, 86, 0), bevel=0.03)
    piece.tube([(-0.5, -0.14, 0.15), (-0.36, -0.12, 0.14), (-0.3, -0.08, 0.22)], 0.016, STEEL)
    piece.tube([(-0.8, -0.13, 0.15), (-0.92, -0.14, 0.14)], 0.015, CHROME)
    piece.tube([(-0.42, -0.15, 0.33), (-0.56, -0.2, 0.36), (-0.58, -0.25, 0.36)], 0.011, CHROME)
    for side in (-1, 1):
        legs: list[Point] = [
            (-0.14, side * 0.06, 0.24),
            (-0.2, side * 0.17, 0.02),
            (-0.25, side * 0.18, 0.01),
        ]
        piece.tube(legs, 0.012, STEEL)
    piece.tube([(rear[0], 0.06, rear[2]), (-0.62, 0.1, 0.5)], 0.022, STEEL)
