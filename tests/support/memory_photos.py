"""Photos in memory: a url ends with a label such as "a1", whose first letter is the item shown."""

from dataclasses import dataclass, field

import numpy as np

from stream.domain.errors import PhotoError
from stream.ports import Pixels

_CELLS = 4


@dataclass
class MemoryPhotos:
    """Implements `stream.ports.PhotoSource`; the file behind a url is its label.

    Photos of one item are the same pattern, a shade brighter or darker. A label that begins with
    "!" is a file that is no picture; `failures` names urls that cannot be fetched.
    """

    failures: dict[str, Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    decoded: list[str] = field(default_factory=list)

    async def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        if url in self.failures:
            raise self.failures[url]
        return url.rpartition("/")[2].encode()

    def decode(self, content: bytes, size: int) -> Pixels:
        label = content.decode()
        if label.startswith("!"):
            raise PhotoError("no picture in a known format")
        self.decoded.append(label)
        item, shade = ord(label[0]), sum(label[1:].encode()) % 8
        pattern = np.random.default_rng(item).integers(0, 248, (3, _CELLS, _CELLS), dtype=np.uint8)
        return (pattern + np.uint8(shade)).repeat(size // _CELLS, 1).repeat(size // _CELLS, 2)


def url_of(label: str) -> str:
    return f"https://photos.example/{label}"
