"""Turns finishes into Blender materials: noise, grain and weave instead of flat colour."""

from __future__ import annotations

from collections.abc import Callable

from stream.demo.rendering import weathered
from stream.demo.rendering.blender import Handle, bpy, linear
from stream.demo.rendering.plan import Finish, Point
from stream.demo.rendering.shader import Shader, darker


def _paint(shader: Shader, finish: Finish, _grain: Point) -> None:
    wear = shader.noise(shader.place(), 9 * finish.scale)
    colour = shader.blend(wear, darker(finish.colour, 0.86), linear(finish.colour), 0.35, 0.6)
    shader.end(Base_Color=colour, Roughness=0.32, Coat_Weight=0.25)


def _plastic(shader: Shader, finish: Finish, _grain: Point) -> None:
    grit = shader.noise(shader.place(), 700)
    normal = shader.bump(grit, 0.15, 0.001)
    shader.end(Base_Color=linear(finish.colour), Roughness=0.45, Normal=normal)


def _rubber(shader: Shader, finish: Finish, _grain: Point) -> None:
    dust = shader.noise(shader.place(), 30)
    colour = shader.blend(dust, linear(finish.colour), darker("#8a8378", 0.5), 0.5, 0.9)
    shader.end(Base_Color=colour, Roughness=0.85)


def _metal(shader: Shader, finish: Finish, _grain: Point) -> None:
    smear = shader.noise(shader.place(), 14)
    roughness = shader.node("MapRange", Value=smear, To_Min=0.15, To_Max=0.42).outputs["Result"]
    shader.end(Base_Color=linear(finish.colour), Metallic=1.0, Roughness=roughness)


def _wood(shader: Shader, finish: Finish, grain: Point) -> None:
    along = shader.place(grain)
    rings = shader.noise(along, 5 * finish.scale, detail=6, distortion=1.2)
    fibre = shader.noise(along, 60 * finish.scale, detail=3)
    dark = darker(finish.colour, 0.5)
    colour = shader.blend(rings, dark, linear(finish.colour), 0.3, 0.62)
    colour = shader.blend(fibre, colour, dark, 0.55, 1.1)
    shader.end(Base_Color=colour, Roughness=0.42, Normal=shader.bump(fibre, 0.25, 0.001))


def _fabric(shader: Shader, finish: Finish, _grain: Point) -> None:
    place = shader.place()
    weave = shader.noise(place, 380 * finish.scale, detail=2)
    shade = shader.noise(place, 7 * finish.scale)
    colour = shader.blend(shade, darker(finish.colour, 0.72), linear(finish.colour), 0.3, 0.6)
    colour = shader.blend(weave, colour, darker(finish.colour, 0.55), 0.45, 0.85)
    shader.end(Base_Color=colour, Roughness=0.95, Sheen_Weight=0.3, Normal=shader.bump(weave, 0.6))


def _leather(shader: Shader, finish: Finish, _grain: Point) -> None:
    place = shader.place()
    cells = shader.node("TexVoronoi", Vector=place, Scale=170 * finish.scale).outputs["Distance"]
    rubbed = shader.noise(place, 11)
    colour = shader.blend(rubbed, darker(finish.colour, 0.75), linear(finish.colour), 0.4, 0.6)
    shader.end(Base_Color=colour, Roughness=0.5, Normal=shader.bump(cells, 0.5))


def _glow(shader: Shader, finish: Finish, _grain: Point) -> None:
    shader.end(
        Base_Color=linear(finish.colour),
        Emission_Color=linear(finish.colour),
        Emission_Strength=finish.scale,
    )


def _planks(shader: Shader, finish: Finish, _grain: Point) -> None:
    place = shader.place()
    boards = shader.bricks(
        place,
        1.3 * finish.scale,
        0.14 * finish.scale,
        0.37,
        Color1=linear(finish.colour),
        Color2=linear(finish.second),
        Mortar=darker(finish.colour, 0.25),
        Mortar_Size=0.003,
    )
    fibre = shader.noise(shader.place((1.5, 22, 1)), 4, detail=6, distortion=0.8)
    dark = darker(finish.colour, 0.45)
    colour = shader.blend(fibre, dark, boards.outputs["Color"], 0.25, 0.6)
    shader.end(Base_Color=colour, Roughness=0.4, Normal=shader.bump(fibre, 0.1))


def _tiles(shader: Shader, finish: Finish, _grain: Point) -> None:
    side = 0.3 * finish.scale
    tiles = shader.bricks(
        shader.place(),
        side,
        side,
        0.0,
        Color1=linear(finish.colour),
        Color2=darker(finish.colour, 0.88),
        Mortar=linear(finish.second),
        Mortar_Size=0.004,
    )
    relief = shader.bump(tiles.outputs["Fac"], -0.4)
    shader.end(Base_Color=tiles.outputs["Color"], Roughness=0.22, Normal=relief)


