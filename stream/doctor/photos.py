"""Checks of photo fetching: a photo gets through, an address of ours does not."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from stream.adapters.photos.decode import decode_photo
from stream.adapters.photos.fetch import PhotoFetcher, open_photos
from stream.doctor.finding import Observation, ok, warning, wrong
from stream.doctor.part import Check, Part
from stream.domain.errors import PhotoError, RetryError
from stream.settings import PhotoSettings

_SIZE = 64


@dataclass(frozen=True)
class Fetching:
    """The source of photos as a worker has it."""

    photos: PhotoFetcher
    settings: PhotoSettings


def photo_part(settings: PhotoSettings) -> Part[Fetching]:
    """Photo fetching as the settings want it."""

    @asynccontextmanager
    async def open_source() -> AsyncIterator[Fetching]:
        async with open_photos(settings) as photos:
            yield Fetching(photos, settings)

    return Part(
        name="photos",
        open=open_source,
        describe=lambda it: f"urls of {', '.join(sorted(it.settings.allowed_schemes))}",
        mend="see TWINLIST_PHOTOS__ALLOWED_SCHEMES and what belongs to it",
        checks=(Check("decoding", check_decoding), Check("guard", check_guard)),
    )


async def check_decoding(fetching: Fetching) -> Observation:
    """A photo in a url is fetched, where such urls are allowed, and decoded."""
    content = _generated_file()
    if "data" in fetching.settings.allowed_schemes:
        url = f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"
        pixels = (await fetching.photos.fetch(url, _SIZE)).pixels
    else:
        pixels = decode_photo(content, _SIZE, max_pixels=fetching.settings.max_pixels)
    return ok(f"a JPEG of {len(content)} bytes becomes {list(pixels.shape)}")


async def check_guard(fetching: Fetching) -> Observation:
    """What strangers type does not reach this machine or its network, unless that is wanted."""
    settings = fetching.settings
    if settings.allow_private_addresses and {"http", "https"} & settings.allowed_schemes:
        return warning(
            "private addresses are allowed: whoever posts a listing can have them asked",
            "unset TWINLIST_PHOTOS__ALLOW_PRIVATE_ADDRESSES unless your photos need it",
        )
    # What is asked for does not matter, only that nobody asks; port 9 discards it anyway.
    port = min(settings.allowed_ports, default=9)
    try:
        await fetching.photos.read(f"http://127.0.0.1:{port}/photo.jpg")
    except PhotoError as refusal:
        return ok(f"a loopback url is refused: {refusal}")
    except RetryError:
        pass  # somebody tried to connect
    return wrong("a loopback url was asked for", "report this: the guard of photo urls is broken")


def _generated_file() -> bytes:
    file = BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "JPEG")
    return file.getvalue()
