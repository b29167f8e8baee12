"""Edited copies of a photo, as sellers make them: to measure from where on a pair is a copy."""

import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

Photo = Image.Image

_JPEG_QUALITY = 85


def edited_copies(content: bytes, seed: int) -> Mapping[str, bytes]:
    """Return JPEG files of copies of a photo's file, by kind of edit; strengths from the seed."""
    photo = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    random = np.random.default_rng(seed)
    return {name: _as_jpeg(edit(photo, random)) for name, edit in _EDITS.items()} | {
        "strong_jpeg": _as_jpeg(photo, int(random.integers(15, 40)))
    }


def _smaller(photo: Photo, random: np.random.Generator) -> Photo:
    return ImageOps.scale(photo, random.uniform(0.4, 0.8))


def _crop(photo: Photo, random: np.random.Generator) -> Photo:
    kept = random.uniform(0.75, 0.95)
    width, height = round(photo.width * kept), round(photo.height * kept)
    left = int(random.integers(0, photo.width - width + 1))
    top = int(random.integers(0, photo.height - height + 1))
    return photo.crop((left, top, left + width, top + height))


def _light(photo: Photo, random: np.random.Generator) -> Photo:
    brighter = ImageEnhance.Brightness(photo).enhance(random.uniform(0.7, 1.3))
    return ImageEnhance.Contrast(brighter).enhance(random.uniform(0.8, 1.25))


def _colour(photo: Photo, random: np.random.Generator) -> Photo:
    return ImageEnhance.Color(photo).enhance(random.uniform(0.3, 1.7))


def _mirror(photo: Photo, _: np.random.Generator) -> Photo:
    return ImageOps.mirror(photo)


def _border(photo: Photo, random: np.random.Generator) -> Photo:
    shade = int(random.integers(0, 256))
    return ImageOps.expand(photo, round(0.05 * photo.width), (shade, shade, shade))


def _label(photo: Photo, random: np.random.Generator) -> Photo:
    labelled = photo.copy()
    place = (random.uniform(0, 0.5) * photo.width, random.uniform(0, 0.8) * photo.height)
    ImageDraw.Draw(labelled).text(
        place,
        "FOR SALE",
        fill=(255, 255, 255),
        font_size=photo.height / 8,
        stroke_width=2,
        stroke_fill=(0, 0, 0),
    )
    return labelled


def _tilt(photo: Photo, random: np.random.Generator) -> Photo:
    return photo.rotate(random.uniform(-6, 6), Image.Resampling.BICUBIC)


_EDITS: Mapping[str, Callable[[Photo, np.random.Generator], Photo]] = {
    "smaller": _smaller,
    "crop": _crop,
    "light": _light,
    "colour": _colour,
    "mirror": _mirror,
    "border": _border,
    "label": _label,
    "tilt": _tilt,
}


def _as_jpeg(photo: Photo, quality: int = _JPEG_QUALITY) -> bytes:
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
