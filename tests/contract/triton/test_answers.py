"""What the adapter makes of configs and answers that no sound server gives."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from stream.adapters.triton.client import Array, TritonClient
from stream.adapters.triton.models import TritonModels
from stream.adapters.triton.padding import pad_sets
from stream.adapters.triton.spec import MODELS, read_spec
from stream.domain.errors import StopError
from stream.priority import Priority
from stream.settings import TritonSettings

T, D, R = 3, 4, 2
Config = dict[str, Any]
_FOLDERS = dict.fromkeys(MODELS, "1")


def _tensor(name: str, data_type: str, *dims: int) -> Config:
    return {"name": name, "data_type": data_type, "dims": [str(size) for size in dims]}


def _config(name: str, inputs: Sequence[Config], outputs: Sequence[Config]) -> Config:
    return {
        "name": name,
        "max_batch_size": 8,
        "input": list(inputs),
        "output": list(outputs),
        "parameters": {"model_version": {"string_value": "1"}},
    }


def _configs() -> dict[str, Config]:
    tokens = (-1, T, D)
    configs = [
        _config(
            "photo_encoder",
            [_tensor("photos", "TYPE_UINT8", 3, 8, 8)],
            [_tensor("tokens", "TYPE_FP32", T, D)],
        ),
        _config(
            "listing_encoder",
            [_tensor("tokens", "TYPE_FP32", *tokens), _tensor("mask", "TYPE_BOOL", -1)],
            [_tensor("embedding", "TYPE_FP32", 256)],
        ),
        _config(
            "pair_verifier",
            [
                _tensor("left_tokens", "TYPE_FP32", *tokens),
                _tensor("left_mask", "TYPE_BOOL", -1),
                _tensor("right_tokens", "TYPE_FP32", *tokens),
                _tensor("right_mask", "TYPE_BOOL", -1),
            ],
            [
                _tensor("probability", "TYPE_FP32", 1),
                _tensor("evidence", "TYPE_FP32", -1, -1),
                _tensor("regions", "TYPE_INT32", -1, -1, R, 2),
            ],
        ),
    ]
    boxes = {"string_value": "[[0, 0, 0.5, 1], [0.5, 0, 1, 1]]"}
    configs[0]["parameters"]["region_boxes"] = boxes
    return {config["name"]: config for config in configs}


def test_a_spec_is_read_from_sound_configs() -> None:
    served = read_spec(_configs(), _FOLDERS)
    assert served.spec.model_version == "1"
    assert (served.spec.photo_size, served.spec.token_count, served.spec.token_width) == (8, T, D)
    assert served.spec.region_boxes == ((0, 0, 0.5, 1), (0.5, 0, 1, 1))
    assert (served.embedding_width, served.region_count) == (256, R)
    assert served.max_batch_sizes == dict.fromkeys(MODELS, 8)


def test_a_version_folder_may_state_what_the_others_do_not() -> None:
    configs, later = _configs(), dict.fromkeys(MODELS, "2")
    for config in configs.values():
        config["parameters"]["model_version.2"] = {"string_value": "m2"}
    assert read_spec(configs, _FOLDERS).spec.model_version == "1"
    assert read_spec(configs, later).spec.model_version == "m2"


def _set(path: str, value: object) -> Callable[[dict[str, Config]], None]:
    def change(configs: dict[str, Config]) -> None:
        *parents, last = path.split("/")
        node: Any = configs
        for key in parents:
            node = node[int(key) if key.isdigit() else key]
        node[int(last) if last.isdigit() else last] = value

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_set("photo_encoder/input/0/dims", ["3", "8", "9"]), r"not \[3, S, S\]"),
        (_set("photo_encoder/input/0/data_type", "TYPE_FP32"), "expected TYPE_UINT8"),
        (_set("photo_encoder/input/0/name", "images"), "no tensor photos"),
        (_set("photo_encoder/output/0/dims", ["5"]), "rank"),
        (_set("photo_encoder/parameters", {}), "no parameter model_version"),
        (_set("photo_encoder/parameters/region_boxes/string_value", "x"), "no list of boxes"),
        (_set("photo_encoder/parameters/region_boxes/string_value", "[]"), "0 region_boxes for 2"),
        (_set("listing_encoder/input/0/dims", ["-1", "3", "5"]), "makes tokens of"),
        (_set("listing_encoder/parameters/model_version/string_value", "2"), "not of one version"),
        (_set("pair_verifier/output/2/dims", ["-1", "-1", "2", "3"]), r"not \[R, 2\]"),
        (_set("pair_verifier/output", 5), "cannot be read"),
    ],
)
def test_configs_that_do_not_fit_are_explained(
    change: Callable[[dict[str, Config]], None], complaint: str
) -> None:
    configs = deepcopy(_configs())
    change(configs)
    with pytest.raises(StopError, match=complaint):
        read_spec(configs, _FOLDERS)


class _Answering(TritonClient):
    """Answers what the test says, without a server."""

    def __init__(self, *answers: Array) -> None:
        super().__init__(TritonSettings(url="127.0.0.1:1"), Priority.LIVE)
        self._answers = answers

    async def infer(
        self, model: str, version: str, inputs: Mapping[str, Array], outputs: Sequence[str]
    ) -> Sequence[Array]:
        del model, version, inputs, outputs
        return self._answers


def _models(client: TritonClient) -> TritonModels:
    return TritonModels(client, _FOLDERS, read_spec(_configs(), _FOLDERS), 4)


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (np.full((1, T, D), np.nan, np.float32), "not finite"),
        (np.full((1, T, D), np.inf, np.float32), "not finite"),
        (np.zeros((1, T, D + 1), np.float32), r"tokens \[1, 3, 5\], not \[1, 3, 4\]"),
        (np.zeros((2, T, D), np.float32), r"tokens \[2, 3, 4\], not \[1, 3, 4\]"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_refused(answer: Array, complaint: str) -> None:
    async with _Answering(answer) as client:
        with pytest.raises(StopError, match=complaint):
            await _models(client).encode_photos(np.zeros((1, 3, 8, 8), np.uint8))


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
async def test_probabilities_may_come_with_a_dimension_of_one(shape: tuple[int, ...]) -> None:
    probability = np.array([0.25, 0.75], np.float32).reshape(shape)
    evidence, regions = np.zeros((2, 1, 1), np.float32), np.zeros((2, 1, 1, R, 2), np.int32)
    tokens = np.zeros((1, T, D), np.float32)
    async with _Answering(probability, evidence, regions) as client:
        scores = await _models(client).verify([(tokens, tokens)] * 2)
    assert [score.probability for score in scores] == [0.25, 0.75]


@pytest.mark.parametrize(("count", "padded"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 6), (6, 6)])
def test_sets_are_padded_to_the_next_size(count: int, padded: int) -> None:
    sets = [np.ones((1, T, D), np.float32), np.ones((count, T, D), np.float32)]
    tokens, mask = pad_sets(sets, (T, D), (1, 2, 4, 6))
    assert tokens.shape == (2, padded, T, D)
    assert mask.sum(axis=1).tolist() == [1, count]
    assert (tokens[mask] == 1).all()
    assert (tokens[~mask] == 0).all()
