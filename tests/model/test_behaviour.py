"""What holds of the shipped models whatever was learned."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from stream.adapters.triton.padding import LISTING_SIZES, PAIR_SIZES
from stream.ports import Bits, Floats, Indexes, Pixels
from tests.support.onnx_models import OnnxModels

CLOSE = 1e-5


def draw_photos(count: int, size: int) -> Pixels:
    """Photos [count, 3, size, size] of coloured shapes."""
    random = np.random.default_rng(7)
    photos = []
    for _ in range(count):
        image = Image.new("RGB", (size, size), tuple(random.integers(0, 256, 3).tolist()))
        draw = ImageDraw.Draw(image)
        for _ in range(8):
            corner, extent = random.integers(0, size, 2), random.integers(10, size // 2, 2)
            box = (*corner.tolist(), *(corner + extent).tolist())
            draw.ellipse(box, fill=tuple(random.integers(0, 256, 3).tolist()))
        photos.append(np.asarray(image).transpose(2, 0, 1))
    return np.stack(photos)


@pytest.fixture(scope="module")
def tokens(models: OnnxModels) -> Floats:
    photos = draw_photos(10, models.spec.photo_size)
    answer: Floats = models.run("photo_encoder", {"photos": photos})["tokens"]
    return answer


def pad(tokens: Floats, size: int) -> tuple[Floats, Bits]:
    padded = np.full((1, size, *tokens.shape[1:]), 9.0, np.float32)  # whatever is in the padding
    padded[0, : len(tokens)] = tokens
    mask = np.zeros((1, size), np.bool_)
    mask[0, : len(tokens)] = True
    return padded, mask


def embed(models: OnnxModels, tokens: Floats, size: int) -> Floats:
    padded, mask = pad(tokens, size)
    (embedding,) = models.run("listing_encoder", {"tokens": padded, "mask": mask})["embedding"]
    unit: Floats = embedding
    return unit


def verify(
    models: OnnxModels, left: Floats, right: Floats, size: int
) -> tuple[float, Floats, Indexes]:
    left_tokens, left_mask = pad(left, size)
    right_tokens, right_mask = pad(right, size)
    answer = models.run(
        "pair_verifier",
        {
            "left_tokens": left_tokens,
            "left_mask": left_mask,
            "right_tokens": right_tokens,
            "right_mask": right_mask,
        },
    )
    return float(answer["probability"][0]), answer["evidence"][0], answer["regions"][0]


def test_tokens_have_unit_length(tokens: Floats) -> None:
    assert np.linalg.norm(tokens, axis=-1) == pytest.approx(1, abs=CLOSE)


def test_tokens_of_a_photo_depend_on_no_other(models: OnnxModels, tokens: Floats) -> None:
    photos = draw_photos(10, models.spec.photo_size)
    alone = models.run("photo_encoder", {"photos": photos[3:4]})["tokens"]

    assert alone[0] == pytest.approx(tokens[3], abs=1e-4)


def test_a_flat_photo_has_tokens(models: OnnxModels) -> None:
    flat = np.zeros((1, 3, models.spec.photo_size, models.spec.photo_size), np.uint8)

    assert np.isfinite(models.run("photo_encoder", {"photos": flat})["tokens"]).all()


def test_embedding_has_unit_length(models: OnnxModels, tokens: Floats) -> None:
    assert np.linalg.norm(embed(models, tokens[:3], 4)) == pytest.approx(1, abs=CLOSE)


@pytest.mark.parametrize("size", LISTING_SIZES)
def test_embedding_ignores_padding(models: OnnxModels, tokens: Floats, size: int) -> None:
    assert embed(models, tokens[:1], size) == pytest.approx(embed(models, tokens[:1], 1), abs=CLOSE)


def test_embedding_ignores_photo_order(models: OnnxModels, tokens: Floats) -> None:
    turned = embed(models, tokens[:7][::-1], 8)

    assert turned == pytest.approx(embed(models, tokens[:7], 8), abs=CLOSE)


@pytest.mark.parametrize("size", PAIR_SIZES[1:])
def test_verifier_ignores_padding(models: OnnxModels, tokens: Floats, size: int) -> None:
    probability, evidence, regions = verify(models, tokens[:2], tokens[2:3], size)
    least, least_evidence, least_regions = verify(models, tokens[:2], tokens[2:3], 2)

    assert probability == pytest.approx(least, abs=CLOSE)
    assert evidence[:2, :1] == pytest.approx(least_evidence[:, :1], abs=CLOSE)
    assert (regions[:2, :1] == least_regions[:, :1]).all()


def test_padding_is_no_evidence(models: OnnxModels, tokens: Floats) -> None:
    _, evidence, regions = verify(models, tokens[:2], tokens[2:3], 6)

    assert (evidence[2:] == -1).all()
    assert (evidence[:, 1:] == -1).all()
    assert (regions[2:] == -1).all()
    assert (regions[:, 1:] == -1).all()


def test_verifier_ignores_photo_order(models: OnnxModels, tokens: Floats) -> None:
    order = [2, 0, 1]
    probability, evidence, regions = verify(models, tokens[:3], tokens[3:6], 4)
    turned, turned_evidence, turned_regions = verify(models, tokens[:3][order], tokens[3:6], 4)

    assert turned == pytest.approx(probability, abs=CLOSE)
    assert turned_evidence[:3, :3] == pytest.approx(evidence[:3, :3][order], abs=CLOSE)
    assert (turned_regions[:3, :3] == regions[:3, :3][order]).all()


def test_verifier_ignores_which_side_is_which(models: OnnxModels, tokens: Floats) -> None:
    probability, evidence, regions = verify(models, tokens[:4], tokens[4:10], 6)
    swapped, swapped_evidence, swapped_regions = verify(models, tokens[4:10], tokens[:4], 6)

    assert swapped == pytest.approx(probability, abs=CLOSE)
    assert swapped_evidence == pytest.approx(evidence.T, abs=CLOSE)
    assert (swapped_regions == regions.transpose(1, 0, 2, 3)[..., ::-1]).all()


def test_a_pair_depends_on_no_other_pair(models: OnnxModels, tokens: Floats) -> None:
    alone, *_ = verify(models, tokens[:2], tokens[2:4], 2)
    pairs = {
        "left_tokens": np.stack((tokens[:2], tokens[4:6])),
        "left_mask": np.ones((2, 2), np.bool_),
        "right_tokens": np.stack((tokens[2:4], tokens[6:8])),
        "right_mask": np.ones((2, 2), np.bool_),
    }

    assert models.run("pair_verifier", pairs)["probability"][0] == pytest.approx(alone, abs=CLOSE)


def test_region_indexes_name_regional_tokens(models: OnnxModels, tokens: Floats) -> None:
    _, _, regions = verify(models, tokens[:2], tokens[2:4], 2)

    assert ((regions == -1) | ((regions > 0) & (regions < models.spec.token_count))).all()
    assert (regions[..., 0, :] > 0).all()  # the best pair of regions is mutual by nature
    assert ((regions[..., 0] == -1) == (regions[..., 1] == -1)).all()


def test_a_copy_is_a_duplicate(models: OnnxModels, tokens: Floats) -> None:
    copied, evidence, _ = verify(models, tokens[:3], tokens[:3], 4)
    other, *_ = verify(models, tokens[:3], tokens[3:6], 4)

    assert copied > 0.5
    assert copied > other
    assert np.diag(evidence)[:3] == pytest.approx(1, abs=CLOSE)
