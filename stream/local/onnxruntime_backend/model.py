"""Triton's backend "onnxruntime", in Python: serves `<version>/model.onnx` by ONNX Runtime.

Triton's wheel on PyPI brings the Python backend alone. Put as `onnxruntime/model.py` into its
backend directory, this file stands in for the official C++ backend, on the CPU: a model is a plain
`config.pbtxt` and an ONNX file either way, with the same parameters for the number of threads.
Triton's own process imports it; nothing of Twinlist does.

Source of the interface: https://github.com/triton-inference-server/python_backend
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
import triton_python_backend_utils as pb_utils  # type: ignore[import-not-found]
from numpy.typing import NDArray

Request = Any
"""pb_utils.InferenceRequest: exists in Triton's process only."""
Response = Any
"""pb_utils.InferenceResponse."""
Arrays = Sequence[NDArray[Any]]

_ONNX_TYPES = {
    "TYPE_BOOL": "tensor(bool)",
    "TYPE_UINT8": "tensor(uint8)",
    "TYPE_INT32": "tensor(int32)",
    "TYPE_INT64": "tensor(int64)",
    "TYPE_FP16": "tensor(float16)",
    "TYPE_FP32": "tensor(float)",
}


class TritonPythonModel:
    """One instance of a model; Triton makes it and calls its methods from one thread."""

    def initialize(self, args: Mapping[str, str]) -> None:
        """Load the version's ONNX file and hold it against the config.

        Raises `TritonModelException`, which Triton logs as the reason why the model is not served.
        """
        self._config: dict[str, Any] = json.loads(args["model_config"])
        self._name: str = self._config["name"]
        path = Path(args["model_repository"]) / args["model_version"] / "model.onnx"
        if not path.is_file():
            raise pb_utils.TritonModelException(f"{self._name}: {path} is missing")
        try:
            self._session = ort.InferenceSession(
                str(path), self._session_options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise pb_utils.TritonModelException(f"{self._name}: {path}: {error}") from error
        self._input_names = self._check("input", self._session.get_inputs())
        self._check("output", self._session.get_outputs())

    def execute(self, requests: Sequence[Request]) -> list[Response]:
        """Answer the requests that Triton's batcher put together.

        Requests of equal shape, but for the first dimension, run as one batch.
        """
        responses: list[Response] = [None] * len(requests)
        groups: dict[object, list[tuple[int, Request, Arrays]]] = defaultdict(list)
        for place, request in enumerate(requests):
            if request.is_cancelled():
                responses[place] = _failure("the client has gone", pb_utils.TritonError.CANCELLED)
                continue
            tensors = [
                pb_utils.get_input_tensor_by_name(request, name).as_numpy()
                for name in self._input_names
            ]
            groups[tuple(tensor.shape[1:] for tensor in tensors)].append((place, request, tensors))
        for group in groups.values():
            places, members, rows = zip(*group, strict=True)
            for place, response in zip(places, self._answer(members, rows), strict=True):
                responses[place] = response
        return responses

    def _answer(self, requests: Sequence[Request], rows: Sequence[Arrays]) -> list[Response]:
        """Run requests of equal shape, a row of tensors each, as one batch."""
        batch = {
            name: np.concatenate(column)
            for name, column in zip(self._input_names, zip(*rows, strict=True), strict=True)
        }
        wanted = sorted({name for request in requests for name in _wanted(request)})
        try:
            results = self._session.run(wanted, batch)
        except Exception as error:  # noqa: BLE001 - whatever the reason, it belongs in the answer
            code = pb_utils.TritonError.INTERNAL
            if type(error).__name__ == "InvalidArgument":  # ONNX Runtime exports no such class
                code = pb_utils.TritonError.INVALID_ARG
            return [_failure(f"{self._name}: {error}", code) for _ in requests]
        bounds = np.cumsum([len(row[0]) for row in rows])[:-1]
        parts = {
            name: np.split(result, bounds) for name, result in zip(wanted, results, strict=True)
        }
        return [
            pb_utils.InferenceResponse(
                [pb_utils.Tensor(name, parts[name][at]) for name in _wanted(request)]
            )
            for at, request in enumerate(requests)
        ]

    def _session_options(self) -> ort.SessionOptions:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._thread_count("intra_op_thread_count")
        options.inter_op_num_threads = self._thread_count("inter_op_thread_count")
        # Several models share the cores: threads that spin while idle starve the others.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return options

    def _thread_count(self, parameter: str) -> int:
        """Read a parameter of the config; 0, ONNX Runtime's own choice, by default."""
        text = self._config["parameters"].get(parameter, {"string_value": "0"})["string_value"]
        if not text.isdecimal():
            raise pb_utils.TritonModelException(
                f"{self._name}: parameter {parameter} is {text!r}, not a whole number"
            )
        return int(text)

    def _check(self, kind: str, offered: Sequence[Any]) -> list[str]:
        """Hold the file's inputs or outputs against the config's; return the config's names."""
        by_name = {tensor.name: tensor for tensor in offered}
        configured = {tensor["name"]: tensor for tensor in self._config[kind]}
        # All inputs must be given; an output that the config leaves out is not served.
        missing = configured.keys() - by_name.keys()
        if missing or (kind == "input" and by_name.keys() - configured.keys()):
            raise pb_utils.TritonModelException(
                f"{self._name}: config.pbtxt names {kind}s {sorted(configured)}, "
                f"model.onnx has {sorted(by_name)}"
            )
        for name, config in configured.items():
            dims = config["reshape"]["shape"] if "reshape" in config else config["dims"]
            shape = [int(size) for size in dims]
            if self._config["max_batch_size"] > 0:
                shape.insert(0, -1)
            found = [size if isinstance(size, int) else -1 for size in by_name[name].shape]
            fits = len(shape) == len(found) and all(
                -1 in sizes or sizes[0] == sizes[1] for sizes in zip(shape, found, strict=True)
            )
            if not fits or _ONNX_TYPES.get(config["data_type"]) != by_name[name].type:
                raise pb_utils.TritonModelException(
                    f"{self._name}: {kind} {name} is {config['data_type']} {shape} in "
                    f"config.pbtxt, {by_name[name].type} {found} in model.onnx"
                )
        return list(configured)


def _wanted(request: Request) -> list[str]:
    return list(request.requested_output_names())


def _failure(message: str, code: int) -> Response:
    return pb_utils.InferenceResponse(output_tensors=[], error=pb_utils.TritonError(message, code))
