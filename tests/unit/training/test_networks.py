"""What holds of the networks whatever their weights are."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no torch here: make test-training")

from torch import Generator, Tensor, nn  # noqa: E402

from stream.training.networks.cohort import NEIGHBOURS, Cohort  # noqa: E402
from stream.training.networks.listing_encoder import ListingEncoder, TokenAttention  # noqa: E402
from stream.training.networks.matching import (  # noqa: E402
    NOTHING,
    TokenRelevance,
    all_pairs,
    best_match,
)
from stream.training.networks.pair_verifier import FEATURES, PairVerifier  # noqa: E402
from stream.training.networks.photo_encoder import (  # noqa: E402
    PhotoEncoder,
    TokenPooling,
    pooling_weights,
)
from stream.training.networks.shapes import (  # noqa: E402
    EMBEDDING_WIDTH,
    REGION_BOXES,
    REGION_PAIRS,
    TOKEN_COUNT,
    TOKEN_WIDTH,
    WHOLE_BOX,
)
from stream.training.trunk import LAST_WIDTH, MIDDLE_WIDTH, Trunk  # noqa: E402

CLOSE = 1e-5


@pytest.fixture
def random() -> Generator:
    return torch.Generator().manual_seed(3)


def draw_tokens(random: Generator, *shape: int) -> Tensor:
    tokens = torch.randn(*shape, TOKEN_COUNT, TOKEN_WIDTH, generator=random)
    return torch.nn.functional.normalize(tokens, dim=-1)


def shaken(module: nn.Module, random: Generator) -> nn.Module:
    """Weights as if something had been learned: also those that start at zero."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=random))
        learned = module.state_dict().keys()
        for name, buffer in module.named_buffers():
            if name in learned:
                drawn = torch.randn(buffer.shape, generator=random)
                buffer.copy_(torch.nn.functional.normalize(drawn, dim=-1))
    return module.requires_grad_(requires_grad=False).eval()


@pytest.fixture
def verifier(random: Generator) -> PairVerifier:
    verifier = PairVerifier(ListingEncoder())
    shaken(verifier, random)
    return verifier


