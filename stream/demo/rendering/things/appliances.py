"""Builders of kettles, lamps, radios and the like."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish
from stream.demo.rendering.workpiece import Workpiece

CHROME = Finish("metal", "#c9ccd0")
BLACK = Finish("plastic", "#191919")
CREAM = Finish("plastic", "#efe6cf")


def kettle(piece: Workpiece) -> None:
    """An enamelled electric kettle, spout to the right: finishes are body, handle, metal."""
    body, grip, metal = piece.finishes
    piece.cylinder(0.085, 0.022, (0, 0, 0.011), grip)
    piece.turned(
        [
            (0.0, 0.025),
            (0.082, 0.025),
            (0.086, 0.035),
            (0.084, 0.09),
            (0.068, 0.16),
            (0.058, 0.19),
            (0.054, 0.195),
            (0.0, 0.195),
        ],
        (0, 0, 0),
        body,
    )
    piece.ring(0.084, 0.0035, (0, 0, 0.03), metal)
    piece.ring(0.056, 0.004, (0, 0, 0.194), metal)
    piece.turned(
        [(0.0, 0.19), (0.053, 0.192), (0.045, 0.208), (0.012, 0.216), (0.0, 0.217)], (0, 0, 0), body
    )
    piece.turned(
        [(0.0, 0.21), (0.006, 0.214), (0.007, 0.224), (0.014, 0.232), (0.01, 0.242), (0, 0.244)],
        (0, 0, 0),
        grip,
    )
    piece.loft(
        [
            [
                (x + r * s * math.cos(a), r * math.sin(a), z + r * 0.9 * math.cos(a))
                for a in (math.tau * k / 12 for k in range(12))
            ]
            for x, z, r, s in (
                (0.06, 0.1, 0.022, -0.9),
                (0.09, 0.125, 0.017, -0.8),
                (0.112, 0.17, 0.012, -0.3),
                (0.135, 0.195, 0.011, -0.9),
                (0.143, 0.199, 0.009, -1.0),
            )
        ],
        body,
    )
    piece.tube(
        [
            (-0.062, 0, 0.185),
            (-0.105, 0, 0.2),
            (-0.138, 0, 0.165),
            (-0.135, 0, 0.1),
            (-0.112, 0, 0.06),
            (-0.08, 0, 0.055),
        ],
        0.011,
        grip,
    )
    piece.cylinder(0.017, 0.004, (0.012, -0.0785, 0.1), metal, (82, 0, 8))
    piece.text(piece.lettering, 0.02, (0, -0.0865, 0.065), metal, (88, 0, 0))
    piece.box((0.02, 0.03, 0.012), (-0.098, 0, 0.028), BLACK)
    cable = [(-0.06, 0.06, 0.008), (-0.16, 0.12, 0.005), (-0.1, 0.2, 0.005), (0.05, 0.21, 0.005)]
    piece.tube(cable, 0.003, BLACK)


def desk_lamp(piece: Workpiece) -> None:
    """A jointed lamp, reaching to the right: finishes are paint, joints."""
    paint, joint = piece.finishes
    piece.cylinder(0.095, 0.025, (0, 0, 0.0125), paint, bevel=0.008)
    shoulder, elbow, wrist = (0.0, 0.0, 0.06), (-0.13, 0.0, 0.32), (0.1, 0.0, 0.5)
    piece.cylinder(0.014, 0.05, (0, 0, 0.045), joint)
    for side in (-1, 1):
        y = side * 0.012
        arms = [
            [(shoulder[0], y, shoulder[2]), (elbow[0], y, elbow[2])],
            [(elbow[0], y, elbow[2]), (wrist[0], y, wrist[2])],
        ]
        piece.rods(arms, 0.006, paint)
        springs = [
            [
                (-0.013 * t + 0.01, side * (0.02 + 0.004 * (t % 2)), 0.07 + 0.011 * t)
                for t in range(9)
            ],
            [
                (-0.115 + 0.02 * t, side * (0.02 + 0.004 * (t % 2)), 0.35 + 0.0135 * t)
                for t in range(6)
            ],
        ]
        piece.rods(springs, 0.003, CHROME)
    for at in (shoulder, elbow, wrist):
        piece.cylinder(0.017, 0.045, at, joint, (90, 0, 0))
    tilt = (0, -35, 0)
    piece.turned(
        [
            (0.0, 0.07),
            (0.024, 0.068),
            (0.03, 0.02),
            (0.05, -0.01),
            (0.085, -0.08),
            (0.088, -0.085),
            (0.083, -0.082),
            (0.046, -0.012),
            (0.0, 0.01),
        ],
        (0.135, 0, 0.47),
        paint,
        tilt,
    )
    piece.cushion((0.05, 0.05, 0.06), (0.15, 0, 0.44), Finish("glow", "#fff1d0", scale=2.5), puff=2)
    piece.tube([(0, 0.09, 0.01), (-0.1, 0.16, 0.004), (-0.3, 0.17, 0.004)], 0.003, BLACK)


def floor_lamp(piece: Workpiece) -> None:
    """A tripod lamp: finishes are shade, wood, metal."""
    shade, wood, metal = piece.finishes
    for k in range(3):
        angle = math.tau * k / 3 + 0.5
        foot = (0.27 * math.cos(angle), 0.27 * math.sin(angle), 0.0)
        top = (0.03 * math.cos(angle), 0.03 * math.sin(angle), 0.98)
        piece.tube([foot, top], 0.014, wood, smooth=False)
    piece.cylinder(0.05, 0.04, (0, 0, 0.97), metal)
    piece.cylinder(0.012, 0.2, (0, 0, 1.08), metal)
    piece.turned(
        [(0.21, 1.06), (0.212, 1.062), (0.165, 1.38), (0.16, 1.38), (0.205, 1.066)],
        (0, 0, 0),
        shade,
    )
    piece.ring(0.21, 0.004, (0, 0, 1.063), metal)
    piece.ring(0.164, 0.004, (0, 0, 1.378), metal)
    piece.cushion((0.06, 0.06, 0.08), (0, 0, 1.2), Finish("glow", "#ffdf9e", scale=6), puff=2)
    piece.tube(
        [(0, 0, 0.9), (0.02, 0.02, 0.3), (0.2, 0.25, 0.005), (0.6, 0.3, 0.005)], 0.004, BLACK
    )


def radio(piece: Workpiece) -> None:
    """A wooden table radio: finishes are case, cloth, knobs."""
    case, cloth, knobs = piece.finishes
    piece.box((0.36, 0.17, 0.2), (0, 0, 0.115), case, bevel=0.03)
    piece.box((0.33, 0.01, 0.17), (0, -0.082, 0.115), Finish("plastic", "#2a211b"), bevel=0.004)
    piece.box((0.19, 0.012, 0.155), (-0.065, -0.084, 0.115), cloth)
    for slat in range(6):
        piece.box((0.19, 0.008, 0.006), (-0.065, -0.092, 0.05 + slat * 0.026), case, bevel=0.002)
    piece.box((0.115, 0.006, 0.07), (0.1, -0.089, 0.158), Finish("paint", "#efe3bf"))
    for mark in range(9):
        tall = 0.016 if mark % 2 else 0.026
        piece.box((0.002, 0.002, tall), (0.055 + mark * 0.0112, -0.0925, 0.165), BLACK, bevel=0)
    piece.box((0.003, 0.003, 0.05), (0.118, -0.0935, 0.16), Finish("paint", "#c22a1f"), bevel=0)
    piece.text(piece.lettering, 0.02, (0.1, -0.093, 0.135), BLACK)
    for x, radius in ((0.066, 0.024), (0.132, 0.024)):
        piece.cylinder(radius, 0.03, (x, -0.098, 0.075), knobs, (90, 0, 0), top=radius * 0.88)
        piece.box((0.003, 0.004, 0.016), (x, -0.114, 0.083), CREAM, bevel=0)
    piece.tube(
        [(-0.13, 0.02, 0.21), (-0.12, 0.02, 0.245), (0.12, 0.02, 0.245), (0.13, 0.02, 0.21)],
        0.007,
        knobs,
    )
    piece.tube([(0.15, 0.07, 0.2), (0.24, 0.075, 0.47)], 0.0025, CHROME, smooth=False)
    for x in (-0.14, 0.14):
        piece.cylinder(0.012, 0.02, (x, 0, 0.01), BLACK)


def camera(piece: Workpiece) -> None:
    """A film camera: finishes are metal, leatherette, lens."""
    metal, skin, lens = piece.finishes
    piece.cushion((0.145, 0.036, 0.082), (0, 0, 0.041), skin, puff=9)
    for height, thick in ((0.075, 0.018), (0.006, 0.012)):
        piece.cushion((0.147, 0.038, thick), (0, 0, height), metal, puff=9)
    piece.loft(
        [
            [(-w, -0.021, z), (w, -0.021, z), (w, 0.016, z), (-w, 0.016, z)]
            for w, z in ((0.032, 0.076), (0.031, 0.082), (0.022, 0.098), (0.018, 0.1))
        ],
        metal,
    )
    piece.text(piece.lettering, 0.009, (0, -0.0235, 0.086), BLACK, (80, 0, 0))
    for radius, length, y, finish in (
        (0.033, 0.012, -0.022, metal),
        (0.031, 0.022, -0.036, lens),
        (0.029, 0.012, -0.05, lens),
    ):
        piece.cylinder(radius, length, (0, y, 0.04), finish, (90, 0, 0))
    for groove in range(20):
        angle = math.tau * groove / 20
        at = (0.031 * math.cos(angle), -0.036, 0.04 + 0.031 * math.sin(angle))
        piece.box((0.003, 0.012, 0.003), at, lens, (0, -math.degrees(angle), 0), 0.0005)
    piece.ring(0.025, 0.002, (0, -0.056, 0.04), CHROME, (90, 0, 0))
    piece.cushion((0.044, 0.014, 0.044), (0, -0.053, 0.04), Finish("paint", "#1b1f3c"), puff=2)
    for x, radius in ((-0.052, 0.013), (0.045, 0.01), (0.06, 0.007)):
        piece.cylinder(radius, 0.012, (x, 0, 0.09), metal)
    piece.box((0.016, 0.004, 0.01), (0.05, -0.019, 0.072), Finish("paint", "#101018"))
    strap = [(-0.075, 0, 0.065), (-0.13, 0.02, 0.01), (-0.1, 0.1, 0.004), (0.06, 0.12, 0.004)]
    piece.tube([*strap, (0.13, 0.04, 0.008), (0.075, 0, 0.065)], 0.004, skin)


def coffee_machine(piece: Workpiece) -> None:
    """A filter machine with its jug: finishes are body, metal."""
    body, metal = piece.finishes
    piece.box((0.2, 0.26, 0.04), (0, 0, 0.02), body, bevel=0.012)
    piece.box((0.2, 0.1, 0.34), (0, 0.08, 0.2), body, bevel=0.015)
    piece.box((0.2, 0.24, 0.11), (0, 0.005, 0.315), body, bevel=0.02)
    piece.box((0.19, 0.005, 0.035), (0, -0.116, 0.34), metal)
    piece.text(piece.lettering, 0.022, (0, -0.12, 0.34), BLACK)
    piece.cylinder(0.075, 0.008, (0, -0.04, 0.043), metal)
    piece.turned(
        [
            (0.0, 0.048),
            (0.06, 0.048),
            (0.074, 0.08),
            (0.072, 0.13),
            (0.052, 0.17),
            (0.05, 0.18),
            (0.0, 0.18),
        ],
        (0, -0.04, 0),
        Finish("paint", "#2a1a12"),
    )
    piece.cylinder(0.056, 0.026, (0, -0.04, 0.186), BLACK)
    handle = [(0, -0.09, 0.18), (0.01, -0.145, 0.165), (0.01, -0.145, 0.1), (0, -0.11, 0.08)]
    piece.tube(handle, 0.009, BLACK)
    piece.cylinder(0.011, 0.01, (0.07, -0.13, 0.025), Finish("plastic", "#b52a20"), (90, 0, 0))


def mantel_clock(piece: Workpiece) -> None:
    """A mantel clock standing on its foot: finishes are case, dial, hands."""
    case, dial, hands = piece.finishes
    outline = [
        (0.13 * math.cos(a), 0.13 * math.sin(a)) for a in (math.pi * k / 16 for k in range(17))
    ]
    piece.plate([*outline, (-0.13, -0.13), (0.13, -0.13)], 0.09, (0, 0.045, 0.16), case, (90, 0, 0))
    piece.box((0.32, 0.12, 0.03), (0, 0, 0.015), case, bevel=0.01)
    piece.cylinder(0.1, 0.006, (0, -0.046, 0.17), dial, (90, 0, 0))
    piece.ring(0.102, 0.007, (0, -0.047, 0.17), Finish("metal", "#b08d4a"), (90, 0, 0))
    for hour in range(1, 13):
        angle = math.tau * hour / 12
        at = (0.08 * math.sin(angle), -0.05, 0.17 + 0.08 * math.cos(angle))
        piece.text(str(hour), 0.022, at, hands)
    for length, angle in ((0.045, 305.0), (0.07, 50.0)):
        turn = math.radians(angle)
        at = (length / 2 * math.sin(turn), -0.052, 0.17 + length / 2 * math.cos(turn))
        piece.box((0.005, 0.002, length), at, hands, (0, angle, 0), 0)
    piece.cylinder(0.007, 0.008, (0, -0.053, 0.17), hands, (90, 0, 0))
    piece.text(piece.lettering, 0.014, (0, -0.05, 0.13), hands)
