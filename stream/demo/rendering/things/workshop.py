"""Builders of tools and of what keeps them."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.workpiece import Workpiece

STEEL = Finish("metal", "#a7abae")
DARK_STEEL = Finish("metal", "#55595c")
BLACK = Finish("plastic", "#18181a")
BEECH = Finish("wood", "#c69a62")
TYRE = Finish("rubber", "#1b1b1a")
PAPER = Finish("paint", "#e8e3d3")


def tool_box(piece: Workpiece) -> None:
    """A cantilever tool box with two tiers: finishes are paint and handles."""
    paint, grip = piece.finishes
    piece.box((0.46, 0.21, 0.13), (0, 0, 0.067), paint, bevel=0.008)
    for side in (-1, 1):
        for tier in (0.158, 0.206):
            piece.box((0.456, 0.1, 0.044), (0, side * 0.052, tier), paint, bevel=0.006)
            rim = [(x, side * 0.1025, tier + 0.02) for x in (-0.225, 0.225)]
            piece.rods([rim], 0.004, paint)
        for tier in (0.134, 0.182):
            piece.box((0.45, 0.198, 0.004), (0, 0, tier), BLACK, bevel=0)
        lid = [(-0.105, 0.0), (-0.1, 0.022), (-0.02, 0.042), (0.0, 0.042), (0.0, 0.0)]
        outline = [(-side * y, z) for y, z in lid]
        piece.plate(outline, 0.456, (-0.228, 0, 0.23), paint, (90, 0, 90), bevel=0.004)
    # The arms that lift the tiers, riveted to both ends.
    for end in (-1, 1):
        x = end * 0.2315
        for side in (-1, 1):
            for near, far in ((0.085, 0.02), (0.05, -0.015)):
                arm = [(x, side * near, 0.09), (x, side * far, 0.24)]
                piece.rods([arm], 0.006, STEEL)
                for y, z in ((near, 0.09), (far, 0.24)):
                    piece.cylinder(0.009, 0.01, (x, side * y, z), STEEL, (0, 90, 0))
    for side in (-1, 1):
        bar: list[Point] = [
            (-0.15, side * 0.02, 0.27),
            (-0.13, side * 0.02, 0.335),
            (0.13, side * 0.02, 0.335),
            (0.15, side * 0.02, 0.27),
        ]
        piece.tube(bar, 0.006, STEEL, smooth=False)
        piece.tube([(-0.11, side * 0.02, 0.335), (0.11, side * 0.02, 0.335)], 0.011, grip)
    for x in (-0.14, 0.14):
        piece.box((0.03, 0.008, 0.05), (x, -0.108, 0.13), STEEL, bevel=0.003)
        piece.box((0.022, 0.012, 0.022), (x, -0.111, 0.145), DARK_STEEL, bevel=0.003)
    piece.box((0.18, 0.004, 0.05), (0, -0.1055, 0.062), Finish("paint", "#1f2022"), bevel=0.001)
    piece.text(piece.lettering, 0.042, (0, -0.109, 0.06), PAPER)
    piece.text(piece.lettering, 0.042, (0, 0.1065, 0.06), PAPER, (90, 0, 180))
    _scuffs(piece, (0.46, 0.21, 0.13))


def _scuffs(piece: Workpiece, size: Point) -> None:
    """Bare metal along the edges and scratches across the sides, on this unit only."""
    wide, deep, tall = size
    for _ in range(16):
        x = piece.random.uniform(-0.45, 0.45) * wide
        z = piece.random.uniform(0.1, 0.95) * tall
        length, drop = piece.random.uniform(0.008, 0.05), piece.random.uniform(-0.02, 0.02)
        side = piece.random.choice((-1, 1))
        y = side * (deep / 2 + 0.0006)
        end = (max(-wide * 0.49, min(wide * 0.49, x + length)), y, max(0.004, z + drop))
        piece.rods([[(x, y, z), end]], 0.0009, STEEL)
    for _ in range(9):
        x, side = piece.random.uniform(-0.48, 0.48) * wide, piece.random.choice((-1, 1))
        chip = (piece.random.uniform(0.005, 0.022), 0.003, 0.003)
        piece.cushion(chip, (x, side * (deep / 2 - 0.001), tall), STEEL, puff=2)


def bench_vice(piece: Workpiece) -> None:
    """A vice, its jaws to the front: finishes are paint and bare iron."""
    paint, iron = piece.finishes
    piece.cylinder(0.085, 0.022, (0, 0.03, 0.011), paint, bevel=0.006)
    piece.cylinder(0.07, 0.03, (0, 0.03, 0.036), paint, bevel=0.004)
    for angle in (40, 140, 220, 320):
        at = (
            0.075 * math.cos(math.radians(angle)),
            0.03 + 0.075 * math.sin(math.radians(angle)),
            0.026,
        )
        piece.cylinder(0.009, 0.014, at, iron, bevel=0.002)
    piece.box((0.085, 0.13, 0.1), (0, 0.035, 0.095), paint, bevel=0.022)
    piece.box((0.16, 0.065, 0.062), (0, 0.0, 0.148), paint, bevel=0.014)
    piece.box((0.1, 0.09, 0.05), (0, 0.065, 0.14), paint, bevel=0.016)
    piece.box((0.058, 0.32, 0.05), (0, -0.02, 0.1), paint, bevel=0.01)
    piece.box((0.16, 0.045, 0.062), (0, -0.09, 0.148), paint, bevel=0.014)
    piece.box((0.09, 0.06, 0.07), (0, -0.1, 0.09), paint, bevel=0.02)
    for side in (-1, 1):
        piece.box((0.012, 0.06, 0.07), (side * 0.05, 0.05, 0.075), paint, (0, side * -18, 0))
    for y, outwards in ((-0.034, 1), (-0.066, -1)):
        piece.box((0.158, 0.012, 0.042), (0, y, 0.16), iron, bevel=0.002)
        grooves = [
            [(-0.072 + k * 0.012, y - 0.005, 0.182), (-0.072 + k * 0.012, y + 0.005, 0.182)]
            for k in range(13)
        ]
        piece.rods(grooves, 0.0012, DARK_STEEL)
        for x in (-0.045, 0.045):
            piece.cylinder(0.006, 0.004, (x, y - outwards * 0.006, 0.155), BLACK, (90, 0, 0))
    piece.cylinder(0.018, 0.09, (0, -0.165, 0.1), iron, (90, 0, 0))
    piece.cylinder(0.026, 0.04, (0, -0.195, 0.1), iron, (90, 0, 0), bevel=0.008)
    lean = 32 + piece.random.uniform(-12, 12)
    reach = 0.13
    east, up = reach * math.cos(math.radians(lean)), reach * math.sin(math.radians(lean))
    ends = [(-east, -0.195, 0.1 - up * 0.55), (east, -0.195, 0.1 + up * 0.55)]
    piece.rods([ends], 0.007, iron)
    for end in ends:
        piece.cushion((0.028, 0.028, 0.028), end, iron, puff=2)
    piece.box((0.08, 0.06, 0.02), (0, 0.075, 0.172), iron, bevel=0.004)
    piece.text(piece.lettering, 0.027, (0, -0.1135, 0.152), PAPER)
    for side in (-1, 1):
        piece.text("125", 0.03, (side * 0.0435, 0.035, 0.1), PAPER, (90, 0, side * 90))


def workbench(piece: Workpiece) -> None:
    """A bench 1.8 wide with two drawers and a shelf: the finish is its wood."""
    (wood,) = piece.finishes
    for plank in range(4):
        y = -0.24 + plank * 0.16
        piece.box((1.8, 0.157, 0.055), (0, y, 0.86), wood, (0, 0, piece.random.uniform(-0.1, 0.1)))
    for side in (-1, 1):
        for y in (-0.26, 0.26):
            piece.box((0.09, 0.09, 0.83), (side * 0.8, y, 0.415), wood)
        piece.box((0.05, 0.5, 0.09), (side * 0.8, 0, 0.2), wood)
    piece.box((1.6, 0.04, 0.1), (0, -0.27, 0.78), wood)
    piece.box((1.6, 0.5, 0.025), (0, 0, 0.26), wood)
    for x in (0.25, 0.6):
        piece.box((0.3, 0.03, 0.13), (x, -0.285, 0.75), wood, bevel=0.01)
        piece.cylinder(0.015, 0.03, (x, -0.31, 0.75), DARK_STEEL, (90, 0, 0))
    for _ in range(7):
        blot = (piece.random.uniform(-0.8, 0.8), piece.random.uniform(-0.25, 0.25), 0.888)
        size = piece.random.uniform(0.02, 0.07)
        colour = piece.random.choice(("#d8d4c6", "#2e4a66", "#3a2a1c", "#7a2a22"))
        piece.cushion((size, size * 0.7, 0.0015), blot, Finish("rubber", colour), puff=2)


def pegboard(piece: Workpiece) -> None:
    """A board 1.7 by 0.9 with tools, hung by its middle: the finish is its paint."""
    (paint,) = piece.finishes
    piece.box((1.7, 0.012, 0.9), (0, -0.01, 0), paint)
    holes = [
        [(-0.8 + 0.1 * k, -0.0155, z), (-0.8 + 0.1 * k, -0.0175, z)]
        for k in range(17)
        for z in (-0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4)
    ]
    piece.rods(holes, 0.004, BLACK)
    red, yellow = Finish("plastic", "#a8261f"), Finish("plastic", "#d0a126")
    # A saw, two hammers, spanners by size, screwdrivers, pliers, a coil of cable.
    blade = [(-0.02, -0.06), (0.42, -0.02), (0.42, 0.02), (-0.02, 0.05)]
    piece.plate(blade, 0.003, (-0.72, -0.022, 0.28), STEEL, (90, 4, 0), bevel=0)
    grip: list[Point] = [
        (-0.76, -0.025, 0.33),
        (-0.8, -0.025, 0.28),
        (-0.77, -0.025, 0.21),
        (-0.72, -0.025, 0.24),
    ]
    piece.tube(grip, 0.016, BEECH, closed=True)
    for x, size in ((-0.68, 1.0), (-0.5, 0.8)):
        piece.tube([(x, -0.04, 0.1), (x, -0.04, 0.1 - 0.3 * size)], 0.014 * size, BEECH)
        piece.box((0.12 * size, 0.035, 0.035), (x, -0.04, 0.1), DARK_STEEL, bevel=0.008)
    for k in range(6):
        x, long = -0.28 + k * 0.075, 0.26 - k * 0.025
        piece.rods([[(x, -0.025, 0.1), (x, -0.025, 0.1 - long)]], 0.007, STEEL)
        for z in (0.1, 0.1 - long):
            piece.ring(0.016, 0.006, (x, -0.025, z), STEEL, (90, 0, 0))
    for k in range(5):
        x = 0.02 + k * 0.09
        piece.tube([(x, -0.04, 0.37), (x, -0.04, 0.28)], 0.014, (red, yellow)[k % 2])
        piece.tube([(x, -0.04, 0.28), (x, -0.04, 0.17)], 0.004, STEEL, smooth=False)
    for x, cover in ((0.3, red), (0.46, BLACK)):
        for side in (-1, 1):
            arm: list[Point] = [
                (x - side * 0.014, -0.03, 0.08),
                (x, -0.03, 0.02),
                (x + side * 0.035, -0.03, -0.05),
                (x + side * 0.025, -0.03, -0.15),
            ]
            piece.tube(arm, 0.01, cover)
        piece.box((0.03, 0.016, 0.06), (x, -0.03, 0.06), STEEL, bevel=0.006)
    for turn in range(5):
        piece.ring(
            0.1 + turn * 0.007, 0.006, (0.68, -0.03 - turn * 0.006, -0.05), yellow, (90, 0, 0)
        )
    piece.cylinder(0.05, 0.05, (0.7, -0.04, 0.3), Finish("paint", "#c9b26a"), (90, 0, 0))
    piece.cylinder(0.033, 0.054, (0.7, -0.04, 0.3), BLACK, (90, 0, 0))
    piece.box((0.6, 0.03, 0.025), (-0.4, -0.035, -0.33), Finish("paint", "#c8a01f"))
    piece.cylinder(0.011, 0.034, (-0.4, -0.035, -0.33), Finish("glass", "#a8c93a"), (90, 0, 0))


def shelving(piece: Workpiece) -> None:
    """A steel shelf 1.2 wide full of tins, jars and crates: the finish is its steel."""
    (steel,) = piece.finishes
    for x in (-0.58, 0.58):
        for y in (-0.2, 0.2):
            piece.box((0.035, 0.035, 1.9), (x, y, 0.95), steel, bevel=0.003)
    for board in range(4):
        height = 0.12 + board * 0.55
        piece.box((1.2, 0.44, 0.03), (0, 0, height), steel, bevel=0.004)
        _stock(piece, height + 0.015)


def _stock(piece: Workpiece, height: float) -> None:
    x = -0.52
    while x < 0.46:
        kind = piece.random.choice(("tin", "tin", "crate", "jar", "parcel"))
        y = piece.random.uniform(-0.08, 0.0)
        if kind == "tin":
            radius, tall = piece.random.uniform(0.05, 0.09), piece.random.uniform(0.12, 0.2)
            colour = piece.random.choice(("#d9d4c4", "#2f5d86", "#a33a2a", "#3f6a45", "#c99b2e"))
            at = (x + radius, y, height + tall / 2)
            piece.cylinder(radius, tall, at, STEEL)
            piece.cylinder(radius + 0.001, tall * 0.8, at, Finish("paint", colour), bevel=0)
            label = Finish("paint", "#eee9da")
            piece.box((radius, 0.004, tall * 0.35), (x + radius, y - radius - 0.001, at[2]), label)
            handle = [(x, y, height + tall * 0.9), (x + radius, y - radius * 1.1, height + tall)]
            piece.tube([*handle, (x + 2 * radius, y, height + tall * 0.9)], 0.002, STEEL)
            x += 2 * radius + 0.03
        elif kind == "crate":
            colour = piece.random.choice(("#2c4f7c", "#8f2f25", "#4a4d50"))
            body = Finish("plastic", colour)
            piece.box((0.3, 0.34, 0.17), (x + 0.15, y, height + 0.085), body, bevel=0.012)
            piece.box((0.32, 0.36, 0.02), (x + 0.15, y, height + 0.165), body, bevel=0.008)
            piece.box((0.1, 0.01, 0.04), (x + 0.15, y - 0.172, height + 0.12), BLACK)
            x += 0.36
        elif kind == "jar":
            for k in range(2):
                at = (x + 0.04, y - 0.06 + k * 0.12, height + 0.055)
                piece.cylinder(0.038, 0.11, at, Finish("glass", "#7d7a66", scale=0.8))
                piece.cylinder(0.04, 0.02, (at[0], at[1], height + 0.115), STEEL)
            x += 0.1
        else:
            tall = piece.random.uniform(0.12, 0.3)
            board = Finish("carpet", "#b08a5b", "#a07c50", 0.2)
            piece.box((0.26, 0.32, tall), (x + 0.13, y, height + tall / 2), board, bevel=0.003)
            tape = Finish("paint", "#c9b07a")
            piece.box((0.05, 0.324, tall + 0.004), (x + 0.13, y, height + tall / 2), tape, bevel=0)
            x += 0.29


def tyres(piece: Workpiece) -> None:
    """Four car tyres in a pile: the lettering is on their walls."""
    height = 0.0
    for _ in range(4):
        x, y = piece.random.uniform(-0.03, 0.03), piece.random.uniform(-0.03, 0.03)
        wall = [(0.19, 0.02), (0.23, 0.0), (0.27, 0.012), (0.29, 0.04), (0.29, 0.09)]
        profile = [*wall, *((r, 0.17 - z) for r, z in reversed(wall))]
        piece.turned([*profile, (0.19, 0.02)], (x, y, height), TYRE)
        for groove in (0.06, 0.085, 0.11):
            piece.ring(0.291, 0.004, (x, y, height + groove), BLACK)
        height += 0.172


def ladder(piece: Workpiece) -> None:
    """A wooden ladder 2.4 long leaning back on a wall: the finish is its wood."""
    (wood,) = piece.finishes
    lean = math.radians(12)
    for x in (-0.2, 0.2):
        at = (x * 1.0, 1.2 * math.sin(lean), 1.2 * math.cos(lean))
        piece.box((0.03, 0.06, 2.4), at, wood, (-12, 0, 0))
    for rung in range(8):
        along = 0.2 + rung * 0.28
        at = (0.0, along * math.sin(lean), along * math.cos(lean))
        piece.cylinder(0.015, 0.4, at, wood, (0, 90, 0))
