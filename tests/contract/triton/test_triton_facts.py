"""What was found by trying Triton, so that an upgrade that changes it is noticed."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest

from stream.adapters.triton.models import open_models
from stream.local.triton import TritonProcess
from tests.support.light_models import TOKEN_COUNT, TOKEN_WIDTH, write_light_models
from tests.support.triton import settings_for


@pytest.mark.parametrize(
    "batching",
    [
        "dynamic_batching { priority_levels: 2 default_priority_level: 1 }",
        "dynamic_batching { default_queue_policy { default_timeout_microseconds: 60000000 } }",
    ],
)
async def test_priorities_and_queue_timeouts_make_batches_wait_for_a_poll(
    tmp_path: Path, batching: str
) -> None:
    """The batcher then waits for an idle instance by looking every 500 ms.

    Only a request that arrives wakes it earlier; so what does not fit into the batch before it,
    by size or by shape, waits that long. Source: WaitForPayloadSlotAvailable in
    https://github.com/triton-inference-server/core/blob/main/src/dynamic_batch_scheduler.cc
    """
    repository = write_light_models(tmp_path / "models", batching=batching)
    server = TritonProcess(repository, tmp_path / "triton")
    sets = [np.ones((1 + 2 * (at % 2), TOKEN_COUNT, TOKEN_WIDTH), np.float32) for at in range(12)]
    try:
        server.start()
        async with open_models(settings_for(server)) as models:
            start = time.monotonic()
            await asyncio.gather(*(models.encode_listing(tokens) for tokens in sets))
            assert time.monotonic() - start > 0.4
    finally:
        server.kill()
