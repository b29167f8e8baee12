"""Bytes that strangers sent become RGB squares, or a clear refusal. Pure CPU work."""

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError, features

from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.ports import Pixels

_READS_HEIF = find_spec("pillow_heif") is not None
if _READS_HEIF:  # what iPhones store; most platforms convert it, so it is no dependency
    import_module("pillow_heif").register_heif_opener()

FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF"),
    *(("AVIF",) if features.check("avif") else ()),
    *(("HEIF",) if _READS_HEIF else ()),
)
"""Formats that are read, HEIF where pillow-heif is installed; of animated ones the first frame."""

_WHITE = (255, 255, 255, 255)
_BLANK_RANGE = 4
"""Of 255: what varies less is of one colour, as far as a JPEG can say."""
_LONGEST_ERROR = 120

_LARGEST_PROFILE_BYTES = 4 * 2**20
"""Printers' profiles have up to 3 MiB."""
_PROFILE_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Pillow's mode by the colour space that a profile is for."""
_SRGB = ImageCms.createProfile("sRGB")

# What to do with a picture whose EXIF block says how the camera was held. Source: EXIF 2.3, 4.6.4.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode_photo(content: bytes, size: int, *, max_pixels: int) -> Pixels:
    """Return a picture as RGB uint8 [3, size, size], upright and squashed to a square.

    As a browser shows it on a white page: colours as the embedded profile says, white behind what
    is transparent. Resized by bicubic interpolation with antialiasing.

    Args:
        content: A file in one of `FORMATS`, whatever its name or content type says.
        size: Side of the square in pixels.
        max_pixels: Larger pictures are refused before they are decoded.

    Raises `PhotoError` when the file is of no known format, too large, truncated or corrupt, or
    when the picture is of one colour and so is no evidence of anything.
    """
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            _check_size(image, max_pixels)
            square = _to_square(image, size)
    except PhotoError:
        raise
    except UnidentifiedImageError as error:
        raise PhotoError(
            PhotoErrorReason.NO_PICTURE, f"the file is none of {', '.join(FORMATS)}"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError(
            PhotoErrorReason.TOO_LARGE, f"the picture has far more than {max_pixels} pixels"
        ) from error
    except MemoryError as error:
        raise PhotoError(
            PhotoErrorReason.TOO_LARGE, "decoding the picture takes more memory than is allowed"
        ) from error
    except Exception as error:  # Pillow's parsers raise whatever they trip over
        raise PhotoError(
            PhotoErrorReason.NO_PICTURE,
            f"the picture is truncated or corrupt: {str(error)[:_LONGEST_ERROR]!r}",
        ) from error
    pixels = np.ascontiguousarray(np.asarray(square).transpose(2, 0, 1))
    if np.ptp(pixels, axis=(1, 2)).max() <= _BLANK_RANGE:
        raise PhotoError(PhotoErrorReason.BLANK, "the picture is of one colour and shows nothing")
    return pixels


def _check_size(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise PhotoError(
            PhotoErrorReason.TOO_LARGE,
            f"the picture has {image.width} by {image.height} pixels, "
            f"more than {max_pixels} in all",
        )


def _to_square(image: Image.Image, size: int) -> Image.Image:
    # JPEG alone: decode at a half, quarter or eighth where that leaves twice the size or more.
    image.draft(None, (2 * size, 2 * size))
    orientation = _orientation(image)
    profile = image.info.get("icc_profile") or b""
    square = _to_eight_bits(image).resize((size, size), Image.Resampling.BICUBIC)
    square = _to_srgb(square, profile)
    if square.mode == "RGBA":
        square = Image.alpha_composite(Image.new("RGBA", square.size, _WHITE), square)
    if orientation in _UPRIGHT:
        square = square.transpose(_UPRIGHT[orientation])
    return square.convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Return the picture as L, CMYK or RGB, or as RGBA where parts of it are transparent."""
    if image.mode.startswith("I"):  # 16 bits of grey
        grey = np.asarray(image).astype(np.int64).clip(0, 0xFFFF) >> 8
        return Image.fromarray(grey.astype(np.uint8))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in _PROFILE_MODES.values() else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in sRGB, as RGB or RGBA; what its profile says of transparency is nothing.

    A profile that is broken, huge, or made for other colours than the picture's is ignored. Colours
    are changed after resizing: that is fast, and differs by less than can be seen.
    """
    is_transparent = image.mode == "RGBA"
    colours = image.convert("RGB") if is_transparent else image
    transform = None
    if 0 < len(profile) <= _LARGEST_PROFILE_BYTES:
        transform = _transform(profile, colours.mode)
    shown = (
        colours.convert("RGB") if transform is None else ImageCms.applyTransform(colours, transform)
    )
    if shown is None:
        raise AssertionError("a picture that is not changed in place is returned")
    if is_transparent:
        shown.putalpha(image.getchannel("A"))
    return shown


@lru_cache(maxsize=8)  # few profiles are in use, and some take longer to read than a photo
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Make what turns a picture of this mode and profile into sRGB; None if they do not fit."""
    try:
        read = ImageCms.ImageCmsProfile(BytesIO(profile))
        if _PROFILE_MODES.get(read.profile.xcolor_space) != mode:
            return None
        return ImageCms.buildTransform(read, _SRGB, mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _orientation(image: Image.Image) -> int:
    """Read how the camera was held; a picture with a broken EXIF block is shown as it is."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - as above
        return 1
