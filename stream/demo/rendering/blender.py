"""The seam to Blender: `bpy` carries no types, so whatever it hands out is a `Handle`."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stream.domain.errors import StopError

Handle = Any
"""An object, mesh, node or socket of Blender's, which only Blender checks."""

_PACKAGES = {
    "libGL.so.1": "libgl1",
    "libSM.so.6": "libsm6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXxf86vm.so.1": "libxxf86vm1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What the wheel needs and slim systems lack, and the Debian packages that have it."""


def _load() -> Handle:
    try:
        return importlib.import_module("bpy")
    except ModuleNotFoundError as error:
        raise StopError("Blender's Python module is missing; `make scenes` installs it") from error
    except ImportError as error:
        lacking = [package for library, package in _PACKAGES.items() if not _is_there(library)]
        raise StopError(
            f"Blender's Python module cannot be loaded: {error}; on Debian: apt-get install "
            + " ".join(lacking or _PACKAGES.values())
        ) from error


def _is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


bpy: Handle = _load()
bmesh: Handle = importlib.import_module("bmesh")
mathutils: Handle = importlib.import_module("mathutils")


def linear(colour: str) -> tuple[float, float, float, float]:
    """Return `#rrggbb` as the linear light that shaders compute with."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))

    def decode(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    return decode(red), decode(green), decode(blue), 1.0


def empty_scene(width: int, height: int, samples: int, seed: int) -> Handle:
    """Return a scene without contents, set to render repeatably with Cycles."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.image_settings.file_format = "PNG"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.seed = seed
    scene.cycles.max_bounces = 3
    scene.cycles.use_light_tree = False
    scene.cycles.adaptive_threshold = 0.04
    scene.render.use_persistent_data = True
    # A bright pixel that no neighbour shares reads as an artefact, not as light.
    scene.cycles.sample_clamp_indirect = 4.0
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    return scene


def render(scene: Handle, path: Path) -> None:
    """Render the scene's camera to a PNG file."""
    scene.render.filepath = str(path)
    with _quiet():
        bpy.ops.render.render(write_still=True)


@contextmanager
def _quiet() -> Iterator[None]:
    # Blender reports each tile on the process's own stdout, below Python's.
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
