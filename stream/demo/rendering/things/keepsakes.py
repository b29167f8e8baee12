"""Builders of a violin with its bow, and a pair of boots."""

from __future__ import annotations

import math
from collections.abc import Sequence

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.workpiece import Workpiece

EBONY = Finish("wood", "#1f1612")
SILVER = Finish("metal", "#c9ccd0")
BRASS = Finish("metal", "#b08d4a")
_HALF_OUTLINE = (
    (0.0, -0.178),
    (0.05, -0.175),
    (0.085, -0.155),
    (0.102, -0.115),
    (0.1, -0.075),
    (0.088, -0.047),
    (0.091, -0.04),
    (0.088, -0.035),
    (0.064, -0.022),
    (0.055, 0.005),
    (0.058, 0.032),
    (0.073, 0.047),
    (0.076, 0.052),
    (0.074, 0.059),
    (0.081, 0.09),
    (0.082, 0.12),
    (0.068, 0.152),
    (0.04, 0.17),
    (0.0, 0.176),
)
"""Right half of a violin's body in metres, from its lower end (-y) to its neck."""


def violin(piece: Workpiece) -> None:
    """A violin on its back, its neck to +y, a bow beside it: finishes are top, ribs, bow."""
    top, ribs, stick = piece.finishes
    left = [(-x, y) for x, y in reversed(_HALF_OUTLINE[1:-1])]
    outline = [*_HALF_OUTLINE, *left]
    piece.plate([(x * 0.96, y * 0.975) for x, y in outline], 0.03, (0, 0, 0.012), ribs, bevel=0.001)
    for z, arch, finish in ((0.042, 1, top), (0.012, -1, ribs)):
        layers = (
            (1.0, 0.0),
            (1.0, 0.004),
            (0.97, 0.0055),
            (0.8, 0.009),
            (0.5, 0.0135),
            (0.1, 0.015),
        )
        piece.loft(
            [[(x * s, y * (s + 1) / 2, z + arch * up) for x, y in outline] for s, up in layers],
            finish,
        )
    purfling = [(x * 0.93, y * 0.955, 0.0475) for x, y in outline]
    piece.tube(purfling, 0.0007, EBONY, closed=True, smooth=False)
    for side in (-1, 1):
        f_hole = [
            (side * 0.024, 0.03, 0.0568),
            (side * 0.03, 0.022, 0.0562),
            (side * 0.033, -0.004, 0.0562),
            (side * 0.038, -0.03, 0.0555),
            (side * 0.046, -0.036, 0.0542),
        ]
        piece.tube(f_hole, 0.0022, Finish("paint", "#0b0706"))
        for x, y, z in (f_hole[0], f_hole[-1]):
            piece.cylinder(0.0042, 0.004, (x, y, z), Finish("paint", "#0b0706"), bevel=0)
    _neck(piece, ribs)
    _fittings(piece)
    _bow(piece, stick)
    piece.text(
        piece.lettering, 0.011, (-0.055, -0.11, 0.0525), Finish("paint", "#e8d9a8"), (0, 4, 40)
    )
    for _ in range(6):
        start = (piece.random.uniform(-0.05, 0.05), piece.random.uniform(-0.13, -0.06), 0.0555)
        length = piece.random.uniform(0.01, 0.03)
        scratch = [start, (start[0] + length, start[1] + length * 0.4, 0.0545)]
        piece.tube(scratch, 0.0005, Finish("wood", "#e2c08a"), smooth=False)


def _neck(piece: Workpiece, wood: Finish) -> None:
    piece.box((0.024, 0.16, 0.018), (0, 0.235, 0.048), wood, bevel=0.008)
    piece.box((0.03, 0.27, 0.006), (0, 0.19, 0.063), EBONY, (2, 0, 0), 0.002)
    piece.box((0.022, 0.09, 0.02), (0, 0.355, 0.042), wood, (-14, 0, 0), 0.006)
    for turn in range(3):
        radius = 0.014 - turn * 0.004
        piece.cylinder(radius, 0.03 + turn * 0.004, (0, 0.405, 0.035), wood, (0, 90, 0))
    for k, side in enumerate((-1, 1, -1, 1)):
        y = 0.33 + k * 0.017
        piece.cylinder(0.0035, 0.05, (side * 0.015, y, 0.05), EBONY, (0, 90, 0))
        piece.cushion((0.006, 0.02, 0.014), (side * 0.044, y, 0.05), EBONY, (20 * k, 0, 0), puff=3)


