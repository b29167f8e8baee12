"""Builders of what makes a room lived in: rugs, plants, pictures, clutter."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish
from stream.demo.rendering.workpiece import Workpiece

WHITE = Finish("paint", "#eceae4")


def rug(piece: Workpiece) -> None:
    """A rug 1.7 by 1.2 with fringes: finishes are field and border."""
    field, border = piece.finishes
    piece.box((1.7, 1.2, 0.012), (0, 0, 0.006), border, bevel=0.004)
    piece.box((1.46, 0.98, 0.014), (0, 0, 0.007), field, bevel=0.003)
    fringe = Finish("fabric", "#d9cfb8")
    threads = []
    for end in (-1, 1):
        for k in range(48):
            y = -0.58 + k * 0.0247
            astray = piece.random.uniform(-0.012, 0.012)
            threads.append([(end * 0.84, y, 0.005), (end * 0.91, y + astray, 0.004)])
    piece.rods(threads, 0.0035, fringe)


def plant(piece: Workpiece) -> None:
    """A pot plant about 0.9 high: finishes are pot and leaf."""
    pot, leaf = piece.finishes
    piece.turned(
        [
            (0.0, 0.0),
            (0.09, 0.0),
            (0.1, 0.01),
            (0.135, 0.22),
            (0.14, 0.25),
            (0.12, 0.25),
            (0.11, 0.21),
            (0.0, 0.21),
        ],
        (0, 0, 0),
        pot,
    )
    for _ in range(26):
        heading = piece.random.uniform(0, math.tau)
        reach = piece.random.uniform(0.12, 0.36)
        height = piece.random.uniform(0.42, 0.95)
        tip = (reach * math.cos(heading), reach * math.sin(heading), height)
        piece.tube([(0, 0, 0.2), (tip[0] * 0.4, tip[1] * 0.4, height * 0.75), tip], 0.004, leaf)
        turn = (piece.random.uniform(-25, 25), piece.random.uniform(20, 55), math.degrees(heading))
        piece.cushion((0.24, 0.1, 0.01), (tip[0] * 1.2, tip[1] * 1.2, height), leaf, turn, puff=1.6)


def picture(piece: Workpiece) -> None:
    """A framed picture 0.5 by 0.65, hung by its middle: finishes are frame and artwork."""
    frame, artwork = piece.finishes
    piece.box((0.42, 0.006, 0.57), (0, -0.008, 0), WHITE)
    piece.sheet(0.3, 0.42, (0, -0.0125, 0), artwork, (90, 0, 0))
    for side in (-1, 1):
        piece.box((0.03, 0.025, 0.65), (side * 0.235, -0.012, 0), frame)
        piece.box((0.5, 0.025, 0.03), (0, -0.012, side * 0.31), frame)


def mug(piece: Workpiece) -> None:
    """A mug: the finish is its glaze."""
    (glaze,) = piece.finishes
    piece.turned(
        [
            (0.0, 0.0),
            (0.036, 0.0),
            (0.04, 0.006),
            (0.041, 0.09),
            (0.039, 0.093),
            (0.036, 0.088),
            (0.036, 0.012),
            (0.0, 0.01),
        ],
        (0, 0, 0),
        glaze,
    )
    piece.tube(
        [(0.04, 0, 0.075), (0.066, 0, 0.07), (0.066, 0, 0.03), (0.04, 0, 0.02)], 0.006, glaze
    )


def books(piece: Workpiece) -> None:
    """A pile of books lying askew: the finish is the top one's cover."""
    (cover,) = piece.finishes
    height = 0.0
    colours = ("#6d3b32", "#cfc5ac", "#34546b", "#7b7d4a")
    for k in range(4):
        thick = piece.random.uniform(0.018, 0.036)
        finish = cover if k == 3 else Finish("paint", colours[(k + piece.seed) % 4])
        turn = (0, 0, piece.random.uniform(-18, 18))
        piece.box((0.2, 0.14, thick), (0, 0, height + thick / 2), finish, turn, 0.003)
        piece.box((0.198, 0.142, thick * 0.7), (0.004, 0, height + thick / 2), WHITE, turn, 0.001)
        height += thick


