"""Builders of toys."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish
from stream.demo.rendering.workpiece import Workpiece

CHROME = Finish("metal", "#c9ccd0")
BLACK = Finish("plastic", "#17171a")
BEECH = Finish("wood", "#d8b07a")
CREAM = Finish("paint", "#f2ead2")
_FORWARDS = (90.0, 0.0, 0.0)


def robot(piece: Workpiece) -> None:
    """A tin robot 0.28 high with a dial: finishes are tin, limbs, lamps."""
    tin, limbs, lamps = piece.finishes
    for side in (-1, 1):
        piece.box((0.052, 0.08, 0.022), (side * 0.036, -0.008, 0.011), limbs, bevel=0.006)
        piece.box((0.042, 0.05, 0.07), (side * 0.036, 0, 0.057), tin, bevel=0.005)
        for rib in range(3):
            piece.box((0.046, 0.054, 0.004), (side * 0.036, 0, 0.04 + rib * 0.016), limbs)
        _arm(piece, side)
    piece.box((0.12, 0.075, 0.1), (0, 0, 0.142), tin, bevel=0.008)
    piece.box((0.1, 0.004, 0.078), (0, -0.0385, 0.143), limbs, bevel=0.002)
    _panel(piece, lamps)
    for ring in range(3):
        piece.ring(0.022, 0.0035, (0, 0, 0.196 + ring * 0.006), limbs)
    piece.box((0.082, 0.066, 0.058), (0, 0, 0.24), tin, bevel=0.01)
    piece.box((0.068, 0.004, 0.022), (0, -0.0335, 0.248), BLACK, bevel=0.003)
    for side in (-1, 1):
        piece.cylinder(0.0088, 0.006, (side * 0.017, -0.036, 0.248), lamps, _FORWARDS)
        piece.ring(0.0092, 0.0014, (side * 0.017, -0.038, 0.248), CHROME, _FORWARDS)
        piece.cylinder(0.011, 0.012, (side * 0.045, 0, 0.243), limbs, (0, 90, 0))
        piece.cylinder(0.003, 0.03, (side * 0.058, 0, 0.243), CHROME, (0, 90, 0))
    for tooth in range(6):
        piece.box((0.005, 0.003, 0.012), (-0.02 + tooth * 0.008, -0.034, 0.223), CHROME, bevel=0)
    # An aerial is the first thing to be bent, each robot's its own way.
    bend = piece.random.uniform(-0.02, 0.02)
    piece.tube([(0, 0, 0.268), (0, 0, 0.285), (bend, bend / 2, 0.31)], 0.0016, CHROME)
    piece.cushion((0.01, 0.01, 0.01), (bend, bend / 2, 0.312), lamps, puff=2)
    _rivets(piece)
    piece.cylinder(0.005, 0.02, (0, 0.045, 0.15), CHROME, _FORWARDS)
    for side in (-1, 1):
        piece.ring(0.009, 0.0025, (side * 0.011, 0.057, 0.15), CHROME, _FORWARDS)
    piece.text(f"{piece.lettering} {piece.seed}", 0.014, (0, 0.0385, 0.115), CREAM, (90, 0, 180))
    _rust(piece)


def _arm(piece: Workpiece, side: int) -> None:
    tin, limbs, _ = piece.finishes
    lift = piece.random.uniform(-22, 4)
    angle = math.radians(lift)
    piece.cylinder(0.017, 0.02, (side * 0.07, 0, 0.172), limbs, (0, 90, 0))
    for ring in range(7):
        reach = 0.01 + ring * 0.0095
        at = (
            side * (0.076 + ring * 0.0006),
            reach * math.sin(angle),
            0.172 - reach * math.cos(angle),
        )
        piece.ring(0.0095, 0.0042, at, tin, (lift, 0, 0))
    for claw in (-1, 1):
        hand = [
            (side * 0.08, 0.075 * math.sin(angle), 0.172 - 0.075 * math.cos(angle)),
            (side * 0.08 + claw * 0.011, 0.088 * math.sin(angle), 0.172 - 0.088 * math.cos(angle)),
            (side * 0.08 + claw * 0.006, 0.106 * math.sin(angle), 0.172 - 0.106 * math.cos(angle)),
        ]
        piece.tube(hand, 0.0035, limbs)


def _panel(piece: Workpiece, lamps: Finish) -> None:
    piece.cylinder(0.022, 0.005, (-0.02, -0.041, 0.152), CREAM, _FORWARDS)
    piece.ring(0.022, 0.0026, (-0.02, -0.043, 0.152), CHROME, _FORWARDS)
    for mark in range(9):
        angle = math.radians(-120 + mark * 30)
        at = (-0.02 + 0.016 * math.sin(angle), -0.0438, 0.152 + 0.016 * math.cos(angle))
        piece.box((0.0012, 0.0006, 0.005), at, BLACK, (0, math.degrees(angle), 0), 0)
    needle = piece.random.uniform(-100, 100)
    turn = math.radians(needle)
    at = (-0.02 + 0.006 * math.sin(turn), -0.0442, 0.152 + 0.006 * math.cos(turn))
    piece.box((0.002, 0.001, 0.017), at, Finish("paint", "#b3271e"), (0, needle, 0), 0)
    for k, colour in enumerate(("#c8352a", "#e0b32f", "#3f8f4f")):
        button = (0.024, -0.042, 0.17 - k * 0.018)
        piece.cylinder(0.0062, 0.007, button, Finish("plastic", colour), _FORWARDS)
        piece.ring(0.007, 0.001, button, CHROME, _FORWARDS)
    for slot in range(4):
        piece.box((0.003, 0.002, 0.016), (0.036 + slot * 0.003, -0.041, 0.153), BLACK, bevel=0)
    piece.box((0.09, 0.002, 0.016), (0, -0.041, 0.116), lamps, bevel=0.001)
    piece.text(piece.lettering, 0.013, (0, -0.0425, 0.116), BLACK)


def _rivets(piece: Workpiece) -> None:
    for side in (-1, 1):
        for z in (0.1, 0.128, 0.156, 0.184):
            for y in (-0.0375, 0.0375):
                piece.cushion((0.005, 0.003, 0.005), (side * 0.054, y, z), CHROME, puff=2)


def _rust(piece: Workpiece) -> None:
    rust = Finish("rubber", "#7a4526")
    for _ in range(9):
        size = piece.random.uniform(0.003, 0.009)
        at = (
            piece.random.uniform(-0.056, 0.056),
            -0.0373,
            piece.random.choice((0.096, 0.189, 0.186)),
        )
        piece.cushion((size, 0.0012, size * 0.6), at, rust, puff=2)
        flank = (piece.random.choice((-1, 1)) * 0.06, piece.random.uniform(-0.03, 0.03), 0.13)
        piece.cushion((0.0012, size, size), flank, rust, puff=2)


def teddy(piece: Workpiece) -> None:
    """A sitting bear 0.34 high: finishes are fur, snout, bow."""
    fur, snout, bow = piece.finishes
    piece.cushion((0.17, 0.14, 0.19), (0, 0, 0.105), fur, (8, 0, 0), puff=2.2)
    piece.cushion((0.15, 0.135, 0.13), (0, -0.012, 0.255), fur, puff=2.1)
    piece.cushion((0.068, 0.06, 0.052), (0, -0.078, 0.236), snout, puff=2)
    piece.cushion((0.024, 0.014, 0.016), (0, -0.106, 0.246), BLACK, puff=2)
    mouth = [(-0.014, -0.098, 0.224), (0, -0.107, 0.229), (0.014, -0.098, 0.224)]
    piece.tube([(0, -0.108, 0.24), (0, -0.107, 0.229)], 0.0012, BLACK, smooth=False)
    piece.tube(mouth, 0.0013, BLACK)
    seam = [(0, -0.078, 0.06), (0.002, -0.082, 0.1), (-0.001, -0.076, 0.15), (0, -0.06, 0.185)]
    piece.tube(seam, 0.0014, snout)
    for side in (-1, 1):
        piece.cushion((0.013, 0.008, 0.014), (side * 0.03, -0.072, 0.268), BLACK, puff=2)
        piece.cushion((0.052, 0.024, 0.052), (side * 0.055, -0.004, 0.316), fur, puff=2.2)
        piece.cushion((0.03, 0.01, 0.03), (side * 0.055, -0.017, 0.315), snout, puff=2.2)
        droop = piece.random.uniform(22, 40)
        piece.cushion(
            (0.06, 0.062, 0.14),
            (side * 0.098, -0.03, 0.145),
            fur,
            (-24, -side * droop, 0),
            puff=2.4,
        )
        piece.cushion(
            (0.074, 0.15, 0.07), (side * 0.066, -0.085, 0.038), fur, (0, 0, side * 18), puff=2.5
        )
        foot = (side * 0.09, -0.15, 0.046)
        piece.cushion((0.07, 0.036, 0.086), foot, fur, (0, 0, side * 18), puff=2.3)
        sole = (side * 0.095, -0.166, 0.046)
        piece.cushion((0.05, 0.012, 0.062), sole, snout, (0, 0, side * 18), puff=2.2)
        piece.cushion(
            (0.05, 0.022, 0.034), (side * 0.027, -0.072, 0.193), bow, (0, side * 12, 0), 2.6
        )
    piece.cushion((0.018, 0.022, 0.02), (0, -0.078, 0.193), bow, puff=3)
    patch = piece.random.uniform(-0.04, 0.04)
    piece.cushion((0.04, 0.01, 0.04), (patch, -0.074, 0.09), bow, (8, 25, 0), puff=7)


def wooden_train(piece: Workpiece) -> None:
    """An engine and two wagons, 0.42 long, the engine to the left: finishes are its colours."""
    boiler, cab, load = piece.finishes
    for x in (-0.135, 0.0, 0.13):
        piece.box((0.105, 0.05, 0.016), (x, 0, 0.028), BEECH, bevel=0.004)
        for axle in (-0.032, 0.032):
            for side in (-1, 1):
                hub = (x + axle, side * 0.03, 0.019)
                piece.cylinder(0.018, 0.01, hub, load, _FORWARDS, bevel=0.002)
                piece.cylinder(0.005, 0.012, hub, BEECH, _FORWARDS)
    for x in (-0.067, 0.066):
        piece.rods([[(x - 0.018, 0, 0.03), (x + 0.018, 0, 0.03)]], 0.003, CHROME)
        piece.ring(0.006, 0.002, (x, 0, 0.03), CHROME)
    piece.cylinder(0.023, 0.07, (-0.152, 0, 0.058), boiler, (0, 90, 0), bevel=0.004)
    piece.cylinder(0.019, 0.004, (-0.189, 0, 0.058), CREAM, (0, 90, 0))
    piece.cylinder(0.009, 0.034, (-0.168, 0, 0.093), cab, top=0.013)
    piece.cylinder(0.007, 0.012, (-0.14, 0, 0.086), BEECH)
    piece.box((0.036, 0.05, 0.062), (-0.1, 0, 0.067), cab, bevel=0.004)
    piece.box((0.018, 0.052, 0.02), (-0.1, 0, 0.08), BLACK, bevel=0.003)
    piece.box((0.05, 0.06, 0.008), (-0.1, 0, 0.102), boiler, bevel=0.003)
    piece.text(piece.lettering, 0.018, (-0.1, -0.0262, 0.05), CREAM)
    for side in (-1, 1):
        piece.box((0.1, 0.006, 0.024), (0, side * 0.022, 0.046), boiler, bevel=0.002)
        piece.box((0.006, 0.05, 0.024), (side * 0.047, 0, 0.046), boiler, bevel=0.002)
    for k in range(4):
        turn = (0.0, 90.0, piece.random.uniform(-8, 8))
        piece.cylinder(0.01, 0.08, (0, (k % 3 - 1) * 0.015, 0.05 + k // 3 * 0.018), BEECH, turn)
    for k, colour in enumerate(("#d9482f", "#2f73b0", "#e3b22e")):
        finish = Finish("paint", colour)
        turn = (0.0, 0.0, piece.random.uniform(-14, 14))
        piece.box((0.026, 0.036, 0.03), (0.1 + k * 0.03, 0, 0.051), finish, turn, 0.003)
    string = [(-0.19, 0, 0.03), (-0.24, -0.03, 0.004), (-0.2, -0.09, 0.004), (-0.11, -0.1, 0.004)]
    piece.tube(string, 0.0018, load)


def stacking_rings(piece: Workpiece) -> None:
    """Rings on a peg, 0.2 high: finishes are foot and top."""
    foot, top = piece.finishes
    piece.cylinder(0.075, 0.018, (0, 0, 0.009), foot, bevel=0.006)
    piece.cylinder(0.012, 0.17, (0, 0, 0.1), BEECH)
    colours = ["#c93a2c", "#e08a2a", "#e6c832", "#4f9a4a", "#2f6fae", "#7a4a9a"]
    if piece.seed % 2:
        # Whoever played with it last put two back in the wrong order.
        colours[1], colours[2] = colours[2], colours[1]
    for k, colour in enumerate(colours):
        radius = 0.062 - k * 0.0062
        piece.cushion(
            (radius * 2, radius * 2, 0.025),
            (0, 0, 0.031 + k * 0.0235),
            Finish("paint", colour),
            puff=3,
        )
    piece.cushion((0.036, 0.036, 0.034), (0, 0, 0.188), top, puff=2)


def blocks(piece: Workpiece) -> None:
    """A heap of letter blocks: the finish is the letters'."""
    (ink,) = piece.finishes
    colours = ("#c93a2c", "#2f6fae", "#e6c832", "#4f9a4a")
    places = ((0, 0, 0), (0.05, 0.014, 0), (-0.055, 0.02, 0), (0.02, 0.008, 1), (0.1, -0.05, 0))
    for k, (x, y, row) in enumerate(places):
        turn = piece.random.uniform(-25, 25)
        at = (x, y, 0.0225 + row * 0.0455)
        piece.box((0.044, 0.044, 0.044), at, BEECH, (0, 0, turn), 0.004)
        paint = Finish("paint", colours[k % 4])
        angle = math.radians(turn)
        piece.box((0.034, 0.0452, 0.034), at, paint, (0, 0, turn), 0.002)
        piece.box((0.0452, 0.034, 0.034), at, paint, (0, 0, turn), 0.002)
        face = (x + 0.0232 * math.sin(angle), y - 0.0232 * math.cos(angle), at[2])
        letter = piece.lettering[k % len(piece.lettering)]
        piece.text(letter, 0.034, face, ink, (90, 0, turn))
        piece.text(letter, 0.034, (x, y, at[2] + 0.0225), ink, (0, 0, turn))


def ball(piece: Workpiece) -> None:
    """A ball 0.2 across: finishes are its cloth and its two caps."""
    cover, caps = piece.finishes
    piece.cushion((0.2, 0.2, 0.2), (0, 0, 0.1), cover, (28, 30, 12), puff=2)
    tilt = (28.0, 0.0, 0.0)
    for side in (-1, 1):
        at = (0, -side * 0.0975 * math.sin(math.radians(28)), 0.1 + side * 0.0975 * 0.883)
        piece.cushion((0.06, 0.06, 0.012), at, caps, tilt, puff=2)
