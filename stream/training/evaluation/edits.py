"""What sellers do to photos so that a listing is not recognised: the list that is measured.

An edit changes one photo; a disguise changes the photos of a listing. Strengths are drawn.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Photo = Image.Image
Random = np.random.Generator
Edit = Callable[[Photo, Random], Photo]
Disguise = Callable[[Sequence[Photo], Photo, Random], list[Photo]]
"""The photos of a listing, one of a stranger's listing, and the draw, to photos to post."""

_JPEG_QUALITY = 85
_PHONE = 9 / 19.5
"""Width of a telephone's screen for its height."""


def read_picture(content: bytes) -> Photo:
    """Return a photo's file as an upright picture."""
    return ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")


def write_picture(photo: Photo, quality: int = _JPEG_QUALITY) -> bytes:
    """Return the JPEG file that a seller would send."""
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def mirror(photo: Photo, _: Random) -> Photo:
    """Left becomes right."""
    return ImageOps.mirror(photo)


def add_border(photo: Photo, random: Random) -> Photo:
    """A frame of one colour, a twentieth to a seventh of the width."""
    colour = tuple(random.integers(0, 256, 3).tolist())
    return ImageOps.expand(photo, round(random.uniform(0.05, 0.14) * photo.width), colour)


def add_text(photo: Photo, random: Random) -> Photo:
    """Words across the photo."""
    words = ("FOR SALE", "LIKE NEW", "CALL ME NOW", "ONLY TODAY")
    marked = photo.copy()
    place = (random.uniform(0, 0.4) * photo.width, random.uniform(0, 0.8) * photo.height)
    ImageDraw.Draw(marked).text(
        place,
        str(random.choice(words)),
        fill=tuple(random.integers(128, 256, 3).tolist()),
        font_size=photo.height * random.uniform(0.08, 0.16),
        stroke_width=2,
        stroke_fill=(0, 0, 0),
    )
    return marked


def add_logo(photo: Photo, random: Random) -> Photo:
    """A half transparent mark of a shop in the middle or in a corner."""
    side = random.uniform(0.2, 0.4) * min(photo.size)
    x = random.uniform(0, photo.width - side)
    y = random.uniform(0, photo.height - side)
    mark = Image.new("RGBA", photo.size)
    draw = ImageDraw.Draw(mark)
    shade = (*random.integers(0, 256, 3).tolist(), 170)
    draw.ellipse((x, y, x + side, y + side), outline=shade, width=max(2, round(side / 12)))
    draw.text((x + side * 0.2, y + side * 0.3), "SHOP", fill=shade, font_size=side * 0.25)
    return Image.alpha_composite(photo.convert("RGBA"), mark).convert("RGB")


def crop(photo: Photo, random: Random) -> Photo:
    """Keep three quarters to nine tenths of each side."""
    kept = random.uniform(0.75, 0.9)
    width, height = round(photo.width * kept), round(photo.height * kept)
    left = int(random.integers(0, photo.width - width + 1))
    top = int(random.integers(0, photo.height - height + 1))
    return photo.crop((left, top, left + width, top + height))


def change_light(photo: Photo, random: Random) -> Photo:
    """Darker or brighter, flatter or harder."""
    brighter = ImageEnhance.Brightness(photo).enhance(random.uniform(0.6, 1.4))
    return ImageEnhance.Contrast(brighter).enhance(random.uniform(0.7, 1.3))


def change_colour(photo: Photo, random: Random) -> Photo:
    """Paler or stronger colours, and a cast."""
    richer = ImageEnhance.Color(photo).enhance(random.uniform(0.3, 1.7))
    cast = tuple(random.integers(96, 256, 3).tolist())
    return Image.blend(richer, Image.new("RGB", photo.size, cast), 0.12)


def blur(photo: Photo, random: Random) -> Photo:
    """Out of focus."""
    return photo.filter(ImageFilter.GaussianBlur(random.uniform(0.003, 0.008) * max(photo.size)))


def compress(photo: Photo, random: Random) -> Photo:
    """A JPEG of quality 10 to 35."""
    return read_picture(write_picture(photo, int(random.integers(10, 36))))


def tilt(photo: Photo, random: Random) -> Photo:
    """Turn by up to eight degrees, with black corners."""
    angle = random.uniform(3, 8) * random.choice((-1, 1))
    return photo.rotate(angle, Image.Resampling.BICUBIC)


def shrink(photo: Photo, random: Random) -> Photo:
    """A third to two thirds of the size."""
    return ImageOps.scale(photo, random.uniform(0.33, 0.67))


def take_screenshot(photo: Photo, random: Random) -> Photo:
    """An app's page on a telephone: bars, the photo across it, lines of text, a button."""
    width = photo.width
    page = Image.new("RGB", (width, round(width / _PHONE)), (250, 250, 250))
    draw = ImageDraw.Draw(page)
    top = round(page.height * random.uniform(0.06, 0.12))
    draw.rectangle((0, 0, width, top), fill=tuple(random.integers(0, 200, 3).tolist()))
    page.paste(photo, (0, top))
    below = top + photo.height
    for line in range(5):
        y = below + (line + 1) * width * 0.09
        draw.rectangle((width * 0.06, y, width * random.uniform(0.4, 0.94), y + 6), fill=(90,) * 3)
    draw.rounded_rectangle(
        (width * 0.06, page.height - width * 0.2, width * 0.94, page.height - width * 0.07),
        radius=8,
        fill=tuple(random.integers(0, 200, 3).tolist()),
    )
    return page


