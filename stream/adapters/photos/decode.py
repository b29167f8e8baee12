"""Bytes that strangers sent become RGB squares, or a clear refusal. Pure CPU work."""

from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError, features

from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.ports import Pixels

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", *(("AVIF",) if features.check("avif") else ()))
"""Formats that are read; of animated ones the first frame."""

_WHITE = (255, 255, 255, 255)

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

    Transparent parts are shown over white, as most pages would. Resized by bicubic interpolation
    with antialiasing.

    Args:
        content: A file in one of `FORMATS`, whatever its name or content type says.
        size: Side of the square in pixels.
        max_pixels: Larger pictures are refused before they are decoded.

    Raises `PhotoError` when the file is of no known format, too large, truncated or corrupt.
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
    except Exception as error:  # Pillow's parsers raise whatever they trip over
        raise PhotoError(
            PhotoErrorReason.NO_PICTURE, f"the picture is truncated or corrupt: {error}"
        ) from error
    return np.ascontiguousarray(np.asarray(square).transpose(2, 0, 1))


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
    square = _to_eight_bits(image).resize((size, size), Image.Resampling.BICUBIC)
    if square.mode == "RGBA":
        square = Image.alpha_composite(Image.new("RGBA", square.size, _WHITE), square)
    if orientation in _UPRIGHT:
        square = square.transpose(_UPRIGHT[orientation])
    return square.convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Return the picture as RGB, or as RGBA where parts of it are transparent."""
    if image.mode.startswith("I"):  # 16 bits of grey
        grey = np.asarray(image).astype(np.int64).clip(0, 0xFFFF) >> 8
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _orientation(image: Image.Image) -> int:
    """Read how the camera was held; a picture with a broken EXIF block is shown as it is."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - as above
        return 1
