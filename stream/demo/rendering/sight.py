"""Sees which object each part of a picture shows, by casting rays from the lens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from stream.demo.object_maps import MAP_HEIGHT, MAP_WIDTH, NOTHING
from stream.demo.rendering.blender import Handle, bpy

_RAYS = 3
"""To a side of a cell; what most of them meet is what the cell shows."""


def look(scene: Handle, names: Mapping[str, str]) -> list[list[str]]:
    """Return the name of what each cell of the camera's picture shows, row by row; "" is nothing.

    Args:
        scene: set up to be rendered.
        names: what is to be said of all parts that hang on the object of that name.
    """
    bpy.context.view_layer.update()
    width, height = MAP_WIDTH * _RAYS, MAP_HEIGHT * _RAYS
    seen = [names.get(root, NOTHING) for root in _roots(scene, width, height)]
    return [
        [_most(seen, x * _RAYS, y * _RAYS, width) for x in range(MAP_WIDTH)]
        for y in range(MAP_HEIGHT)
    ]


def _roots(scene: Handle, width: int, height: int) -> Iterator[str]:
    """Cast a ray through each point of a grid; yields what the met part hangs on."""
    camera = scene.camera
    graph = bpy.context.evaluated_depsgraph_get()
    corners = camera.data.view_frame(scene=scene)
    right_top, _, left_bottom, left_top = (camera.matrix_world @ corner for corner in corners)
    eye = camera.matrix_world.translation
    across, down = right_top - left_top, left_bottom - left_top
    for row in range(height):
        for column in range(width):
            point = left_top + across * ((column + 0.5) / width) + down * ((row + 0.5) / height)
            is_met, _, _, _, part, _ = scene.ray_cast(graph, eye, point - eye)
            yield _root(part) if is_met else NOTHING


def _root(part: Handle) -> str:
    while part.parent is not None:
        part = part.parent
    name: str = part.name
    return name


def _most(seen: list[str], left: int, top: int, width: int) -> str:
    rays = Counter(seen[(top + y) * width + left + x] for y in range(_RAYS) for x in range(_RAYS))
    return rays.most_common(1)[0][0]
