"""How long the models take on this machine's processors, against the plain trunk.

`python -m tests.benchmark.measure_models` runs the shipped ONNX files with onnxruntime, and beside
them the trunk that training began with (`pip install --no-deps difr==1.0.3`), in single precision.
Each has a process of its own, and they take turns, so that what else the machine does meets all.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import distribution
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median

import numpy as np
import onnx
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from stream.shipped import shipped_models
from tests.benchmark.processors import CORES

PAUSE_SECONDS = 0.05
"""After a turn onnxruntime's threads still look for work; the next one's should not meet that."""
CANDIDATES = 12
TOKENS, WIDTH = 10, 256
PEER = "plain trunk, 224 pixels"

Inputs = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Contender:
    """A model with what it is to answer."""

    model: Callable[[], bytes]
    inputs: Inputs
    photos: int | None
    """How many that is, where time is told by photo."""


def shipped(name: str) -> bytes:
    return (shipped_models() / name / "1" / "model.onnx").read_bytes()


def shipped_encoder() -> bytes:
    return shipped("photo_encoder")


def shipped_verifier() -> bytes:
    return shipped("pair_verifier")


def plain_trunk() -> bytes:
    """The trunk before training: in single precision, for photos of any size."""
    model = onnx.load(str(distribution("difr").locate_file("difr/models/feature_extractor.onnx")))
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float16:
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), tensor.name))
    for one in (*model.graph.input, *model.graph.output):
        one.type.tensor_type.elem_type = TensorProto.FLOAT
    for side in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        side.dim_param = "side"
    del model.graph.value_info[:]
    return model.SerializeToString()


def contenders() -> dict[str, Contender]:
    random = np.random.default_rng(0)

    def photos(count: int, size: int) -> NDArray[np.uint8]:
        return random.integers(0, 256, (count, 3, size, size), np.uint8)

    def tokens(count: int) -> NDArray[np.float32]:
        drawn = random.standard_normal((CANDIDATES, count, TOKENS, WIDTH), np.float32)
        drawn /= np.linalg.norm(drawn, axis=-1, keepdims=True)
        return drawn

    trunks = {
        f"plain trunk, {size} pixels": Contender(
            plain_trunk, {"input": photos(8, size).astype(np.float32) / 255}, 8
        )
        for size in (192, 224, 256)
    }
    encoders = {
        f"photo_encoder, {count} at once": Contender(
            shipped_encoder, {"photos": photos(count, 256)}, count
        )
        for count in (8, 1)
    }
    verifiers = {
        f"pair_verifier, {CANDIDATES} candidates of {count} photos": Contender(
            shipped_verifier,
            {f"{side}_tokens": tokens(count) for side in ("left", "right")}
            | {f"{side}_mask": np.ones((CANDIDATES, count), bool) for side in ("left", "right")},
            None,
        )
        for count in (1, 3, 6)
    }
    return trunks | encoders | verifiers


def answer_turns(contender: Contender, turns: Connection) -> None:
    """Run the model once for each thing received, and send how many seconds it took."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = CORES
    session = ort.InferenceSession(contender.model(), options, providers=["CPUExecutionProvider"])
    session.run(None, dict(contender.inputs))
    turns.send(0.0)
    while turns.recv():
        began = time.perf_counter()
        session.run(None, dict(contender.inputs))
        turns.send(time.perf_counter() - began)


def run(repeats: int) -> None:
    known = contenders()
    context = get_context("spawn")
    seconds: dict[str, list[float]] = {name: [] for name in known}
    with ExitStack() as started:
        ends: dict[str, Connection] = {}
        for name, contender in known.items():
            ends[name], other = context.Pipe()
            process = context.Process(target=answer_turns, args=(contender, other), daemon=True)
            process.start()
            started.callback(process.join)
            started.callback(ends[name].send, False)
            ends[name].recv()
        for _ in range(repeats):
            for name, end in ends.items():
                time.sleep(PAUSE_SECONDS)
                end.send(True)
                seconds[name].append(end.recv() / (known[name].photos or 1))
    peer = median(seconds[PEER])
    for name, found in seconds.items():
        per = "a photo" if known[name].photos else "in all"
        sys.stdout.write(
            f"{name}: {1000 * median(found):.1f} ms {per} (least {1000 * min(found):.1f}), "
            f"{median(found) / peer:.2f} times the {PEER}\n"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.measure_models", description=__doc__
    )
    parser.add_argument("--repeats", type=int, default=100)
    run(parser.parse_args().repeats)
