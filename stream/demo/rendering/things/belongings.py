"""Builders of instruments, shoes and other personal things."""

from __future__ import annotations

import math
from collections.abc import Callable

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.workpiece import Workpiece

CHROME = Finish("metal", "#c9ccd0")
BONE = Finish("plastic", "#ece4d0")
EBONY = Finish("wood", "#2a1c15")


def guitar(piece: Workpiece) -> None:
    """An acoustic guitar on its end, leaning back: finishes are top, sides, neck."""
    top, sides, neck = piece.finishes
    lean = (82, 0, 0)
    outline = [_guitar_edge(math.tau * k / 64) for k in range(64)]

    def on(x: float, along: float, out: float) -> Point:
        """Return the point of the leaning guitar at so much along its length and out of its top."""
        angle = math.radians(lean[0])
        return (
            x,
            along * math.cos(angle) - out * math.sin(angle),
            along * math.sin(angle) + out * math.cos(angle),
        )

    piece.plate(outline, 0.095, on(0, 0, -0.095), sides, lean, bevel=0.004)
    piece.plate(
        [(x * 0.985, y * 0.99 + 0.003) for x, y in outline],
        0.004,
        on(0, 0, 0),
        top,
        lean,
        bevel=0.001,
    )
    piece.ring(0.052, 0.005, on(0, 0.32, 0.004), EBONY, lean)
    piece.ring(0.06, 0.002, on(0, 0.32, 0.004), BONE, lean)
    piece.cylinder(0.05, 0.003, on(0, 0.32, 0.004), Finish("paint", "#0f0906"), lean)
    pickguard = [
        (0.045, 0.35),
        (0.06, 0.29),
        (0.12, 0.24),
        (0.12, 0.19),
        (0.06, 0.2),
        (0.035, 0.27),
    ]
    piece.plate(pickguard, 0.002, on(0, 0, 0.004), Finish("paint", "#3a1710"), lean, bevel=0)
    piece.box((0.17, 0.03, 0.01), on(0, 0.16, 0.008), EBONY, lean)
    piece.box((0.08, 0.004, 0.006), on(0, 0.165, 0.015), BONE, lean, 0.001)
    piece.box((0.052, 0.62, 0.02), on(0, 0.72, 0.003), neck, lean, 0.008)
    piece.box((0.05, 0.6, 0.006), on(0, 0.69, 0.016), EBONY, lean, 0.001)
    frets = [0.985 - 0.65 * (1 - 2 ** (-fret / 12)) for fret in range(1, 19)]
    piece.rods([[on(-0.025, y, 0.02), on(0.025, y, 0.02)] for y in frets], 0.0012, CHROME)
    for fret in (3, 5, 7, 9):
        y = 0.985 - 0.65 * (1 - 2 ** (-(fret - 0.5) / 12))
        piece.cylinder(0.004, 0.002, on(0, y, 0.02), BONE, lean, bevel=0)
    head = [
        (-0.028, 1.0),
        (0.028, 1.0),
        (0.038, 1.17),
        (0.015, 1.185),
        (-0.015, 1.185),
        (-0.038, 1.17),
    ]
    piece.plate(head, 0.016, on(0, 0, 0.0), neck, lean)
    piece.box((0.05, 0.006, 0.01), on(0, 0.995, 0.02), BONE, lean, 0.001)
    piece.text(piece.lettering, 0.018, on(0, 1.165, 0.018), BONE, lean)
    for side in (-1, 1):
        for peg in range(3):
            along = 1.03 + peg * 0.045
            piece.cylinder(0.004, 0.012, on(side * 0.022, along, 0.02), CHROME, lean)
            piece.cushion((0.022, 0.02, 0.014), on(side * 0.05, along, 0.004), BONE, lean, puff=3)
    strings = [
        [on((k - 2.5) * 0.011, 0.16, 0.018), on((k - 2.5) * 0.007, 1.0, 0.025)] for k in range(6)
    ]
    piece.rods(strings, 0.0009, CHROME)


def _guitar_edge(angle: float) -> tuple[float, float]:
    """Return the body's outline: two bouts and a waist, 0.48 long, from its lower end upwards."""
    along = 0.24 - 0.24 * math.cos(angle)
    share = along / 0.48
    bouts = (0.2 - 0.06 * share) * (1 - 0.24 * math.exp(-(((share - 0.58) / 0.13) ** 2)))
    ends = (1 - abs(2 * share - 1) ** 3.2) ** 0.45
    return math.copysign(bouts * ends, math.sin(angle)), along


def sneakers(piece: Workpiece) -> None:
    """A pair, toes to the front left: finishes are upper, stripes, sole."""
    for at, turn in (((-0.065, 0.0, 0.0), -24.0), ((0.085, 0.05, 0.0), -38.0)):
        _sneaker(piece, at, turn)


