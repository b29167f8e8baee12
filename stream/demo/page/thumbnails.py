"""Photos as small pictures inside the page, each of them once."""

import base64
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

import msgspec
from PIL import Image, ImageOps

from stream.adapters.photos.decode import FORMATS
from stream.demo.page.markup import Markup, element

TILE_WIDTH, TILE_HEIGHT = 220, 165
"""The space that a photo is drawn in."""

_SIDES = ((150, 320), (600, 240))
"""Up to how many photos, the longer side in pixels: few may be large, many must be small."""
_LEAST_SIDE = 160
_QUALITY = 78


class Thumbnail(msgspec.Struct, frozen=True):
    """A photo that the page can draw by its name."""

    name: str
    width: float
    height: float
    data_url: str


Album = Mapping[Path, Thumbnail]
"""Thumbnails by file; what is no picture is absent."""


def read_album(files: Iterable[Path]) -> Album:
    """Read each file once; files that show the same become one thumbnail."""
    distinct = sorted(set(files))
    side = next((side for count, side in _SIDES if len(distinct) <= count), _LEAST_SIDE)
    album: dict[Path, Thumbnail] = {}
    by_url: dict[str, Thumbnail] = {}
    for file in distinct:
        if (jpeg := _read_small(file, side)) is None:
            continue
        url, width, height = jpeg
        scale = min(TILE_WIDTH / width, TILE_HEIGHT / height)
        thumbnail = Thumbnail(f"photo-{len(by_url)}", width * scale, height * scale, url)
        album[file] = by_url.setdefault(url, thumbnail)
    return album


def define(album: Album) -> Markup:
    """Return the pictures, undrawn; a strip draws one by `<use href="#name">`."""
    images = [
        element(
            "image",
            id=thumbnail.name,
            width=thumbnail.width,
            height=thumbnail.height,
            href=thumbnail.data_url,
        )
        for thumbnail in {one.name: one for one in album.values()}.values()
    ]
    return element(
        "svg", element("defs", *images), class_="definitions", width=0, height=0, aria_hidden="true"
    )


def _read_small(file: Path, side: int) -> tuple[str, int, int] | None:
    """Return a small JPEG as a data url, with its width and height; None for what is none."""
    try:
        with Image.open(file, formats=FORMATS) as image:
            image.draft("RGB", (2 * side, 2 * side))  # JPEG alone: spares decoding in full
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((side, side))
    except Exception:  # noqa: BLE001 - Pillow's parsers raise whatever they trip over
        return None
    buffer = BytesIO()
    upright.save(buffer, "JPEG", quality=_QUALITY, optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/jpeg;base64,{data}", upright.width, upright.height
