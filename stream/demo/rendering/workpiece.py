"""The parts that builders put together: a carpenter's bench over Blender's meshes."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

from stream.demo.rendering.blender import Handle, bmesh, bpy, mathutils
from stream.demo.rendering.materials import material_of
from stream.demo.rendering.plan import Finish, Point

ORIGIN: Point = (0.0, 0.0, 0.0)
_SMOOTH_BELOW = math.radians(38)


def radians(turn: Point) -> Point:
    """Return three angles in radians."""
    return math.radians(turn[0]), math.radians(turn[1]), math.radians(turn[2])


class Workpiece:
    """One thing in the making: parts are added in its own coordinates, z = 0 is where it stands."""

    def __init__(self, name: str, finishes: Sequence[Finish], lettering: str, seed: int) -> None:
        self.anchor: Handle = bpy.data.objects.new(name, None)
        bpy.context.scene.collection.objects.link(self.anchor)
        self.finishes = tuple(finishes)
        self.lettering = lettering
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 - shapes, not secrets

    def box(
        self,
        size: Point,
        at: Point,
        finish: Finish,
        turn: Point = ORIGIN,
        bevel: float = 0.006,
    ) -> Handle:
        """Add a box about its middle."""
        mesh = bmesh.new()
        bmesh.ops.create_cube(mesh, size=1.0)
        bmesh.ops.scale(mesh, vec=size, verts=mesh.verts)
        part = self._add(mesh, at, turn, finish, _grain_along(size))
        return _bevelled(part, min(bevel, min(size) * 0.49))

    def cushion(
        self, size: Point, at: Point, finish: Finish, turn: Point = ORIGIN, puff: float = 5.0
    ) -> Handle:
        """Add a soft box: a superellipsoid, rounder the smaller `puff` is."""
        mesh = bmesh.new()
        bmesh.ops.create_cube(mesh, size=2.0)
        bmesh.ops.subdivide_edges(mesh, edges=mesh.edges, cuts=11, use_grid_fill=True)
        for vertex in mesh.verts:
            reach = sum(abs(c) ** puff for c in vertex.co) ** (1 / puff)
            vertex.co = [c / reach * s / 2 for c, s in zip(vertex.co, size, strict=True)]
        return self._add(mesh, at, turn, finish, _grain_along(size), sharp=False)

    def cylinder(
        self,
        radius: float,
        length: float,
        at: Point,
        finish: Finish,
        turn: Point = ORIGIN,
        *,
        top: float | None = None,
        bevel: float = 0.003,
    ) -> Handle:
        """Add a cylinder or cone about its middle, its axis along z."""
        mesh = bmesh.new()
        bmesh.ops.create_cone(
            mesh,
            cap_ends=True,
            segments=40,
            radius1=radius,
            radius2=radius if top is None else top,
            depth=length,
        )
        part = self._add(mesh, at, turn, finish, _grain_along((radius, radius, length)))
        return _bevelled(part, bevel)

    def turned(
        self,
        profile: Sequence[tuple[float, float]],
        at: Point,
        finish: Finish,
        turn: Point = ORIGIN,
    ) -> Handle:
        """Add a body turned on a lathe: (radius, height) from bottom to top, smoothed."""
        mesh = bmesh.new()
        steps = 48
        rings = [
            [
                mesh.verts.new(
                    (r * math.cos(math.tau * k / steps), r * math.sin(math.tau * k / steps), z)
                )
                for k in range(steps)
            ]
            for r, z in profile
        ]
        _skin(mesh, rings)
        part = self._add(mesh, at, turn, finish, (1, 1, 1))
        return _subdivided(part)

    def loft(
        self,
        sections: Sequence[Sequence[Point]],
        finish: Finish,
        at: Point = ORIGIN,
        turn: Point = ORIGIN,
    ) -> Handle:
        """Add a closed skin over cross-sections of equally many points."""
        mesh = bmesh.new()
        rings = [[mesh.verts.new(point) for point in section] for section in sections]
        _skin(mesh, rings)
        for ring in (rings[0], rings[-1]):
            mesh.faces.new(ring)
        bmesh.ops.recalc_face_normals(mesh, faces=mesh.faces)
        return _subdivided(self._add(mesh, at, turn, finish, (1, 1, 1), sharp=False))

    def plate(
        self,
        outline: Sequence[tuple[float, float]],
        thickness: float,
        at: Point,
        finish: Finish,
        turn: Point = ORIGIN,
        *,
        bevel: float = 0.004,
    ) -> Handle:
        """Add a board sawn along an outline in x and y, standing on z = 0."""
        mesh = bmesh.new()
        face = mesh.faces.new([mesh.verts.new((x, y, 0)) for x, y in outline])
        lifted = bmesh.ops.extrude_face_region(mesh, geom=[face])["geom"]
        upper = [part for part in lifted if isinstance(part, bmesh.types.BMVert)]
        bmesh.ops.translate(mesh, verts=upper, vec=(0, 0, thickness))
        bmesh.ops.recalc_face_normals(mesh, faces=mesh.faces)
        span = (_span(x for x, _ in outline), _span(y for _, y in outline), thickness)
        part = self._add(mesh, at, turn, finish, _grain_along(span))
        return _bevelled(part, min(bevel, thickness * 0.45))

    def tube(
        self,
        points: Sequence[Point],
        radius: float,
        finish: Finish,
        *,
        closed: bool = False,
        smooth: bool = True,
    ) -> Handle:
        """Add a bent rod through the points."""
        return self.rods([points], radius, finish, closed=closed, smooth=smooth)

    def rods(
        self,
        paths: Sequence[Sequence[Point]],
        radius: float,
        finish: Finish,
        *,
        closed: bool = False,
        smooth: bool = False,
    ) -> Handle:
        """Add many rods as one part: spokes, strings, seams."""
        curve = bpy.data.curves.new("rods", "CURVE")
        curve.dimensions = "3D"
        curve.bevel_depth = radius
        curve.bevel_resolution = 3
        curve.use_fill_caps = True
        for path in paths:
            spline = curve.splines.new("BEZIER")
            spline.bezier_points.add(len(path) - 1)
            spline.use_cyclic_u = closed
            for knot, point in zip(spline.bezier_points, path, strict=True):
                knot.co = point
                knot.handle_left_type = knot.handle_right_type = "AUTO" if smooth else "VECTOR"
        return self._hang(bpy.data.objects.new("rods", curve), ORIGIN, ORIGIN, finish, (1, 1, 1))

    def ring(
        self, radius: float, thickness: float, at: Point, finish: Finish, turn: Point = ORIGIN
    ) -> Handle:
        """Add a torus about the z axis."""
        curve = bpy.data.curves.new("ring", "CURVE")
        curve.dimensions = "3D"
        curve.bevel_depth = thickness
        curve.bevel_resolution = 4
        curve.resolution_u = 16
        spline = curve.splines.new("BEZIER")
        spline.bezier_points.add(7)
        spline.use_cyclic_u = True
        for k, knot in enumerate(spline.bezier_points):
            angle = math.tau * k / 8
            knot.co = (radius * math.cos(angle), radius * math.sin(angle), 0)
            knot.handle_left_type = knot.handle_right_type = "AUTO"
        return self._hang(bpy.data.objects.new("ring", curve), at, turn, finish, (1, 1, 1))

    def text(
        self, words: str, size: float, at: Point, finish: Finish, turn: Point = (90, 0, 0)
    ) -> Handle:
        """Add raised lettering, centred, by default readable from -y."""
        font = bpy.data.curves.new("text", "FONT")
        font.body = words
        font.size = size
        font.extrude = size * 0.02
        font.align_x = font.align_y = "CENTER"
        return self._hang(bpy.data.objects.new("text", font), at, turn, finish, (1, 1, 1))

    def sheet(
        self,
        width: float,
        depth: float,
        at: Point,
        finish: Finish,
        turn: Point = ORIGIN,
        *,
        waves: float = 0.0,
    ) -> Handle:
        """Add a flat or wavy sheet in x and y about its middle."""
        mesh = bmesh.new()
        steps = 64 if waves else 1
        bmesh.ops.create_grid(mesh, x_segments=steps, y_segments=1, size=0.5)
        for vertex in mesh.verts:
            ripple = math.sin(vertex.co.x * 60 + math.sin(vertex.co.x * 23))
            vertex.co = (vertex.co.x * width, vertex.co.y * depth, waves * ripple)
        return self._add(mesh, at, turn, finish, _grain_along((width, depth, 0)), sharp=not waves)

    def skin(
        self,
        points: Sequence[Point],
        faces: Sequence[Sequence[int]],
        finish: Finish,
        *,
        smooth: bool = True,
    ) -> Handle:
        """Add a skin given by its corners and, as indexes of them, its faces."""
        mesh = bmesh.new()
        corners = [mesh.verts.new(point) for point in points]
        for face in faces:
            mesh.faces.new([corners[index] for index in face])
        return self._add(mesh, ORIGIN, ORIGIN, finish, (1, 1, 1), sharp=not smooth)

    def drill(self, part: Handle, radius: float, length: float, at: Point, turn: Point) -> None:
        """Take a cylinder away from a closed part."""
        bit = self.cylinder(radius, length, at, self.finishes[0], turn, bevel=0)
        bit.hide_render = True
        bit.data.materials.clear()
        cut = part.modifiers.new("drilled", "BOOLEAN")
        cut.operation, cut.object = "DIFFERENCE", bit

    def _add(
        self,
        mesh: Handle,
        at: Point,
        turn: Point,
        finish: Finish,
        grain: Point,
        *,
        sharp: bool = True,
    ) -> Handle:
        data = bpy.data.meshes.new("part")
        mesh.to_mesh(data)
        mesh.free()
        data.polygons.foreach_set("use_smooth", [True] * len(data.polygons))
        if sharp:
            data.set_sharp_from_angle(angle=_SMOOTH_BELOW)
        return self._hang(bpy.data.objects.new("part", data), at, turn, finish, grain)

    def _hang(self, part: Handle, at: Point, turn: Point, finish: Finish, grain: Point) -> Handle:
        part.data.materials.append(material_of(finish, self.seed, grain))
        part.location = at
        part.rotation_euler = mathutils.Euler(radians(turn))
        part.parent = self.anchor
        bpy.context.scene.collection.objects.link(part)
        return part


def _span(values: Iterable[float]) -> float:
    listed = list(values)
    return max(listed) - min(listed)


def _grain_along(size: Point) -> Point:
    """Return a scale that stretches noise along the longest side, as timber is cut."""
    longest = max(range(3), key=lambda axis: size[axis])
    x, y, z = (0.6 if axis == longest else 7.0 for axis in range(3))
    return x, y, z


def _skin(mesh: Handle, rings: Sequence[Sequence[Handle]]) -> None:
    count = len(rings[0])
    for lower, upper in pairwise(rings):
        for k in range(count):
            after = (k + 1) % count
            mesh.faces.new((lower[k], lower[after], upper[after], upper[k]))


def _bevelled(part: Handle, width: float) -> Handle:
    if width > 0:
        bevel = part.modifiers.new("bevel", "BEVEL")
        bevel.width = width
        bevel.segments = 3
        bevel.limit_method = "ANGLE"
        bevel.harden_normals = True
    return part


def _subdivided(part: Handle) -> Handle:
    smooth = part.modifiers.new("smooth", "SUBSURF")
    smooth.levels = smooth.render_levels = 2
    return part
