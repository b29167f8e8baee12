"""What the server's model configs say: version, sizes, and that they fit each other. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stream.domain.errors import StopError
from stream.ports import ModelSpec

PHOTO_ENCODER = "photo_encoder"
LISTING_ENCODER = "listing_encoder"
PAIR_VERIFIER = "pair_verifier"
MODELS = (PHOTO_ENCODER, LISTING_ENCODER, PAIR_VERIFIER)

_ANY = -1


class _Tensor(msgspec.Struct, frozen=True):
    name: str
    data_type: str
    dims: tuple[int, ...]


class _Parameter(msgspec.Struct, frozen=True):
    string_value: str = ""


class _Config(msgspec.Struct, frozen=True):
    """The part of Triton's model config that matters here; dims are without the batch.

    Source: https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
    """

    name: str
    max_batch_size: int = 0
    input: tuple[_Tensor, ...] = ()
    output: tuple[_Tensor, ...] = ()
    parameters: dict[str, _Parameter] = {}

    def dims(self, tensor_name: str, data_type: str, rank: int) -> tuple[int, ...]:
        for tensor in (*self.input, *self.output):
            if tensor.name == tensor_name:
                if (tensor.data_type, len(tensor.dims)) == (data_type, rank):
                    return tensor.dims
                raise StopError(
                    f"{self.name}: {tensor_name} is {tensor.data_type} of rank "
                    f"{len(tensor.dims) + 1}, expected {data_type} of rank {rank + 1}"
                )
        raise StopError(f"{self.name} has no tensor {tensor_name}")

    def parameter(self, key: str, folder: str) -> str:
        """What holds for a version folder: `key.2` for folder 2, `key` for all without their own.

        Triton has one config for all version folders of a model.
        """
        for name in (f"{key}.{folder}", key):
            if name in self.parameters:
                return self.parameters[name].string_value
        raise StopError(f"{self.name}: config.pbtxt has no parameter {key}")


class ServedSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The port's spec, and what only the adapter needs to know of the models."""

    spec: ModelSpec
    embedding_width: int
    region_count: int
    """Pairs of regions of two photos (R)."""
    max_batch_sizes: Mapping[str, int]


def read_model_version(config: Mapping[str, Any], folder: str) -> str:
    """Return which model version a model's config states for one of its version folders.

    Raises `StopError` when it states none.
    """
    return _read(config).parameter("model_version", folder)


def read_spec(configs: Mapping[str, Mapping[str, Any]], folders: Mapping[str, str]) -> ServedSpec:
    """Make one spec of the configs and version folders of the three models, by name.

    Raises `StopError` when a tensor or parameter is missing or the models do not fit each other.
    """
    photo, listing, pair = (_read(configs[name]) for name in MODELS)
    version = _one_version({one.name: (one, folders[one.name]) for one in (photo, listing, pair)})
    channels, photo_size, width = photo.dims("photos", "TYPE_UINT8", 3)
    if channels != 3 or photo_size != width or photo_size < 1:
        raise StopError(f"{photo.name}: photos are {[channels, photo_size, width]}, not [3, S, S]")
    token_count, token_width = photo.dims("tokens", "TYPE_FP32", 2)
    for config, name, of_masks in (
        (listing, "tokens", "mask"),
        (pair, "left_tokens", "left_mask"),
        (pair, "right_tokens", "right_mask"),
    ):
        found = config.dims(name, "TYPE_FP32", 3)
        if found != (_ANY, token_count, token_width):
            raise StopError(
                f"{config.name}: {name} is {list(found)}, but {photo.name} makes tokens of "
                f"{[token_count, token_width]}"
            )
        config.dims(of_masks, "TYPE_BOOL", 1)
    (embedding_width,) = listing.dims("embedding", "TYPE_FP32", 1)
    pair.dims("probability", "TYPE_FP32", 1)
    pair.dims("evidence", "TYPE_FP32", 2)
    *_, region_count, sides = pair.dims("regions", "TYPE_INT32", 4)
    if sides != 2 or region_count < 1:
        raise StopError(f"{pair.name}: regions end in {[region_count, sides]}, not [R, 2]")
    return ServedSpec(
        spec=ModelSpec(
            model_version=version,
            photo_size=photo_size,
            token_count=token_count,
            token_width=token_width,
            region_boxes=_region_boxes(photo, folders[photo.name], token_count - 1),
        ),
        embedding_width=embedding_width,
        region_count=region_count,
        max_batch_sizes={config.name: config.max_batch_size for config in (photo, listing, pair)},
    )


def _read(config: Mapping[str, Any]) -> _Config:
    try:
        return msgspec.convert(config, _Config, strict=False)
    except msgspec.ValidationError as error:
        raise StopError(f"A model's config cannot be read: {error}") from error


def _one_version(folders: Mapping[str, tuple[_Config, str]]) -> str:
    versions = {
        name: config.parameter("model_version", folder)
        for name, (config, folder) in folders.items()
    }
    if len(set(versions.values())) > 1 or not all(versions.values()):
        raise StopError(f"The models are not of one version: {versions}")
    return versions[PHOTO_ENCODER]


def _region_boxes(
    config: _Config, folder: str, count: int
) -> tuple[tuple[float, float, float, float], ...]:
    try:
        boxes = msgspec.json.decode(
            config.parameter("region_boxes", folder),
            type=tuple[tuple[float, float, float, float], ...],
        )
    except msgspec.DecodeError as error:
        raise StopError(f"{config.name}: region_boxes is no list of boxes: {error}") from error
    if len(boxes) != count:
        raise StopError(f"{config.name}: {len(boxes)} region_boxes for {count} regional tokens")
    return boxes
