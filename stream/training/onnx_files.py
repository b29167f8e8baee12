"""ONNX files of torch modules: written small, and compared with what they were made from."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort  # type: ignore[import-untyped]
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

OPSET = 17

_HALVED_FROM = 1024  # values; smaller tensors stay as they are


def write_onnx(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    dynamic_axes: Mapping[str, Sequence[str]],
    path: Path,
) -> None:
    """Write a module as an ONNX file; `dynamic_axes` names the leading axes that may vary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # The exporter by torch.export needs onnxscript and writes no smaller a graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "Constant folding", UserWarning)
        torch.onnx.export(
            module,
            tuple(inputs.values()),
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(enumerate(axes)) for name, axes in dynamic_axes.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(path)
    _halve(model.graph)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def check_parity(
    module: nn.Module,
    inputs: Mapping[str, Tensor],
    outputs: Sequence[str],
    path: Path,
    tolerance: float,
) -> float:
    """Return the greatest difference between a module and its ONNX file.

    Raises `ValueError` when it exceeds `tolerance`.
    """
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(list(outputs), {name: one.numpy() for name, one in inputs.items()})
    with torch.inference_mode():
        answer = module(*inputs.values())
    expected = (answer,) if isinstance(answer, Tensor) else answer
    difference = max(
        float(np.abs(one - other.numpy()).max()) for one, other in zip(found, expected, strict=True)
    )
    if not difference <= tolerance:
        raise ValueError(f"{path} differs from torch by {difference:.1e}")
    return difference


def _halve(graph: onnx.GraphProto) -> None:
    """Store tensors of floats that half precision holds exactly as such, cast back on loading."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _HALVED_FROM:
            continue
        halved = values.astype(np.float16)
        if not np.array_equal(halved.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(halved, f"{name}.half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
