"""The model repository that is shipped, as the embedded Triton serves it."""

from pathlib import Path

import numpy as np
import pytest

from stream.adapters.triton.models import open_models
from stream.local.triton import TritonProcess
from tests.support.triton import settings_for

REPOSITORY = Path(__file__).parents[3] / "model_repository"


async def test_the_shipped_models_answer_each_other(tmp_path: Path) -> None:
    server = TritonProcess(REPOSITORY, tmp_path)
    try:
        server.start()
        async with open_models(settings_for(server, timeout_seconds=60)) as models:
            size = models.spec.photo_size
            photos = np.random.default_rng(0).integers(0, 256, (3, 3, size, size), dtype=np.uint8)
            tokens = await models.encode_photos(photos)
            embedding = await models.encode_listing(tokens)
            (score,) = await models.verify([(tokens[:2], tokens[1:])])
    finally:
        server.kill()
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-4)
    assert 0 <= score.probability <= 1
    assert score.evidence.argmax() == np.ravel_multi_index((1, 0), (2, 2))
