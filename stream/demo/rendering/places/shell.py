"""Builds a room's shell: floor, walls, skirting and the window the daylight comes from."""

from __future__ import annotations

from stream.demo.rendering.blender import Handle, bpy, linear, mathutils
from stream.demo.rendering.plan import Finish, Light, Point, Room
from stream.demo.rendering.workpiece import Workpiece, radians

FRAME = Finish("paint", "#f1efe9")
SILL_HEIGHT, PANE_HEIGHT, PANE_WIDTH = 0.9, 1.3, 1.5
_BACKGROUND_SEED = 11


def build_shell(room: Room, light: Light) -> None:
    """Build four walls, floor, ceiling and window."""
    width, depth, height = room.width, room.depth, room.height
    _piece("floor").sheet(width, depth, (0, 0, 0), room.floor)
    _piece("ceiling").sheet(width, depth, (0, 0, height), Finish("plaster", "#efece5"), (180, 0, 0))
    walls: tuple[tuple[str, float, Point, float, Finish], ...] = (
        ("back wall", width, (0, depth / 2, height / 2), 0, room.feature_wall),
        ("front wall", width, (0, -depth / 2, height / 2), 180, room.walls),
        ("left wall", depth, (-width / 2, 0, height / 2), 90, room.walls),
        ("right wall", depth, (width / 2, 0, height / 2), -90, room.walls),
    )
    for name, length, at, turn, finish in walls:
        _piece(name).sheet(length, height, at, finish, (90, 0, turn))
    skirting = _piece("skirting")
    for y in (-1, 1):
        skirting.box((width, 0.02, 0.09), (0, y * (depth / 2 - 0.01), 0.045), room.skirting)
    for x in (-1, 1):
        skirting.box((0.02, depth, 0.09), (x * (width / 2 - 0.01), 0, 0.045), room.skirting)
    _window(_piece("window"), room, light)


def _piece(name: str) -> Workpiece:
    return Workpiece(name, (), "", _BACKGROUND_SEED)


def _window(window: Workpiece, room: Room, light: Light) -> None:
    side = -1 if room.window_side == "left" else 1
    x, y = side * (room.width / 2 - 0.02), 0.2
    middle = SILL_HEIGHT + PANE_HEIGHT / 2
    # At night the pane is dark; by day it outshines the room, as in any snapshot.
    shine = max(0.02, light.window / 45)
    pane = Finish("glow", light.window_colour, scale=shine)
    window.box((0.01, PANE_WIDTH, PANE_HEIGHT), (x, y, middle), pane, bevel=0)
    for edge in (-0.5, 0, 0.5):
        window.box((0.05, 0.06, PANE_HEIGHT + 0.06), (x, y + edge * PANE_WIDTH, middle), FRAME)
    for edge in (-0.5, 0.5):
        window.box((0.05, PANE_WIDTH + 0.06, 0.06), (x, y, middle + edge * PANE_HEIGHT), FRAME)
    window.box((0.2, PANE_WIDTH + 0.2, 0.03), (x - side * 0.07, y, SILL_HEIGHT - 0.04), FRAME)


def light_room(room: Room, light: Light) -> None:
    """Hang the lamps: an area behind the window, a ceiling lamp, a little light from everywhere."""
    side = -1 if room.window_side == "left" else 1
    window = _area(light.window, light.window_colour, PANE_WIDTH, PANE_HEIGHT)
    window.location = (side * (room.width / 2 - 0.06), 0.2, SILL_HEIGHT + PANE_HEIGHT / 2)
    window.rotation_euler = mathutils.Euler(radians((0, side * 78, 0)))
    lamp = _area(light.ceiling, light.ceiling_colour, 0.5, 0.5)
    lamp.location = (0.35, 0.1, room.height - 0.12)
    world = bpy.data.worlds.new("ambience")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = linear("#f4f1ea")
    background.inputs["Strength"].default_value = light.ambient
    bpy.context.scene.world = world


def _area(watts: float, colour: str, width: float, height: float) -> Handle:
    lamp = bpy.data.lights.new("area", "AREA")
    lamp.shape = "RECTANGLE"
    lamp.size, lamp.size_y = height, width
    lamp.energy = watts
    lamp.color = linear(colour)[:3]
    holder = bpy.data.objects.new("area", lamp)
    bpy.context.scene.collection.objects.link(holder)
    return holder
