"""Builders of what hangs on walls or stands along them: doors, mirrors, coats, notes."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish
from stream.demo.rendering.workpiece import Workpiece

CHROME = Finish("metal", "#c9ccd0")
WHITE = Finish("paint", "#eceae4")
_ON_WALL = (90.0, 0.0, 0.0)


def door(piece: Workpiece) -> None:
    """A panelled door in its frame, 2.05 high, its back at y = 0: finishes are leaf, handle."""
    leaf, handle = piece.finishes
    for side in (-1, 1):
        piece.box((0.075, 0.05, 2.08), (side * 0.46, -0.02, 1.04), WHITE, bevel=0.01)
    piece.box((0.995, 0.05, 0.075), (0, -0.02, 2.08), WHITE, bevel=0.01)
    piece.box((0.85, 0.03, 2.03), (0, -0.01, 1.025), leaf, bevel=0.004)
    for height, middle in ((0.78, 1.5), (0.62, 0.55)):
        for side in (-1, 1):
            at = (side * 0.185, -0.026, middle)
            piece.box((0.29, 0.012, height), at, leaf, bevel=0.006)
            piece.box((0.23, 0.018, height - 0.06), at, leaf, bevel=0.008)
    piece.box((0.04, 0.008, 0.2), (0.36, -0.028, 1.0), handle, bevel=0.003)
    piece.tube([(0.36, -0.03, 1.04), (0.36, -0.075, 1.04), (0.26, -0.08, 1.04)], 0.009, handle)
    piece.cylinder(0.006, 0.006, (0.36, -0.033, 0.95), Finish("plastic", "#111111"), _ON_WALL)


def mirror(piece: Workpiece) -> None:
    """A round mirror 0.6 across, hung by its middle: the finish is the frame's."""
    (frame,) = piece.finishes
    piece.cylinder(0.29, 0.012, (0, -0.01, 0), Finish("glass", "#dfe6e8"), _ON_WALL)
    piece.ring(0.292, 0.016, (0, -0.014, 0), frame, _ON_WALL)


def coat_rack(piece: Workpiece) -> None:
    """A board with hooks 0.9 wide, hung by its middle: finishes are wood, hooks, three coats."""
    wood, hooks, *coats = piece.finishes
    piece.box((0.9, 0.022, 0.1), (0, -0.012, 0), wood, bevel=0.006)
    for k in range(5):
        x = -0.36 + k * 0.18
        hook = [(x, -0.022, 0.01), (x, -0.07, -0.01), (x, -0.075, 0.03)]
        piece.tube(hook, 0.006, hooks)
        piece.cushion((0.02, 0.02, 0.02), (x, -0.075, 0.034), hooks, puff=2)
    for k, coat in enumerate(coats):
        _coat(piece, -0.36 + k * 0.36, 0.75 + 0.12 * (k % 2), coat)
    scarf = [(0.18, -0.08, 0.0), (0.2, -0.1, -0.2), (0.17, -0.09, -0.5)]
    piece.tube(scarf, 0.028, Finish("stripes", "#a8412f", "#e6d3a8", 8))


def _coat(piece: Workpiece, x: float, length: float, cloth: Finish) -> None:
    """Hang a coat by its loop: shoulders drop, the hem falls in folds."""
    levels = ((0.0, 0.02, 0.02), (-0.04, 0.07, 0.045), (-0.1, 0.125, 0.06), (-0.35, 0.135, 0.065))
    sections = []
    for z, half, depth in (*levels, (-length * 0.7, 0.15, 0.07), (-length, 0.165, 0.075)):
        folds = 0.14 * (z / length) ** 2
        sections.append(
            [
                (
                    x + half * math.cos(a) * (1 + folds * math.sin(5 * a + x * 9)),
                    -0.09 + depth * math.sin(a) * (1 + folds * math.cos(7 * a)),
                    z,
                )
                for a in (math.tau * k / 28 for k in range(28))
            ]
        )
    piece.loft(sections, cloth)
    for side in (-1, 1):
        arm = [
            (x + side * 0.115, -0.1, -0.12),
            (x + side * 0.15, -0.125, -0.36),
            (x + side * 0.135, -0.14, -0.62),
        ]
        piece.tube(arm, 0.04, cloth)
    seam = [(x - 0.02, -0.15, -0.1), (x - 0.005, -0.162, -0.4), (x, -0.168, -length + 0.03)]
    piece.tube(seam, 0.003, Finish("fabric", "#26242a"))
    for button in range(3):
        at = (x + 0.02, -0.156 - button * 0.004, -0.22 - button * 0.14)
        piece.cylinder(0.011, 0.006, at, Finish("plastic", "#2b2320"), _ON_WALL)