def photograph_screen(photo: Photo, random: Random) -> Photo:
    """The photo on a screen, photographed: at an angle, with a dark rim, lines and a reflection."""
    rim = ImageOps.expand(photo, round(0.06 * photo.width), (18, 18, 20))
    width, height = rim.size
    pixels = np.asarray(rim, np.float32)
    rows = np.sin(np.arange(height) * random.uniform(1.8, 2.6))[:, None, None]
    glare = np.linspace(0, random.uniform(20, 60), width)[None, :, None]
    lit = np.clip(pixels * (1 + 0.06 * rows) * 0.9 + glare, 0, 255).astype(np.uint8)
    # How far outside the picture the corners of what is seen lie, from the upper left one on.
    corners = random.uniform(0.01, 0.07, (4, 2)) * (width, height)
    left_top, left_bottom, right_bottom, right_top = corners.tolist()
    quad = (
        (-left_top[0], -left_top[1]),
        (-left_bottom[0], height + left_bottom[1]),
        (width + right_bottom[0], height + right_bottom[1]),
        (width + right_top[0], -right_top[1]),
    )
    seen = Image.fromarray(lit).transform(
        rim.size,
        Image.Transform.QUAD,
        tuple(chain.from_iterable(quad)),
        Image.Resampling.BICUBIC,
        fillcolor=(60, 58, 55),
    )
    return seen.filter(ImageFilter.GaussianBlur(0.7))


def cover_part(photo: Photo, random: Random) -> Photo:
    """A sticker over a fifth to a third of each side, near the middle."""
    width, height = (round(random.uniform(0.2, 0.33) * side) for side in photo.size)
    left = round(random.uniform(0.2, 0.8) * (photo.width - width))
    top = round(random.uniform(0.2, 0.8) * (photo.height - height))
    covered = photo.copy()
    covered.paste(
        tuple(random.integers(0, 256, 3).tolist()), (left, top, left + width, top + height)
    )
    return covered


EDITS: Mapping[str, Edit] = {
    "mirror": mirror,
    "border": add_border,
    "text": add_text,
    "logo": add_logo,
    "crop": crop,
    "light": change_light,
    "colour": change_colour,
    "blur": blur,
    "jpeg": compress,
    "tilt": tilt,
    "shrink": shrink,
    "screenshot": take_screenshot,
    "screen": photograph_screen,
}


def apply_edits(
    photos: Sequence[Photo], _: Photo, random: Random, *, edits: Sequence[Edit]
) -> list[Photo]:
    """Apply edits one after the other to each photo."""
    changed = []
    for photo in photos:
        edited = photo
        for edit in edits:
            edited = edit(edited, random)
        changed.append(edited)
    return changed


def join(photos: Sequence[Photo], stranger: Photo, random: Random) -> list[Photo]:
    """Put all photos into one; a single one beside the stranger's."""
    tiles = [*photos, stranger] if len(photos) == 1 else photos[:4]
    side = max(max(photo.size) for photo in photos)
    columns = 2 if len(tiles) > 2 else random.choice((1, 2))
    rows = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * side, rows * side), (255, 255, 255))
    for place, photo in enumerate(tiles):
        tile = ImageOps.pad(photo, (side - 8, side - 8), color=(255, 255, 255))
        sheet.paste(tile, (place % columns * side + 4, place // columns * side + 4))
    return [sheet]


def put_stock_photo_first(photos: Sequence[Photo], _: Photo, random: Random) -> list[Photo]:
    """Put a catalogue's picture before them: something on white that none of the photos shows."""
    stock = Image.new("RGB", (400, 400), (255, 255, 255))
    draw = ImageDraw.Draw(stock)
    draw.ellipse((70, 330, 330, 370), fill=(225, 225, 225))
    draw.rounded_rectangle((110, 80, 290, 350), 30, fill=tuple(random.integers(0, 256, 3).tolist()))
    draw.rounded_rectangle((135, 110, 265, 230), 12, fill=(240, 240, 240))
    return [stock, *photos]


def add_stranger(photos: Sequence[Photo], stranger: Photo, random: Random) -> list[Photo]:
    """Put a photo of another listing among them, somewhere."""
    place = int(random.integers(0, len(photos) + 1))
    return [*photos[:place], stranger, *photos[place:]]


def keep_one(photos: Sequence[Photo], stranger: Photo, random: Random) -> list[Photo]:
    """Post one of them alone beside a photo of another listing, which comes first."""
    return [stranger, photos[int(random.integers(0, len(photos)))]]


DISGUISES: Mapping[str, Disguise] = {
    "collage": join,
    "stock photo first": put_stock_photo_first,
    "stranger's photo": add_stranger,
    "one behind a stranger's": keep_one,
    "sticker": partial(apply_edits, edits=(cover_part,)),
    "mirror, border, text": partial(apply_edits, edits=(mirror, add_border, add_text)),
    "mirror, crop, colour": partial(apply_edits, edits=(mirror, crop, change_colour)),
}

MEASURED: Mapping[str, Disguise] = {
    "as it is": partial(apply_edits, edits=()),
    **{name: partial(apply_edits, edits=(edit,)) for name, edit in EDITS.items()},
    **DISGUISES,
}
"""What `evaluate --edits` measures; `as it is` is a copy saved anew."""
