"""Photos as hostile sellers post them, decoded in a child process under the limits of a worker."""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from stream.adapters.photos.decoder import Decoder
from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.settings import PhotoSettings
from tests.fuzz.mutations import mutate, random_of
from tests.fuzz.report import Report

SIZE = 224
_LONGEST_ERROR = 300
_PNG = b"\x89PNG\r\n\x1a\n"


def fuzz_photos(count: int, seed: int, settings: PhotoSettings | None = None) -> Report:
    """Decode `count` files made from a few of each format. A child that dies is a failure."""
    limits = settings or PhotoSettings()
    report = Report("photos", seed)
    files = list(_files())
    decoder = Decoder(limits.decode_memory_bytes)
    try:
        for number in range(count):
            random = random_of(seed, number)
            content = mutate(random.choice(files), files, random)
            if random.random() < 0.5:
                content = _with_checksums(content)
            if not decoder.is_alive:
                decoder.close()
                decoder = Decoder(limits.decode_memory_bytes)
            report.take(number, content, partial(_decode, decoder, content, limits))
    finally:
        decoder.close()
    return report


def _decode(decoder: Decoder, content: bytes, limits: PhotoSettings) -> str:
    try:
        pixels = decoder.decode(
            content,
            SIZE,
            max_pixels=limits.max_pixels,
            timeout_seconds=limits.decode_timeout_seconds,
        )
    except PhotoError as error:
        told = str(error)
        if not decoder.is_alive:
            raise AssertionError(told) from error
        if len(told) > _LONGEST_ERROR or not told.isprintable():
            raise AssertionError(f"not for a log: {told[:100]!r}") from error
        return f"refused as {PhotoErrorReason(error.reason)}"
    if pixels.shape != (3, SIZE, SIZE):
        raise AssertionError(f"a picture of {pixels.shape}")
    return "pictures"


def _files() -> Iterator[bytes]:
    """Small files of each format and of many kinds."""
    picture = _draw()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    frames: dict[str, Any] = {"save_all": True, "append_images": [picture.rotate(90)]}
    for options in ({}, {"progressive": True}, {"exif": exif, "icc_profile": profile}):
        yield _file(picture, "JPEG", **options)
    for mode in ("L", "CMYK"):
        yield _file(picture.convert(mode), "JPEG")
    yield _file(picture, "MPO", **frames)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield _file(picture.convert("L" if mode == "I;16" else mode).convert(mode), "PNG")
    yield _file(picture, "PNG", exif=exif, icc_profile=profile)
    yield _file(picture, "PNG", **frames)
    transparent = picture.copy()
    transparent.putalpha(picture.convert("L"))
    for image_format in ("WEBP", "AVIF"):
        yield _file(picture, image_format, exif=exif, icc_profile=profile)
        yield _file(transparent, image_format)
        yield _file(picture, image_format, **frames)
    yield _file(picture, "WEBP", lossless=True)
    yield _file(picture, "GIF")
    yield _file(picture, "GIF", **frames)


def _draw() -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    noise[:20, :28] = (200, 40, 40)
    return Image.fromarray(noise)


def _file(image: Image.Image, image_format: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def _with_checksums(content: bytes) -> bytes:
    """Put the checksums of a PNG right, so that damage gets past them; others as they are."""
    if not content.startswith(_PNG):
        return content
    mended, at = bytearray(content), len(_PNG)
    while at + 12 <= len(mended):
        (length,) = struct.unpack_from(">I", mended, at)
        end = at + 8 + length
        if end + 4 > len(mended):
            break
        struct.pack_into(">I", mended, end, zlib.crc32(mended[at + 4 : end]))
        at = end + 4
    return bytes(mended)
