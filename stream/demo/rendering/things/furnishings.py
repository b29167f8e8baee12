"""Builders of furniture for living rooms and children's rooms, and what stands on it."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Finish
from stream.demo.rendering.workpiece import Workpiece

BLACK = Finish("plastic", "#1b1b1c")
BRASS = Finish("metal", "#b08d4a")


def sideboard(piece: Workpiece) -> None:
    """A low sideboard, 1.6 by 0.42 and 0.72 high: finishes are wood, doors, legs."""
    wood, doors, legs = piece.finishes
    for side in (-1, 1):
        piece.box((0.028, 0.42, 0.5), (side * 0.786, 0, 0.45), wood)
        for depth in (-1, 1):
            at = (side * 0.66, depth * 0.14, 0.1)
            piece.cylinder(0.012, 0.21, at, legs, (depth * 9, side * 9, 0), top=0.02)
    piece.box((1.62, 0.44, 0.026), (0, 0, 0.707), wood, bevel=0.006)
    piece.box((1.58, 0.42, 0.024), (0, 0, 0.212), wood)
    piece.box((1.56, 0.01, 0.48), (0, 0.2, 0.45), wood)
    for side in (-1, 1):
        piece.box((0.5, 0.02, 0.46), (side * 0.52, -0.195, 0.455), doors, bevel=0.004)
        for slat in range(24):
            at = (side * 0.52 - 0.235 + slat * 0.0204, -0.208, 0.455)
            piece.box((0.011, 0.008, 0.44), at, doors, bevel=0.003)
    for drawer in range(3):
        at = (0, -0.197, 0.303 + drawer * 0.153)
        piece.box((0.51, 0.022, 0.146), at, wood, bevel=0.004)
        piece.cylinder(0.013, 0.02, (0, -0.215, at[2]), BRASS, (90, 0, 0), top=0.017)


def couch(piece: Workpiece) -> None:
    """A three-seater on wooden legs, 1.95 wide: finishes are cover, wood, throw."""
    cover, wood, throw = piece.finishes
    piece.box((1.84, 0.78, 0.09), (0, 0.02, 0.24), wood, bevel=0.01)
    for side in (-1, 1):
        for depth in (-1, 1):
            at = (side * 0.84, depth * 0.3 + 0.02, 0.1)
            piece.cylinder(0.016, 0.2, at, wood, (depth * 7, side * 7, 0), top=0.026)
        piece.box((0.06, 0.8, 0.06), (side * 0.945, 0, 0.58), wood, bevel=0.02)
        for y in (-0.34, 0.34):
            piece.box((0.045, 0.045, 0.36), (side * 0.945, y, 0.4), wood, bevel=0.012)
    for seat in (-1, 0, 1):
        piece.cushion((0.61, 0.7, 0.17), (seat * 0.61, -0.04, 0.36), cover, puff=7)
        piece.cushion((0.6, 0.18, 0.46), (seat * 0.61, 0.3, 0.62), cover, (-14, 0, 0), puff=6)
        for button in (-0.14, 0.14):
            at = (seat * 0.61 + button, 0.198, 0.64)
            piece.cushion((0.026, 0.02, 0.026), at, cover, puff=2)
    piece.cushion((0.44, 0.16, 0.42), (0.62, 0.12, 0.6), throw, (-22, -10, 6), puff=3)
    blanket = [(-0.9 + k * 0.1, 0.02 * (k % 2)) for k in range(5)]
    for x, lift in blanket:
        piece.cushion((0.14, 0.24, 0.03), (x, 0.3, 0.865 + lift * 0.3), throw, (4, 0, 4), puff=4)
        piece.cushion((0.13, 0.025, 0.34), (x, 0.165, 0.71), throw, (-14, 0, 2), puff=4)


def side_table(piece: Workpiece) -> None:
    """A round table 0.52 high on three legs: finishes are top and legs."""
    top, legs = piece.finishes
    piece.cylinder(0.26, 0.022, (0, 0, 0.509), top, bevel=0.006)
    piece.ring(0.245, 0.004, (0, 0, 0.521), top)
    piece.cylinder(0.08, 0.03, (0, 0, 0.485), legs)
    for k in range(3):
        angle = math.tau * k / 3 + 0.3
        foot = (0.21 * math.cos(angle), 0.21 * math.sin(angle), 0.0)
        piece.tube([foot, (0.05 * math.cos(angle), 0.05 * math.sin(angle), 0.49)], 0.013, legs)


def table_lamp(piece: Workpiece) -> None:
    """A lamp with a ceramic foot, lit, 0.46 high: finishes are glaze and shade."""
    glaze, shade = piece.finishes
    piece.turned(
        [
            (0.0, 0.0),
            (0.06, 0.0),
            (0.064, 0.012),
            (0.088, 0.07),
            (0.08, 0.13),
            (0.038, 0.19),
            (0.026, 0.215),
            (0.0, 0.22),
        ],
        (0, 0, 0),
        glaze,
    )
    piece.cylinder(0.009, 0.1, (0, 0, 0.25), BRASS)
    piece.turned([(0.15, 0.26), (0.152, 0.262), (0.1, 0.455), (0.097, 0.455)], (0, 0, 0), shade)
    for radius, height in ((0.151, 0.262), (0.1, 0.454)):
        piece.ring(radius, 0.003, (0, 0, height), BRASS)
    piece.cushion((0.05, 0.05, 0.06), (0, 0, 0.34), Finish("glow", "#ffd892", scale=14), puff=2)
    piece.tube([(0, 0.06, 0.01), (0.1, 0.14, 0.004), (0.3, 0.15, 0.004)], 0.003, BLACK)


def vase(piece: Workpiece) -> None:
    """A vase with dried stalks, 0.24 high without them: finishes are glaze, band, stalks."""
    glaze, band, stalk = piece.finishes
    piece.turned(
        [
            (0.0, 0.0),
            (0.048, 0.0),
            (0.052, 0.008),
            (0.09, 0.07),
            (0.096, 0.11),
            (0.074, 0.17),
            (0.036, 0.21),
            (0.034, 0.225),
            (0.046, 0.24),
            (0.04, 0.24),
            (0.028, 0.222),
            (0.0, 0.215),
        ],
        (0, 0, 0),
        glaze,
    )
    for radius, height in ((0.0945, 0.098), (0.0962, 0.108), (0.0955, 0.118)):
        piece.ring(radius, 0.0022, (0, 0, height), band)
    leaf_count = 9
    for k in range(leaf_count):
        angle = math.tau * k / leaf_count
        at = (0.073 * math.cos(angle), 0.073 * math.sin(angle), 0.171)
        piece.cushion((0.014, 0.007, 0.032), at, band, (-46, 0, math.degrees(angle) + 90), puff=2)
    for _ in range(11):
        heading, reach = piece.random.uniform(0, math.tau), piece.random.uniform(0.03, 0.15)
        height = piece.random.uniform(0.38, 0.52)
        tip = (reach * math.cos(heading), reach * math.sin(heading), height)
        piece.tube([(0, 0, 0.2), (tip[0] * 0.35, tip[1] * 0.35, 0.32), tip], 0.0016, stalk)
        lean = (math.degrees(reach), 20 * reach, math.degrees(heading))
        piece.cushion((0.014, 0.014, 0.06), tip, stalk, lean, puff=2)
    # Somebody knocked a flake of glaze off its rim: every vase elsewhere.
    angle = piece.random.uniform(-2.4, -0.7)
    chip = (0.043 * math.cos(angle), 0.043 * math.sin(angle), 0.2395)
    piece.cushion((0.012, 0.01, 0.006), chip, Finish("plaster", "#d9cfc0"), puff=2)


def toy_shelf(piece: Workpiece) -> None:
    """An open shelf of nine boxes, 1.1 square: finishes are boards and two kinds of bins."""
    boards, bin_one, bin_two = piece.finishes
    for k in range(4):
        across = -0.525 + k * 0.35
        piece.box((0.022, 0.36, 1.07), (across, 0, 0.535), boards, bevel=0.003)
        piece.box((1.07, 0.36, 0.022), (0, 0, 0.011 + k * 0.35), boards, bevel=0.003)
    piece.box((1.06, 0.01, 1.05), (0, 0.172, 0.53), boards)
    contents = ("bin", "books", "bin", "books", "bin", "blocks", "bin", "empty", "books")
    for k, content in enumerate(contents):
        x, z = -0.35 + k % 3 * 0.35, 0.022 + k // 3 * 0.35
        if content == "bin":
            finish = bin_one if k % 4 else bin_two
            piece.box((0.29, 0.3, 0.25), (x, -0.015, z + 0.128), finish, bevel=0.015)
            piece.cylinder(0.022, 0.004, (x, -0.167, z + 0.18), BLACK, (90, 0, 0))
        elif content == "books":
            _picture_books(piece, x - 0.14, z)
        elif content == "blocks":
            for height, colour in enumerate(("#c93a2c", "#e6c832", "#2f6fae")):
                turn = (0.0, 0.0, piece.random.uniform(-20, 20))
                at = (x - 0.06, -0.06, z + 0.03 + height * 0.06)
                piece.box((0.06, 0.06, 0.058), at, Finish("paint", colour), turn)


def _picture_books(piece: Workpiece, x: float, z: float) -> None:
    colours = ("#d9482f", "#2f73b0", "#e3b22e", "#4f9a4a", "#e9e3d2", "#7a4a9a")
    end = x + 0.24
    while x < end:
        thick, tall = piece.random.uniform(0.006, 0.018), piece.random.uniform(0.2, 0.3)
        cover = Finish("paint", piece.random.choice(colours))
        piece.box((thick, 0.22, tall), (x + thick / 2, -0.03, z + tall / 2), cover, bevel=0.001)
        x += thick + 0.001
