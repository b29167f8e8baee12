"""Takes a photo: builds a posting's room around its item, points a camera, renders."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from stream.demo.rendering.blender import Handle, bpy, empty_scene, mathutils, render
from stream.demo.rendering.builders import build, build_item
from stream.demo.rendering.framing import PHOTO_SIZE
from stream.demo.rendering.places.open_air import build_yard
from stream.demo.rendering.places.shell import build_shell, light_room
from stream.demo.rendering.plan import (
    Item,
    Light,
    Placed,
    Posting,
    Room,
    Shot,
    Sky,
    Spot,
    Stage,
    Yard,
)
from stream.demo.rendering.sight import look
from stream.demo.rendering.viewpoint import eye_of, target_of


class Studio:
    """One set of a posting, built once for all its views."""

    def __init__(self, posting: Posting, stage: Stage, samples: int) -> None:
        self._posting = posting
        self._stage = stage
        self._scene = empty_scene(*PHOTO_SIZE, samples, seed=posting.item.thing.seed)
        self._names: dict[str, str] = {}
        place = stage.room
        _build_place(place, stage.light)
        for root in self._scene.objects:
            self._names[root.name] = f"{place.name}: {root.name}"
        kinds: Counter[str] = Counter()
        for placed in place.furniture:
            kinds[placed.thing.kind] += 1
            name = f"{place.name}: {placed.thing.kind} {kinds[placed.thing.kind]}"
            self._names[build(placed).name] = name
        for placed in posting.clutter:
            self._names[build(placed).name] = f"{placed.thing.kind} {placed.thing.seed}"
        self._item = self._offer(posting.item, posting.spot)
        for offered in posting.lot:
            self._offer(offered.item, offered.spot)
        self._camera = _camera(self._scene)
        self._flash = _flash(self._camera, stage.light)

    def _offer(self, item: Item, spot: Spot) -> Handle:
        anchor = build_item(item, Placed(item.thing, spot.at, spot.turn))
        self._names[anchor.name] = item.item_id
        return anchor

    def take(self, shot: Shot, path: Path) -> None:
        """Render one view to a PNG file."""
        self._aim(shot)
        render(self._scene, path)

    def map_objects(self, shot: Shot) -> list[list[str]]:
        """Return the names of what one view shows, row by row; "" is nothing."""
        self._aim(shot)
        return look(self._scene, self._names)

    def _aim(self, shot: Shot) -> None:
        view = shot.view
        turn = self._posting.spot.turn + view.item_turn
        self._item.rotation_euler = (0, 0, math.radians(turn))
        eye = mathutils.Vector(eye_of(self._posting, shot))
        azimuth = math.radians(view.azimuth)
        aside = mathutils.Vector((math.cos(azimuth), math.sin(azimuth), 0)) * view.aside
        middle = mathutils.Vector(target_of(self._posting, shot))
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
