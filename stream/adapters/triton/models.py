"""The port `Models` on a Triton server."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import numpy as np

from stream.adapters.triton.client import Array, TritonClient
from stream.adapters.triton.padding import LISTING_SIZES, PAIR_SIZES, pad_sets
from stream.adapters.triton.spec import (
    LISTING_ENCODER,
    MODELS,
    PAIR_VERIFIER,
    PHOTO_ENCODER,
    ServedSpec,
    read_model_version,
    read_spec,
)
from stream.domain.errors import RetryError, StopError
from stream.ports import Floats, Models, ModelSpec, PairScore, Pixels
from stream.priority import Priority
from stream.settings import TritonSettings


@asynccontextmanager
async def open_models(
    settings: TritonSettings,
    *,
    priority: Priority = Priority.LIVE,
    model_version: str | None = None,
) -> AsyncIterator["TritonModels"]:
    """Connect to the server that the settings name, and learn what it serves.

    A server may hold several versions, a folder each; what each is stands in the model's config.
    `model_version` is the one that is wanted, by default that of the newest folder.

    Raises `RetryError` while the server is away or not ready, `StopError` when it does not serve
    that version, or its three models do not fit each other or what the pipeline expects.
    """
    async with TritonClient(settings, priority) as client:
        await client.check_ready()
        folders = await _choose_folders(client, settings.model_version, model_version)
        served = await _read_served(client, folders)
        yield TritonModels(client, folders, served, settings.photos_per_request)


class TritonModels(Models):
    """The three models, served by Triton.

    The version folders chosen at the start are kept for good. After an error that may mean a
    restart the next call first looks whether the server still serves the same models, so that
    embeddings of two versions never mix.
    """

    def __init__(
        self,
        client: TritonClient,
        folders: Mapping[str, str],
        served: ServedSpec,
        photos_per_request: int,
    ) -> None:
        self._client = client
        self._folders = folders
        self._served = served
        self._photos_per_request = photos_per_request
        self._is_doubtful = False

    @property
    def spec(self) -> ModelSpec:
        """Version and shapes, as the server stated them at the start."""
        return self._served.spec

    async def check_ready(self) -> None:
        """Raise `RetryError` unless the server and its models are ready."""
        await self._client.check_ready()

    async def encode_photos(self, photos: Pixels) -> Floats:
        """Turn photos [B, 3, S, S] into tokens [B, T, D]; any B.

        Requests go one after another: a long queue of photos holds up nobody else's.
        """
        spec = self.spec
        if photos.dtype != np.uint8 or photos.shape[1:] != (3, spec.photo_size, spec.photo_size):
            raise StopError(
                f"Photos are {photos.dtype} {list(photos.shape)}, the models take "
                f"uint8 [B, 3, {spec.photo_size}, {spec.photo_size}]"
            )
        tokens = np.empty((len(photos), *self._token_shape), np.float32)
        step = self._limit(PHOTO_ENCODER, self._photos_per_request)
        for start in range(0, len(photos), step):
            chunk = photos[start : start + step]
            (answer,) = await self._infer(PHOTO_ENCODER, {"photos": chunk}, ("tokens",))
            shape = (len(chunk), *self._token_shape)
            tokens[start : start + step] = _checked("tokens", answer, shape)
        return tokens

    async def encode_listing(self, tokens: Floats) -> Floats:
        """Turn the tokens [N, T, D] of all photos of a listing into its embedding [256]."""
        padded, mask = pad_sets([tokens], self._token_shape, LISTING_SIZES)
        (answer,) = await self._infer(
            LISTING_ENCODER, {"tokens": padded, "mask": mask}, ("embedding",)
        )
        embedding: Floats = _checked("embedding", answer, (1, self._served.embedding_width))[0]
        return embedding

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        """Compare pairs of photo sets ([N, T, D], [M, T, D]), one score each, in order."""
        scores: list[PairScore] = []
        step = self._limit(PAIR_VERIFIER, len(pairs))
        for start in range(0, len(pairs), max(step, 1)):
            scores += await self._verify_batch(pairs[start : start + step])
        return scores

    async def _verify_batch(self, pairs: Sequence[tuple[Floats, Floats]]) -> list[PairScore]:
        sides = [side for pair in pairs for side in pair]
        tokens, mask = pad_sets(sides, self._token_shape, PAIR_SIZES)
        inputs = {
            "left_tokens": tokens[0::2],
            "left_mask": mask[0::2],
            "right_tokens": tokens[1::2],
            "right_mask": mask[1::2],
        }
        answers = await self._infer(PAIR_VERIFIER, inputs, ("probability", "evidence", "regions"))
        square = (len(pairs), mask.shape[1], mask.shape[1])
        # Triton has no tensor of the batch dimension alone: a served [B] arrives as [B, 1].
        probability = _checked("probability", answers[0].reshape(-1), (len(pairs),))
        evidence = _checked("evidence", answers[1], square)
        regions = _checked("regions", answers[2], (*square, self._served.region_count, 2))
        return [
            PairScore(
                float(probability[at]),
                evidence[at, : len(left), : len(right)],
                regions[at, : len(left), : len(right)],
            )
            for at, (left, right) in enumerate(pairs)
        ]

    async def _infer(
        self, model: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> Sequence[Array]:
        try:
            if self._is_doubtful:
                await self._check_unchanged()
            return await self._client.infer(model, self._folders[model], inputs, outputs)
        except RetryError:
            self._is_doubtful = True
            raise

    async def _check_unchanged(self) -> None:
        served = await _read_served(self._client, self._folders)
        if served != self._served:
            raise StopError(
                f"Triton at {self._client.url} now serves other models: "
                f"{served.spec.model_version} instead of {self.spec.model_version}"
            )
        self._is_doubtful = False

    @property
    def _token_shape(self) -> tuple[int, int]:
        return (self.spec.token_count, self.spec.token_width)

    def _limit(self, model: str, wanted: int) -> int:
        return min(wanted, self._served.max_batch_sizes[model] or 1)


async def _choose_folders(
    client: TritonClient, asked: str, model_version: str | None
) -> Mapping[str, str]:
    """Return each model's folder: the one asked for, or the newest; of those with the version."""
    folders = {model: await _find_folders(client, model, asked) for model in MODELS}
    if model_version is not None:
        stated = {
            model: await _read_model_versions(client, model, found)
            for model, found in folders.items()
        }
        lacking = [model for model in MODELS if model_version not in stated[model].values()]
        if lacking:
            served = sorted({one for versions in stated.values() for one in versions.values()})
            raise StopError(
                f"Triton serves model {', '.join(served)}, and the policy's thresholds are for "
                f"{model_version}: serve that model too, in a version folder of "
                f"{', '.join(lacking)} whose config states it, or name the policy of a model "
                "that is served"
            )
        folders = {
            model: [folder for folder in found if stated[model][folder] == model_version]
            for model, found in folders.items()
        }
    return {model: max(found, key=int) for model, found in folders.items()}


async def _find_folders(client: TritonClient, model: str, asked: str) -> Sequence[str]:
    served = await client.read_versions(model)
    folders = [folder for folder in served if not asked or folder == asked]
    if not folders:
        raise StopError(
            f"{model}: version {asked or 'any'} is not served, but {', '.join(served) or 'none'}"
        )
    return folders


async def _read_model_versions(
    client: TritonClient, model: str, folders: Sequence[str]
) -> Mapping[str, str]:
    config = await client.read_config(model, folders[0])  # one for all folders
    return {folder: read_model_version(config, folder) for folder in folders}


async def _read_served(client: TritonClient, folders: Mapping[str, str]) -> ServedSpec:
    configs = {model: await client.read_config(model, folders[model]) for model in MODELS}
    return read_spec(configs, folders)


def _checked(name: str, array: Array, shape: tuple[int, ...]) -> Array:
    """Return a model's output. Raises `StopError` when it is misshapen or not finite."""
    if array.shape != shape:
        raise StopError(f"The models answer {name} {list(array.shape)}, not {list(shape)}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise StopError(f"The models answer {name} that is not finite")
    return array
