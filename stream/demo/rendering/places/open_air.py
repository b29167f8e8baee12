"""Builds a yard: the ground, the sky above it, the sun and the lamps."""

from __future__ import annotations

from stream.demo.rendering.blender import Handle, bpy, linear, mathutils
from stream.demo.rendering.plan import Point, Sky, Yard
from stream.demo.rendering.workpiece import Workpiece, radians

_GROUND_SEED = 13
_BEYOND = 24.0
"""The ground goes on behind the fences, so that no edge of the world shows."""
_SUN_DEGREES = 0.6
_LAMP_WIDTH = 0.12


def build_yard(yard: Yard, sky: Sky) -> None:
    """Lay the ground and light it."""
    ground = Workpiece("ground", (), "", _GROUND_SEED)
    ground.sheet(yard.width + _BEYOND, yard.depth + _BEYOND, (0, 0, 0), yard.ground)
    _paint_sky(sky)
    _hang_sun(sky)
    for at in yard.lamps:
        _hang_lamp(at, yard.lamp_length, sky)


def _paint_sky(sky: Sky) -> None:
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    tree = world.node_tree
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Generated"]
    height = tree.nodes.new("ShaderNodeSeparateXYZ")
    clouds = tree.nodes.new("ShaderNodeTexNoise")
    clouds.inputs["Scale"].default_value = 3.0
    clouds.inputs["Detail"].default_value = 5.0
    blue = _mix(tree, sky.horizon, sky.zenith)
    white = _mix(tree, sky.zenith, sky.horizon)
    cover = tree.nodes.new("ShaderNodeMapRange")
    cover.inputs["From Min"].default_value = 0.5
    cover.inputs["From Max"].default_value = 0.75
    tree.links.new(place, height.inputs["Vector"])
    tree.links.new(place, clouds.inputs["Vector"])
    tree.links.new(height.outputs["Z"], blue.inputs["Fac"])
    tree.links.new(clouds.outputs["Fac"], cover.inputs["Value"])
    tree.links.new(cover.outputs["Result"], white.inputs["Fac"])
    tree.links.new(blue.outputs["Color"], white.inputs["Color1"])
    background = tree.nodes["Background"]
    background.inputs["Strength"].default_value = sky.strength
    tree.links.new(white.outputs["Color"], background.inputs["Color"])
    bpy.context.scene.world = world


def _mix(tree: Handle, first: str, second: str) -> Handle:
    mix = tree.nodes.new("ShaderNodeMixRGB")
    mix.inputs["Color1"].default_value = linear(first)
    mix.inputs["Color2"].default_value = linear(second)
    return mix


def _hang_sun(sky: Sky) -> None:
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy = sky.sun
    lamp.color = linear(sky.sun_colour)[:3]
    lamp.angle = radians((_SUN_DEGREES, 0, 0))[0]
    holder = bpy.data.objects.new("sun", lamp)
    # A lamp shines along its -z: tilted towards -y as a camera at azimuth 0 is, then turned.
    turn = radians((90 - sky.sun_elevation, 0, sky.sun_azimuth))
    holder.rotation_euler = mathutils.Euler(turn)
    bpy.context.scene.collection.objects.link(holder)


def _hang_lamp(at: Point, length: float, sky: Sky) -> None:
    lamp = bpy.data.lights.new("lamp", "AREA")
    lamp.shape = "RECTANGLE"
    lamp.size, lamp.size_y = length, _LAMP_WIDTH
    lamp.energy = sky.lamp
    lamp.color = linear(sky.lamp_colour)[:3]
    holder = bpy.data.objects.new("lamp", lamp)
    holder.location = at
    bpy.context.scene.collection.objects.link(holder)
