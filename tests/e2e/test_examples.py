"""The examples that a platform starts from, as they are shipped, on real Kafka."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from stream.demo.stack import environment_of
from tests.support.deployment import Deployment, draw_listings

EXAMPLES = Path(__file__).parents[2] / "deploy" / "examples"


async def test_two_listings_of_one_item_are_emitted_and_the_subscriber_prints_the_pair(
    deployment: Deployment, tmp_path: Path
) -> None:
    sample = draw_listings(tmp_path / "photos", items=1, twins=1)
    with deployment.worker():
        async with _run(deployment, "subscriber.py") as subscriber:
            for seller, (listing_id, photos) in enumerate(sample.photos.items()):
                urls = [photo.as_uri() for photo in photos]
                async with _run(
                    deployment, "producer.py", listing_id, f"seller-{seller}", *urls
                ) as producer:
                    assert await producer.wait() == 0
            assert subscriber.stdout is not None
            async with asyncio.timeout(60):
                line = (await subscriber.stdout.readline()).decode()
    state, left, right, kind, probability = line.split()
    assert state == "raised"
    assert {(left, right)} == sample.expected_pairs
    assert kind in {"same_item", "same_photos"}
    assert 0.5 < float(probability) <= 1


@asynccontextmanager
async def _run(
    deployment: Deployment, example: str, *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        EXAMPLES / example,
        deployment.settings.kafka.brokers,
        *arguments,
        env=environment_of(deployment.settings),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
