"""Where a photo ends up when people reframe it: the same for its pixels and for its object map."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageOps

from stream.demo.rendering.plan import Edit

PHOTO_SIZE = 320, 240
"""Width and height of what a phone takes here."""
APP_SIZE = 300, 560
APP_PHOTO = 0, 62, 300, 287
"""Left, top, right and bottom of the photo in an app's window."""
_SHRUNK = 0.9
"""A platform's download is smaller than what was uploaded."""
_GUTTER = 6
_COLLAGE_SIZE = 400, 300
_WIDE = 0.64
"""The share of a collage's width that its first photo takes."""


def reframe(image: Image.Image, changes: Edit, resample: Image.Resampling) -> Image.Image:
    """Crop, mirror and shrink; the window of an app, if any, stays blank around it."""
    size = int(image.width * _SHRUNK), int(image.height * _SHRUNK)
    if changes.keep < 1:
        image = _cropped(image, changes.keep)
    if changes.mirrored:
        image = ImageOps.mirror(image)
    if not changes.app:
        return image.resize(size, resample)
    window = Image.new(image.mode, APP_SIZE)
    left, top, right, bottom = APP_PHOTO
    window.paste(image.resize((right - left, bottom - top), resample), (left, top))
    return window


def arrange(
    images: Sequence[Image.Image], resample: Image.Resampling, blank: int | tuple[int, int, int]
) -> Image.Image:
    """Make one picture of several: the first is large, the others are stacked beside it."""
    width, height = _COLLAGE_SIZE
    sheet = Image.new(images[0].mode, _COLLAGE_SIZE, blank)
    wide = int(width * _WIDE)
    sheet.paste(ImageOps.fit(images[0], (wide, height), resample), (0, 0))
    others = len(images) - 1
    tall = (height - _GUTTER * (others - 1)) // others
    for place, image in enumerate(images[1:]):
        cut = ImageOps.fit(image, (width - wide - _GUTTER, tall), resample)
        sheet.paste(cut, (wide + _GUTTER, place * (tall + _GUTTER)))
    return sheet


def _cropped(image: Image.Image, keep: float) -> Image.Image:
    width, height = image.size
    left, top = width * (1 - keep) * 0.6, height * (1 - keep) * 0.4
    return image.crop((int(left), int(top), int(left + width * keep), int(top + height * keep)))
