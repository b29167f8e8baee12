"""Photos seen before are not encoded again, and a set is made of all of them in order."""

import numpy as np

from stream.domain.listing import IndexedPhoto
from stream.pipeline.collect_photos import CollectedPhotos
from stream.pipeline.encode import encode
from stream.ports import Floats, Pixels
from tests.support.memory_index import MemoryIndex
from tests.support.memory_models import MemoryModels
from tests.support.memory_photos import MemoryPhotos

SIZE = MemoryModels().spec.photo_size


class CountingModels(MemoryModels):
    photos_seen = 0

    async def encode_photos(self, photos: Pixels) -> Floats:
        self.photos_seen += len(photos)
        return await super().encode_photos(photos)


def photo(index: int, sha256: str) -> IndexedPhoto:
    return IndexedPhoto(index, "https://photos.example", sha256)


async def pixels(label: str) -> Pixels:
    return (await MemoryPhotos().fetch(label, SIZE)).pixels


async def index_that_knows(models: MemoryModels, label: str, sha256: str) -> MemoryIndex:
    index = MemoryIndex()
    (tokens,) = await models.encode_photos(np.stack([await pixels(label)]))
    await index.write_photos("another", 1, {sha256: tokens})
    return index


async def test_only_photos_not_seen_before_are_encoded() -> None:
    models = CountingModels()
    index = await index_that_knows(models, "a1", "A")
    collected = CollectedPhotos(
        (photo(0, "A"), photo(2, "B")), {"A": await pixels("a1"), "B": await pixels("b1")}, {}
    )
    encoded = await encode(collected, models, index)
    assert models.photos_seen == 2
    assert encoded.tokens.keys() == {"A", "B"}
    both = np.stack([encoded.tokens["A"], encoded.tokens["B"]])
    assert encoded.embedding is not None
    np.testing.assert_array_equal(encoded.embedding, await models.encode_listing(both))


async def test_a_listing_of_known_photos_asks_for_the_set_only() -> None:
    models = CountingModels()
    index = await index_that_knows(models, "a1", "A")
    collected = CollectedPhotos((photo(0, "A"),), {"A": await pixels("a1")}, {})
    encoded = await encode(collected, models, index)
    assert models.photos_seen == 1
    assert encoded.embedding is not None


async def test_without_photos_there_is_no_embedding_and_no_model_is_asked() -> None:
    models = MemoryModels()
    models.is_away = True
    encoded = await encode(CollectedPhotos((), {}, {}), models, MemoryIndex())
    assert encoded.embedding is None
    assert encoded.tokens == {}
