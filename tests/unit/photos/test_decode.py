"""Pictures of every kind that listings carry, and bytes that are none."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from stream.adapters.photos.decode import FORMATS, decode_photo
from stream.domain.errors import PhotoError
from stream.ports import Pixels

SIZE = 32
MAX_PIXELS = 1_000_000
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def _picture(width: int = 64, height: int = 48) -> Image.Image:
    """Red, green, blue and white quarters, from the left top."""
    image = Image.new("RGB", (width, height))
    for at, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        left, top = at % 2 * width // 2, at // 2 * height // 2
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def _file(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def _decode(content: bytes, max_pixels: int = MAX_PIXELS) -> Pixels:
    return decode_photo(content, SIZE, max_pixels=max_pixels)


def _quarters(photo: Pixels) -> list[list[int]]:
    """The colours in the middle of the four quarters."""
    near, far = SIZE // 4, 3 * SIZE // 4
    places = ((near, near), (near, far), (far, near), (far, far))
    return [photo[:, y, x].astype(int).tolist() for y, x in places]


def _assert_quarters(photo: Pixels, *colours: tuple[int, int, int], tolerance: int = 30) -> None:
    assert photo.shape == (3, SIZE, SIZE)
    assert photo.dtype == np.uint8
    np.testing.assert_allclose(_quarters(photo), colours, atol=tolerance)


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_format_is_read(image_format: str) -> None:
    _assert_quarters(_decode(_file(_picture(), image_format)), RED, GREEN, BLUE, WHITE)


def test_avif_is_among_the_formats_of_the_pinned_pillow() -> None:
    assert "AVIF" in FORMATS


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (33, 31), (800, 600)])
def test_any_shape_is_squashed_to_the_square(size: tuple[int, int]) -> None:
    photo = _decode(_file(Image.new("RGB", size, BLUE), "PNG"))
    _assert_quarters(photo, BLUE, BLUE, BLUE, BLUE, tolerance=0)


def test_the_array_is_contiguous_and_its_own() -> None:
    photo = _decode(_file(_picture(), "PNG"))
    assert photo.flags["C_CONTIGUOUS"]
    assert photo.flags["WRITEABLE"]


def test_a_small_picture_is_resized_by_antialiased_bicubic_interpolation() -> None:
    image = _picture(200, 150)
    expected = np.asarray(image.resize((SIZE, SIZE), Image.Resampling.BICUBIC)).transpose(2, 0, 1)
    np.testing.assert_array_equal(_decode(_file(image, "PNG")), expected)


def test_a_large_jpeg_decoded_at_a_fraction_looks_the_same() -> None:
    content = _file(_picture(1200, 800), "JPEG", quality=95)
    exact = Image.open(BytesIO(content)).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    difference = _decode(content).astype(int) - np.asarray(exact).transpose(2, 0, 1)
    assert np.abs(difference).mean() < 1


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright(image_format: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = _file(_picture(), image_format, exif=exif)
    with Image.open(BytesIO(content)) as image:
        upright = ImageOps.exif_transpose(image)
        expected = upright.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    pixels = np.asarray(expected).transpose(2, 0, 1)
    np.testing.assert_allclose(_quarters(_decode(content)), _quarters(pixels), atol=8)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_a_broken_exif_block_is_ignored() -> None:
    content = _file(_picture(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff broken")
    _assert_quarters(_decode(content), RED, GREEN, BLUE, WHITE)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_other_colour_modes_become_rgb(mode: str) -> None:
    image_format = "JPEG" if mode in {"CMYK", "YCbCr"} else "PNG"
    photo = _decode(_file(Image.new("RGB", (40, 40), WHITE).convert(mode), image_format))
    _assert_quarters(photo, WHITE, WHITE, WHITE, WHITE, tolerance=2)


def test_cmyk_keeps_its_colours() -> None:
    photo = _decode(_file(_picture().convert("CMYK"), "JPEG", quality=95))
    _assert_quarters(photo, RED, GREEN, BLUE, WHITE)


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    levels = np.repeat(np.array([0, 128 << 8, 0xFFFF], np.uint16), 20)
    photo = _decode(_file(Image.fromarray(np.tile(levels, (60, 1))), "PNG"))
    assert [photo[0, 16, x] for x in (2, 16, 29)] == [0, 128, 255]


def _transparent_left(mode: str) -> Image.Image:
    image = Image.new("RGBA", (40, 40), (*RED, 255))
    image.paste((0, 0, 0, 0), (0, 0, 20, 40))
    return image.convert(mode)


def test_transparent_parts_are_shown_over_white() -> None:
    photo = _decode(_file(_transparent_left("RGBA"), "PNG"))
    _assert_quarters(photo, WHITE, RED, WHITE, RED, tolerance=0)


def test_transparent_grey_is_shown_over_white() -> None:
    photo = _decode(_file(_transparent_left("LA"), "PNG"))
    red_as_grey = (76, 76, 76)
    _assert_quarters(photo, WHITE, red_as_grey, WHITE, red_as_grey, tolerance=1)


@pytest.mark.parametrize("image_format", ["PNG", "GIF"])
def test_a_transparent_palette_colour_is_shown_over_white(image_format: str) -> None:
    image = Image.new("P", (40, 40), 1)
    image.putpalette([0, 0, 0, *RED])
    image.paste(0, (0, 0, 20, 40))
    photo = _decode(_file(image, image_format, transparency=0))
    _assert_quarters(photo, WHITE, RED, WHITE, RED, tolerance=0)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(image_format: str) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in (BLUE, RED)]
    content = _file(frames[0], image_format, save_all=True, append_images=frames[1:])
    _assert_quarters(_decode(content), BLUE, BLUE, BLUE, BLUE)


def test_a_jpeg_of_several_pictures_as_phones_write_it_is_read() -> None:
    content = _file(_picture(), "MPO", save_all=True, append_images=[_picture()])
    _assert_quarters(_decode(content), RED, GREEN, BLUE, WHITE)


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"<svg></svg>", b"\xff\xd8\xff", bytes(999)]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PhotoError, match=r"none of JPEG|truncated or corrupt"):
        _decode(content)


@pytest.mark.parametrize("image_format", ["BMP", "TIFF", "ICO", "PPM"])
def test_a_format_that_is_not_listed_is_refused(image_format: str) -> None:
    with pytest.raises(PhotoError, match="none of JPEG, PNG, WEBP, GIF"):
        _decode(_file(_picture(), image_format))


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(image_format: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = _file(Image.fromarray(noise), image_format)
    with pytest.raises(PhotoError, match=r"truncated|corrupt|none of"):
        _decode(content[: int(len(content) * share)])


@pytest.mark.parametrize("image_format", FORMATS)
def test_damaged_bytes_end_as_a_picture_or_a_refusal(image_format: str) -> None:
    random = np.random.default_rng(0)
    content = _file(_picture(), image_format)
    for _ in range(100):
        damaged = bytearray(content)
        for at in random.integers(0, len(content), 5):
            damaged[at] = random.integers(0, 256)
        try:
            assert _decode(bytes(damaged)).shape == (3, SIZE, SIZE)
        except PhotoError:
            continue


@pytest.mark.parametrize("side", [1100, 10_000, 14_000])
def test_too_many_pixels_are_refused_before_they_are_decoded(side: int) -> None:
    content = _file(Image.new("1", (side, side)), "PNG")
    with pytest.raises(PhotoError, match="pixels"):
        _decode(content)
