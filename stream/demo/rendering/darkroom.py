"""Makes sellers' JPEGs: a phone's noise and compression, and what people do to copied photos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from stream.demo.rendering.framing import APP_PHOTO, APP_SIZE, arrange, reframe
from stream.demo.rendering.plan import Edit, Item

PHONE_QUALITY = 88
_COLLAGE_QUALITY = 80
_GRAIN = 2.6
"""Standard deviation of the sensor's noise, in steps of 255."""
_PAPER_WHITE = 196
"""From this brightness on, a catalogue's background is white."""
_LANCZOS = Image.Resampling.LANCZOS
_INK, _GREY, _ACCENT = (28, 30, 36), (120, 124, 132), (25, 118, 104)


def develop(rendered: Path, photo: Path, seed: int) -> None:
    """Write a rendered PNG as a phone would: slightly soft, slightly noisy, a JPEG."""
    with Image.open(rendered) as image:
        soft = image.convert("RGB").filter(ImageFilter.GaussianBlur(0.35))
    pixels = np.asarray(soft, dtype=np.float32)
    noise = np.random.default_rng(seed).normal(0.0, _GRAIN, pixels.shape)
    grainy = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    _save(Image.fromarray(grainy), photo, PHONE_QUALITY)


def publish(rendered: Path, photo: Path, maker: str, claim: str) -> None:
    """Write a rendered PNG as a maker's catalogue would: on white, with name and claim."""
    with Image.open(rendered) as image:
        bright = image.convert("RGB").point(lambda value: min(255, value * 255 // _PAPER_WHITE))
    pen = ImageDraw.Draw(bright)
    pen.text((14, 10), maker, fill=_INK, font=ImageFont.load_default(size=20))
    pen.text((14, 36), claim, fill=_GREY, font=ImageFont.load_default(size=11))
    _save(bright, photo, PHONE_QUALITY)


def edit(source: Path, photo: Path, changes: Edit, item: Item) -> None:
    """Write an edited copy of a photo of an item."""
    image = ImageEnhance.Brightness(_opened(source)).enhance(changes.brightness)
    image = reframe(image, changes, _LANCZOS)
    if changes.watermark:
        image = _watermarked(image, changes.watermark)
    if changes.app:
        _draw_app(image, changes.app, item)
    _save(image, photo, changes.quality)


def collage(sources: Sequence[Path], photo: Path) -> None:
    """Write one picture of several photos."""
    images = [_opened(source) for source in sources]
    _save(arrange(images, _LANCZOS, (255, 255, 255)), photo, _COLLAGE_QUALITY)


def _opened(source: Path) -> Image.Image:
    with Image.open(source) as image:
        return image.convert("RGB")


def _save(image: Image.Image, photo: Path, quality: int) -> None:
    photo.parent.mkdir(parents=True, exist_ok=True)
    image.save(photo, "JPEG", quality=quality)


def _watermarked(image: Image.Image, words: str) -> Image.Image:
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    font = ImageFont.load_default(size=22)
    for row in range(3):
        place = (20 + row * 60, 30 + row * image.height // 3)
        pen.text(place, words, fill=(255, 255, 255, 110), font=font)
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def _draw_app(window: Image.Image, app: str, item: Item) -> None:
    """Draw what an app shows around a photo: bars, price, title, buttons."""
    width, height = APP_SIZE
    _, top, _, bottom = APP_PHOTO
    pen = ImageDraw.Draw(window)
    small, body, large = (ImageFont.load_default(size=size) for size in (11, 14, 22))
    pen.rectangle((0, 0, width, 22), fill=(17, 84, 74))
    pen.text((10, 5), "21:47", fill="white", font=small)
    pen.rectangle((width - 30, 7, width - 10, 16), outline="white")
    pen.rectangle((width - 29, 8, width - 18, 15), fill="white")
    pen.rectangle((0, 22, width, top - 1), fill=_ACCENT)
    pen.line([(24, 34), (16, 42), (24, 50)], fill="white", width=2, joint="curve")
    pen.text((42, 34), app, fill="white", font=body)
    pen.rectangle((0, bottom, width, height), fill="white")
    for dot in range(4):
        x = width // 2 - 18 + dot * 12
        pen.ellipse((x, bottom + 8, x + 6, bottom + 14), fill=_GREY if dot else _ACCENT)
    pen.text((16, bottom + 28), f"EUR {item.price_euros}", fill=_INK, font=large)
    pen.text((16, bottom + 60), item.title, fill=_INK, font=body)
    pen.text((16, bottom + 84), "3 km away  -  posted yesterday", fill=_GREY, font=small)
    pen.line([(16, bottom + 110), (width - 16, bottom + 110)], fill=(225, 227, 230))
    pen.ellipse((16, bottom + 122, 46, bottom + 152), fill=(214, 190, 160))
    pen.text((56, bottom + 124), "Private seller", fill=_INK, font=body)
    pen.text((56, bottom + 142), "4 other offers", fill=_GREY, font=small)
    pen.rounded_rectangle((16, height - 88, width - 16, height - 52), 8, fill=_ACCENT)
    pen.text((width // 2, height - 70), "Send a message", fill="white", font=body, anchor="mm")
    for place in range(5):
        x = 30 + place * 60
        pen.rounded_rectangle((x - 9, height - 32, x + 9, height - 14), 4, outline=_GREY, width=2)
