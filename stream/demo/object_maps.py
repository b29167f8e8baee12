"""Which object is where in the photos of the scenes: known exactly, since they are rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stream.demo.sample import SCENES

FILE = "objects.npz"
MAP_WIDTH, MAP_HEIGHT = 56, 42
NOTHING = ""
"""What the sky shows, and whatever an app or a collage puts around a photo."""


@dataclass(frozen=True, eq=False)
class ObjectMap:
    """What a photo shows, on a grid over the whole of it."""

    objects: NDArray[np.uint16]
    """The place in `names` of what fills most of each cell [42, 56]."""
    names: tuple[str, ...]
    """One name is one physical thing, in every photo that shows it."""
    for_sale: frozenset[str]
    """What the listing offers: one item, those of a lot, or all of a home."""

    def object_at(self, x: float, y: float) -> str:
        """Return what is at a point, 0 to 1 from the photo's upper left corner."""
        row, column = int(y * MAP_HEIGHT), int(x * MAP_WIDTH)
        place = self.objects[min(row, MAP_HEIGHT - 1), min(column, MAP_WIDTH - 1)]
        return self.names[int(place)]

    @property
    def item_mask(self) -> NDArray[np.bool_]:
        """Return where what is offered is seen [42, 56]."""
        offered = [place for place, name in enumerate(self.names) if name in self.for_sale]
        return np.isin(self.objects, offered)


def read_object_maps(folder: Path = SCENES) -> dict[str, ObjectMap]:
    """Read the maps by the paths of their photos, relative to the folder of the scenes."""
    with np.load(folder / FILE) as file:
        photos, names = file["photos"].tolist(), tuple(file["names"].tolist())
        maps, for_sale = file["maps"], file["for_sale"]
    return {
        photo: ObjectMap(
            objects,
            names,
            frozenset(name for name, is_offered in zip(names, offered, strict=True) if is_offered),
        )
        for photo, objects, offered in zip(photos, maps, for_sale, strict=True)
    }


def write_object_maps(folder: Path, maps: Mapping[str, ObjectMap]) -> None:
    """Write maps, by the paths of their photos, to one file; names that none shows are left out."""
    shown = {
        photo: np.array(one.names)[np.unique(one.objects)].tolist() for photo, one in maps.items()
    }
    names = sorted(set().union(*shown.values()))
    places = {name: place for place, name in enumerate(names)}
    photos = sorted(maps)
    np.savez_compressed(
        folder / FILE,
        names=np.array(names),
        photos=np.array(photos),
        maps=np.stack([_renumbered(maps[photo], places) for photo in photos]),
        for_sale=np.array([[name in maps[photo].for_sale for name in names] for photo in photos]),
    )


def _renumbered(one: ObjectMap, places: Mapping[str, int]) -> NDArray[np.uint16]:
    table = np.array([places.get(name, 0) for name in one.names], dtype=np.uint16)
    return table[one.objects]
