"""A model repository of a few kilobytes with the tensors of the real one and simple arithmetic.

A token is the pattern of a photo, or of one of its quarters: mean colours of a 4 by 4 grid, less
mid-grey, scaled to unit length. A set's embedding is the mean of its photos' global tokens, zeros
behind, scaled to unit length. The probability of a pair rests on the two photos that are most
alike. So photos of the same pattern are duplicates, whatever their noise and compression, and
photos of random patterns are not: enough for the pipeline, fast enough for thousands of events.

`MemoryModels` computes the same in numpy.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

MODEL_VERSION = "light-1"
STRICT_VERSION = "light-2"
"""A second version, to which other photos of the same thing are none."""
PHOTO_SIZE = 32
GRID = 4
TOKEN_COUNT = 5
TOKEN_WIDTH = 3 * GRID * GRID
EMBEDDING_WIDTH = 256
REGIONS = 2
REGION_SIMILARITY = 0.8
"""Tokens less alike than this do not match."""
STEEPNESS = 40.0
MIDPOINT = 0.85
"""The similarity that means a probability of one half."""
_STRICT_MIDPOINT = 0.995
REGION_BOXES = (
    (0.0, 0.0, 0.5, 0.5),
    (0.5, 0.0, 1.0, 0.5),
    (0.0, 0.5, 0.5, 1.0),
    (0.5, 0.5, 1.0, 1.0),
)
_EPSILON = 1e-6
_OPSET = 17
_IR_VERSION = 9

Dims = Sequence[int | str]
Tensors = Sequence[tuple[str, int, Dims]]


def write_light_models(
    folder: Path,
    *,
    model_versions: Sequence[str] = (MODEL_VERSION,) * 3,
    batching: str = "dynamic_batching { }",
    folders: Sequence[str] = ("1",),
    strict_folder: str = "",
) -> Path:
    """Write the repository into `folder` and return it.

    Args:
        folder: Made if need be.
        model_versions: The parameter `model_version` of photo_encoder, listing_encoder and
            pair_verifier; they differ only in tests of what happens then.
        batching: The entry of `config.pbtxt` that says how requests are batched.
        folders: The version folders of each model, with the same content.
        strict_folder: One more version folder, of the model version `STRICT_VERSION`.
    """
    models = (_photo_encoder(), _listing_encoder(), _pair_verifier(MIDPOINT))
    strict_models = (_photo_encoder(), _listing_encoder(), _pair_verifier(_STRICT_MIDPOINT))
    for model, strict, version in zip(models, strict_models, model_versions, strict=True):
        onnx.checker.check_model(model, full_check=True)
        parameters = {"model_version": version, "intra_op_thread_count": "1"}
        if model.graph.name == "photo_encoder":
            parameters["region_boxes"] = json.dumps(REGION_BOXES)
        target = folder / model.graph.name
        for name in folders:
            (target / name).mkdir(parents=True, exist_ok=True)
            onnx.save(model, target / name / "model.onnx")
        if strict_folder:
            (target / strict_folder).mkdir(exist_ok=True)
            onnx.save(strict, target / strict_folder / "model.onnx")
            parameters[f"model_version.{strict_folder}"] = STRICT_VERSION
        (target / "config.pbtxt").write_text(_config(model, batching, parameters))
    return folder


def _photo_encoder() -> onnx.ModelProto:
    cell = PHOTO_SIZE // GRID
    return _model(
        "photo_encoder",
        inputs=[("photos", TensorProto.UINT8, ["B", 3, PHOTO_SIZE, PHOTO_SIZE])],
        outputs=[("tokens", TensorProto.FLOAT, ["B", TOKEN_COUNT, TOKEN_WIDTH])],
        constants={
            "grey": np.float32(127.5),
            "flat": np.array([0, 1, TOKEN_WIDTH], np.int64),
            "quarters": np.array([0, 3, 2, GRID, 2, GRID], np.int64),
            "regional": np.array([0, TOKEN_COUNT - 1, TOKEN_WIDTH], np.int64),
            "epsilon": np.float32(_EPSILON),
        },
        nodes=[
            helper.make_node("Cast", ["photos"], ["pixels"], to=TensorProto.FLOAT),
            helper.make_node("Sub", ["pixels", "grey"], ["centred"]),
            _average_pool("centred", "whole", cell),
            helper.make_node("Reshape", ["whole", "flat"], ["whole_token"]),
            _average_pool("centred", "fine", cell // 2),
            helper.make_node("Reshape", ["fine", "quarters"], ["split"]),
            helper.make_node("Transpose", ["split"], ["grouped"], perm=[0, 2, 4, 1, 3, 5]),
            helper.make_node("Reshape", ["grouped", "regional"], ["region_tokens"]),
            helper.make_node("Concat", ["whole_token", "region_tokens"], ["raw"], axis=1),
            *_to_unit_length("raw", "tokens"),
        ],
    )


def _listing_encoder() -> onnx.ModelProto:
    return _model(
        "listing_encoder",
        inputs=[
            ("tokens", TensorProto.FLOAT, ["B", "N", TOKEN_COUNT, TOKEN_WIDTH]),
            ("mask", TensorProto.BOOL, ["B", "N"]),
        ],
        outputs=[("embedding", TensorProto.FLOAT, ["B", EMBEDDING_WIDTH])],
        constants={
            "first": np.int64(0),
            "last_axis": np.array([-1], np.int64),
            "photo_axis": np.array([1], np.int64),
            "widen": np.eye(TOKEN_WIDTH, EMBEDDING_WIDTH, dtype=np.float32),
            "epsilon": np.float32(_EPSILON),
        },
        nodes=[
            helper.make_node("Gather", ["tokens", "first"], ["globals"], axis=2),
            helper.make_node("Cast", ["mask"], ["present"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["present", "last_axis"], ["weights"]),
            helper.make_node("Mul", ["globals", "weights"], ["masked"]),
            helper.make_node("ReduceSum", ["masked", "photo_axis"], ["total"], keepdims=0),
            helper.make_node("MatMul", ["total", "widen"], ["wide"]),
            *_to_unit_length("wide", "embedding"),
        ],
    )


def _pair_verifier(midpoint: float) -> onnx.ModelProto:
    region_count = TOKEN_COUNT - 1
    tokens: Dims = ["B", "N", TOKEN_COUNT, TOKEN_WIDTH]
    return _model(
        "pair_verifier",
        inputs=[
            ("left_tokens", TensorProto.FLOAT, tokens),
            ("left_mask", TensorProto.BOOL, ["B", "N"]),
            ("right_tokens", TensorProto.FLOAT, tokens),
            ("right_mask", TensorProto.BOOL, ["B", "N"]),
        ],
        outputs=[
            ("probability", TensorProto.FLOAT, ["B"]),
            ("evidence", TensorProto.FLOAT, ["B", "N", "N"]),
            ("regions", TensorProto.INT32, ["B", "N", "N", REGIONS, 2]),
        ],
        constants={
            "first": np.int64(0),
            "axis_1": np.array([1], np.int64),
            "axis_2": np.array([2], np.int64),
            "last_axis": np.array([-1], np.int64),
            "from_1": np.array([1], np.int64),
            "to_end": np.array([TOKEN_COUNT], np.int64),
            "none": np.float32(-1),
            "flat": np.array([0, 0, 0, region_count**2], np.int64),
            "top": np.array([REGIONS], np.int64),
            "side": np.int64(region_count),
            "one": np.int64(1),
            "least": np.float32(REGION_SIMILARITY),
            "no_index": np.int64(-1),
            "steepness": np.float32(STEEPNESS),
            "midpoint": np.float32(midpoint),
        },
        nodes=[
            helper.make_node("Unsqueeze", ["left_mask", "axis_2"], ["left_present"]),
            helper.make_node("Unsqueeze", ["right_mask", "axis_1"], ["right_present"]),
            helper.make_node("And", ["left_present", "right_present"], ["both"]),
            # How alike two photos are: the cosine of their global tokens.
            helper.make_node("Gather", ["left_tokens", "first"], ["left_global"], axis=2),
            helper.make_node("Gather", ["right_tokens", "first"], ["right_global"], axis=2),
            helper.make_node("Transpose", ["right_global"], ["right_columns"], perm=[0, 2, 1]),
            helper.make_node("MatMul", ["left_global", "right_columns"], ["alike"]),
            helper.make_node("Where", ["both", "alike", "none"], ["evidence"]),
            helper.make_node("ReduceMax", ["evidence"], ["best"], axes=[1, 2], keepdims=0),
            helper.make_node("Sub", ["best", "midpoint"], ["beyond"]),
            helper.make_node("Mul", ["beyond", "steepness"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["probability"]),
            # Which regions match: the best pairs among the cosines of all regional tokens.
            helper.make_node(
                "Slice", ["left_tokens", "from_1", "to_end", "axis_2"], ["left_regions"]
            ),
            helper.make_node(
                "Slice", ["right_tokens", "from_1", "to_end", "axis_2"], ["right_regions"]
            ),
            helper.make_node("Unsqueeze", ["left_regions", "axis_2"], ["left_rows"]),
            helper.make_node("Unsqueeze", ["right_regions", "axis_1"], ["right_rows"]),
            helper.make_node(
                "Transpose", ["right_rows"], ["right_region_columns"], perm=[0, 1, 2, 4, 3]
            ),
            helper.make_node("MatMul", ["left_rows", "right_region_columns"], ["region_alike"]),
            helper.make_node("Reshape", ["region_alike", "flat"], ["region_pairs"]),
            helper.make_node("TopK", ["region_pairs", "top"], ["values", "places"], axis=-1),
            helper.make_node("Div", ["places", "side"], ["left_place"]),
            helper.make_node("Mod", ["places", "side"], ["right_place"]),
            helper.make_node("Add", ["left_place", "one"], ["left_index"]),
            helper.make_node("Add", ["right_place", "one"], ["right_index"]),
            helper.make_node("Unsqueeze", ["left_index", "last_axis"], ["left_indexes"]),
            helper.make_node("Unsqueeze", ["right_index", "last_axis"], ["right_indexes"]),
            helper.make_node("Concat", ["left_indexes", "right_indexes"], ["pairs"], axis=-1),
            helper.make_node("GreaterOrEqual", ["values", "least"], ["close"]),
            helper.make_node("Unsqueeze", ["both", "last_axis"], ["both_present"]),
            helper.make_node("And", ["close", "both_present"], ["matching"]),
            helper.make_node("Unsqueeze", ["matching", "last_axis"], ["matching_pairs"]),
            helper.make_node("Where", ["matching_pairs", "pairs", "no_index"], ["kept"]),
            helper.make_node("Cast", ["kept"], ["regions"], to=TensorProto.INT32),
        ],
    )


def _average_pool(source: str, target: str, cell: int) -> onnx.NodeProto:
    return helper.make_node(
        "AveragePool", [source], [target], kernel_shape=[cell, cell], strides=[cell, cell]
    )


def _to_unit_length(source: str, target: str) -> list[onnx.NodeProto]:
    length, floor = f"{source}_length", f"{source}_length_floored"
    return [
        helper.make_node("ReduceL2", [source], [length], axes=[-1], keepdims=1),
        helper.make_node("Max", [length, "epsilon"], [floor]),
        helper.make_node("Div", [source, floor], [target]),
    ]


def _model(
    name: str,
    *,
    inputs: Tensors,
    outputs: Tensors,
    constants: dict[str, NDArray[Any] | np.generic],
    nodes: list[onnx.NodeProto],
) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(*tensor) for tensor in inputs],
        [helper.make_tensor_value_info(*tensor) for tensor in outputs],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
    )


_CONFIG_TYPES: dict[int, str] = {
    TensorProto.BOOL: "TYPE_BOOL",
    TensorProto.UINT8: "TYPE_UINT8",
    TensorProto.INT32: "TYPE_INT32",
    TensorProto.FLOAT: "TYPE_FP32",
}


def _config(model: onnx.ModelProto, batching: str, parameters: dict[str, str]) -> str:
    graph = model.graph
    blocks = [
        f'name: "{graph.name}"',
        'backend: "onnxruntime"',
        "max_batch_size: 64",
        *(_tensor("input", value) for value in graph.input),
        *(_tensor("output", value) for value in graph.output),
        batching,
        "version_policy { all {} }",
        "instance_group [ { count: 1 kind: KIND_CPU } ]",
        *(_parameter(key, value) for key, value in parameters.items()),
    ]
    return "\n".join(blocks) + "\n"


def _parameter(key: str, value: str) -> str:
    return f'parameters {{ key: "{key}" value: {{ string_value: {json.dumps(value)} }} }}'


def _tensor(kind: str, value: onnx.ValueInfoProto) -> str:
    """Describe a tensor without its batch dimension; a named size may vary: -1."""
    dims = [dim.dim_value or -1 for dim in value.type.tensor_type.shape.dim][1:]
    # Triton has no tensor without dimensions beyond the batch: such a one is reshaped.
    shape = f"dims: {dims}" if dims else "dims: [ 1 ] reshape: { shape: [ ] }"
    data_type = _CONFIG_TYPES[value.type.tensor_type.elem_type]
    return f'{kind} [ {{ name: "{value.name}" data_type: {data_type} {shape} }} ]'
