"""The behaviour that the pipeline counts on, whoever serves the models."""

import asyncio
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.domain.errors import RetryError, StopError
from stream.ports import Floats, Models
from tests.contract.triton.conftest import PHOTOS_PER_REQUEST, Subject
from tests.support.light_models import EMBEDDING_WIDTH, REGIONS
from tests.support.triton import encode_when_back, random_photos


def _assert_close(found: NDArray[Any], expected: NDArray[Any]) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-5)


async def _tokens(models: Models, count: int, seed: int = 0) -> Floats:
    return await models.encode_photos(random_photos(count, seed))


async def test_photos_become_tokens_of_the_spec_s_shape(models: Models) -> None:
    tokens = await _tokens(models, 3)
    assert tokens.dtype == np.float32
    assert tokens.shape == (3, models.spec.token_count, models.spec.token_width)
    assert len(models.spec.region_boxes) == models.spec.token_count - 1


async def test_more_photos_than_fit_one_request_keep_their_order(models: Models) -> None:
    photos = random_photos(3 * PHOTOS_PER_REQUEST + 1)
    together = await models.encode_photos(photos)
    alone = [await models.encode_photos(photo[None]) for photo in photos]
    _assert_close(together, np.concatenate(alone))


async def test_no_photos_become_no_tokens(models: Models) -> None:
    assert (await _tokens(models, 0)).shape == (0, models.spec.token_count, models.spec.token_width)


async def test_no_pairs_have_no_scores(models: Models) -> None:
    assert list(await models.verify([])) == []


async def test_an_embedding_has_unit_length(models: Models) -> None:
    embedding = await models.encode_listing(await _tokens(models, 5))
    assert embedding.shape == (EMBEDDING_WIDTH,)
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 17, 24])
async def test_an_embedding_does_not_depend_on_padding(models: Models, count: int) -> None:
    tokens = await _tokens(models, count)
    embedding = await models.encode_listing(tokens)
    # The light models' arithmetic: the mean of the global tokens.
    mean = tokens[:, 0].mean(axis=0)
    _assert_close(embedding[: len(mean)], mean / np.linalg.norm(mean))


async def test_an_embedding_does_not_depend_on_photo_order(models: Models) -> None:
    tokens = await _tokens(models, 6)
    _assert_close(await models.encode_listing(tokens), await models.encode_listing(tokens[::-1]))


async def test_scores_are_cut_to_the_photos_of_each_pair(models: Models) -> None:
    sizes = [(1, 1), (3, 2), (6, 1), (2, 5)]
    pairs = [
        (await _tokens(models, left, seed=left), await _tokens(models, right, seed=10 + right))
        for left, right in sizes
    ]
    scores = await models.verify(pairs)
    assert [score.evidence.shape for score in scores] == sizes
    assert [score.regions.shape for score in scores] == [(*size, REGIONS, 2) for size in sizes]
    assert all(score.regions.dtype == np.int32 for score in scores)


async def test_a_pair_s_score_does_not_depend_on_the_pairs_beside_it(models: Models) -> None:
    small = (await _tokens(models, 1), await _tokens(models, 2, seed=1))
    large = (await _tokens(models, 6, seed=2), await _tokens(models, 5, seed=3))
    (alone,) = await models.verify([small])
    _, beside, _ = await models.verify([large, small, large])
    assert beside.probability == pytest.approx(alone.probability, abs=1e-5)
    _assert_close(beside.evidence, alone.evidence)
    np.testing.assert_array_equal(beside.regions, alone.regions)


async def test_a_pair_s_probability_is_the_same_from_both_sides(models: Models) -> None:
    left, right = await _tokens(models, 3), await _tokens(models, 4, seed=1)
    one, other = await models.verify([(left, right), (right, left)])
    assert one.probability == pytest.approx(other.probability, abs=1e-5)
    _assert_close(one.evidence, other.evidence.T)


async def test_a_shared_photo_makes_a_duplicate_and_its_regions_match(models: Models) -> None:
    tokens = await _tokens(models, 5)
    shared, apart = await models.verify([(tokens[:3], tokens[2:]), (tokens[:2], tokens[3:])])
    assert shared.probability > 0.9
    assert apart.probability < 0.1
    assert shared.evidence.argmax() == np.ravel_multi_index((2, 0), (3, 3))
    assert (shared.regions[2, 0, :, 0] == shared.regions[2, 0, :, 1]).all()
    assert (shared.regions[2, 0] >= 1).all()
    assert (apart.regions == -1).all()


@pytest.mark.parametrize("count", [0, 25])
async def test_a_listing_without_photos_or_with_too_many_is_refused(
    models: Models, count: int
) -> None:
    with pytest.raises(StopError, match="photos"):
        await models.encode_listing(await _tokens(models, count))


async def test_a_pair_with_an_empty_side_is_refused(models: Models) -> None:
    tokens = await _tokens(models, 1)
    with pytest.raises(StopError, match="photos"):
        await models.verify([(tokens, tokens[:0])])


async def test_tokens_of_another_model_are_refused(models: Models) -> None:
    with pytest.raises(StopError, match="Tokens"):
        await models.encode_listing(np.zeros((1, 2, 3), np.float32))


async def test_photos_of_another_size_are_refused(models: Models) -> None:
    with pytest.raises(StopError, match="Photos"):
        await models.encode_photos(np.zeros((1, 3, 5, 5), np.uint8))


async def test_a_hundred_calls_at_once_get_their_own_answers(models: Models) -> None:
    photos = random_photos(100)
    expected = await models.encode_photos(photos)
    answers = await asyncio.gather(*(models.encode_photos(photo[None]) for photo in photos))
    _assert_close(np.concatenate(answers), expected)
    sets = [expected[start : start + 1 + start % 6] for start in range(90)]
    scores = await asyncio.gather(*(models.verify([(tokens, tokens)]) for tokens in sets))
    assert [score.evidence.shape[0] for (score,) in scores] == [len(tokens) for tokens in sets]
    assert all(score.probability > 0.9 for (score,) in scores)


async def test_a_server_that_is_away_is_worth_a_retry_and_answers_when_back(
    subject: Subject,
) -> None:
    photos = random_photos(2)
    expected = await subject.models.encode_photos(photos)
    subject.go_away()
    try:
        with pytest.raises(RetryError):
            await subject.models.encode_photos(photos)
        with pytest.raises(RetryError):
            await subject.models.encode_listing(expected)
        with pytest.raises(RetryError):
            await subject.models.verify([(expected, expected)])
    finally:
        subject.come_back()
    _assert_close(await encode_when_back(subject.models, photos), expected)
