"""Pictures of every kind that listings carry, and bytes that are none."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from stream.adapters.photos.decode import FORMATS, decode_photo
from stream.domain.errors import PhotoError, PhotoErrorReason
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


@pytest.mark.parametrize("size", [(2, 2), (2, 500), (500, 2), (34, 30), (800, 600)])
def test_any_shape_is_squashed_to_the_square(size: tuple[int, int]) -> None:
    photo = _decode(_file(_picture(*size), "PNG"))
    _assert_quarters(photo, RED, GREEN, BLUE, WHITE)


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (640, 480)])
@pytest.mark.parametrize("colour", ["white", "black", "teal"])
def test_a_picture_of_one_colour_is_no_evidence(
    image_format: str, size: tuple[int, int], colour: str
) -> None:
    with pytest.raises(PhotoError, match="one colour") as raised:
        _decode(_file(Image.new("RGB", size, colour), image_format))
    assert raised.value.reason is PhotoErrorReason.BLANK


def test_a_picture_that_is_transparent_throughout_is_no_evidence() -> None:
    image = _picture()
    image.putalpha(0)
    with pytest.raises(PhotoError, match="one colour"):
        _decode(_file(image, "PNG"))


def test_a_faint_picture_is_a_picture() -> None:
    image = Image.new("RGB", (64, 64), (120, 120, 120))
    image.paste((128, 120, 120), (0, 0, 32, 64))
    assert _decode(_file(image, "PNG")).shape == (3, SIZE, SIZE)


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
    image = Image.new("RGB", (40, 40), WHITE)
    image.paste("black", (20, 0, 40, 40))
    photo = _decode(_file(image.convert(mode), image_format))
    black = (0, 0, 0)
    _assert_quarters(photo, WHITE, black, WHITE, black, tolerance=2)


def test_cmyk_keeps_its_colours() -> None:
    photo = _decode(_file(_picture().convert("CMYK"), "JPEG", quality=95))
    _assert_quarters(photo, RED, GREEN, BLUE, WHITE)


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    levels = np.repeat(np.array([0, 128 << 8, 0xFFFF], np.uint16), 20)
    photo = _decode(_file(Image.fromarray(np.tile(levels, (60, 1))), "PNG"))
    assert [photo[0, 16, x] for x in (2, 16, 29)] == [0, 128, 255]


def test_sixteen_bits_of_colour_keep_their_brightness() -> None:
    levels = np.repeat(np.array([0, 128, 255], np.uint8), 20)
    rows = np.repeat(np.tile(levels, (60, 1))[..., None], 3, axis=2)
    raw = b"".join(b"\0" + row.repeat(2, axis=1).tobytes() for row in rows)
    content = _png(60, 60, bits=16, colour_type=2, chunks=[(b"IDAT", zlib.compress(raw))])
    assert [_decode(content)[0, 16, x] for x in (2, 16, 29)] == [0, 128, 255]


def test_colours_are_those_of_the_embedded_profile() -> None:
    content = _file(_picture(), "PNG", icc_profile=_swapped_profile())
    _assert_quarters(_decode(content), GREEN, RED, BLUE, WHITE, tolerance=40)


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "AVIF"])
def test_profiles_are_read_in_every_format_that_browsers_read_them_in(image_format: str) -> None:
    content = _file(_picture(), image_format, icc_profile=_swapped_profile())
    _assert_quarters(_decode(content), GREEN, RED, BLUE, WHITE, tolerance=60)


def test_a_profile_leaves_transparency_alone() -> None:
    content = _file(_transparent_left("RGBA"), "PNG", icc_profile=_swapped_profile())
    _assert_quarters(_decode(content), WHITE, GREEN, WHITE, GREEN, tolerance=40)


def _broken_profiles() -> dict[str, bytes]:
    whole = _swapped_profile()
    return {
        "no profile": b"no profile",
        "truncated": whole[:200],
        "huge": whole + bytes(5 * 2**20),
        "of other colours": whole.replace(b"RGB XYZ ", b"CMYKXYZ "),
    }


@pytest.mark.parametrize("name", ["no profile", "truncated", "huge", "of other colours"])
@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_a_profile_that_cannot_be_used_is_ignored(name: str, mode: str) -> None:
    image = _picture().convert(mode)
    content = _file(image, "JPEG", quality=95, icc_profile=_broken_profiles()[name])
    _assert_quarters(_decode(content), RED, GREEN, BLUE, WHITE)


def test_a_profile_of_grey_is_for_grey_pictures() -> None:
    content = _file(_picture().convert("L"), "PNG", icc_profile=_swapped_profile())
    assert _decode(content).shape == (3, SIZE, SIZE)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_large_blocks_beside_the_picture_are_passed_over(image_format: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description " * 4000
    xmp = b"<x:xmpmeta>" + b" " * 60_000
    content = _file(_picture(), image_format, exif=exif, xmp=xmp)
    _assert_quarters(_decode(content), RED, GREEN, BLUE, WHITE, tolerance=60)


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_text_that_unpacks_to_more_than_any_note_is_refused(kind: bytes) -> None:
    bomb = b"name\0\0" + zlib.compress(bytes(2 * 2**20), 9)
    row = zlib.compress(b"\0\xff\xff\xff" + b"\0\0\0\0")
    content = _png(1, 2, bits=8, colour_type=2, chunks=[(kind, bomb), (b"IDAT", row)])
    with pytest.raises(PhotoError, match="Decompressed data too large"):
        _decode(content)


def test_a_picture_whose_first_frame_is_larger_than_it_says_is_measured_by_the_frame() -> None:
    content = bytearray(_file(Image.new("1", (1100, 1100)), "GIF"))
    content[6:10] = (8, 0, 8, 0)  # the logical screen
    with pytest.raises(PhotoError, match="pixels"):
        _decode(bytes(content))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_errors_are_short_and_in_one_line(image_format: str) -> None:
    content = _file(_picture(), image_format)
    for end in range(0, len(content) // 2, 20):
        with pytest.raises(PhotoError) as raised:
            _decode(content[:end])
        assert len(str(raised.value)) < 250
        assert str(raised.value).isprintable()


def _swapped_profile() -> bytes:
    """The profile of a screen whose red and green are exchanged."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


def _png(
    width: int, height: int, *, bits: int, colour_type: int, chunks: list[tuple[bytes, bytes]]
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    written = b"\x89PNG\r\n\x1a\n"
    for kind, content in [(b"IHDR", header), *chunks, (b"IEND", b"")]:
        body = kind + content
        written += struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
    return written


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
    frames = [_picture(), _picture().rotate(180)]
    content = _file(frames[0], image_format, save_all=True, append_images=frames[1:])
    _assert_quarters(_decode(content), RED, GREEN, BLUE, WHITE)


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
