"""Writes a material's node tree: coordinates, noise, blends, relief."""

from __future__ import annotations

from stream.demo.rendering.blender import Handle, bpy, linear
from stream.demo.rendering.plan import Point


class Shader:
    """A material's node tree, written from texture coordinates to the principled shader."""

    def __init__(self, name: str, seed: int) -> None:
        self.material: Handle = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self._tree = self.material.node_tree
        self._principled = self._tree.nodes["Principled BSDF"]
        self._seed = seed

    def node(self, kind: str, **inputs: Handle) -> Handle:
        """Add a node; sockets are given by name (spaces as `_`), as values or as outputs."""
        node = self._tree.nodes.new(f"ShaderNode{kind}")
        for name, value in inputs.items():
            self.feed(node.inputs[name.replace("_", " ")], value)
        return node

    def end(self, **inputs: Handle) -> None:
        """Feed the principled shader."""
        for name, value in inputs.items():
            self.feed(self._principled.inputs[name.replace("_", " ")], value)

    def feed(self, socket: Handle, value: Handle) -> None:
        """Give a socket a value or another node's output."""
        if isinstance(value, bpy.types.NodeSocket):
            self._tree.links.new(value, socket)
        else:
            socket.default_value = value

    def place(self, scale: Point = (1, 1, 1)) -> Handle:
        """Return the object's own coordinates, shifted by the seed, as no two units match."""
        source = self.node("TexCoord").outputs["Object"]
        shift = (self._seed * 0.37 % 7, self._seed * 0.73 % 5, self._seed * 0.19 % 3)
        return self.node("Mapping", Vector=source, Scale=scale, Location=shift).outputs["Vector"]

    def noise(
        self, place: Handle, scale: float, detail: float = 4, distortion: float = 0
    ) -> Handle:
        """Return a noise of so many features a metre."""
        node = self.node(
            "TexNoise", Vector=place, Scale=scale, Detail=detail, Distortion=distortion
        )
        return node.outputs["Fac"]

    def blend(
        self, factor: Handle, first: Handle, second: Handle, low: float = 0, high: float = 1
    ) -> Handle:
        """Return a colour between two, the factor stretched from low..high to 0..1."""
        stretched = self.node("MapRange", Value=factor, From_Min=low, From_Max=high)
        mix = self._tree.nodes.new("ShaderNodeMixRGB")
        self.feed(mix.inputs["Fac"], stretched.outputs["Result"])
        self.feed(mix.inputs["Color1"], first)
        self.feed(mix.inputs["Color2"], second)
        return mix.outputs["Color"]

    def bump(self, height: Handle, strength: float, depth: float = 0.002) -> Handle:
        """Return a normal that pretends relief."""
        return self.node("Bump", Height=height, Strength=strength, Distance=depth).outputs["Normal"]

    def bricks(
        self, place: Handle, width: float, row: float, offset: float, **inputs: Handle
    ) -> Handle:
        """Return a brick pattern: planks, tiles or checks."""
        node = self.node(
            "TexBrick", Vector=place, Scale=1.0, Brick_Width=width, Row_Height=row, **inputs
        )
        node.offset = offset
        return node

    def wave(self, place: Handle, scale: float, direction: str, distortion: float = 0) -> Handle:
        """Return bands across one axis."""
        node = self.node("TexWave", Vector=place, Scale=scale, Distortion=distortion, Detail=2)
        node.bands_direction = direction
        return node.outputs["Fac"]


def darker(colour: str, share: float) -> tuple[float, float, float, float]:
    """Return a share of a colour's light."""
    red, green, blue, alpha = linear(colour)
    return red * share, green * share, blue * share, alpha
