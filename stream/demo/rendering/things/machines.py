"""Builders of machines with many small parts: a typewriter and a record player."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.workpiece import Workpiece

BLACK = Finish("plastic", "#161617")
DARK = Finish("paint", "#0d0d0e")
CHROME = Finish("metal", "#c9ccd0")
STEEL = Finish("metal", "#8f949a")
PAPER = Finish("paint", "#f3f0e6")
_SIDEWAYS = (90.0, 0.0, 90.0)
"""Lays a plate's outline into y and z, so that its thickness runs along x."""
_KEY_ROWS = ("234567890-", "QWERTZUIOP", "ASDFGHJKL:", "YXCVBNM,.?")


def typewriter(piece: Workpiece) -> None:
    """A portable typewriter with a sheet in it: finishes are shell, keys, knobs."""
    shell, _, _ = piece.finishes
    for x in (-0.13, 0.13):
        for y in (-0.12, 0.12):
            piece.cylinder(0.013, 0.014, (x, y, 0.007), Finish("rubber", "#222222"))
    pan = [(-0.165, 0.012), (-0.168, 0.028), (-0.03, 0.05), (0.15, 0.05), (0.155, 0.012)]
    piece.plate(pan, 0.3, (-0.15, 0, 0), DARK, _SIDEWAYS)
    cheek = [(-0.17, 0.01), (-0.172, 0.036), (-0.05, 0.078), (-0.03, 0.112), (0.02, 0.128)]
    for x in (-0.162, 0.138):
        outline = [*cheek, (0.12, 0.128), (0.157, 0.115), (0.16, 0.01)]
        piece.plate(outline, 0.024, (x, 0, 0), shell, _SIDEWAYS, bevel=0.008)
    piece.box((0.31, 0.02, 0.028), (0, -0.163, 0.023), shell, (-6, 0, 0), 0.006)
    _hood(piece, shell)
    _keyboard(piece)
    _carriage(piece)
    _rear(piece, shell)
    _chips(piece)


def _hood(piece: Workpiece, shell: Finish) -> None:
    front = [(-0.036, 0.062), (-0.022, 0.11), (0.025, 0.127), (0.025, 0.062)]
    piece.plate(front, 0.29, (-0.145, 0, 0), shell, _SIDEWAYS, bevel=0.006)
    piece.text(piece.lettering, 0.026, (-0.07, -0.0345, 0.084), PAPER, (74, 0, 0))
    piece.box((0.03, 0.003, 0.012), (0.105, -0.032, 0.088), CHROME, (-16, 0, 0), 0.001)
    for side in (-1, 1):
        piece.box((0.095, 0.085, 0.05), (side * 0.097, 0.06, 0.1), shell, bevel=0.01)
        piece.cylinder(0.034, 0.008, (side * 0.098, 0.055, 0.127), shell)
        piece.cylinder(0.006, 0.006, (side * 0.098, 0.055, 0.133), CHROME)
        ribbon = [(side * 0.07, 0.03, 0.125), (side * 0.03, 0.055, 0.133), (0, 0.07, 0.14)]
        piece.tube(ribbon, 0.0025, Finish("fabric", "#1b1a22"), smooth=False)
    piece.box((0.1, 0.09, 0.045), (0, 0.06, 0.085), DARK)
    bars = []
    for k in range(21):
        angle = math.radians(205 + k * 6.5)
        reach = (0.047 * math.cos(angle), 0.062 + 0.042 * math.sin(angle))
        bars.append([(reach[0], reach[1], 0.112), (reach[0] * 0.2, reach[1] * 0.4 + 0.037, 0.117)])
    piece.rods(bars, 0.0013, CHROME)
    piece.box((0.012, 0.006, 0.022), (0, 0.075, 0.135), CHROME, bevel=0.001)


def _keyboard(piece: Workpiece) -> None:
    _, keys, _ = piece.finishes
    ink = Finish("paint", "#ece7d8")
    levers = []
    for row, letters in enumerate(_KEY_ROWS):
        y, z = -0.062 - row * 0.0225, 0.078 - row * 0.0095
        for column, letter in enumerate(letters):
            x = -0.112 + column * 0.0233 + row * 0.0058
            tilt = (14, 0, 0)
            sunk = piece.random.uniform(0, 0.0015)
            piece.cylinder(0.0088, 0.005, (x, y, z - sunk), keys, tilt, top=0.0082, bevel=0.001)
            piece.ring(0.0089, 0.0009, (x, y, z - sunk), CHROME, tilt)
            piece.text(letter, 0.0115, (x, y - 0.0007, z + 0.003 - sunk), ink, tilt)
            levers.append([(x, y, z - 0.002), (x, y + 0.012, z - 0.02), (x, -0.035, 0.06)])
    piece.rods(levers, 0.0013, STEEL)
    piece.cushion((0.145, 0.016, 0.009), (0.01, -0.148, 0.042), keys, (10, 0, 0), puff=6)
    for x, row in ((-0.138, 2), (0.132, 2)):
        at = (x, -0.062 - row * 0.0225, 0.078 - row * 0.0095)
        piece.box((0.016, 0.026, 0.006), at, keys, (14, 0, 0), 0.002)


