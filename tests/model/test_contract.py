"""The shipped files agree: tensors as designed, configs as the files, one version."""

import re
from pathlib import Path

import msgspec
import onnx
import onnxruntime as ort  # type: ignore[import-untyped]
import pytest

from stream.domain.policy import Policy
from tests.support.onnx_models import MODELS, REPOSITORY, OnnxModels, read_parameters

WEIGHTS_LIMIT_BYTES = 40 * 2**20

Tensors = dict[str, tuple[str, list[int | str]]]

T, D, R = 10, 256, 2
TENSORS: dict[str, tuple[Tensors, Tensors]] = {
    "photo_encoder": (
        {"photos": ("tensor(uint8)", ["batch", 3, 256, 256])},
        {"tokens": ("tensor(float)", ["batch", T, D])},
    ),
    "listing_encoder": (
        {
            "tokens": ("tensor(float)", ["batch", "photos", T, D]),
            "mask": ("tensor(bool)", ["batch", "photos"]),
        },
        {"embedding": ("tensor(float)", ["batch", 256])},
    ),
    "pair_verifier": (
        {
            "left_tokens": ("tensor(float)", ["batch", "photos", T, D]),
            "left_mask": ("tensor(bool)", ["batch", "photos"]),
            "right_tokens": ("tensor(float)", ["batch", "photos", T, D]),
            "right_mask": ("tensor(bool)", ["batch", "photos"]),
        },
        {
            "probability": ("tensor(float)", ["batch"]),
            "evidence": ("tensor(float)", ["batch", "photos", "photos"]),
            "regions": ("tensor(int32)", ["batch", "photos", "photos", R, 2]),
        },
    ),
}
TRITON_TYPES = {
    "tensor(uint8)": "TYPE_UINT8",
    "tensor(float)": "TYPE_FP32",
    "tensor(bool)": "TYPE_BOOL",
    "tensor(int32)": "TYPE_INT32",
}


@pytest.mark.parametrize("name", MODELS)
def test_tensors_are_as_designed(name: str) -> None:
    session = ort.InferenceSession(str(REPOSITORY / name / "1" / "model.onnx"))
    inputs, outputs = TENSORS[name]

    assert {one.name: (one.type, one.shape) for one in session.get_inputs()} == inputs
    assert {one.name: (one.type, one.shape) for one in session.get_outputs()} == outputs


@pytest.mark.parametrize("name", MODELS)
def test_config_matches_the_file(name: str) -> None:
    config = (REPOSITORY / name / "config.pbtxt").read_text()
    tensors = re.findall(
        r'name: "(\w+)"\s+data_type: (\w+)\s+dims: \[ ([^]]+) \](\s+reshape: { shape: \[\] })?',
        config,
    )
    found = {
        tensor: (data_type, [] if reshape else [int(dim) for dim in dims.split(",")])
        for tensor, data_type, dims, reshape in tensors
    }
    expected = {
        tensor: (TRITON_TYPES[kind], [-1 if isinstance(one, str) else one for one in shape[1:]])
        for side in TENSORS[name]
        for tensor, (kind, shape) in side.items()
    }

    assert found == expected


@pytest.mark.parametrize("name", MODELS)
def test_config_serves_live_before_backfill(name: str) -> None:
    config = (REPOSITORY / name / "config.pbtxt").read_text()

    assert f'name: "{name}"' in config
    assert 'backend: "onnxruntime"' in config
    assert "version_policy { all {} }" in config
    assert "priority_levels: 2" in config
    assert "default_priority_level: 1" in config
    assert re.search(r"max_batch_size: [1-9]", config)


def test_all_files_carry_one_version() -> None:
    policy = msgspec.json.decode((REPOSITORY / "policy.json").read_bytes(), type=Policy)
    versions = {
        read_parameters(REPOSITORY / name / "config.pbtxt")["model_version"] for name in MODELS
    }

    assert versions == {policy.model_version}


def test_policy_has_an_order() -> None:
    policy = msgspec.json.decode((REPOSITORY / "policy.json").read_bytes(), type=Policy)

    assert 0 < policy.near_miss_floor < policy.thresholds.default < 1
    assert 0 < policy.same_photos_similarity < 1


def test_region_boxes_are_small_and_inside(models: OnnxModels) -> None:
    assert len(models.spec.region_boxes) == models.spec.token_count - 1
    for left, top, right, bottom in models.spec.region_boxes:
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1
        assert (right - left) * (bottom - top) <= 0.25


def test_weights_are_small() -> None:
    files = list(Path(REPOSITORY).glob("*/*/model.onnx"))

    assert len(files) == len(MODELS)
    assert sum(file.stat().st_size for file in files) < WEIGHTS_LIMIT_BYTES


@pytest.mark.parametrize("name", MODELS)
def test_files_are_valid(name: str) -> None:
    onnx.checker.check_model(str(REPOSITORY / name / "1" / "model.onnx"), full_check=True)
