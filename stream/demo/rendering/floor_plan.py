"""Draws the floor plan that every flat of one house is offered with."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_SIZE = 400, 300
_SCALE = 36.0
"""Pixels a metre, before the drawing is shrunk."""
_OVERSIZED = 2
_ORIGIN = 1.15, 1.0
_INK, _GREY = (34, 36, 40), (130, 134, 140)
_QUALITY = 86
_Point = tuple[float, float]

_OUTLINE: tuple[_Point, ...] = ((0, 0), (9, 0), (9, 6.2), (0, 6.2), (0, 0))
_PARTITIONS: tuple[tuple[_Point, ...], ...] = (
    ((4.9, 0), (4.9, 3.6), (0, 3.6)),
    ((4.9, 2.4), (6.0, 2.4)),
    ((6.9, 2.4), (9, 2.4)),
    ((6.6, 6.2), (6.6, 3.6), (9, 3.6)),
    ((3.4, 6.2), (3.4, 3.6)),
)
_DOORS: tuple[tuple[_Point, float, float], ...] = (
    ((4.0, 3.6), 0.85, 180),
    ((6.9, 2.4), 0.9, 180),
    ((7.6, 3.6), 0.8, 0),
    ((3.4, 4.6), 0.85, 90),
    ((5.4, 6.2), 1.0, 180),
)
"""Hinge, width in metres, and where the opening lies from there; the leaf stands 90 degrees on."""
_WINDOWS: tuple[tuple[_Point, _Point], ...] = (
    ((1.0, 0), (3.6, 0)),
    ((6.0, 0), (8.2, 0)),
    ((0, 4.3), (0, 5.5)),
    ((9, 4.4), (9, 5.2)),
)
_ROOMS: tuple[tuple[_Point, str, str], ...] = (
    ((2.4, 1.9), "Living room", "17.6 m2"),
    ((7.2, 1.2), "Kitchen", "9.8 m2"),
    ((1.5, 4.9), "Bedroom", "8.8 m2"),
    ((7.9, 4.8), "Bath", "6.2 m2"),
    ((5.0, 4.9), "Hall", "8.3 m2"),
)
_FURNITURE: tuple[tuple[float, float, float, float], ...] = (
    (0.3, 0.9, 1.2, 2.9),
    (1.9, 2.3, 3.1, 3.0),
    (0.2, 3.8, 1.0, 4.2),
    (8.3, 0.1, 8.9, 2.2),
    (6.8, 5.4, 8.6, 6.1),
    (5.0, 0.2, 5.5, 1.4),
)
"""Left, top, right and bottom of what is drawn as built in or suggested, in metres."""


def draw(photo: Path) -> None:
    """Write the plan as a JPEG."""
    sheet = Image.new("RGB", (_SIZE[0] * _OVERSIZED, _SIZE[1] * _OVERSIZED), (252, 252, 249))
    pen = ImageDraw.Draw(sheet)
    for left, top, right, bottom in _FURNITURE:
        pen.rectangle((*_at((left, top)), *_at((right, bottom))), outline=_GREY, width=2)
    for wall in (_OUTLINE, *_PARTITIONS):
        width = 14 if wall is _OUTLINE else 8
        pen.line([_at(point) for point in wall], fill=_INK, width=width, joint="curve")
    for start, end in _WINDOWS:
        pen.line([_at(start), _at(end)], fill="white", width=10)
        pen.line([_at(start), _at(end)], fill=_INK, width=2)
    for hinge, leaf, turn in _DOORS:
        _draw_door(pen, hinge, leaf, turn)
    for middle, name, area in _ROOMS:
        x, y = _at(middle)
        pen.text((x, y - 11), name, fill=_INK, font=ImageFont.load_default(size=21), anchor="mm")
        pen.text((x, y + 11), area, fill=_GREY, font=ImageFont.load_default(size=17), anchor="mm")
    title = "Lime Tree Court 8: flats on all floors, 2 rooms, 54 m2"
    pen.text((84, 24), title, fill=_INK, font=ImageFont.load_default(size=24))
    photo.parent.mkdir(parents=True, exist_ok=True)
    sheet.resize(_SIZE, Image.Resampling.LANCZOS).save(photo, "JPEG", quality=_QUALITY)


def _draw_door(pen: ImageDraw.ImageDraw, hinge: _Point, width: float, turn: float) -> None:
    x, y = _at(hinge)
    reach = width * _SCALE * _OVERSIZED
    ends = [
        (x + reach * math.cos(math.radians(angle)), y + reach * math.sin(math.radians(angle)))
        for angle in (turn, turn + 90)
    ]
    pen.line([(x, y), ends[0]], fill=(252, 252, 249), width=15)
    pen.line([(x, y), ends[1]], fill=_INK, width=3)
    pen.arc((x - reach, y - reach, x + reach, y + reach), turn, turn + 90, fill=_GREY, width=2)


def _at(point: _Point) -> _Point:
    """Return where a point in metres is drawn."""
    across, down = (p + o for p, o in zip(point, _ORIGIN, strict=True))
    return across * _SCALE * _OVERSIZED, down * _SCALE * _OVERSIZED
