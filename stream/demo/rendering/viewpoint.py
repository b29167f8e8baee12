"""Where the camera of a shot stands: the geometry that pictures and labels share."""

from __future__ import annotations

import math

from stream.demo.rendering.plan import Point, Posting, Shot, Stage

EYE_CLEARANCE = 0.12
"""How near the lens may come to the edge of a place."""


def stage_of(posting: Posting, shot: Shot) -> Stage:
    """Return where a shot is taken."""
    return shot.stage or Stage(posting.room, posting.spot, posting.light)


def target_of(posting: Posting, shot: Shot) -> Point:
    """Return what a camera without carelessness looks at: the item's middle, or the bare spot."""
    x, y, z = stage_of(posting, shot).spot.at
    return x, y, z if shot.stage else z + posting.item.height * 0.5


def eye_of(posting: Posting, shot: Shot) -> Point:
    """Return where the lens is: never outside the place, whatever distance is asked for."""
    place, view = stage_of(posting, shot).room, shot.view
    x, y, z = target_of(posting, shot)
    azimuth, elevation = math.radians(view.azimuth), math.radians(view.elevation)
    reach = math.cos(elevation) * view.distance
    return (
        _within(x + math.sin(azimuth) * reach, place.width),
        _within(y - math.cos(azimuth) * reach, place.depth),
        z + math.sin(elevation) * view.distance,
    )


def azimuth_of(posting: Posting, shot: Shot) -> float:
    """Return the lens's azimuth as the item sees it, -180 to 180 degrees: 0 is before its front."""
    eye, target = eye_of(posting, shot), target_of(posting, shot)
    seen = math.degrees(math.atan2(eye[0] - target[0], target[1] - eye[1]))
    front = stage_of(posting, shot).spot.turn + shot.view.item_turn
    return (seen - front + 180) % 360 - 180


def _within(value: float, span: float) -> float:
    limit = span / 2 - EYE_CLEARANCE
    return max(-limit, min(limit, value))
