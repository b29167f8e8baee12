import copy
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no torch here: make test-training")

from torch import Tensor  # noqa: E402

from stream.adapters.photos.decode import decode_photo  # noqa: E402
from stream.domain.errors import StopError  # noqa: E402
from stream.training.corpus import read_pixels  # noqa: E402
from stream.training.curves import read_log  # noqa: E402
from stream.training.data import read_manifest  # noqa: E402
from stream.training.encoders import Encoders, encode_photos  # noqa: E402
from stream.training.fine_tune import FROZEN_LAYERS, FineTuning, Stage  # noqa: E402
from stream.training.networks.listing_encoder import ListingEncoder  # noqa: E402
from stream.training.networks.photo_encoder import PhotoEncoder  # noqa: E402
from stream.training.networks.shapes import PHOTO_SIZE  # noqa: E402
from stream.training.trunk import Trunk  # noqa: E402

EPOCHS = 2
SIZE, LATER_SIZE = 32, 64

Weights = dict[str, Tensor]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Let one thread add everything up: how several share sums out depends on what else runs."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def untrained() -> Encoders:
    torch.manual_seed(0)
    return Encoders(PhotoEncoder(Trunk(), SIZE), ListingEncoder())


def run(manifest_path: Path, build: Path, epochs: int, seed: int = 0) -> Weights:
    """Train up to an epoch, from scratch or from what is left in `build`; return the weights."""
    manifest = read_manifest(manifest_path)
    pixels = read_pixels(manifest, partial(decode_photo, max_pixels=10**6), 48, build)
    places = np.arange(len(manifest.listings))
    run = FineTuning(
        manifest,
        pixels,
        places,
        places[:4],
        build=build,
        seed=seed,
        stages=(Stage(1, SIZE), Stage(EPOCHS - 1, LATER_SIZE))[:epochs],
    )
    encoders = untrained()
    averaged = copy.deepcopy(encoders).eval()
    run.run(encoders, averaged)
    weights: Weights = averaged.state_dict()
    return weights


def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    manifest_path: Path, tmp_path: Path
) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    expected = run(manifest_path, whole, EPOCHS)

    run(manifest_path, stopped, 1)
    found = run(manifest_path, stopped, EPOCHS)

    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert [one.epoch for one in read_log(stopped / "fine_tune.jsonl")] == [1, 2]
    assert "training up to epoch 2" in (stopped / "fine_tune.html").read_text()


def test_a_run_does_not_go_on_with_another_seed_or_other_listings(
    manifest_path: Path, tmp_path: Path
) -> None:
    build = tmp_path / "build"
    run(manifest_path, build, 1)
    checkpoint = (build / "fine_tune.pt").read_bytes()

    with pytest.raises(StopError, match="another seed or other listings"):
        run(manifest_path, build, EPOCHS, seed=1)
    manifest_path.write_text("".join(manifest_path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(StopError, match=r"fine_tune\.pt .* --build"):
        run(manifest_path, build, EPOCHS)

    assert (build / "fine_tune.pt").read_bytes() == checkpoint


def test_training_leaves_the_first_layers_and_what_was_normalisation(
    manifest_path: Path, tmp_path: Path
) -> None:
    before = untrained().state_dict()

    after = run(manifest_path, tmp_path, 1)

    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert "photos.trunk.late.8.weight" in changed
    assert "listings.projection.weight" in changed
    frozen = tuple(f"photos.trunk.early.{layer}." for layer in range(FROZEN_LAYERS))
    assert not any(name.startswith(frozen) for name in changed)
    assert not any(name.startswith("photos.trunk") and name.endswith("bias") for name in changed)


def test_what_is_remembered_of_the_photos_is_from_before_training(
    manifest_path: Path, tmp_path: Path
) -> None:
    run(manifest_path, tmp_path, 1)
    pixels = read_pixels(
        read_manifest(manifest_path), partial(decode_photo, max_pixels=10**6), 48, tmp_path
    )
    encoder = untrained().photos.eval()
    encoder.resize(PHOTO_SIZE)

    expected = encode_photos(encoder, pixels, np.arange(len(pixels)), PHOTO_SIZE)

    remembered = torch.load(tmp_path / "fine_tune.pt", weights_only=True)["origin"].numpy()
    for row, tokens in expected.items():
        np.testing.assert_allclose(remembered[row], tokens[0], atol=1e-5)
