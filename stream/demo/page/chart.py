"""A plane with two axes, drawn as SVG."""

import math
from collections.abc import Iterable

import msgspec

from stream.demo.page.markup import Markup, element, number

_WIDTH, _HEIGHT = 360, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 350, 12, 206
_TICKS = 5


class Axis(msgspec.Struct, frozen=True):
    """Values from zero to `end`, with a tick at each `step`."""

    name: str
    end: float
    step: float

    @property
    def ticks(self) -> tuple[float, ...]:
        """Where the ticks are, both ends among them."""
        return tuple(self.step * place for place in range(round(self.end / self.step) + 1))


def axis_to(name: str, largest: float) -> Axis:
    """Return an axis that ends on a tick at or above a value; steps are 1, 2 or 5 times a power."""
    rough = max(largest, 1e-3) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return Axis(name, step * math.ceil(max(largest, step) / step - 1e-9), step)


def count_axis(name: str, largest: int) -> Axis:
    """Return an axis with ticks at whole numbers only."""
    axis = axis_to(name, max(largest, 1))
    return axis if axis.step >= 1 else Axis(name, max(largest, 1), 1)


class Plane(msgspec.Struct, frozen=True):
    """Where values lie in the picture."""

    across: Axis
    up: Axis

    def x(self, value: float) -> float:
        """Return how far right a value lies."""
        return _LEFT + (_RIGHT - _LEFT) * value / self.across.end

    def y(self, value: float) -> float:
        """Return how far down a value lies."""
        return _BOTTOM - (_BOTTOM - _TOP) * value / self.up.end

    def line(self, points: Iterable[tuple[float, float]]) -> str:
        """Return the path through some points."""
        return "M" + " L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)

    def dots(self, points: Iterable[tuple[float, float]]) -> str:
        """Return one path for many dots: lines without length, which round caps make visible."""
        return " ".join(f"M{self.x(x):.1f} {self.y(y):.1f}h0" for x, y in points)


def draw_chart(plane: Plane, *marks: str, title: str, description: str) -> Markup:
    """Draw a plane with its axes, and marks on it."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *(_draw_row(plane, value) for value in plane.up.ticks),
        *(_draw_column(plane, value) for value in plane.across.ticks),
        element("path", d=f"M{_LEFT} {_BOTTOM}H{_RIGHT}", class_="axis"),
        _draw_name(plane.across.name, (_LEFT + _RIGHT) / 2, _HEIGHT - 8),
        _draw_name(plane.up.name, 12, (_TOP + _BOTTOM) / 2, is_upright=True),
        *marks,
        class_="chart",
        role="img",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
    )


def _draw_row(plane: Plane, value: float) -> Markup:
    y = plane.y(value)
    return element(
        "g",
        element("path", d=f"M{_LEFT} {y:.1f}H{_RIGHT}", class_="grid"),
        element("text", number(value), x=_LEFT - 6, y=y + 4, text_anchor="end"),
    )


def _draw_column(plane: Plane, value: float) -> Markup:
    x = plane.x(value)
    return element(
        "g",
        element("path", d=f"M{x:.1f} {_BOTTOM}v4", class_="axis"),
        element("text", number(value), x=x, y=_BOTTOM + 18, text_anchor="middle"),
    )


def _draw_name(name: str, x: float, y: float, *, is_upright: bool = False) -> Markup:
    turn = f"rotate(-90 {x} {y})" if is_upright else None
    return element("text", name, x=x, y=y, text_anchor="middle", class_="name", transform=turn)
