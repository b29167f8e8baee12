"""Builders of things on wheels."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.workpiece import Workpiece

CHROME = Finish("metal", "#c9ccd0")
ALUMINIUM = Finish("plastic", "#8d9094")
TYRE = Finish("rubber", "#1d1c1b")
BLACK = Finish("plastic", "#1a1a1c")


def bicycle(piece: Workpiece) -> None:
    """Seen from its drive side, front to the right: finishes are frame, saddle, second colour."""
    frame, saddle, accent = piece.finishes
    rear, front, crank = (-0.52, 0.0, 0.34), (0.54, 0.0, 0.34), (-0.09, 0.0, 0.29)
    seat, head, fork = (-0.24, 0.0, 0.78), (0.36, 0.0, 0.8), (0.42, 0.0, 0.62)
    for hub in (rear, front):
        _wheel(piece, hub, accent)
    tubes = [(crank, seat), (seat, head), (crank, fork), (head, fork)]
    for start, end in tubes:
        piece.tube([start, end], 0.017, frame, smooth=False)
    for side in (-1, 1):
        y = side * 0.045
        stays = [[crank, (rear[0], y, rear[2])], [(-0.23, 0, 0.74), (rear[0], y, rear[2])]]
        piece.rods(stays, 0.009, frame)
        piece.tube([(0.425, y, 0.62), (0.46, y, 0.5), (front[0], y, front[2])], 0.011, frame)
    piece.tube([seat, (-0.27, 0, 0.9)], 0.012, CHROME, smooth=False)
    piece.cushion((0.27, 0.15, 0.07), (-0.28, 0, 0.93), saddle, (0, 4, 0), puff=2.6)
    piece.cushion((0.2, 0.05, 0.05), (-0.16, 0, 0.925), saddle, (0, 4, 0), puff=2.6)
    _handlebar(piece)
    _drive(piece, crank, rear)
    for hub in (rear, front):
        _mudguard(piece, hub, accent)
    piece.rods([[(-0.52, 0.08 * s, 0.36), (-0.62, 0.07 * s, 0.72)] for s in (-1, 1)], 0.005, BLACK)
    piece.box((0.36, 0.13, 0.012), (-0.55, 0, 0.73), BLACK)
    piece.cylinder(0.035, 0.06, (0.47, 0, 0.74), CHROME, (0, 90, 0))
    piece.box((0.03, 0.05, 0.035), (-0.75, 0, 0.7), Finish("plastic", "#b3201c"))
    # Lettering on both sides of the down tube, which rises towards the head.
    slope = -math.degrees(math.atan2(fork[2] - crank[2], fork[0] - crank[0]))
    middle_x, middle_z = (crank[0] + fork[0]) / 2, (crank[2] + fork[2]) / 2
    white = Finish("paint", "#f2eee0")
    piece.text(piece.lettering, 0.032, (middle_x, -0.018, middle_z), white, (90, slope, 0))
    piece.text(piece.lettering, 0.032, (middle_x, 0.018, middle_z), white, (90, -slope, 180))


def _wheel(piece: Workpiece, hub: Point, wall: Finish) -> None:
    upright = (90, 0, 0)
    piece.ring(0.325, 0.02, hub, TYRE, upright)
    piece.ring(0.313, 0.0155, hub, wall, upright)
    piece.ring(0.3, 0.011, hub, CHROME, upright)
    piece.cylinder(0.022, 0.09, hub, CHROME, upright)
    x, y, z = hub
    spokes = []
    for k in range(24):
        lean = 1 if k % 2 else -1
        outer = math.tau * k / 24
        inner = outer + lean * 0.9
        spokes.append(
            [
                (x + 0.02 * math.cos(inner), y + lean * 0.03, z + 0.02 * math.sin(inner)),
                (x + 0.3 * math.cos(outer), y, z + 0.3 * math.sin(outer)),
            ]
        )
    piece.rods(spokes, 0.0014, CHROME)


def _handlebar(piece: Workpiece) -> None:
    piece.tube([(0.36, 0, 0.8), (0.34, 0, 0.93), (0.4, 0, 0.96)], 0.012, CHROME)
    for side in (-1, 1):
        bend = [(0.4, 0, 0.96), (0.42, side * 0.1, 0.98), (0.34, side * 0.25, 0.99)]
        piece.tube([*bend, (0.22, side * 0.28, 0.98)], 0.011, CHROME)
        piece.tube([(0.3, side * 0.265, 0.985), (0.2, side * 0.285, 0.98)], 0.017, TYRE)
        piece.tube(
            [(0.36, side * 0.24, 0.97), (0.3, side * 0.25, 0.94), (0.24, side * 0.27, 0.945)],
            0.005,
            CHROME,
        )
    cable = [(0.36, -0.24, 0.97), (0.47, -0.12, 0.9), (0.43, -0.02, 0.72)]
    piece.tube(cable, 0.003, BLACK)


def _drive(piece: Workpiece, crank: Point, rear: Point) -> None:
    x, _, z = crank
    piece.cylinder(0.09, 0.006, (x, -0.05, z), CHROME, (90, 0, 0))
    piece.ring(0.09, 0.005, (x, -0.05, z), BLACK, (90, 0, 0))
    piece.cylinder(0.035, 0.02, (rear[0], -0.05, rear[2]), BLACK, (90, 0, 0))
    chain = [[(x, -0.05, z + s * 0.09), (rear[0], -0.05, rear[2] + s * 0.035)] for s in (-1, 1)]
    piece.rods(chain, 0.005, BLACK)
    for side in (-1, 1):
        foot = (x + side * 0.11, side * 0.08, z - side * 0.12)
        piece.tube([(x, side * 0.07, z), foot], 0.009, CHROME, smooth=False)
        piece.box((0.09, 0.09, 0.022), (foot[0], side * 0.13, foot[2]), BLACK)


def _mudguard(piece: Workpiece, hub: Point, finish: Finish) -> None:
    x, y, z = hub
    arc = []
    for k in range(8):
        angle = math.radians(40 + k * 19)
        arc.append((x + 0.365 * math.cos(angle), y, z + 0.365 * math.sin(angle)))
    piece.tube(arc, 0.018, finish)


def skateboard(piece: Workpiece) -> None:
    """Leaning on its tail as if against a wall: finishes are deck, print, wheels."""
    deck, artwork, rollers = piece.finishes
    outline = [
        (0.095 * math.cos(a), math.copysign(0.3, math.sin(a)) + 0.1 * math.sin(a))
        for a in (math.tau * (k + 0.5) / 32 for k in range(32))
    ]
    # Stood up: the board's length is the height, the print looks at the camera.
    lean = (80, 0, 0)
    piece.plate(outline, 0.011, (0, 0.0, 0.4), deck, lean, bevel=0.003)
    piece.plate(
        [(x * 0.97, y * 0.985) for x, y in outline], 0.002, (0, -0.011, 0.398), artwork, lean
    )
    piece.text(piece.lettering, 0.1, (0, -0.018, 0.4), Finish("paint", "#f5efe0"), (80, 90, 0))
    for end in (-1, 1):
        height = 0.4 + end * 0.215
        back = end * 0.215 * math.tan(math.radians(10))
        piece.box((0.05, 0.03, 0.08), (0, back - 0.028, height), CHROME, (-10, 0, 0))
        piece.cylinder(0.007, 0.2, (0, back - 0.05, height), CHROME, (0, 90, 0))
        for side in (-1, 1):
            at = (side * 0.085, back - 0.052, height)
            piece.cylinder(0.028, 0.034, at, rollers, (0, 90, 0), bevel=0.006)
            piece.cylinder(0.011, 0.036, at, CHROME, (0, 90, 0))


def suitcase(piece: Workpiece) -> None:
    """A hard shell with ribs: finishes are shell, trim, handle."""
    shell, trim, handle = piece.finishes
    piece.cushion((0.42, 0.25, 0.6), (0, 0, 0.36), shell, puff=11)
    for rib in range(-3, 4):
        for side in (-1, 1):
            piece.box((0.022, 0.012, 0.5), (rib * 0.05, side * 0.123, 0.36), shell, bevel=0.005)
    piece.box((0.424, 0.012, 0.604), (0, 0, 0.36), trim, bevel=0.005)
    for side in (-1, 1):
        for depth in (-1, 1):
            at = (side * 0.17, depth * 0.09, 0.03)
            piece.cylinder(0.028, 0.022, at, TYRE, (0, 90, 25 * depth))
            piece.box((0.04, 0.05, 0.03), (at[0], at[1], 0.062), trim)
    piece.tube(
        [(-0.07, 0, 0.66), (-0.06, 0, 0.69), (0.06, 0, 0.69), (0.07, 0, 0.66)], 0.012, handle
    )
    piece.rods(
        [[(s * 0.09, 0.08, 0.64), (s * 0.09, 0.08, 0.98)] for s in (-1, 1)], 0.009, ALUMINIUM
    )
    piece.cushion((0.23, 0.035, 0.03), (0, 0.08, 0.99), handle, puff=5)
    piece.tube([(0.212, 0, 0.28), (0.24, 0, 0.3), (0.24, 0, 0.42), (0.212, 0, 0.44)], 0.01, handle)
    piece.box((0.1, 0.008, 0.035), (0.11, -0.128, 0.57), trim)
    piece.text(piece.lettering, 0.022, (0.11, -0.1335, 0.57), Finish("metal", "#d8d8d8"))