def _carriage(piece: Workpiece) -> None:
    _, _, knobs = piece.finishes
    across = (0.0, 90.0, 0.0)
    # A typist who stopped in the middle of a line leaves the carriage off centre.
    x = 0.016
    piece.box((0.34, 0.06, 0.02), (x, 0.115, 0.128), STEEL, bevel=0.003)
    piece.cylinder(0.019, 0.32, (x, 0.1, 0.158), Finish("rubber", "#1b1b1b"), across)
    for side in (-1, 1):
        piece.box((0.006, 0.085, 0.055), (x + side * 0.163, 0.112, 0.15), CHROME, bevel=0.012)
        piece.cylinder(0.006, 0.04, (x + side * 0.178, 0.1, 0.158), CHROME, across)
        piece.cylinder(0.0175, 0.022, (x + side * 0.193, 0.1, 0.158), knobs, across)
        for groove in range(14):
            angle = math.tau * groove / 14
            at = (
                x + side * 0.193,
                0.1 + 0.0175 * math.cos(angle),
                0.158 + 0.0175 * math.sin(angle),
            )
            piece.box((0.019, 0.003, 0.003), at, knobs, (math.degrees(angle), 0, 0), 0.0005)
    lever = [
        (x - 0.17, 0.1, 0.172),
        (x - 0.185, 0.075, 0.185),
        (x - 0.195, 0.02, 0.182),
        (x - 0.19, -0.005, 0.178),
    ]
    piece.tube(lever, 0.0035, CHROME)
    piece.cushion((0.012, 0.03, 0.008), (x - 0.19, -0.004, 0.178), CHROME, puff=3)
    piece.rods([[(x - 0.155, 0.073, 0.172), (x + 0.155, 0.073, 0.172)]], 0.002, CHROME)
    for roller in (-0.06, 0.07):
        piece.cylinder(0.0052, 0.018, (x + roller, 0.073, 0.172), BLACK, across)
    piece.box((0.31, 0.002, 0.014), (x, 0.078, 0.143), CHROME, (-20, 0, 0), 0.0005)
    ticks = [
        [(x - 0.14 + k * 0.007, 0.0745, 0.139), (x - 0.14 + k * 0.007, 0.075, 0.145)]
        for k in range(41)
    ]
    piece.rods(ticks, 0.0005, BLACK)
    _sheet_in(piece, x)


def _sheet_in(piece: Workpiece, x: float) -> None:
    piece.box((0.26, 0.003, 0.05), (x, 0.143, 0.185), STEEL, (-22, 0, 0), 0.001)
    piece.sheet(0.2, 0.13, (x - 0.01, 0.137, 0.222), PAPER, (76, 0, 0))
    ink = Finish("paint", "#24242c")
    for line, words in enumerate(("Dear Ottilie,", "the attic is empty now and", "this old")):
        at = (x - 0.025, 0.1375 - line * 0.0035, 0.252 - line * 0.014)
        piece.text(words, 0.011, (at[0], at[1] - 0.0005, at[2]), ink, (76, 0, 0))


