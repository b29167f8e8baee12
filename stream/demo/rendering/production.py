"""Makes the photos of postings: renders, copies and edits, and keeps what each photo shows."""

from __future__ import annotations

import shutil
import tempfile
import zlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from stream.demo.object_maps import FILE, ObjectMap, read_object_maps, write_object_maps
from stream.demo.rendering import darkroom, floor_plan
from stream.demo.rendering.mapping import map_of_collage, map_of_copy, map_of_shot
from stream.demo.rendering.plan import Collage, Copied, Posting, Published, Shot, Unreadable
from stream.demo.rendering.postings import copied
from stream.demo.rendering.viewpoint import stage_of
from stream.domain.errors import StopError


class Production:
    """The photos of some postings in the making, and the maps of all photos in a folder."""

    def __init__(self, folder: Path, samples: int, *, is_drawing: bool) -> None:
        self._folder = folder
        self._samples = samples
        self._is_drawing = is_drawing
        self._maps: dict[str, ObjectMap] = {}
        if (folder / FILE).exists():
            self._maps = read_object_maps(folder)
        self._published: dict[str, Path] = {}

    def shoot(self, posting: Posting) -> Iterator[Path]:
        """Render what the posting's seller photographs; yields each photo when it is done."""
        # Only here: who reads the data or writes descriptions needs no Blender.
        from stream.demo.rendering.studio import Studio  # noqa: PLC0415

        shots = [(i, photo) for i, photo in enumerate(posting.photos) if isinstance(photo, Shot)]
        for stage, taken in groupby(shots, lambda numbered: stage_of(posting, numbered[1])):
            studio = Studio(posting, stage, self._samples)
            for index, shot in taken:
                name = posting.photo_path(index)
                self._maps[name] = map_of_shot(studio.map_objects(shot), posting)
                if self._is_drawing:
                    with tempfile.TemporaryDirectory() as scratch:
                        rendered = Path(scratch) / "shot.png"
                        studio.take(shot, rendered)
                        darkroom.develop(rendered, self._folder / name, seed=_seed(name))
                yield self._folder / name

    def reuse(self, posting: Posting) -> Iterator[Path]:
        """Make what the seller has from elsewhere; yields each photo when it is done."""
        for index, photo in enumerate(posting.photos):
            name = posting.photo_path(index)
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            match photo:
                case Shot():
                    continue
                case Copied(listing_id, number, edit):
                    source = _path_of(listing_id, number)
                    self._maps[name] = map_of_copy(self._map_of(source), edit)
                    if self._is_drawing and edit is None:
                        shutil.copyfile(self._folder / source, path)
                    elif self._is_drawing and edit is not None:
                        darkroom.edit(self._folder / source, path, edit, posting.item)
                case Collage(listing_id, numbers):
                    sources = [_path_of(listing_id, number) for number in numbers]
                    self._maps[name] = map_of_collage([self._map_of(one) for one in sources])
                    if self._is_drawing:
                        darkroom.collage([self._folder / source for source in sources], path)
                case Published(picture):
                    if self._is_drawing:
                        self._publish(picture, path)
                case Unreadable(text):
                    path.write_text(text)
            yield path

    def write_maps(self) -> None:
        """Write the maps of all photos that there are."""
        write_object_maps(
            self._folder, {n: m for n, m in self._maps.items() if (self._folder / n).exists()}
        )

    def _map_of(self, name: str) -> ObjectMap:
        if name not in self._maps:
            raise StopError(f"{name} is copied and has not been rendered yet: render it first")
        return self._maps[name]

    def _publish(self, picture: str, path: Path) -> None:
        """Put a picture there that others use too, byte for byte."""
        if picture in self._published:
            shutil.copyfile(self._published[picture], path)
        elif picture == "floor_plan":
            floor_plan.draw(path)
        else:
            self._render_catalogue(path)
        self._published[picture] = path

    def _render_catalogue(self, path: Path) -> None:
        from stream.demo.rendering.studio import Studio  # noqa: PLC0415

        posting = copied.CATALOGUE
        (shot,) = (photo for photo in posting.photos if isinstance(photo, Shot))
        with tempfile.TemporaryDirectory() as scratch:
            rendered = Path(scratch) / "shot.png"
            Studio(posting, stage_of(posting, shot), self._samples).take(shot, rendered)
            lettering = posting.item.thing.lettering
            darkroom.publish(rendered, path, lettering, copied.CLAIM)


def _path_of(listing_id: str, number: int) -> str:
    return f"photos/{listing_id}/{number}.jpg"


def _seed(name: str) -> int:
    # The same grain in every rendering, wherever it is written to.
    return zlib.crc32(name.removeprefix("photos/").encode())
