"""Builders of what stands about in gardens."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.things.bodywork import Hull
from stream.demo.rendering.workpiece import Workpiece

TYRE = Finish("rubber", "#1d1d1c")
BLACK = Finish("plastic", "#19191a")
STEEL = Finish("metal", "#a9adb0")
CAST = Finish("metal", "#75797c")
GRASS = Finish("leaf", "#5d6b2c", "#8a8a4a")


def lawn_mower(piece: Workpiece) -> None:
    """A petrol mower with its grass bag, front to the right: finishes are deck, cowl, bag."""
    deck, cowl, bag = piece.finishes
    shape = Hull(0.265, 0.37, 0.085, lambda _y: 0.255, power=4.6)
    body = shape.built(piece, deck)
    body.rotation_euler = (0, 0, -math.pi / 2)
    skirt: list[Point] = []
    for angle in _round(40):
        east, north = math.cos(angle), math.sin(angle)
        reach = (abs(east) ** 4.6 + abs(north) ** 4.6) ** (-1 / 4.6)
        skirt.append((0.375 * east * reach, 0.27 * north * reach, 0.11))
    piece.rods([skirt], 0.01, deck, closed=True)
    for x, radius in ((-0.31, 0.115), (0.3, 0.095)):
        for side in (-1, 1):
            _mower_wheel(piece, (x, side * 0.265, radius), radius, cowl)
    _engine(piece, cowl)
    _grass_bag(piece, bag)
    for side in (-1, 1):
        bar: list[Point] = [
            (-0.3, side * 0.22, 0.2),
            (-0.5, side * 0.215, 0.5),
            (-0.82, side * 0.2, 0.95),
            (-0.86, side * 0.16, 0.99),
        ]
        piece.tube(bar, 0.012, STEEL)
        piece.cylinder(0.022, 0.03, (-0.52, side * 0.232, 0.52), BLACK, (90, 0, 0))
    piece.tube([(-0.86, -0.17, 0.99), (-0.86, 0.17, 0.99)], 0.017, BLACK, smooth=False)
    lever: list[Point] = [
        (-0.76, -0.205, 0.88),
        (-0.81, -0.17, 1.02),
        (-0.81, 0.17, 1.02),
        (-0.76, 0.205, 0.88),
    ]
    piece.tube(lever, 0.006, STEEL, smooth=False)
    cable: list[Point] = [
        (-0.77, -0.21, 0.89),
        (-0.6, -0.26, 0.62),
        (-0.32, -0.2, 0.34),
        (-0.08, -0.1, 0.36),
    ]
    piece.tube(cable, 0.004, BLACK)
    cord: list[Point] = [(0.0, 0.12, 0.46), (-0.3, 0.19, 0.5), (-0.56, 0.205, 0.6)]
    piece.tube(cord, 0.003, Finish("fabric", "#c9c4b4"))
    piece.box((0.025, 0.05, 0.025), (-0.575, 0.215, 0.62), BLACK)
    _clippings(piece)


def _round(steps: int) -> list[float]:
    return [math.tau * k / steps for k in range(steps)]


def _mower_wheel(piece: Workpiece, hub: Point, radius: float, cap: Finish) -> None:
    x, y, z = hub
    upright = (90, 0, 0)
    out = math.copysign(1, y)
    piece.cylinder(radius, 0.05, hub, TYRE, upright, bevel=0.014)
    ridges: list[list[Point]] = [
        [
            (x + radius * math.cos(a), y - 0.019, z + radius * math.sin(a)),
            (x + radius * math.cos(a + 0.12), y + 0.019, z + radius * math.sin(a + 0.12)),
        ]
        for a in _round(26)
    ]
    piece.rods(ridges, 0.005, TYRE)
    piece.cylinder(radius * 0.66, 0.054, hub, Finish("plastic", "#d9d6cc"), upright)
    piece.cylinder(radius * 0.3, 0.064, (x, y + out * 0.003, z), cap, upright, bevel=0.008)
    for angle in _round(5):
        reach = radius * 0.47
        at = (x + reach * math.cos(angle), y + out * 0.002, z + reach * math.sin(angle))
        piece.cylinder(radius * 0.11, 0.056, at, BLACK, upright)


def _engine(piece: Workpiece, cowl: Finish) -> None:
    piece.cylinder(0.13, 0.06, (0.02, 0, 0.29), CAST)
    for fin in range(7):
        piece.box((0.1, 0.15, 0.008), (0.14, 0.0, 0.3 + fin * 0.017), CAST, bevel=0.002)
    piece.box((0.07, 0.09, 0.12), (0.15, 0, 0.36), CAST)
    piece.turned(
        [
            (0.0, 0.3),
            (0.15, 0.3),
            (0.152, 0.31),
            (0.15, 0.4),
            (0.135, 0.43),
            (0.1, 0.445),
            (0.0, 0.448),
        ],
        (-0.01, 0, 0),
        cowl,
    )
    piece.cylinder(0.085, 0.03, (-0.01, 0, 0.455), BLACK, bevel=0.01)
    for angle in _round(18):
        at = (-0.01 + 0.065 * math.cos(angle), 0.065 * math.sin(angle), 0.4705)
        piece.box((0.026, 0.006, 0.003), at, CAST, (0, 0, math.degrees(angle)), 0.001)
    piece.box((0.13, 0.11, 0.09), (0.06, -0.15, 0.37), BLACK, bevel=0.02)
    piece.cushion((0.16, 0.12, 0.1), (0.04, 0.16, 0.36), Finish("plastic", "#d8d4c8"), puff=5)
    piece.cylinder(0.03, 0.025, (0.04, 0.16, 0.42), BLACK)
    piece.cylinder(0.028, 0.12, (0.2, 0.1, 0.32), Finish("rubber", "#6a4a38"), (90, 0, 20))
    plug: list[Point] = [(0.21, -0.01, 0.36), (0.26, -0.03, 0.38), (0.2, -0.1, 0.42)]
    piece.tube(plug, 0.006, BLACK)
    piece.cylinder(0.016, 0.05, (0.21, -0.01, 0.36), BLACK, (0, 90, 0))
    letters = Finish("paint", "#f0ece0")
    for side in (-1, 1):
        at = (0.02, side * 0.267, 0.18)
        piece.text(piece.lettering, 0.075, at, letters, (90, 0, 0 if side < 0 else 180))
    piece.text(piece.lettering, 0.05, (0.373, 0.0, 0.18), letters, (90, 0, 90))


def _grass_bag(piece: Workpiece, bag: Finish) -> None:
    piece.cushion((0.42, 0.4, 0.34), (-0.56, 0, 0.33), bag, (0, 22, 0), puff=4.5)
    piece.box((0.03, 0.4, 0.06), (-0.36, 0, 0.4), BLACK, (0, 22, 0), 0.012)
    piece.tube([(-0.42, -0.06, 0.47), (-0.48, 0, 0.53), (-0.52, 0.06, 0.5)], 0.01, BLACK)
    frame: list[Point] = [
        (-0.37, -0.205, 0.43),
        (-0.71, -0.2, 0.47),
        (-0.71, 0.2, 0.47),
        (-0.37, 0.205, 0.43),
    ]
    piece.tube(frame, 0.006, STEEL, smooth=False)


def _clippings(piece: Workpiece) -> None:
    """Dried grass stuck to the deck, differently on each unit."""
    blades: list[list[Point]] = []
    for _ in range(90):
        angle = piece.random.uniform(0, math.tau)
        x, y = 0.37 * math.cos(angle), 0.265 * math.sin(angle)
        z = 0.11 + abs(piece.random.gauss(0, 0.035))
        turn = piece.random.uniform(0, math.tau)
        blades.append([(x, y, z), (x + 0.02 * math.cos(turn), y + 0.02 * math.sin(turn), z + 0.01)])
    piece.rods(blades, 0.0016, GRASS)


def garden_chair(piece: Workpiece) -> None:
    """A folding chair of slats on an iron frame: finishes are slats and iron."""
    slats, iron = piece.finishes
    for side in (-1, 1):
        x = side * 0.2
        back: list[Point] = [(x, -0.24, 0.0), (x, 0.1, 0.42), (x, 0.2, 0.6), (x, 0.26, 0.88)]
        piece.tube(back, 0.011, iron)
        legs: list[Point] = [(x * 1.12, 0.26, 0.0), (x * 1.12, -0.2, 0.44)]
        piece.tube(legs, 0.011, iron, smooth=False)
        piece.rods([[(x * 1.06, -0.22, 0.445), (x * 1.06, 0.2, 0.43)]], 0.011, iron)
        piece.cylinder(0.014, 0.06, (x * 1.06, 0.02, 0.22), STEEL, (0, 90, 0))
        arm: list[Point] = [(x * 1.06, 0.22, 0.66), (x * 1.2, 0.0, 0.66), (x * 1.12, -0.2, 0.45)]
        piece.tube(arm, 0.009, iron)
        piece.box((0.05, 0.3, 0.022), (x * 1.2, 0.07, 0.672), slats, (0, 0, 0), 0.008)
    for y, z in ((-0.24, 0.02), (0.26, 0.02)):
        piece.tube([(-0.22, y, z), (0.22, y, z)], 0.009, iron, smooth=False)
    for k in range(8):
        at = (piece.random.uniform(-0.002, 0.002), -0.215 + k * 0.056, 0.458 - k * 0.002)
        piece.box((0.45, 0.042, 0.016), at, slats, (0, 0, piece.random.uniform(-0.5, 0.5)), 0.005)
        for x in (-0.205, 0.205):
            piece.cylinder(0.005, 0.003, (x, at[1], at[2] + 0.009), STEEL)
    for k in range(5):
        share = k / 4
        at = (0.0, 0.178 + 0.075 * share, 0.59 + 0.26 * share)
        piece.box((0.44, 0.015, 0.05), at, slats, (-15, 0, piece.random.uniform(-0.4, 0.4)), 0.006)
        for x in (-0.195, 0.195):
            piece.cylinder(0.005, 0.004, (x, at[1] - 0.009, at[2]), STEEL, (75, 0, 0))


def watering_can(piece: Workpiece) -> None:
    """A zinc watering can, spout to the right: the finish is its metal."""
    (zinc,) = piece.finishes
    profile = [(0.0, 0.0), (0.11, 0.0), (0.115, 0.01), (0.11, 0.27), (0.112, 0.28), (0.105, 0.28)]
    piece.turned([*profile, (0.1, 0.05), (0.0, 0.04)], (0, 0, 0), zinc)
    for height in (0.03, 0.25):
        piece.ring(0.114, 0.005, (0, 0, height), zinc)
    piece.tube([(0.1, 0, 0.06), (0.2, 0, 0.14), (0.34, 0, 0.34)], 0.016, zinc, smooth=False)
    piece.tube([(0.1, 0, 0.24), (0.24, 0, 0.2)], 0.005, zinc, smooth=False)
    piece.cylinder(0.018, 0.07, (0.365, 0, 0.365), zinc, (0, 45, 0), top=0.045)
    handle: list[Point] = [
        (0.06, 0, 0.28),
        (0.02, 0, 0.42),
        (-0.12, 0, 0.38),
        (-0.18, 0, 0.2),
        (-0.11, 0, 0.1),
    ]
    piece.tube(handle, 0.01, zinc)


def jerrycan(piece: Workpiece) -> None:
    """A fuel can: the finish is its paint."""
    (paint,) = piece.finishes
    piece.box((0.34, 0.16, 0.42), (0, 0, 0.21), paint, bevel=0.035)
    for side in (-1, 1):
        y = side * 0.081
        cross: list[list[Point]] = [
            [(-0.13, y, 0.05), (0.13, y, 0.35)],
            [(-0.13, y, 0.35), (0.13, y, 0.05)],
        ]
        piece.rods(cross, 0.011, paint)
        piece.text(piece.lettering, 0.035, (0, y * 1.06, 0.385), BLACK, (90, 0, 90 - side * -90))
    for y in (-0.05, 0.0, 0.05):
        grip: list[Point] = [(-0.09, y, 0.42), (-0.08, y, 0.455), (0.06, y, 0.455), (0.07, y, 0.42)]
        piece.tube(grip, 0.009, paint)
    piece.cylinder(0.028, 0.05, (0.125, 0, 0.44), STEEL, (0, 25, 0))
    piece.box((0.05, 0.03, 0.012), (0.115, 0, 0.47), STEEL, (0, 25, 0))


def flower_pots(piece: Workpiece) -> None:
    """A planted pot beside empty ones, one of them lying: finishes are clay and bloom."""
    clay, bloom = piece.finishes
    for at, size, turn in (
        ((0.0, 0.0, 0.0), 1.3, (0, 0, 0)),
        ((0.36, 0.05, 0.0), 0.8, (0, 0, 0)),
        ((0.3, -0.26, 0.085), 0.75, (90, 0, 50)),
    ):
        profile = [(0.0, 0.0), (0.085, 0.0), (0.115, 0.17), (0.128, 0.17), (0.13, 0.21)]
        inner = [(0.118, 0.21), (0.1, 0.16), (0.0, 0.15)]
        scaled = [(r * size, z * size) for r, z in (*profile, *inner)]
        piece.turned(scaled, at, clay, turn)
    for _ in range(46):
        heading, reach = piece.random.uniform(0, math.tau), piece.random.uniform(0.02, 0.2)
        height = 0.36 + piece.random.uniform(0, 0.16) - reach * 0.4
        spot = (reach * math.cos(heading), reach * math.sin(heading), height)
        leafy = piece.random.random() < 0.6
        lean = (piece.random.uniform(-40, 40), piece.random.uniform(-40, 40), 0)
        finish = Finish("leaf", "#35561f", "#5f8a3a") if leafy else bloom
        petal = (0.09, 0.07, 0.012) if leafy else (0.05, 0.05, 0.035)
        piece.cushion(petal, spot, finish, lean, puff=1.8)


def wheelie_bin(piece: Workpiece) -> None:
    """A refuse bin on two wheels: finishes are body and lid."""
    body, lid = piece.finishes
    sections: list[list[Point]] = []
    for z, wide, deep in (
        (0.1, 0.2, 0.21),
        (0.12, 0.205, 0.22),
        (0.9, 0.26, 0.31),
        (0.95, 0.27, 0.32),
    ):
        ring: list[Point] = []
        for angle in _round(32):
            east, north = math.cos(angle), math.sin(angle)
            reach = (abs(east) ** 9 + abs(north) ** 9) ** (-1 / 9)
            ring.append((wide * east * reach, deep * north * reach, z))
        sections.append(ring)
    piece.loft(sections, body)
    piece.box((0.58, 0.68, 0.03), (0, 0.01, 0.955), body, bevel=0.012)
    piece.box((0.6, 0.7, 0.05), (0, 0, 1.0), lid, (-3, 0, 0), 0.022)
    piece.box((0.46, 0.52, 0.02), (0, -0.02, 1.03), lid, (-3, 0, 0), 0.01)
    piece.tube([(-0.22, 0.38, 0.99), (0.22, 0.38, 0.99)], 0.016, body, smooth=False)
    for x in (-0.12, 0.0, 0.12):
        piece.box((0.03, 0.02, 0.6), (x, -0.275, 0.5), body, (6, 0, 0), 0.006)
    for side in (-1, 1):
        piece.cylinder(0.11, 0.06, (side * 0.25, 0.25, 0.11), TYRE, (0, 90, 0), bevel=0.015)
        piece.cylinder(0.06, 0.064, (side * 0.25, 0.25, 0.11), BLACK, (0, 90, 0))
    piece.text(piece.lettering, 0.12, (0, -0.312, 0.78), Finish("paint", "#e8e6dc"), (96, 0, 0))