def _rear(piece: Workpiece, shell: Finish) -> None:
    piece.plate(
        [(0.09, 0.05), (0.09, 0.118), (0.15, 0.116), (0.158, 0.1), (0.16, 0.02), (0.12, 0.015)],
        0.29,
        (-0.145, 0, 0),
        shell,
        _SIDEWAYS,
    )
    for slot in range(11):
        piece.box((0.006, 0.004, 0.05), (-0.085 + slot * 0.014, 0.1595, 0.065), DARK, bevel=0.001)
    piece.box((0.07, 0.002, 0.03), (0.1, 0.1598, 0.066), CHROME, (1, 0, 0), 0.001)
    piece.text(piece.lettering, 0.012, (0.1, 0.1612, 0.072), BLACK, (90, 0, 180))
    piece.text(f"No. {piece.seed}8114", 0.008, (0.1, 0.1612, 0.058), BLACK, (90, 0, 180))
    for x in (-0.135, 0.06, 0.14):
        for z in (0.032, 0.1):
            piece.cylinder(0.004, 0.003, (x, 0.159, z), STEEL, (90, 0, 0), bevel=0.0008)
    piece.cylinder(0.016, 0.008, (-0.12, 0.162, 0.112), CHROME, (90, 0, 0))
    for side in (-1, 1):
        for hole in range(3):
            at = (side * 0.1618, 0.02 + hole * 0.035, 0.07)
            piece.cylinder(0.009, 0.002, at, DARK, (0, 90, 0), bevel=0)
            piece.ring(0.009, 0.0012, at, CHROME, (0, 90, 0))
    piece.box((0.008, 0.012, 0.03), (0.166, -0.06, 0.06), CHROME, (20, 0, 0), 0.002)
    piece.cylinder(0.006, 0.005, (0.169, -0.065, 0.074), Finish("paint", "#b3271e"), (0, 90, 0))


def _chips(piece: Workpiece) -> None:
    """Knock off some paint along the edges: every unit elsewhere."""
    edges: tuple[tuple[Point, Point], ...] = (
        ((-0.14, -0.172, 0.034), (0.14, -0.172, 0.034)),
        ((-0.151, -0.04, 0.096), (-0.151, -0.17, 0.037)),
        ((0.151, -0.05, 0.079), (0.151, 0.1, 0.1285)),
        ((-0.13, 0.158, 0.102), (0.05, 0.158, 0.102)),
    )
    for start, end in edges:
        for _ in range(5):
            t = piece.random.random()
            at = tuple(a + (b - a) * t for a, b in zip(start, end, strict=True))
            size = piece.random.uniform(0.003, 0.009)
            piece.cushion(
                (size, size * 0.7, size * 0.4), (at[0], at[1], at[2]), STEEL, (0, 0, 360 * t), 2
            )


def record_player(piece: Workpiece) -> None:
    """A suitcase player, its lid up, a record on it: finishes are case, lining, label."""
    case, lining, label = piece.finishes
    piece.box((0.38, 0.33, 0.115), (0, 0, 0.068), case, bevel=0.012)
    piece.box((0.382, 0.332, 0.006), (0, 0, 0.11), CHROME, bevel=0.002)
    piece.box((0.355, 0.305, 0.01), (0, 0, 0.124), lining, bevel=0.004)
    for x in (-0.15, 0.15):
        for y in (-0.12, 0.12):
            piece.cylinder(0.014, 0.012, (x, y, 0.006), Finish("rubber", "#202020"))
    for x in (-1, 1):
        for y in (-1, 1):
            piece.cushion((0.034, 0.034, 0.036), (x * 0.179, y * 0.154, 0.026), CHROME, puff=5)
    _record(piece, label)
    _tonearm(piece)
    _lid(piece, case, lining)
    grille = Finish("fabric", "#b9a67c", scale=0.6)
    piece.box((0.2, 0.004, 0.06), (0.06, -0.1655, 0.06), grille, bevel=0.001)
    for slat in range(5):
        piece.box((0.2, 0.006, 0.003), (0.06, -0.1675, 0.036 + slat * 0.012), case, bevel=0.001)
    piece.text(piece.lettering, 0.019, (-0.115, -0.1665, 0.085), CHROME)
    for x in (-0.15, 0.17):
        piece.box((0.018, 0.006, 0.026), (x, -0.1665, 0.108), CHROME, bevel=0.002)
    piece.tube(
        [
            (-0.165, -0.166, 0.03),
            (-0.16, -0.18, 0.036),
            (-0.075, -0.18, 0.036),
            (-0.07, -0.166, 0.03),
        ],
        0.006,
        Finish("leather", "#2a211c"),
    )
    piece.tube(
        [(0.12, 0.16, 0.03), (0.16, 0.25, 0.005), (0.3, 0.2, 0.004), (0.42, 0.28, 0.004)],
        0.003,
        BLACK,
    )
    _scuffs(piece)