def _sneaker(piece: Workpiece, at: Point, turn: float) -> None:
    upper, stripes, sole = piece.finishes
    angle = math.radians(turn)

    def put(x: float, y: float, z: float) -> Point:
        """Return a point of the shoe, whose toe looks to -y, as it stands in the pair."""
        return (
            at[0] + x * math.cos(angle) - y * math.sin(angle),
            at[1] + x * math.sin(angle) + y * math.cos(angle),
            at[2] + z,
        )

    # Along the foot: (place, half width, height of the upper).
    stations = (
        (-0.142, 0.012, 0.03),
        (-0.135, 0.03, 0.042),
        (-0.105, 0.045, 0.055),
        (-0.06, 0.05, 0.066),
        (-0.015, 0.043, 0.088),
        (0.03, 0.038, 0.104),
        (0.085, 0.037, 0.108),
        (0.125, 0.035, 0.112),
        (0.14, 0.024, 0.1),
    )
    sections = []
    for y, half, height in stations:
        ring = []
        for k in range(16):
            a = math.tau * k / 16
            x = half * math.copysign(abs(math.cos(a)) ** 0.75, math.cos(a))
            narrow = 1 - 0.35 * max(0.0, math.sin(a))
            z = 0.022 + (height - 0.022) * (
                0.5 + 0.5 * math.copysign(abs(math.sin(a)) ** 0.8, math.sin(a))
            )
            ring.append(put(x * narrow, y, z))
        sections.append(ring)
    piece.loft(sections, upper)
    edge = [(half * 1.12, y * 1.04) for y, half, _ in stations]
    outline = [put(x, y, 0) for x, y in edge] + [put(-x, y, 0) for x, y in reversed(edge)]
    piece.plate([(x, y) for x, y, _ in outline], 0.03, (0, 0, 0), sole, bevel=0.008)
    piece.rods(
        [[put(s * half * 1.13, y * 1.04, 0.012) for y, half, _ in stations] for s in (-1, 1)],
        0.003,
        stripes,
        smooth=True,
    )
    _opening(piece, put, stripes)
    for band in range(3):
        y = -0.005 + band * 0.028
        for side in (-1, 1):
            arc = [(0.0445 - band * 0.001, 0.032), (0.0455, 0.055), (0.036, 0.082)]
            piece.tube([put(side * x, y + z * 0.25 - 0.01, z) for x, z in arc], 0.0042, stripes)
    piece.rods(
        [
            [put(-0.022, y, z - 0.006), put(0.0, y - 0.004, z + 0.003), put(0.022, y, z - 0.006)]
            for y, z in ((-0.062, 0.07), (-0.044, 0.077), (-0.026, 0.086), (-0.008, 0.096))
        ],
        0.0035,
        sole,
        smooth=True,
    )


def _opening(piece: Workpiece, put: Callable[[float, float, float], Point], collar: Finish) -> None:
    rim = [
        put(0.026 * math.cos(a), 0.076 + 0.05 * math.sin(a), 0.108 + 0.006 * math.sin(a))
        for a in (math.tau * k / 12 for k in range(12))
    ]
    piece.tube(rim, 0.006, collar, closed=True)
    piece.plate(
        [(x, y) for x, y, _ in rim], 0.004, (0, 0, 0.108), Finish("fabric", "#17151a"), bevel=0
    )


def teapot(piece: Workpiece) -> None:
    """A round pot, spout to the right: finishes are glaze and band."""
    glaze, band = piece.finishes
    piece.turned(
        [
            (0.0, 0.0),
            (0.05, 0.0),
            (0.055, 0.008),
            (0.088, 0.05),
            (0.092, 0.08),
            (0.075, 0.125),
            (0.045, 0.145),
            (0.0, 0.147),
        ],
        (0, 0, 0),
        glaze,
    )
    piece.ring(0.0925, 0.004, (0, 0, 0.075), band)
    piece.turned(
        [(0.0, 0.145), (0.045, 0.146), (0.03, 0.162), (0.008, 0.166), (0.012, 0.182), (0.0, 0.186)],
        (0, 0, 0),
        glaze,
    )
    piece.tube([(0.07, 0, 0.06), (0.12, 0, 0.085), (0.135, 0, 0.13), (0.16, 0, 0.15)], 0.014, glaze)
    piece.tube(
        [(-0.06, 0, 0.13), (-0.13, 0, 0.13), (-0.14, 0, 0.07), (-0.085, 0, 0.045)], 0.009, glaze
    )


def backpack(piece: Workpiece) -> None:
    """A day pack: finishes are cloth, pocket, leather."""
    cloth, pocket, leather = piece.finishes
    piece.cushion((0.32, 0.2, 0.46), (0, 0, 0.23), cloth, (-6, 0, 0), puff=5)
    piece.cushion((0.26, 0.1, 0.22), (0, -0.1, 0.14), pocket, (-6, 0, 0), puff=5)
    piece.cushion((0.3, 0.16, 0.1), (0, -0.035, 0.43), pocket, (-10, 0, 0), puff=4)
    for side in (-1, 1):
        strap = [
            (side * 0.08, -0.06, 0.47),
            (side * 0.085, -0.13, 0.4),
            (side * 0.085, -0.155, 0.24),
        ]
        piece.tube(strap, 0.009, leather)
        piece.box((0.035, 0.008, 0.03), (side * 0.085, -0.162, 0.23), CHROME, (-6, 0, 0), 0.002)
        piece.cushion((0.08, 0.13, 0.2), (side * 0.17, 0, 0.13), pocket, puff=4)
        back = [(side * 0.07, 0.09, 0.42), (side * 0.09, 0.17, 0.32), (side * 0.12, 0.11, 0.08)]
        piece.tube(back, 0.016, leather)
    piece.tube([(-0.04, 0.03, 0.47), (0, 0.03, 0.53), (0.04, 0.03, 0.47)], 0.009, leather)
    piece.box((0.09, 0.006, 0.05), (0, -0.152, 0.15), leather, (-6, 0, 0))
    piece.text(piece.lettering, 0.02, (0, -0.157, 0.15), BONE, (84, 0, 0))