def padded(tokens: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Whatever is in the padding must not count."""
    full = torch.full((1, size, *tokens.shape[1:]), 9.0)
    full[0, : len(tokens)] = tokens
    return full, (torch.arange(size) < len(tokens))[None]


@pytest.mark.parametrize("size", [3, 4, 6])
def test_the_embedding_ignores_padding_and_photo_order(random: Generator, size: int) -> None:
    encoder = shaken(ListingEncoder(), random)
    tokens = draw_tokens(random, 3)

    plain = encoder(*padded(tokens, 3))

    assert torch.allclose(encoder(*padded(tokens, size)), plain, atol=CLOSE)
    assert torch.allclose(encoder(*padded(tokens.flip(0), size)), plain, atol=CLOSE)
    assert plain.norm() == pytest.approx(1, abs=CLOSE)


def test_before_training_attention_is_a_mean(random: Generator) -> None:
    tokens = torch.randn(1, 5, TOKEN_WIDTH, generator=random)
    mask = torch.tensor([[True, True, True, False, False]])

    assert torch.allclose(TokenAttention()(tokens, mask), tokens[:, :3].mean(1), atol=CLOSE)


def test_relevance_is_shared_out_among_the_tokens_that_are_there(random: Generator) -> None:
    relevance = shaken(TokenRelevance(), random)
    mask = torch.tensor([[True, False, True, True]])

    weights = relevance(torch.randn(1, 4, TOKEN_WIDTH, generator=random), mask)

    assert weights.sum() == pytest.approx(1)
    assert weights[0, 1] == 0
    assert len(set(weights[0].tolist())) == 4


def test_best_match_is_what_plain_loops_find() -> None:
    numbers = np.random.default_rng(1)
    similarities = numbers.uniform(-1, 1, (3, 4)).astype(np.float32)
    left, right = (numbers.dirichlet(np.ones(count)).astype(np.float32) for count in (3, 4))

    found = best_match(*map(torch.from_numpy, (similarities, left, right)))

    forth = sum(left[row] * max(similarities[row]) for row in range(3))
    back = sum(right[column] * max(similarities[:, column]) for column in range(4))
    assert float(found) == pytest.approx((forth + back) / 2)


def test_all_pairs_compares_each_token_with_each_and_leaves_out_padding(random: Generator) -> None:
    left, right = (torch.randn(count, 2, 5, generator=random) for count in (2, 3))
    left_mask = torch.tensor([[True, False], [True, True]])

    found = all_pairs(left, right, left_mask, torch.ones(3, 2, dtype=torch.bool))

    assert float(found[1, 2, 1, 0]) == pytest.approx(float(left[1, 1] @ right[2, 0]), abs=CLOSE)
    assert (found[0, :, 1] == NOTHING).all()


def test_the_verifier_ignores_padding_order_and_side(
    verifier: PairVerifier, random: Generator
) -> None:
    left = draw_tokens(random, 3)
    right = torch.nn.functional.normalize(left[:2] + 0.7 * draw_tokens(random, 2), dim=-1)

    probability, evidence, regions = verifier(*padded(left, 3), *padded(right, 3))
    for turned in (
        verifier(*padded(left, 6), *padded(right, 6)),
        verifier(*padded(left.flip(0), 4), *padded(right, 4)),
        verifier(*padded(right, 4), *padded(left, 4)),
    ):
        assert float(turned[0]) == pytest.approx(float(probability), abs=CLOSE)

    swapped = verifier(*padded(right, 3), *padded(left, 3))
    assert torch.allclose(swapped[1], evidence.transpose(1, 2), atol=CLOSE)
    assert (swapped[2] == regions.transpose(1, 2).flip(-1)).all()
    assert (evidence[0, :, 2] == NOTHING).all()
    assert (regions[0, :, 2] == -1).all()


def test_the_verifier_names_matching_regions_of_one_arrangement(
    verifier: PairVerifier, random: Generator
) -> None:
    shown = draw_tokens(random, 1, 1)
    moved = shown.clone()
    moved[:, :, [1, 9]] = shown[:, :, [9, 1]]  # two corners of the photo, exchanged
    mask = torch.ones(1, 1, dtype=torch.bool)

    _, _, regions = verifier(shown, mask, moved, mask)

    named = regions[0, 0, 0].tolist()
    assert len(named) == REGION_PAIRS
    assert all(left == right not in (1, 9) for left, right in named)


@pytest.mark.parametrize(("likeness", "count"), [(0.7, 1), (0.8, 2)])
def test_a_region_beside_the_best_is_named_only_where_it_is_as_alike_as_that_takes(
    verifier: PairVerifier, random: Generator, likeness: float, count: int
) -> None:
    orthogonal, _ = torch.linalg.qr(torch.randn(TOKEN_WIDTH, 2 * TOKEN_COUNT, generator=random))
    shown, noise = orthogonal.T.view(2, 1, 1, TOKEN_COUNT, TOKEN_WIDTH)
    again = noise.clone()
    again[:, :, 3] = shown[:, :, 3]
    again[:, :, 5] = likeness * shown[:, :, 5] + math.sqrt(1 - likeness**2) * noise[:, :, 5]
    mask = torch.ones(1, 1, dtype=torch.bool)

    _, _, regions = verifier(shown, mask, again, mask)

    assert regions[0, 0, 0].tolist() == [[3, 3], [5, 5]][:count] + [[-1, -1]] * (2 - count)


def test_the_verifier_sees_a_feature_for_each_name(
    verifier: PairVerifier, random: Generator
) -> None:
    tokens, mask = draw_tokens(random, 2, 3), torch.ones(2, 3, dtype=torch.bool)

    assert verifier.features(tokens, mask, tokens, mask).shape == (2, len(FEATURES))


def test_calibration_moves_logits_and_nothing_else(
    verifier: PairVerifier, random: Generator
) -> None:
    sides = [draw_tokens(random, 3, 2), draw_tokens(random, 3, 2)]
    mask = torch.ones(3, 2, dtype=torch.bool)
    before, evidence, regions = verifier(sides[0], mask, sides[1], mask)

    verifier.calibrate(slope=2.0, offset=0.5)
    after, same_evidence, same_regions = verifier(sides[0], mask, sides[1], mask)

    assert torch.allclose(after.logit(), 2 * before.logit() + 0.5, atol=1e-4)
    assert torch.equal(evidence, same_evidence)
    assert torch.equal(regions, same_regions)


def test_nearness_is_the_mean_of_the_nearest(random: Generator) -> None:
    cohort = shaken(Cohort(), random)
    vector = torch.randn(1, EMBEDDING_WIDTH, generator=random)

    cosines = sorted((cohort.sets @ vector[0]).tolist())

    expected = sum(cosines[-NEIGHBOURS:]) / NEIGHBOURS
    assert float(cohort.nearness_of_sets(vector)) == pytest.approx(expected, abs=CLOSE)


@pytest.mark.parametrize("side", [5, 6, 7, 14])
def test_pooling_weights_are_means_over_boxes(side: int) -> None:
    weights = pooling_weights(side, (WHOLE_BOX, *REGION_BOXES))

    assert torch.allclose(weights.sum(1), torch.ones(len(weights)))
    assert torch.allclose(weights[0], torch.full((side**2,), 1 / side**2))
    quarter = weights[1].view(side, side)
    assert quarter[side // 2 + side % 2 :].max() < CLOSE


def test_before_training_every_place_of_a_photo_counts_alike(random: Generator) -> None:
    middle = torch.rand(1, MIDDLE_WIDTH, 4, 4, generator=random)
    last = torch.rand(1, LAST_WIDTH, 2, 2, generator=random)

    pooled = TokenPooling(64)(middle, last)

    assert torch.allclose(pooled[0, 0, :LAST_WIDTH], last[0].mean((1, 2)), atol=CLOSE)
    assert torch.allclose(pooled[0, 1, :LAST_WIDTH], last[0, :, 0, 0], atol=CLOSE)
    texture = pooled[0, 0, LAST_WIDTH : LAST_WIDTH + MIDDLE_WIDTH]
    assert torch.allclose(texture, middle[0].mean((1, 2)), atol=CLOSE)


def test_one_set_of_weights_encodes_photos_of_several_sizes(random: Generator) -> None:
    torch.manual_seed(0)
    small = PhotoEncoder(Trunk(), 64).eval()
    large = PhotoEncoder(Trunk(), 96).eval()
    large.load_state_dict(small.state_dict())

    for encoder, size in ((small, 64), (large, 96)):
        photos = torch.randint(0, 256, (1, 3, size, size), dtype=torch.uint8, generator=random)
        assert encoder(photos).shape == (1, TOKEN_COUNT, TOKEN_WIDTH)
