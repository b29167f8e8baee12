"""The surfaces of cars: rounded bodies whose every point can be computed, and what is laid on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stream.demo.rendering.blender import Handle
from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.workpiece import Workpiece

Chart = Callable[[float, float], Point]
"""Gives the point of a surface at two coordinates."""


@dataclass(frozen=True)
class Hull:
    """A superellipsoid between a flat bottom and a top whose height changes along y.

    Source: A. H. Barr, Superquadrics and angle-preserving transformations, 1981.
    """

    half_width: float
    half_length: float
    bottom: float
    top: Callable[[float], float]
    """Height in the middle at y."""
    power: float

    def side(self, y: float, z: float, out: float = 0.0) -> Point:
        """Return the point of the +x side at length y and height z, moved outwards."""
        rest = 1 - _to(y / self.half_length, self.power) - _to(self._level(y, z), self.power)
        return self.half_width * _root(rest, self.power) + out, y, z

    def end(self, x: float, z: float, sign: int, out: float = 0.0) -> Point:
        """Return the point of the front (sign -1) or rear (1) end at width x and height z."""
        level = self._level(sign * self.half_length, z)
        rest = 1 - _to(x / self.half_width, self.power) - _to(level, self.power)
        return x, sign * (self.half_length * _root(rest, self.power) + out), z

    def above(self, x: float, y: float, out: float = 0.0) -> Point:
        """Return the point of the top at x and y, moved upwards."""
        rest = 1 - _to(x / self.half_width, self.power) - _to(y / self.half_length, self.power)
        half = (self.top(y) - self.bottom) / 2
        return x, y, self.bottom + half * (1 + _root(rest, self.power)) + out

    def _level(self, y: float, z: float) -> float:
        half = (self.top(y) - self.bottom) / 2
        return (z - self.bottom) / half - 1

    def built(self, piece: Workpiece, finish: Finish, low: float = -1.0) -> Handle:
        """Add the body; `low` is where it is cut off level, from -1 (whole) to 1."""
        rings, around = 40, 96
        points: list[Point] = []
        for row in range(rings + 1):
            level = _eased(low, row / rings)
            reach = _root(1 - _to(level, self.power), self.power)
            for k in range(around):
                angle = math.tau * k / around
                east, north = _spread(angle, self.power)
                y = north * reach * self.half_length
                half = (self.top(y) - self.bottom) / 2
                height = self.bottom + half * (1 + level)
                points.append((east * reach * self.half_width, y, height))
        faces = [*_between(rings + 1, around), range(around - 1, -1, -1)]
        faces.append(range(rings * around, (rings + 1) * around))
        return piece.skin(points, faces, finish)


@dataclass(frozen=True)
class Cabin:
    """The glasshouse of a car: windscreen, roof and hatch over a plan that shrinks upwards."""

    out: float = 0.0
    """How far points lie outside the skin."""
    bottom: float = 0.86
    top: float = 1.42
    power: float = 9.0

    def side(self, y: float, z: float) -> Point:
        """Return the point of the +x side at length y and height z."""
        front, rear, half = self._plan(z)
        middle, reach = (front + rear) / 2, (rear - front) / 2
        rest = 1 - _to((y - middle) / reach, self.power)
        return half * _root(rest, self.power) + self.out, y, z

    def end(self, x: float, z: float, sign: int) -> Point:
        """Return the point of the windscreen (sign -1) or hatch (1) at width x and height z."""
        front, rear, half = self._plan(z)
        middle, reach = (front + rear) / 2, (rear - front) / 2
        rest = 1 - _to(x / half, self.power)
        return x, middle + sign * (reach * _root(rest, self.power) + self.out), z

    def built(self, piece: Workpiece, finish: Finish) -> Handle:
        """Add pillars and roof in one skin."""
        heights = (0.0, 0.16, 0.34, 0.52, 0.7, 0.84, 0.89, 0.93, 0.955, 0.977, 0.991, 1.0)
        around = 96
        points: list[Point] = []
        for share in heights:
            z = self.bottom + share * (self.top - self.bottom)
            front, rear, half = self._plan(z)
            for k in range(around):
                east, north = _spread(math.tau * k / around, self.power)
                points.append((half * east, (front + rear + north * (rear - front)) / 2, z))
        roof = range(len(points) - around, len(points))
        return piece.skin(points, [*_between(len(heights), around), roof], finish)

    def _plan(self, z: float) -> tuple[float, float, float]:
        """Return front, rear and half width at a height."""
        share = (z - self.bottom) / (self.top - self.bottom)
        round_off = 0.3 * max(0.0, share - 0.86) ** 2 / 0.14
        front = -0.98 + 0.72 * share + round_off
        rear = 1.74 - 0.34 * share - round_off
        return front, rear, 0.745 - 0.15 * share - round_off


def _between(rings: int, around: int) -> list[Sequence[int]]:
    """Return the faces between rings of points that lie one above the other."""
    return [
        (
            row * around + k,
            row * around + (k + 1) % around,
            (row + 1) * around + (k + 1) % around,
            (row + 1) * around + k,
        )
        for row in range(rings - 1)
        for k in range(around)
    ]


def _to(value: float, power: float) -> float:
    return float(abs(value) ** power)


def _root(value: float, power: float) -> float:
    return float(max(value, 0.0) ** (1 / power))


def _spread(angle: float, power: float) -> tuple[float, float]:
    """Return the point of a unit superellipse in the direction of an angle."""
    east, north = math.cos(angle), math.sin(angle)
    reach = _root(_to(east, power) + _to(north, power), power)
    return east / reach, north / reach


def _eased(low: float, share: float) -> float:
    # Denser near both ends, where the skin bends; never quite at a pole.
    wave = -math.cos(math.pi * share) if low == -1.0 else math.sin(math.pi * (share - 0.5))
    level = low + (wave + 1) / 2 * (1 - low)
    return max(-0.9995, min(0.9995, level))


def patch(
    piece: Workpiece,
    chart: Chart,
    corners: tuple[tuple[float, float], tuple[float, float]],
    finish: Finish,
    *,
    steps: int = 16,
) -> Handle:
    """Lay a skin on a surface, from one corner of its coordinates to the other."""
    first, last = corners
    points = [
        chart(
            first[0] + (last[0] - first[0]) * a / steps,
            first[1] + (last[1] - first[1]) * b / steps,
        )
        for a in range(steps + 1)
        for b in range(steps + 1)
    ]
    wide = steps + 1
    faces = [
        (a * wide + b, a * wide + b + 1, (a + 1) * wide + b + 1, (a + 1) * wide + b)
        for a in range(steps)
        for b in range(steps)
    ]
    return piece.skin(points, faces, finish)


def seam(
    piece: Workpiece,
    chart: Chart,
    corners: Sequence[tuple[float, float]],
    radius: float,
    finish: Finish,
    *,
    closed: bool = False,
) -> Handle:
    """Draw a line on a surface through the corners given in its coordinates."""
    path: list[Point] = []
    ends = [*corners, corners[0]] if closed else list(corners)
    for start, end in pairwise(ends):
        path += [
            chart(start[0] + (end[0] - start[0]) * k / 12, start[1] + (end[1] - start[1]) * k / 12)
            for k in range(12)
        ]
    path.append(chart(*ends[-1]))
    return piece.rods([path], radius, finish)