def basket(piece: Workpiece) -> None:
    """A wicker basket with a blanket: finishes are wicker and cloth."""
    wicker, cloth = piece.finishes
    for row in range(12):
        piece.ring(0.17 + row * 0.005, 0.013, (0, 0, 0.014 + row * 0.024), wicker)
    piece.cushion((0.4, 0.36, 0.16), (0.01, 0, 0.28), cloth, (8, 6, 20), puff=2.6)
    piece.cushion((0.2, 0.3, 0.1), (0.12, -0.08, 0.29), cloth, (25, 30, 50), puff=3)


def carton(piece: Workpiece) -> None:
    """A moving box with tape."""
    board = Finish("carpet", "#b08a5b", "#a07c50", 0.2)
    tape = Finish("paint", "#c9b07a")
    piece.box((0.42, 0.32, 0.3), (0, 0, 0.15), board, bevel=0.003)
    piece.box((0.06, 0.324, 0.304), (0, 0, 0.15), tape, bevel=0.001)
    piece.text(
        piece.lettering, 0.07, (-0.11, -0.162, 0.17), Finish("plastic", "#222222"), (90, 3, 0)
    )


def bottle(piece: Workpiece) -> None:
    """An oil bottle with a label: the finish is its glass."""
    (glass,) = piece.finishes
    piece.turned(
        [
            (0.0, 0.0),
            (0.034, 0.0),
            (0.036, 0.008),
            (0.036, 0.16),
            (0.03, 0.19),
            (0.014, 0.22),
            (0.013, 0.27),
            (0.016, 0.275),
            (0.0, 0.28),
        ],
        (0, 0, 0),
        glass,
    )
    piece.cylinder(0.0368, 0.08, (0, 0, 0.09), Finish("paint", "#e8dfc6"), bevel=0)
    piece.text(piece.lettering, 0.022, (0, -0.0375, 0.095), Finish("paint", "#31401f"))


def board(piece: Workpiece) -> None:
    """A chopping board leaning back: the finish is its wood."""
    (wood,) = piece.finishes
    piece.box((0.24, 0.018, 0.36), (0, 0, 0.18), wood, (-9, 0, 0), 0.008)
    piece.cylinder(0.012, 0.022, (0.0, 0.025, 0.33), Finish("plastic", "#3a2a1c"), (81, 0, 0))


def bowl(piece: Workpiece) -> None:
    """A bowl of fruit: the finish is the bowl's."""
    (glaze,) = piece.finishes
    piece.turned(
        [
            (0.0, 0.0),
            (0.05, 0.0),
            (0.055, 0.012),
            (0.12, 0.06),
            (0.14, 0.09),
            (0.133, 0.09),
            (0.0, 0.03),
        ],
        (0, 0, 0),
        glaze,
    )
    colours = ("#c9541f", "#d8a21f", "#9c2a22", "#d9752b", "#7a8f2e")
    for k, colour in enumerate(colours):
        angle = math.tau * k / 5
        at = (0.055 * math.cos(angle), 0.055 * math.sin(angle), 0.085 + 0.008 * k)
        piece.cushion((0.08, 0.08, 0.075), at, Finish("leather", colour), puff=2)


def curtain(piece: Workpiece) -> None:
    """A curtain 0.5 wide and 2.1 long, hung by its top: the finish is its cloth."""
    (cloth,) = piece.finishes
    piece.sheet(0.5, 2.1, (0, 0, -1.05), cloth, (90, 0, 0), waves=0.025)


def radiator(piece: Workpiece) -> None:
    """A ribbed radiator."""
    for rib in range(14):
        piece.cushion((0.06, 0.08, 0.5), (-0.455 + rib * 0.07, 0, 0.38), WHITE, puff=7)
    piece.tube([(0.5, 0, 0.2), (0.56, 0, 0.19), (0.56, 0, 0.0)], 0.01, WHITE)


def socket(piece: Workpiece) -> None:
    """A wall socket, hung by its middle."""
    piece.box((0.08, 0.012, 0.08), (0, -0.004, 0), WHITE, bevel=0.004)
    piece.cylinder(0.02, 0.004, (0, -0.01, 0), Finish("plastic", "#d5d2ca"), (90, 0, 0))
    for side in (-1, 1):
        piece.cylinder(
            0.0025, 0.004, (side * 0.008, -0.0125, 0), Finish("plastic", "#333333"), (90, 0, 0)
        )
