"""The shipped models in this process: model_repository run by ONNX Runtime, without Triton."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

from stream.adapters.triton.padding import LISTING_SIZES, PAIR_SIZES, pad_sets
from stream.ports import Floats, Models, ModelSpec, PairScore, Pixels

REPOSITORY = Path(__file__).parents[2] / "model_repository"
MODELS = ("photo_encoder", "listing_encoder", "pair_verifier")

_PARAMETER = re.compile(r'key: "(\w+)"\s+value: \{ string_value: ("(?:[^"\\]|\\.)*") \}')


class OnnxModels(Models):
    """Answers as Triton does with the same repository."""

    def __init__(self, repository: Path = REPOSITORY) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 2
        self._sessions = {
            name: ort.InferenceSession(
                str(repository / name / "1" / "model.onnx"),
                options,
                providers=["CPUExecutionProvider"],
            )
            for name in MODELS
        }
        parameters = read_parameters(repository / "photo_encoder" / "config.pbtxt")
        tokens = self._sessions["photo_encoder"].get_outputs()[0].shape
        self._spec = ModelSpec(
            model_version=parameters["model_version"],
            photo_size=self._sessions["photo_encoder"].get_inputs()[0].shape[-1],
            token_count=tokens[1],
            token_width=tokens[2],
            region_boxes=msgspec.json.decode(
                parameters["region_boxes"], type=tuple[tuple[float, float, float, float], ...]
            ),
        )

    @property
    def spec(self) -> ModelSpec:
        return self._spec

    async def encode_photos(self, photos: Pixels) -> Floats:
        tokens: Floats = self.run("photo_encoder", {"photos": photos})["tokens"]
        return tokens

    async def encode_listing(self, tokens: Floats) -> Floats:
        padded, mask = pad_sets([tokens], self._token_shape, LISTING_SIZES)
        answer = self.run("listing_encoder", {"tokens": padded, "mask": mask})
        embedding: Floats = answer["embedding"][0]
        return embedding

    async def verify(self, pairs: Sequence[tuple[Floats, Floats]]) -> Sequence[PairScore]:
        tokens, mask = pad_sets(
            [one for pair in pairs for one in pair], self._token_shape, PAIR_SIZES
        )
        answer = self.run(
            "pair_verifier",
            {
                "left_tokens": tokens[0::2],
                "left_mask": mask[0::2],
                "right_tokens": tokens[1::2],
                "right_mask": mask[1::2],
            },
        )
        return [
            PairScore(
                float(answer["probability"][at]),
                answer["evidence"][at, : len(left), : len(right)],
                answer["regions"][at, : len(left), : len(right)],
            )
            for at, (left, right) in enumerate(pairs)
        ]

    def run(self, model: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Run one model on tensors as they are, by output name."""
        session = self._sessions[model]
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, dict(inputs)), strict=True))

    @property
    def _token_shape(self) -> tuple[int, int]:
        return self._spec.token_count, self._spec.token_width


def read_parameters(config: Path) -> dict[str, str]:
    """Return the parameters of a config.pbtxt."""
    found = _PARAMETER.findall(config.read_text())
    return {key: msgspec.json.decode(value, type=str) for key, value in found}