def shoe_bench(piece: Workpiece) -> None:
    """A bench 0.9 wide and 0.44 high with a shelf and shoes: finishes are wood and seat."""
    wood, seat = piece.finishes
    for side in (-1, 1):
        piece.box((0.03, 0.33, 0.4), (side * 0.435, 0, 0.2), wood)
    piece.box((0.9, 0.34, 0.025), (0, 0, 0.39), wood)
    piece.cushion((0.88, 0.32, 0.06), (0, 0, 0.425), seat, puff=8)
    for slat in range(5):
        piece.box((0.86, 0.04, 0.015), (0, -0.13 + slat * 0.065, 0.14), wood, bevel=0.003)
    for k, colour in enumerate(("#2b2b33", "#7d3f2b", "#c9c2b0")):
        for foot in (0, 1):
            at = (-0.3 + k * 0.26 + foot * 0.1, -0.02, 0.19)
            piece.cushion((0.085, 0.26, 0.09), at, Finish("leather", colour), (6, 0, 0), puff=3)


def bunting(piece: Workpiece) -> None:
    """A string of flags 1.8 wide, hung by its middle: finishes are the flags' in turn."""
    count = 9
    sag = [
        (-0.9 + 1.8 * k / (count - 1), -0.16 * math.cos(math.pi * k / (count - 1) - math.pi / 2))
        for k in range(count)
    ]
    piece.tube([(x, -0.02, z) for x, z in sag], 0.003, Finish("fabric", "#f2ead2"))
    for k, (x, z) in enumerate(sag):
        flag = [(-0.07, 0.0), (0.07, 0.0), (0.0, -0.17)]
        turn = (90, piece.random.uniform(-7, 7), 0)
        piece.plate(flag, 0.003, (x, -0.02, z), piece.finishes[k % len(piece.finishes)], turn)


def pinboard(piece: Workpiece) -> None:
    """A cork board 0.8 by 0.55 full of notes, hung by its middle: the finish is the frame's."""
    (frame,) = piece.finishes
    piece.box((0.8, 0.015, 0.55), (0, -0.01, 0), Finish("carpet", "#b98a58", "#a67a4a", 0.5))
    for side in (-1, 1):
        piece.box((0.025, 0.025, 0.57), (side * 0.4, -0.012, 0), frame)
        piece.box((0.82, 0.025, 0.025), (0, -0.012, side * 0.275), frame)
    papers = ("#f3efe2", "#f0d968", "#bfdce6", "#f3efe2", "#e8b7a8", "#f3efe2", "#cfe0b4")
    for k, colour in enumerate(papers):
        x, z = -0.29 + k % 4 * 0.19 + 0.09 * (k // 4), 0.12 - k // 4 * 0.25
        lean = piece.random.uniform(-7, 7)
        size = (piece.random.uniform(0.1, 0.15), 0.002, piece.random.uniform(0.12, 0.2))
        piece.box(size, (x, -0.02, z), Finish("paint", colour), (0, lean, 0), 0)
        words = piece.random.choice(
            ("milk\nbread", "dentist\nMon 9.30", "call Ida", "rent!", "5.45 h")
        )
        ink = Finish("paint", "#2a2f55")
        piece.text(words, 0.02, (x, -0.0218, z), ink, (90, lean, 0))
        pin = Finish("plastic", piece.random.choice(("#c8352a", "#2f6fae", "#3f8f4f")))
        piece.cushion((0.013, 0.016, 0.013), (x, -0.026, z + size[2] / 2 - 0.012), pin, puff=2)


def filing_cabinet(piece: Workpiece) -> None:
    """Four steel drawers, 1.3 high: finishes are steel and the labels' lettering."""
    steel, ink = piece.finishes
    piece.box((0.46, 0.6, 1.3), (0, 0, 0.65), steel, bevel=0.008)
    for drawer in range(4):
        z = 0.18 + drawer * 0.315
        ajar = 0.05 if drawer == 2 else 0.0
        piece.box((0.43, 0.03, 0.3), (0, -0.3 - ajar, z), steel, bevel=0.006)
        piece.box((0.13, 0.02, 0.018), (0, -0.325 - ajar, z - 0.04), CHROME, bevel=0.005)
        piece.box((0.09, 0.006, 0.04), (0, -0.316 - ajar, z + 0.06), WHITE, bevel=0.001)
        piece.text("ABCD"[3 - drawer], 0.032, (0, -0.3195 - ajar, z + 0.06), ink)
