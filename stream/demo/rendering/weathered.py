"""Surfaces that stand out of doors."""

from __future__ import annotations

from stream.demo.rendering.blender import linear
from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.shader import Shader, darker


def concrete(shader: Shader, finish: Finish, _grain: Point) -> None:
    """Cast grey with stains."""
    place = shader.place()
    stains = shader.noise(place, 1.3 * finish.scale, detail=7)
    grit = shader.noise(place, 160 * finish.scale, detail=2)
    dark = darker(finish.colour, 0.5)
    colour = shader.blend(stains, dark, linear(finish.colour), 0.25, 0.6)
    colour = shader.blend(grit, colour, dark, 0.5, 1.1)
    shader.end(Base_Color=colour, Roughness=0.8, Normal=shader.bump(grit, 0.35))


def bricks(shader: Shader, finish: Finish, _grain: Point) -> None:
    """A wall of bricks: the second colour is the mortar's."""
    _masonry(shader, finish, width=0.25, row=0.078, joint=0.011)


def paving(shader: Shader, finish: Finish, _grain: Point) -> None:
    """Concrete slabs: the second colour is that of the joints."""
    _masonry(shader, finish, width=0.42, row=0.21, joint=0.007)


def _masonry(shader: Shader, finish: Finish, width: float, row: float, joint: float) -> None:
    place = shader.place()
    stones = shader.bricks(
        place,
        width * finish.scale,
        row * finish.scale,
        0.5,
        Color1=linear(finish.colour),
        Color2=darker(finish.colour, 0.62),
        Mortar=linear(finish.second),
        Mortar_Size=joint,
        Mortar_Smooth=0.3,
    )
    weather = shader.noise(place, 2.1, detail=6)
    grit = shader.noise(place, 130, detail=3)
    colour = shader.blend(weather, darker("#4a463c", 1), stones.outputs["Color"], 0.22, 0.5)
    colour = shader.blend(grit, colour, darker(finish.colour, 0.4), 0.52, 0.95)
    relief = shader.bump(stones.outputs["Fac"], -0.8, 0.006)
    shader.end(Base_Color=colour, Roughness=0.9, Normal=relief)


def gravel(shader: Shader, finish: Finish, _grain: Point) -> None:
    """Pebbles of two colours."""
    place = shader.place()
    cells = shader.node("TexVoronoi", Vector=place, Scale=42 * finish.scale)
    shade = shader.node("SeparateXYZ", Vector=cells.outputs["Color"]).outputs["X"]
    colour = shader.blend(shade, linear(finish.colour), linear(finish.second))
    colour = shader.blend(cells.outputs["Distance"], colour, darker(finish.colour, 0.2), 0.35, 0.7)
    trodden = shader.noise(place, 1.1, detail=5)
    colour = shader.blend(trodden, darker(finish.colour, 0.6), colour, 0.3, 0.55)
    shader.end(
        Base_Color=colour,
        Roughness=0.95,
        Normal=shader.bump(cells.outputs["Distance"], -1.0, 0.014),
    )


def lacquer(shader: Shader, finish: Finish, _grain: Point) -> None:
    """A car's paint, splashed with dirt from below."""
    # Splashed from below: the dirt thins out with the height above the ground.
    ground = shader.node("NewGeometry").outputs["Position"]
    height = shader.node("SeparateXYZ", Vector=ground).outputs["Z"]
    blotches = shader.noise(shader.place(), 11, detail=6)
    dirt = shader.node("Math", Value=blotches)
    dirt.operation = "SUBTRACT"
    shader.feed(dirt.inputs[1], height)
    colour = shader.blend(
        dirt.outputs["Value"], linear(finish.colour), linear("#6f6455"), -0.05, 0.5
    )
    roughness = shader.node(
        "MapRange",
        Value=dirt.outputs["Value"],
        From_Min=-0.1,
        From_Max=0.3,
        To_Min=0.22,
        To_Max=0.8,
    ).outputs["Result"]
    shader.end(Base_Color=colour, Roughness=roughness, Coat_Weight=0.5, Coat_Roughness=0.08)


def glass(shader: Shader, finish: Finish, _grain: Point) -> None:
    """A dusty pane; the scale is how opaque it is."""
    dust = shader.noise(shader.place(), 5)
    roughness = shader.node("MapRange", Value=dust, To_Min=0.02, To_Max=0.12).outputs["Result"]
    shader.end(Base_Color=linear(finish.colour), Roughness=roughness, Alpha=min(1.0, finish.scale))
