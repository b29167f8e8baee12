"""Writes model_repository: three ONNX files and their Triton configs, under one version."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor, nn

from stream.training.calibration import UNCALIBRATED, Calibration
from stream.training.networks.shapes import (
    EMBEDDING_WIDTH,
    PHOTO_SIZE,
    REGION_BOXES,
    REGION_PAIRS,
    TOKEN_COUNT,
    TOKEN_WIDTH,
)
from stream.training.onnx_files import check_parity, write_onnx
from stream.training.train import load_checkpoint

ARCHITECTURE = "3"
"""First part of the model version; raised when the models are built in another way."""

_PREPROCESSING = f"rgb uint8 squashed to {PHOTO_SIZE} by {PHOTO_SIZE}"
_TOLERANCE = 2e-4

# A few matrix products: more threads would only take the cores from the photo encoder.
_ONE_THREAD = {"intra_op_thread_count": "1"}


@dataclass(frozen=True)
class _Tensor:
    """A tensor of a config; dims without the batch."""

    name: str
    data_type: str
    dims: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Model:
    """A model as it is exported and configured."""

    name: str
    module: nn.Module
    inputs: Mapping[str, Tensor]
    input_tensors: Sequence[_Tensor]
    output_tensors: Sequence[_Tensor]
    dynamic_axes: Mapping[str, Sequence[str]]
    max_batch_size: int
    parameters: Mapping[str, str]

    @property
    def output_names(self) -> list[str]:
        return [tensor.name for tensor in self.output_tensors]


def export(checkpoint: Path, repository: Path, calibration: Calibration = UNCALIBRATED) -> str:
    """Write the models that `train` left into a Triton model repository; return their version.

    `calibration` is applied to the verifier's probabilities.

    Raises `ValueError` when a file computes something else than its torch module.
    """
    console = Console(stderr=True)
    models = _models(checkpoint, calibration)
    digest = hashlib.sha256(_PREPROCESSING.encode())
    for model in models:
        path = repository / model.name / "1" / "model.onnx"
        write_onnx(model.module, model.inputs, model.output_names, model.dynamic_axes, path)
        difference = check_parity(model.module, model.inputs, model.output_names, path, _TOLERANCE)
        console.print(f"{path}: differs from torch by at most {difference:.1e}")
        digest.update(path.read_bytes())
    version = f"{ARCHITECTURE}-{digest.hexdigest()[:8]}"
    for model in models:
        parameters = {"model_version": version, **model.parameters}
        config = repository / model.name / "config.pbtxt"
        config.write_text(_config(model, parameters))
    console.print(f"model version {version}")
    return version


def _models(checkpoint: Path, calibration: Calibration) -> tuple[_Model, ...]:
    encoder, listing_encoder, verifier = load_checkpoint(checkpoint)
    verifier.calibrate(calibration.slope, calibration.offset)
    for module in (encoder, verifier):
        _round_to_half(module)
    generator = torch.Generator().manual_seed(0)
    photos = torch.randint(
        0, 256, (2, 3, PHOTO_SIZE, PHOTO_SIZE), dtype=torch.uint8, generator=generator
    )
    left, right = (
        nn.functional.normalize(
            torch.randn(2, 3, TOKEN_COUNT, TOKEN_WIDTH, generator=generator), dim=-1
        )
        for _ in range(2)
    )
    mask = torch.tensor([[True, True, True], [True, False, False]])
    tokens = (-1, TOKEN_COUNT, TOKEN_WIDTH)
    sets = ("batch", "photos")
    return (
        _Model(
            name="photo_encoder",
            module=encoder,
            inputs={"photos": photos},
            input_tensors=[_Tensor("photos", "TYPE_UINT8", (3, PHOTO_SIZE, PHOTO_SIZE))],
            output_tensors=[_Tensor("tokens", "TYPE_FP32", tokens[1:])],
            dynamic_axes={"photos": ("batch",), "tokens": ("batch",)},
            max_batch_size=32,
            parameters={"region_boxes": json.dumps(REGION_BOXES)},
        ),
        _Model(
            name="listing_encoder",
            module=listing_encoder,
            inputs={"tokens": left, "mask": mask},
            input_tensors=[
                _Tensor("tokens", "TYPE_FP32", tokens),
                _Tensor("mask", "TYPE_BOOL", (-1,)),
            ],
            output_tensors=[_Tensor("embedding", "TYPE_FP32", (EMBEDDING_WIDTH,))],
            dynamic_axes={"tokens": sets, "mask": sets, "embedding": ("batch",)},
            max_batch_size=64,
            parameters=_ONE_THREAD,
        ),
        _Model(
            name="pair_verifier",
            module=verifier,
            inputs={
                "left_tokens": left,
                "left_mask": mask,
                "right_tokens": right,
                "right_mask": mask,
            },
            input_tensors=[
                _Tensor("left_tokens", "TYPE_FP32", tokens),
                _Tensor("left_mask", "TYPE_BOOL", (-1,)),
                _Tensor("right_tokens", "TYPE_FP32", tokens),
                _Tensor("right_mask", "TYPE_BOOL", (-1,)),
            ],
            output_tensors=[
                _Tensor("probability", "TYPE_FP32", ()),
                _Tensor("evidence", "TYPE_FP32", (-1, -1)),
                _Tensor("regions", "TYPE_INT32", (-1, -1, REGION_PAIRS, 2)),
            ],
            dynamic_axes={
                **dict.fromkeys(("left_tokens", "left_mask", "right_tokens", "right_mask"), sets),
                "probability": ("batch",),
                "evidence": (*sets, "photos"),
                "regions": (*sets, "photos"),
            },
            max_batch_size=64,
            parameters=_ONE_THREAD,
        ),
    )


@torch.no_grad()
def _round_to_half(module: nn.Module) -> None:
    """Round weights to what fits into files half as large; an epoch moves them by far more."""
    for tensor in (*module.parameters(), *module.buffers()):
        tensor.copy_(tensor.half())


def _config(model: _Model, parameters: Mapping[str, str]) -> str:
    """Return Triton's config.pbtxt of a model.

    Source: https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto
    """
    inputs = ",\n".join(_tensor(tensor) for tensor in model.input_tensors)
    outputs = ",\n".join(_tensor(tensor) for tensor in model.output_tensors)
    entries = "\n".join(
        f"parameters {{\n  key: {json.dumps(key)}\n"
        f"  value: {{ string_value: {json.dumps(value)} }}\n}}"
        for key, value in parameters.items()
    )
    return f"""\
name: "{model.name}"
backend: "onnxruntime"
max_batch_size: {model.max_batch_size}
input [
{inputs}
]
output [
{outputs}
]
version_policy {{ all {{}} }}
dynamic_batching {{
  priority_levels: 2
  default_priority_level: 1
}}
{entries}
"""


def _tensor(tensor: _Tensor) -> str:
    # A config cannot have a tensor of the batch dimension alone: Triton adds one of size 1.
    shape = "" if tensor.dims else "\n    reshape: { shape: [] }"
    dims = ", ".join(map(str, tensor.dims or (1,)))
    return (
        f"  {{\n    name: {json.dumps(tensor.name)}\n    data_type: {tensor.data_type}\n"
        f"    dims: [ {dims} ]{shape}\n  }}"
    )