def _record(piece: Workpiece, label: Finish) -> None:
    middle = (-0.045, 0.0, 0.0)
    piece.cylinder(0.128, 0.012, (middle[0], 0, 0.136), STEEL)
    vinyl = Finish("paint", "#101012")
    piece.cylinder(0.124, 0.003, (middle[0], 0, 0.1445), vinyl, bevel=0.001)
    for groove in range(14):
        piece.ring(0.05 + groove * 0.0052, 0.0006, (middle[0], 0, 0.1462), BLACK)
    piece.cylinder(0.042, 0.0012, (middle[0], 0, 0.1465), label, bevel=0)
    piece.ring(0.03, 0.0006, (middle[0], 0, 0.1473), PAPER)
    piece.text("MOONLIT", 0.013, (middle[0], 0.012, 0.1472), PAPER, (0, 0, 24))
    piece.text("side one", 0.009, (middle[0] + 0.004, -0.014, 0.1472), PAPER, (0, 0, 24))
    piece.cylinder(0.0035, 0.02, (middle[0], 0, 0.15), CHROME)


def _tonearm(piece: Workpiece) -> None:
    piece.cylinder(0.024, 0.012, (0.13, 0.09, 0.134), BLACK)
    piece.cylinder(0.013, 0.035, (0.13, 0.09, 0.15), CHROME)
    arm = [(0.135, 0.118, 0.166), (0.13, 0.07, 0.166), (0.122, -0.03, 0.165), (0.096, -0.085, 0.16)]
    piece.tube(arm, 0.0042, CHROME)
    piece.cylinder(0.012, 0.022, (0.137, 0.128, 0.166), BLACK, (90, 0, 6))
    piece.box(
        (0.018, 0.036, 0.012), (0.088, -0.1, 0.157), Finish("plastic", "#e9e1cc"), (0, 0, -26)
    )
    piece.cylinder(0.009, 0.024, (0.152, -0.03, 0.14), CHROME)
    for x, turn in ((0.11, 40), (0.152, -70)):
        knob = (x, -0.125, 0.136)
        piece.cylinder(0.015, 0.016, knob, Finish("plastic", "#e9e1cc"), top=0.013)
        piece.box((0.002, 0.012, 0.002), (x, -0.125, 0.1445), BLACK, (0, 0, turn), 0)
    piece.text("33  45  78", 0.008, (0.13, -0.1, 0.1295), BLACK, (0, 0, 0))


def _lid(piece: Workpiece, case: Finish, lining: Finish) -> None:
    lean = -12.0
    angle = math.radians(lean)

    def on(x: float, up: float, out: float) -> Point:
        """Return the point of the open lid at so much above its hinge and out of its lining."""
        y = 0.17 - up * math.sin(angle) - out * math.cos(angle)
        return x, y, 0.118 + up * math.cos(angle) - out * math.sin(angle)

    piece.box((0.38, 0.05, 0.33), on(0, 0.168, -0.025), case, (lean, 0, 0), 0.012)
    piece.box((0.352, 0.006, 0.302), on(0, 0.168, 0.002), lining, (lean, 0, 0), 0.002)
    for side in (-1, 1):
        piece.box((0.013, 0.03, 0.33), on(side * 0.183, 0.168, 0.012), case, (lean, 0, 0), 0.004)
        piece.tube([(side * 0.168, 0.02, 0.128), on(side * 0.17, 0.15, 0.01)], 0.0022, CHROME)
        piece.cylinder(0.006, 0.05, (side * 0.12, 0.169, 0.118), CHROME, (0, 90, 0))
    piece.box((0.38, 0.03, 0.013), on(0, 0.327, 0.012), case, (lean, 0, 0), 0.004)
    piece.text(piece.lettering, 0.045, on(0, 0.22, 0.0055), case, (90 + lean, 0, 0))
    for side in (-1, 1):
        for up in (0.02, 0.316):
            at = on(side * 0.173, up, -0.035)
            piece.cushion((0.042, 0.042, 0.042), at, CHROME, (lean, 0, 0), puff=5)
    piece.box((0.12, 0.002, 0.04), on(-0.09, 0.06, 0.006), PAPER, (lean, 3, 0), 0)
    piece.text("Do not oil", 0.016, on(-0.09, 0.06, 0.008), BLACK, (90 + lean, 0, 3))


def _scuffs(piece: Workpiece) -> None:
    """Rub the case's front and sides: every unit elsewhere."""
    pale = Finish("fabric", "#cbbfa6")
    for _ in range(7):
        x, z = piece.random.uniform(-0.17, 0.17), piece.random.uniform(0.02, 0.1)
        size = piece.random.uniform(0.006, 0.02)
        piece.cushion((size, 0.001, size * 0.3), (x, -0.1652, z), pale, (0, 360 * x, 0), puff=2)
        y = piece.random.uniform(-0.14, 0.14)
        for side in (-1, 1):
            piece.cushion((0.001, size, size * 0.3), (side * 0.1902, y, z), pale, (70 * y, 0, 0), 2)
