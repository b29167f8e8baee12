"""The light models in numpy: the port `Models` without a server."""

from collections.abc import Sequence

import numpy as np

from stream.domain.errors import RetryError, StopError
from stream.ports import Floats, Indexes, Models, ModelSpec, PairScore, Pixels
from tests.support import light_models as light

MAX_LISTING_PHOTOS = 24
MAX_PAIR_PHOTOS = 6
_EPSILON = 1e-6


class MemoryModels(Models):
    """Answers as Triton does with the light models; `is_away` makes every call fail."""

    def __init__(self, model_version: str = light.MODEL_VERSION) -> None:
        self.is_away = False
        self._spec = ModelSpec(
            model_version=model_version,
            photo_size=light.PHOTO_SIZE,
            token_count=light.TOKEN_COUNT,
            token_width=light.TOKEN_WIDTH,
            region_boxes=light.REGION_BOXES,
        )

    @property
    def spec(self) -> ModelSpec:
        return self._spec

    async def encode_photos(self, photos: Pixels) -> Floats:
        self._answer_or_fail()
        if photos.dtype != np.uint8 or photos.shape[1:] != (3, light.PHOTO_SIZE, light.PHOTO_SIZE):
            raise StopError(f"Photos are {photos.dtype} {list(photos.shape)}")
        centred = photos.astype(np.float32) - np.float32(127.5)
        whole = _average_pool(centred, light.GRID).reshape(-1, 1, light.TOKEN_WIDTH)
        fine = _average_pool(centred, 2 * light.GRID)
        quarters = fine.reshape(-1, 3, 2, light.GRID, 2, light.GRID).transpose(0, 2, 4, 1, 3, 5)
        regional = quarters.reshape(-1, light.TOKEN_COUNT - 1, light.TOKEN_WIDTH)
        return _to_unit_length(np.concatenate([whole, regional], axis=1))

    async def encode_listing(self, tokens: Floats) -> Floats:
        self._answer_or_fail()
        _check_set(tokens, MAX_LISTING_PHOTOS)
        embedding = np.zeros(light.EMBEDDING_WIDTH, np.float32)
        embedding[: light.TOKEN_WIDTH] = tokens[:, 0].sum(axis=0)
        return _to_unit_length(embedding)

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        self._answer_or_fail()
        return [_score(left, right) for left, right in pairs]

    def _answer_or_fail(self) -> None:
        if self.is_away:
            raise RetryError("The models are away.")


def _score(left: Floats, right: Floats) -> PairScore:
    for tokens in (left, right):
        _check_set(tokens, MAX_PAIR_PHOTOS)
    evidence = left[:, 0] @ right[:, 0].T
    logit = (evidence.max() - light.MIDPOINT) * light.STEEPNESS
    return PairScore(float(1 / (1 + np.exp(-logit))), evidence, _regions(left, right))


def _regions(left: Floats, right: Floats) -> Indexes:
    alike = np.einsum("nsd,mtd->nmst", left[:, 1:], right[:, 1:])
    flat = alike.reshape(len(left), len(right), -1)
    places = np.argsort(-flat, axis=-1, kind="stable")[..., : light.REGIONS]
    close = np.take_along_axis(flat, places, axis=-1) >= light.REGION_SIMILARITY
    indexes = np.stack(np.divmod(places, light.TOKEN_COUNT - 1), axis=-1) + 1
    return np.where(close[..., None], indexes, -1).astype(np.int32)


def _check_set(tokens: Floats, limit: int) -> None:
    if tokens.shape[1:] != (light.TOKEN_COUNT, light.TOKEN_WIDTH):
        raise StopError(f"Tokens are {list(tokens.shape)}")
    if not 1 <= len(tokens) <= limit:
        raise StopError(f"A listing of {len(tokens)} photos was given to a model for 1 to {limit}.")


def _average_pool(pixels: Floats, grid: int) -> Floats:
    cell = light.PHOTO_SIZE // grid
    pooled: Floats = pixels.reshape(-1, 3, grid, cell, grid, cell).mean(axis=(3, 5))
    return pooled


def _to_unit_length(vectors: Floats) -> Floats:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = vectors / np.maximum(length, np.float32(_EPSILON))
    return unit
