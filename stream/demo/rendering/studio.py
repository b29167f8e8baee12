"""Takes a photo: builds a posting's room around its item, points a camera, renders."""

from __future__ import annotations

import math
from pathlib import Path

from stream.demo.rendering.blender import Handle, bpy, empty_scene, mathutils, render
from stream.demo.rendering.builders import build, build_item
from stream.demo.rendering.open_air import build_yard
from stream.demo.rendering.plan import Light, Placed, Posting, Room, Sky, View, Yard
from stream.demo.rendering.shell import build_shell, light_room

WIDTH, HEIGHT = 320, 240
_EYE_CLEARANCE = 0.12
"""How near the lens may come to a wall."""


class Studio:
    """One posting's set, built once for all its views."""

    def __init__(self, posting: Posting, samples: int) -> None:
        self._posting = posting
        self._scene = empty_scene(WIDTH, HEIGHT, samples, seed=posting.item.thing.seed)
        _build_place(posting.room, posting.light)
        for placed in (*posting.room.furniture, *posting.clutter):
            build(placed)
        spot = posting.spot
        self._item = build_item(posting.item, Placed(posting.item.thing, spot.at, spot.turn))
        self._camera = _camera(self._scene)
        self._flash = _flash(self._camera, posting.light)

    def take(self, view: View, path: Path) -> None:
        """Render one view to a PNG file."""
        spot = self._posting.spot
        self._item.rotation_euler = (0, 0, math.radians(spot.turn + view.item_turn))
        self._aim(view)
        render(self._scene, path)

    def _aim(self, view: View) -> None:
        posting = self._posting
        x, y, z = posting.spot.at
        middle = mathutils.Vector((x, y, z + posting.item.height * 0.5))
        azimuth, elevation = math.radians(view.azimuth), math.radians(view.elevation)
        outwards = mathutils.Vector(
            (
                math.sin(azimuth) * math.cos(elevation),
                -math.cos(azimuth) * math.cos(elevation),
                math.sin(elevation),
            )
        )
        eye = middle + outwards * view.distance
        eye.x = _within(eye.x, posting.room.width)
        eye.y = _within(eye.y, posting.room.depth)
        aside = mathutils.Vector((math.cos(azimuth), math.sin(azimuth), 0)) * view.aside
        target = middle + aside + mathutils.Vector((0, 0, view.above))
        looking = (target - eye).to_track_quat("-Z", "Y")
        roll = mathutils.Quaternion((0, 0, 1), math.radians(view.roll))
        self._camera.rotation_mode = "QUATERNION"
        self._camera.rotation_quaternion = looking @ roll
        self._camera.location = eye
        self._camera.data.lens = view.focal_mm


def _build_place(place: Room | Yard, light: Light | Sky) -> None:
    match place, light:
        case Room(), Light():
            build_shell(place, light)
            light_room(place, light)
        case Yard(), Sky():
            build_yard(place, light)
        case _:
            raise TypeError(f"{place.name}: a room takes a Light, a yard takes a Sky")


def _within(value: float, span: float) -> float:
    limit = span / 2 - _EYE_CLEARANCE
    return max(-limit, min(limit, value))


def _camera(scene: Handle) -> Handle:
    lens = bpy.data.cameras.new("phone")
    lens.clip_start = 0.02
    holder = bpy.data.objects.new("phone", lens)
    scene.collection.objects.link(holder)
    scene.camera = holder
    return holder


def _flash(camera: Handle, light: Light | Sky) -> Handle:
    lamp = bpy.data.lights.new("flash", "POINT")
    lamp.energy = light.flash
    lamp.shadow_soft_size = 0.01
    holder = bpy.data.objects.new("flash", lamp)
    holder.parent = camera
    holder.location = (0.025, 0.03, 0)
    bpy.context.scene.collection.objects.link(holder)
    return holder
