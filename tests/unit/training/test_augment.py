import pytest

torch = pytest.importorskip("torch", reason="no torch here: make test-training")

from torch import Tensor  # noqa: E402

from stream.training.augment import EDITED_COPY, OTHER_VIEW, Strength, augment  # noqa: E402

SIZE = 32
NONE = Strength(least_crop=1, lean=0, light=0, blurred=0, covered=0, compressed=0, framed=0)


@pytest.fixture
def photos() -> Tensor:
    random = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (12, 3, 48, 48), dtype=torch.uint8, generator=random)


def drawn(photos: Tensor, strength: Strength, seed: int = 0) -> Tensor:
    return augment(photos, SIZE, strength, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("strength", [OTHER_VIEW, EDITED_COPY])
def test_views_have_the_size_and_range_of_photos(photos: Tensor, strength: Strength) -> None:
    views = drawn(photos, strength)

    assert views.shape == (12, 3, SIZE, SIZE)
    assert views.min() >= 0
    assert views.max() <= 255


def test_without_strength_a_photo_is_at_most_mirrored(photos: Tensor) -> None:
    same = augment(photos, 48, NONE, torch.Generator().manual_seed(0))
    plain = photos.float()

    mirrored = [
        torch.allclose(one, other.flip(-1), atol=0.1)
        for one, other in zip(same, plain, strict=True)
    ]
    kept = [torch.allclose(one, other, atol=0.1) for one, other in zip(same, plain, strict=True)]
    assert [one != other for one, other in zip(mirrored, kept, strict=True)] == [True] * len(plain)
    assert any(mirrored)
    assert any(kept)


@pytest.mark.parametrize("change", ["light", "blurred", "covered", "compressed", "framed"])
def test_each_change_changes_photos(photos: Tensor, change: str) -> None:
    changed = Strength(**{**vars(NONE), change: 0.5 if change == "light" else 1.0})

    assert not torch.allclose(drawn(photos, changed), drawn(photos, NONE), atol=1)


def test_the_same_seed_gives_the_same_views(photos: Tensor) -> None:
    assert torch.equal(drawn(photos, EDITED_COPY, 4), drawn(photos, EDITED_COPY, 4))
    assert not torch.equal(drawn(photos, EDITED_COPY, 4), drawn(photos, EDITED_COPY, 5))
