"""What is served computes what was trained, whatever the batch."""

from pathlib import Path

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="no torch here: make test-training")

from torch import Tensor, nn  # noqa: E402

from stream.training.calibration import Calibration  # noqa: E402
from stream.training.export import export  # noqa: E402
from stream.training.networks.listing_encoder import ListingEncoder  # noqa: E402
from stream.training.networks.pair_verifier import PairVerifier  # noqa: E402
from stream.training.networks.photo_encoder import PhotoEncoder  # noqa: E402
from stream.training.networks.shapes import PHOTO_SIZE  # noqa: E402
from stream.training.onnx_files import check_parity, write_onnx  # noqa: E402
from stream.training.train import load_checkpoint  # noqa: E402
from stream.training.trunk import Trunk  # noqa: E402
from tests.unit.training.test_networks import draw_tokens, shaken  # noqa: E402

CLOSE = 2e-4

Weights = dict[str, Tensor]
Answer = list[NDArray[np.float32]]


def halved(module: nn.Module) -> Weights:
    """Weights that half precision holds, as files do."""
    return {name: value.half().float() for name, value in module.state_dict().items()}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(1)
    path = tmp_path_factory.mktemp("checkpoint") / "models.pt"
    verifier = shaken(PairVerifier(ListingEncoder()), random)
    torch.save({"encoder": halved(PhotoEncoder(Trunk())), "verifier": halved(verifier)}, path)
    return path


@pytest.fixture(scope="module")
def repository(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    export(checkpoint, folder)
    return folder


def answer(repository: Path, model: str, **inputs: Tensor) -> Answer:
    session = ort.InferenceSession(
        str(repository / model / "1" / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    found: Answer = session.run(None, {name: one.numpy() for name, one in inputs.items()})
    return found


@pytest.mark.parametrize("count", [1, 3])
def test_photos_are_encoded_as_in_training(checkpoint: Path, repository: Path, count: int) -> None:
    encoder, _, _ = load_checkpoint(checkpoint)
    random = torch.Generator().manual_seed(count)
    shape = (count, 3, PHOTO_SIZE, PHOTO_SIZE)
    photos = torch.randint(0, 256, shape, dtype=torch.uint8, generator=random)

    (tokens,) = answer(repository, "photo_encoder", photos=photos)

    with torch.inference_mode():
        expected = encoder(photos)
    np.testing.assert_allclose(tokens, expected.numpy(), atol=CLOSE)


@pytest.mark.parametrize(("batch", "count"), [(1, 1), (5, 4)])
def test_sets_are_embedded_as_in_training(
    checkpoint: Path, repository: Path, batch: int, count: int
) -> None:
    _, listing_encoder, _ = load_checkpoint(checkpoint)
    tokens = draw_tokens(torch.Generator().manual_seed(2), batch, count)
    mask = torch.arange(count)[None] <= torch.arange(batch)[:, None]

    (embedding,) = answer(repository, "listing_encoder", tokens=tokens, mask=mask)

    with torch.inference_mode():
        expected = listing_encoder(tokens, mask)
    np.testing.assert_allclose(embedding, expected.numpy(), atol=CLOSE)


def test_pairs_of_sets_of_any_size_are_verified_as_in_training(
    checkpoint: Path, repository: Path
) -> None:
    _, _, verifier = load_checkpoint(checkpoint)
    random = torch.Generator().manual_seed(3)
    left, right = draw_tokens(random, 4, 5), draw_tokens(random, 4, 5)
    right[0, 1] = nn.functional.normalize(left[0, 3] + 0.03 * right[0, 1], dim=-1)
    left_mask, right_mask = torch.ones(2, 4, 5, dtype=torch.bool)
    left_mask[1, 2:] = right_mask[2, 1:] = right_mask[3, 4:] = False
    inputs = {
        "left_tokens": left,
        "left_mask": left_mask,
        "right_tokens": right,
        "right_mask": right_mask,
    }

    found = answer(repository, "pair_verifier", **inputs)

    with torch.inference_mode():
        expected = verifier(*inputs.values())
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), atol=CLOSE)


def test_a_version_names_what_is_computed(
    checkpoint: Path, repository: Path, tmp_path: Path
) -> None:
    again = export(checkpoint, tmp_path / "again")
    calibrated = export(checkpoint, tmp_path / "calibrated", Calibration(0.5, -1.0))

    assert f'"{again}"' in (repository / "pair_verifier" / "config.pbtxt").read_text()
    assert calibrated != again


def test_a_file_that_computes_something_else_is_refused(tmp_path: Path) -> None:
    module, path = nn.Linear(4, 2), tmp_path / "model.onnx"
    inputs = {"x": torch.ones(1, 4)}
    write_onnx(module, inputs, ["y"], {"x": ("batch",), "y": ("batch",)}, path)
    assert check_parity(module, inputs, ["y"], path, CLOSE) < CLOSE

    with torch.no_grad():
        module.bias += 0.01

    with pytest.raises(ValueError, match=r"model\.onnx differs from torch by 1\.0e-02"):
        check_parity(module, inputs, ["y"], path, CLOSE)
