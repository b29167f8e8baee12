"""Builders of what makes a flat one to live in: beds, wardrobes, lamps under the ceiling."""

from __future__ import annotations

from stream.demo.rendering.plan import Finish
from stream.demo.rendering.workpiece import Workpiece

_BULB = Finish("glow", "#fff1d6", scale=4.0)
_WIRE = Finish("plastic", "#2a2a2c")


def home(piece: Workpiece) -> None:
    """What is for rent is the rooms themselves: nothing is put into them."""
    del piece


def bed(piece: Workpiece) -> None:
    """A double bed, slept in: finishes are frame, blanket, linen."""
    frame, blanket, linen = piece.finishes
    for side in (-1, 1):
        piece.box((0.04, 2.02, 0.16), (side * 0.78, 0, 0.3), frame, bevel=0.01)
        for end in (-1, 1):
            piece.box((0.06, 0.06, 0.28), (side * 0.76, end * 0.97, 0.14), frame)
    piece.box((1.6, 0.05, 0.62), (0, 1.0, 0.58), frame, bevel=0.02)
    piece.box((1.6, 0.04, 0.2), (0, -1.0, 0.3), frame, bevel=0.01)
    piece.cushion((1.52, 1.96, 0.24), (0, 0, 0.42), linen, puff=9)
    piece.cushion((1.6, 1.36, 0.14), (0, -0.28, 0.54), blanket, puff=7)
    piece.cushion((1.58, 0.24, 0.1), (0, 0.36, 0.6), linen, (6, 0, 1), puff=4)
    for side in (-1, 1):
        lean = piece.random.uniform(-6, 6)
        piece.cushion((0.64, 0.42, 0.17), (side * 0.38, 0.76, 0.61), linen, (14, 0, lean), puff=3.2)


def wardrobe(piece: Workpiece) -> None:
    """Two doors, one of them ajar, boxes on top: finishes are body and knobs."""
    body, knob = piece.finishes
    piece.box((1.2, 0.54, 1.92), (0, 0, 1.0), body, bevel=0.008)
    piece.box((1.26, 0.58, 0.05), (0, -0.01, 1.98), body, bevel=0.01)
    piece.box((1.16, 0.5, 0.07), (0, 0, 0.035), body)
    for side, turn in ((-1, 0.0), (1, 3.0)):
        piece.box((0.57, 0.022, 1.8), (side * 0.292, -0.285, 1.0), body, (0, 0, side * turn))
        piece.box((0.4, 0.012, 0.72), (side * 0.292, -0.298, 1.42), body, (0, 0, side * turn))
        piece.box((0.4, 0.012, 0.72), (side * 0.292, -0.298, 0.56), body, (0, 0, side * turn))
        piece.cushion((0.03, 0.035, 0.03), (side * 0.05, -0.312, 1.02), knob, puff=2)
    carton = Finish("paint", "#b9976a")
    piece.box((0.5, 0.34, 0.22), (-0.26, 0.02, 2.12), carton, (0, 0, 7))
    piece.box((0.36, 0.3, 0.16), (0.3, 0, 2.09), Finish("paint", "#7d8c93"), (0, 0, -4))


def pendant_lamp(piece: Workpiece) -> None:
    """Hangs from a ceiling at its z = 0: the finish is the shade."""
    (shade,) = piece.finishes
    piece.tube([(0, 0, 0), (0.004, 0, -0.35), (0, 0, -0.7)], 0.004, _WIRE)
    piece.cylinder(0.05, 0.03, (0, 0, -0.015), _WIRE)
    piece.turned(
        [(0.035, -0.68), (0.05, -0.7), (0.14, -0.78), (0.2, -0.88), (0.19, -0.88), (0.03, -0.7)],
        (0, 0, 0),
        shade,
    )
    piece.cushion((0.07, 0.07, 0.09), (0, 0, -0.8), _BULB, puff=2)


def nightstand(piece: Workpiece) -> None:
    """With a drawer, a lamp and a glass: finishes are wood and lampshade."""
    wood, shade = piece.finishes
    piece.box((0.42, 0.36, 0.03), (0, 0, 0.5), wood)
    piece.box((0.38, 0.33, 0.17), (0, 0, 0.4), wood)
    piece.box((0.35, 0.02, 0.13), (0, -0.17, 0.4), wood, bevel=0.01)
    piece.cushion((0.03, 0.03, 0.03), (0, -0.19, 0.4), Finish("metal", "#b08d4a"), puff=2)
    for x in (-0.17, 0.17):
        for y in (-0.14, 0.14):
            piece.cylinder(0.014, 0.32, (x, y, 0.16), wood, top=0.02)
    piece.turned(
        [(0.0, 0.515), (0.06, 0.515), (0.055, 0.53), (0.02, 0.55), (0.015, 0.68)],
        (0.06, 0.04, 0),
        Finish("paint", "#8a5a44"),
    )
    piece.cylinder(0.12, 0.16, (0.06, 0.04, 0.74), shade, top=0.08)
