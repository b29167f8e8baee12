"""Makes sellers' JPEGs: a phone's noise and compression, and what people do to copied photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from stream.demo.rendering.plan import Edit

PHONE_QUALITY = 88
_SHRUNK = 0.9
"""A platform's download is smaller than what was uploaded."""
_GRAIN = 2.6
"""Standard deviation of the sensor's noise, in steps of 255."""


def develop(rendered: Path, photo: Path, seed: int) -> None:
    """Write a rendered PNG as a phone would: slightly soft, slightly noisy, a JPEG."""
    with Image.open(rendered) as image:
        soft = image.convert("RGB").filter(ImageFilter.GaussianBlur(0.35))
    pixels = np.asarray(soft, dtype=np.float32)
    noise = np.random.default_rng(seed).normal(0.0, _GRAIN, pixels.shape)
    grainy = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    photo.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grainy).save(photo, "JPEG", quality=PHONE_QUALITY)


def edit(source: Path, photo: Path, changes: Edit) -> None:
    """Write an edited copy of a photo."""
    with Image.open(source) as original:
        image = original.convert("RGB")
    size = int(image.width * _SHRUNK), int(image.height * _SHRUNK)
    if changes.keep < 1:
        image = _cropped(image, changes.keep)
    if changes.mirrored:
        image = ImageOps.mirror(image)
    image = ImageEnhance.Brightness(image).enhance(changes.brightness)
    image = image.resize(size, Image.Resampling.LANCZOS)
    if changes.watermark:
        image = _watermarked(image, changes.watermark)
    photo.parent.mkdir(parents=True, exist_ok=True)
    image.save(photo, "JPEG", quality=changes.quality)


def _cropped(image: Image.Image, keep: float) -> Image.Image:
    width, height = image.size
    left, top = width * (1 - keep) * 0.6, height * (1 - keep) * 0.4
    return image.crop((int(left), int(top), int(left + width * keep), int(top + height * keep)))


def _watermarked(image: Image.Image, words: str) -> Image.Image:
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    font = ImageFont.load_default(size=22)
    for row in range(3):
        place = (20 + row * 60, 30 + row * image.height // 3)
        pen.text(place, words, fill=(255, 255, 255, 110), font=font)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")
