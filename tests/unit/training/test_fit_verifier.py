import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="no torch here: make test-training")

from stream.training.fit_verifier import Pairs, choose_cohort, fit_logistic  # noqa: E402
from stream.training.networks.cohort import COHORT_LISTINGS  # noqa: E402
from stream.training.networks.listing_encoder import ListingEncoder  # noqa: E402
from stream.training.networks.pair_verifier import FEATURES, PairVerifier  # noqa: E402

TELLING, MISLEADING = 0, 1


def draw_pairs(count: int, share: float, seed: int) -> Pairs:
    """The first feature tells duplicates, the second the opposite, the others nothing."""
    random = np.random.default_rng(seed)
    is_same = random.random(count) < share
    features = random.normal(0, 0.3, (count, len(FEATURES))).astype(np.float32)
    features[:, TELLING] += is_same
    features[:, MISLEADING] -= 0.5 * is_same
    return Pairs(features, is_same)


@pytest.fixture
def fitted() -> PairVerifier:
    verifier = PairVerifier(ListingEncoder())
    fit_logistic(verifier, draw_pairs(2000, 0.2, 0), draw_pairs(50, 1.0, 1), base_rate=0.1)
    return verifier


def test_the_regression_tells_duplicates_of_new_pairs(fitted: PairVerifier) -> None:
    pairs = draw_pairs(500, 0.5, 2)
    with torch.no_grad():
        logits = fitted.logistic(torch.from_numpy(pairs.features))[:, 0].numpy()

    assert np.median(logits[pairs.is_same]) > np.quantile(logits[~pairs.is_same], 0.95)


def test_no_likeness_speaks_against_a_duplicate(fitted: PairVerifier) -> None:
    slopes = fitted.logistic.weight[0].detach().numpy()

    assert (slopes >= 0).all()
    assert slopes[TELLING] > 0
    assert slopes[MISLEADING] == 0


def test_the_cohort_is_drawn_from_what_is_offered_and_always_as_large() -> None:
    few, many = np.arange(5, 40), np.arange(5, 4000)

    assert set(choose_cohort(few, seed=0).tolist()) <= set(few.tolist())
    assert len(set(choose_cohort(many, seed=0).tolist())) == COHORT_LISTINGS
    assert len(choose_cohort(few, seed=0)) == COHORT_LISTINGS
