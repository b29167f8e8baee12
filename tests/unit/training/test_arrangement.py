import pytest

torch = pytest.importorskip("torch", reason="no torch here: make test-training")

from torch import Tensor  # noqa: E402

from stream.training.networks.arrangement import LEAST_ALIKE, Arrangement  # noqa: E402
from stream.training.networks.matching import NOTHING  # noqa: E402
from stream.training.networks.shapes import REGION_BOXES  # noqa: E402

REGIONS = len(REGION_BOXES)
ALIKE = 0.9
VOTE = ALIKE - LEAST_ALIKE

AS_IT_IS = {at: at for at in range(REGIONS)}
MIRRORED = {3 * row + column: 3 * row + 2 - column for row in range(3) for column in range(3)}
TO_THE_RIGHT = {3 * row + column: 3 * row + column + 1 for row in range(3) for column in range(2)}
SCATTERED = {0: 5, 1: 6, 2: 4, 3: 8, 4: 1, 5: 3, 6: 2, 7: 0, 8: 7}


def matching(places: dict[int, int]) -> Tensor:
    """Return similarities of regions of two photos, alike where they are said to match."""
    similarities = torch.zeros(REGIONS, REGIONS)
    for left, right in places.items():
        similarities[left, right] = ALIKE
    return similarities


@pytest.mark.parametrize("places", [AS_IT_IS, MIRRORED, TO_THE_RIGHT])
def test_matches_of_one_shift_all_count(places: dict[int, int]) -> None:
    assert float(Arrangement()(matching(places))) == pytest.approx(len(places) * VOTE)


def test_scattered_matches_say_less_than_arranged_ones() -> None:
    arrangement = Arrangement()

    assert float(arrangement(matching(SCATTERED))) < float(arrangement(matching(AS_IT_IS))) / 2


def test_a_match_that_is_not_mutual_does_not_count() -> None:
    similarities = matching(AS_IT_IS)
    similarities[4, 5] = similarities[3, 5] = ALIKE - 0.1

    assert float(Arrangement()(similarities)) == pytest.approx(REGIONS * VOTE)


def test_either_photo_may_come_first() -> None:
    similarities = torch.rand(4, REGIONS, REGIONS, generator=torch.Generator().manual_seed(0))
    arrangement = Arrangement()

    assert torch.allclose(arrangement(similarities), arrangement(similarities.mT), atol=1e-6)


def test_padding_says_nothing() -> None:
    assert float(Arrangement()(torch.full((REGIONS, REGIONS), NOTHING))) == 0


def test_regions_that_lie_otherwise_do_not_fit() -> None:
    similarities = matching(AS_IT_IS)
    similarities[[0, 8]] = similarities[[8, 0]]  # the corners match across the photo

    fits = Arrangement().fits(similarities)

    assert all(fits[at, at] for at in range(1, 8))
    assert not fits[0, 8]
    assert not fits[8, 0]


def test_where_nothing_is_alike_everything_fits() -> None:
    assert Arrangement().fits(torch.full((2, REGIONS, REGIONS), LEAST_ALIKE)).all()