def _checks(shader: Shader, finish: Finish, _grain: Point) -> None:
    checker = shader.node(
        "TexChecker",
        Vector=shader.place(),
        Scale=8 * finish.scale,
        Color1=linear(finish.colour),
        Color2=linear(finish.second),
    )
    tuft = shader.noise(shader.place(), 260, detail=2)
    colour = shader.blend(tuft, checker.outputs["Color"], darker(finish.colour, 0.6), 0.5, 1.0)
    shader.end(Base_Color=colour, Roughness=0.9, Normal=shader.bump(tuft, 0.5))


def _carpet(shader: Shader, finish: Finish, _grain: Point) -> None:
    place = shader.place()
    tuft = shader.noise(place, 240 * finish.scale, detail=2)
    worn = shader.noise(place, 3)
    colour = shader.blend(worn, linear(finish.second), linear(finish.colour), 0.3, 0.65)
    colour = shader.blend(tuft, colour, darker(finish.colour, 0.45), 0.42, 0.85)
    shader.end(Base_Color=colour, Roughness=1.0, Normal=shader.bump(tuft, 1.0, 0.006))


def _plaster(shader: Shader, finish: Finish, _grain: Point) -> None:
    place = shader.place()
    stain = shader.noise(place, 1.7)
    colour = shader.blend(stain, darker(finish.colour, 0.9), linear(finish.colour), 0.3, 0.6)
    rough = shader.bump(shader.noise(place, 90), 0.2)
    shader.end(Base_Color=colour, Roughness=0.85, Normal=rough)


def _stripes(shader: Shader, finish: Finish, _grain: Point) -> None:
    bands = shader.wave(shader.place(), 2.2 * finish.scale, "X")
    colour = shader.blend(bands, linear(finish.colour), linear(finish.second), 0.45, 0.55)
    shader.end(Base_Color=colour, Roughness=0.8)


def _dots(shader: Shader, finish: Finish, _grain: Point) -> None:
    cells = shader.node(
        "TexVoronoi", Vector=shader.place(), Scale=9 * finish.scale, Randomness=0.25
    )
    colour = shader.blend(
        cells.outputs["Distance"], linear(finish.second), linear(finish.colour), 0.26, 0.32
    )
    shader.end(Base_Color=colour, Roughness=0.8)


def _artwork(shader: Shader, finish: Finish, _grain: Point) -> None:
    place = shader.place((1, 1, 1))
    shapes = shader.noise(place, 4 * finish.scale, detail=1, distortion=2.5)
    strokes = shader.noise(place, 13 * finish.scale, detail=3, distortion=1.0)
    colour = shader.blend(shapes, linear(finish.colour), linear(finish.second), 0.44, 0.52)
    colour = shader.blend(strokes, colour, linear("#efe6d0"), 0.56, 0.6)
    shader.end(Base_Color=colour, Roughness=0.6)


def _leaf(shader: Shader, finish: Finish, _grain: Point) -> None:
    veins = shader.noise(shader.place((1, 1, 4)), 18)
    colour = shader.blend(veins, linear(finish.colour), linear(finish.second), 0.4, 0.75)
    shader.end(Base_Color=colour, Roughness=0.45)


_SURFACES: dict[str, Callable[[Shader, Finish, Point], None]] = {
    "paint": _paint,
    "plastic": _plastic,
    "rubber": _rubber,
    "metal": _metal,
    "wood": _wood,
    "fabric": _fabric,
    "leather": _leather,
    "glow": _glow,
    "planks": _planks,
    "tiles": _tiles,
    "checks": _checks,
    "carpet": _carpet,
    "plaster": _plaster,
    "stripes": _stripes,
    "dots": _dots,
    "artwork": _artwork,
    "leaf": _leaf,
    "concrete": weathered.concrete,
    "bricks": weathered.bricks,
    "paving": weathered.paving,
    "gravel": weathered.gravel,
    "lacquer": weathered.lacquer,
    "glass": weathered.glass,
}


def material_of(finish: Finish, seed: int, grain: Point) -> Handle:
    """Return the material, made once a scene for each finish, seed and direction of the grain."""
    name = f"{finish} {seed} {grain}"
    # Blender cuts names at 63 bytes, so the full name is kept as a property of the material.
    for material in bpy.data.materials:
        if material.get("finish") == name:
            return material
    shader = Shader(finish.surface, seed)
    shader.material["finish"] = name
    _SURFACES[finish.surface](shader, finish, grain)
    return shader.material
