"""The builder of a pram, front to the right."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.things.bodywork import patch
from stream.demo.rendering.workpiece import Workpiece


def pram(piece: Workpiece) -> None:
    """A pram with its hood up: finishes are cloth, lining, frame."""
    cloth, lining, frame = piece.finishes
    for x, radius in ((-0.31, 0.24), (0.31, 0.2)):
        for side in (-1, 1):
            _pram_wheel(piece, (x, side * 0.27, radius), radius, frame)
        piece.tube([(x, -0.3, radius), (x, 0.3, radius)], 0.009, frame, smooth=False)
    for side in (-1, 1):
        y = side * 0.19
        piece.tube([(-0.31, y, 0.26), (0.0, y, 0.21), (0.31, y, 0.22)], 0.01, frame)
        for x, z in ((-0.31, 0.26), (0.31, 0.22)):
            out = math.copysign(1, x)
            spring: list[Point] = [
                (x, y, z),
                (x + out * 0.13, y, z + 0.05),
                (x + out * 0.17, y, z + 0.19),
                (x + out * 0.07, y, 0.56),
                (x - out * 0.02, y, 0.53),
            ]
            piece.tube(spring, 0.009, frame)
            strap = [(x - out * 0.02, y, 0.53), (x - out * 0.14, side * 0.16, 0.62)]
            piece.rods([strap], 0.008, Finish("leather", "#2a211b"))
        push: list[Point] = [
            (-0.2, side * 0.2, 0.5),
            (-0.5, side * 0.215, 0.72),
            (-0.74, side * 0.215, 0.98),
            (-0.82, side * 0.19, 1.01),
        ]
        piece.tube(push, 0.01, frame)
    piece.tube([(-0.82, -0.2, 1.01), (-0.82, 0.2, 1.01)], 0.016, Finish("rubber", "#d9d4c6"))
    _pram_body(piece, cloth, lining)
    _pram_hood(piece, cloth, lining, frame)
    # The shopping tray under the body.
    tray = [(-0.24, -0.17, 0.3), (0.24, -0.17, 0.27), (0.24, 0.17, 0.27), (-0.24, 0.17, 0.3)]
    piece.rods([tray], 0.006, frame, closed=True)
    bars = [[(-0.22 + k * 0.055, -0.17, 0.29), (-0.22 + k * 0.055, 0.17, 0.29)] for k in range(9)]
    piece.rods(bars, 0.003, frame)


def _pram_wheel(piece: Workpiece, hub: Point, radius: float, frame: Finish) -> None:
    upright = (90, 0, 0)
    piece.ring(radius - 0.009, 0.01, hub, Finish("rubber", "#98948a"), upright)
    piece.ring(radius - 0.022, 0.007, hub, frame, upright)
    piece.cylinder(0.022, 0.06, hub, frame, upright)
    x, y, z = hub
    spokes: list[list[Point]] = []
    for k in range(18):
        angle = math.tau * k / 18
        far = radius - 0.022
        rim = (x + far * math.cos(angle), y, z + far * math.sin(angle))
        spokes.append([(x, y + (0.02 if k % 2 else -0.02), z), rim])
    piece.rods(spokes, 0.0016, frame)


def _pram_body(piece: Workpiece, cloth: Finish, lining: Finish) -> None:
    rings: list[list[Point]] = []
    for z, long, wide in (
        (0.5, 0.2, 0.1),
        (0.52, 0.27, 0.14),
        (0.6, 0.36, 0.175),
        (0.7, 0.42, 0.195),
        (0.82, 0.46, 0.205),
        (0.83, 0.455, 0.2),
    ):
        ring: list[Point] = []
        for k in range(28):
            east, north = math.cos(math.tau * k / 28), math.sin(math.tau * k / 28)
            reach = (abs(east) ** 3.4 + abs(north) ** 3.4) ** (-1 / 3.4)
            # Both ends rise, as a boat's do.
            lift = 0.07 * abs(east * reach) ** 3 * (z - 0.5) / 0.33
            ring.append((long * east * reach, wide * north * reach, z + lift))
        rings.append(ring)
    piece.loft(rings, cloth)
    brim = [(x, y * 1.01, z + 0.004) for x, y, z in rings[4]]
    piece.rods([brim], 0.011, lining, closed=True, smooth=True)
    # The apron buttoned over the foot end, and the mattress at the head.
    piece.cushion((0.56, 0.4, 0.14), (0.19, 0, 0.85), cloth, (0, -6, 0), puff=3)
    piece.cushion((0.4, 0.33, 0.1), (-0.24, 0, 0.86), lining, puff=3)
    for x in (0.02, 0.16, 0.3):
        for side in (-1, 1):
            piece.cylinder(0.011, 0.008, (x, side * 0.211, 0.79), lining, (90, 0, 0))
    piece.text(piece.lettering, 0.06, (0.14, -0.2035, 0.68), lining, (84, 0, 0))
    piece.text(piece.lettering, 0.06, (0.14, 0.2035, 0.68), lining, (84, 0, 180))


def _pram_hood(piece: Workpiece, cloth: Finish, lining: Finish, frame: Finish) -> None:
    def bow(theta: float, v: float, shrink: float = 1.0) -> Point:
        lean, across = math.radians(theta), math.pi * v
        reach = 0.43 * shrink * math.sin(across) ** 0.42
        y = 0.212 * shrink * math.cos(across)
        return -0.1 - reach * math.cos(lean), y, 0.84 + reach * math.sin(lean)

    for k in range(4):
        first, last = 2 + k * 26.0, 2 + (k + 1) * 26.0

        def gore(theta: float, v: float, first: float = first) -> Point:
            # The cloth sags between the bows.
            sag = 1 - 0.05 * math.sin(math.pi * (theta - first) / 26.0)
            return bow(theta, v, sag)

        patch(piece, gore, ((first, 0.0), (last, 1.0)), cloth, steps=24)

    def inside(theta: float, v: float) -> Point:
        return bow(theta, v, 0.93)

    patch(piece, inside, ((2, 0.0), (106, 1.0)), lining, steps=24)
    for k in range(5):
        path = [bow(2 + k * 26.0, v / 20, 1.005) for v in range(21)]
        piece.rods([path], 0.006, cloth if k else frame, smooth=True)
    edge = [bow(106, v / 20, 0.99) for v in range(21)]
    piece.rods([edge], 0.009, lining, smooth=True)
    for side in (-1, 1):
        piece.rods(
            [[(-0.1, side * 0.22, 0.84), (-0.16, side * 0.222, 1.0), (-0.07, side * 0.2, 1.13)]],
            0.006,
            frame,
        )
        piece.cylinder(0.018, 0.014, (-0.1, side * 0.222, 0.84), frame, (90, 0, 0))