def _fittings(piece: Workpiece) -> None:
    bridge = [(-0.021, 0), (-0.018, 0.018), (0, 0.033), (0.018, 0.018), (0.021, 0), (0, 0.008)]
    piece.plate(
        bridge, 0.004, (0, -0.001, 0.053), Finish("wood", "#dcb67c"), (90, 0, 0), bevel=0.001
    )
    tail = [(-0.009, -0.06), (0.009, -0.06), (0.021, 0.045), (-0.021, 0.045)]
    piece.plate(tail, 0.006, (0, -0.11, 0.066), EBONY, (6, 0, 0), bevel=0.002)
    piece.cushion((0.07, 0.055, 0.018), (-0.045, -0.16, 0.064), EBONY, (6, -8, 8), puff=3)
    strings = [
        [(x, -0.07, 0.074), (x * 0.95, -0.002, 0.083), (x * 0.45, 0.325, 0.065)]
        for x in (-0.016, -0.0055, 0.0055, 0.016)
    ]
    piece.rods(strings, 0.0006, SILVER)
    for x in (-0.016, 0.016):
        piece.cylinder(0.0022, 0.008, (x, -0.085, 0.074), BRASS)


def _bow(piece: Workpiece, stick: Finish) -> None:
    x, lift = 0.15, 0.012
    path = [(x, -0.3, lift), (x + 0.004, 0.0, lift + 0.006), (x, 0.3, lift), (x, 0.36, lift)]
    piece.tube(path, 0.0042, stick)
    piece.box((0.012, 0.045, 0.02), (x - 0.013, -0.26, lift), EBONY, bevel=0.003)
    piece.cylinder(0.004, 0.004, (x - 0.013, -0.26, lift + 0.011), SILVER)
    piece.cylinder(0.005, 0.014, (x, -0.305, lift), SILVER, (90, 0, 0))
    piece.box((0.018, 0.018, 0.01), (x - 0.008, 0.355, lift), stick, bevel=0.003)
    hair = [[(x - 0.016 + k * 0.0018, -0.24, lift), (x - 0.015, 0.35, lift)] for k in range(5)]
    piece.rods(hair, 0.0009, Finish("fabric", "#efe8d4"))


def boots(piece: Workpiece) -> None:
    """A pair of laced boots, one of them fallen out of step: finishes are leather, laces, sole."""
    for at, turn in (((-0.075, 0.0, 0.0), -14.0), ((0.08, 0.035, 0.0), -31.0)):
        _Boot(piece, at, turn).make()


