"""Photos in memory: a url ends with a label such as "a1", whose first letter is the item shown."""

import hashlib
from dataclasses import dataclass, field

import numpy as np

from stream.domain.errors import PhotoError, PhotoErrorReason
from stream.ports import FetchedPhoto, Pixels

_CELLS = 4


@dataclass
class MemoryPhotos:
    """Implements `stream.ports.PhotoSource`; the file behind a url is its label.

    Photos of one item are the same pattern, a shade brighter or darker. A label that begins with
    "!" is a file that is no picture; `failures` names urls that cannot be fetched.
    """

    failures: dict[str, Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    async def fetch(self, url: str, size: int) -> FetchedPhoto:
        self.fetched.append(url)
        if url in self.failures:
            raise self.failures[url]
        label = url.rpartition("/")[2]
        if label.startswith("!"):
            raise PhotoError(PhotoErrorReason.NO_PICTURE, "no picture in a known format")
        return FetchedPhoto(hashlib.sha256(label.encode()).hexdigest(), _draw(label, size))


def _draw(label: str, size: int) -> Pixels:
    item, shade = ord(label[0]), sum(label[1:].encode()) % 8
    pattern = np.random.default_rng(item).integers(0, 248, (3, _CELLS, _CELLS), dtype=np.uint8)
    return (pattern + np.uint8(shade)).repeat(size // _CELLS, 1).repeat(size // _CELLS, 2)


def url_of(label: str) -> str:
    return f"https://photos.example/{label}"