class _Boot:
    """One boot of the pair: the toe looks to -y before it is turned."""

    def __init__(self, piece: Workpiece, at: Point, turn: float) -> None:
        self._piece = piece
        self._at = at
        self._turn = turn

    def make(self) -> None:
        """Put the boot together from the sole up."""
        piece = self._piece
        leather, laces, rubber = piece.finishes
        self._foot(leather)
        self._shaft(leather)
        self._sole(rubber)
        rows = [(-0.055, 0.082), (-0.036, 0.098), (-0.018, 0.114), (-0.006, 0.132), (0.0, 0.152)]
        rows += [(0.0, 0.174), (-0.001, 0.196)]
        tongue = [self._put(0, y - 0.001, z) for y, z in rows]
        piece.tube(tongue, 0.016, leather)
        for k, (y, z) in enumerate(rows):
            for side in (-1, 1):
                eyelet = self._put(side * 0.025, y + 0.006, z)
                piece.ring(0.0042, 0.0016, eyelet, BRASS, (60, 0, self._turn))
            if k + 1 < len(rows):
                above, up = rows[k + 1]
                for side in (-1, 1):
                    cross = (-side * 0.025, above + 0.004, up)
                    lace = [
                        self._put(side * 0.025, y + 0.004, z),
                        self._put(0, (y + above) / 2 - 0.018, (z + up) / 2 + 0.006),
                        self._put(*cross),
                    ]
                    piece.tube(lace, 0.0027, laces)
        for side in (-1, 1):
            ends = [
                self._put(side * 0.022, 0.004, 0.2),
                self._put(side * 0.06, -0.02, 0.19),
                self._put(side * 0.064, -0.03, 0.13 + 0.02 * side),
            ]
            piece.tube(ends, 0.0026, laces)
        loop = [
            self._put(x, 0.115 + out, z)
            for x, out, z in ((0, 0, 0.19), (0, 0.016, 0.225), (0, -0.006, 0.22))
        ]
        piece.tube(loop, 0.004, laces)

    def _put(self, x: float, y: float, z: float) -> Point:
        angle = math.radians(self._turn)
        return (
            self._at[0] + x * math.cos(angle) - y * math.sin(angle),
            self._at[1] + x * math.sin(angle) + y * math.cos(angle),
            self._at[2] + z,
        )

    def _oval(self, y: float, half: float, depth: float, z: float) -> list[Point]:
        return [
            self._put(half * math.cos(a), y + depth * math.sin(a), z)
            for a in (math.tau * k / 16 for k in range(16))
        ]

    def _foot(self, leather: Finish) -> None:
        # Along the foot: (place, half width, height of the leather).
        stations = (
            (-0.152, 0.012, 0.045),
            (-0.146, 0.032, 0.06),
            (-0.12, 0.046, 0.072),
            (-0.08, 0.05, 0.082),
            (-0.04, 0.045, 0.1),
            (0.0, 0.04, 0.122),
            (0.06, 0.04, 0.13),
            (0.108, 0.037, 0.125),
            (0.122, 0.026, 0.11),
        )
        sections = []
        for y, half, height in stations:
            ring = []
            for k in range(16):
                a = math.tau * k / 16
                x = half * math.copysign(abs(math.cos(a)) ** 0.7, math.cos(a))
                rise = 0.5 + 0.5 * math.copysign(abs(math.sin(a)) ** 0.75, math.sin(a))
                narrow = 1 - 0.3 * max(0.0, math.sin(a))
                ring.append(self._put(x * narrow, y, 0.024 + (height - 0.024) * rise))
            sections.append(ring)
        self._piece.loft(sections, leather)
        cap = [self._put(s * 0.047, -0.112, 0.05 + 0.001 * s) for s in (-1, 1)]
        arch = self._put(0, -0.1, 0.079)
        self._piece.tube([cap[0], arch, cap[1]], 0.0014, Finish("fabric", "#c9b48a"))

    def _shaft(self, leather: Finish) -> None:
        levels = (
            (0.062, 0.036, 0.06, 0.08),
            (0.062, 0.037, 0.058, 0.13),
            (0.06, 0.042, 0.057, 0.17),
            (0.06, 0.047, 0.06, 0.205),
        )
        outside = [self._oval(*level) for level in levels]
        inside = [self._oval(0.06, 0.042, 0.054, z) for z in (0.204, 0.15)]
        self._piece.loft([*outside, *inside], leather)
        collar = self._oval(0.06, 0.0455, 0.0575, 0.205)
        self._piece.tube(collar, 0.0055, leather, closed=True)
        lining = [(x, y) for x, y, _ in self._oval(0.06, 0.04, 0.052, 0)]
        self._piece.plate(lining, 0.003, (0, 0, 0.152), Finish("fabric", "#15110f"), bevel=0)
        for half, depth, z in ((0.0385, 0.0585, 0.14), (0.0455, 0.0585, 0.19)):
            seam = self._oval(0.061, half, depth, z)[1:8]
            self._piece.tube(seam, 0.0009, Finish("fabric", "#b08a4c"))

    def _sole(self, rubber: Finish) -> None:
        ball = ((0.0, -0.16), (0.033, -0.152), (0.05, -0.12), (0.053, -0.08), (0.044, -0.03))
        heel = ((0.041, 0.035), (0.044, 0.07), (0.042, 0.105), (0.028, 0.128), (0.0, 0.134))
        whole = self._both_sides((*ball, *heel))
        self._piece.plate(whole, 0.012, (0, 0, 0.018), rubber, bevel=0.003)
        self._piece.plate(self._both_sides(ball), 0.019, (0, 0, 0), rubber, bevel=0.003)
        self._piece.plate(self._both_sides(heel), 0.019, (0, 0, 0), rubber, bevel=0.003)
        stitches = [(x, y, 0.0305) for x, y in whole]
        self._piece.tube(stitches, 0.0012, Finish("fabric", "#b08a4c"), closed=True)

    def _both_sides(self, edge: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        """Return the outline on the floor whose right half is given."""
        right = [self._put(x, y, 0) for x, y in edge]
        left = [self._put(-x, y, 0) for x, y in reversed(edge) if x > 0]
        return [(x, y) for x, y, _ in (*right, *left)]
