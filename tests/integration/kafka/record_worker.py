"""A worker of its own process: prints every event that it is done with.

Run as `python -m tests.integration.kafka.record_worker SETTINGS_JSON SECONDS_PER_BATCH`.
"""

import asyncio
import sys
from collections.abc import Sequence

from stream.adapters.kafka.worker import run_worker
from stream.domain.event import Message
from stream.observability.logging import configure_logging
from stream.settings import KafkaSettings


async def main(settings: KafkaSettings, seconds_per_batch: float) -> None:
    async def handle(batch: Sequence[Message]) -> None:
        await asyncio.sleep(seconds_per_batch)
        for message in batch:
            sys.stdout.write(f"{message.partition} {message.offset}\n")
        sys.stdout.flush()

    await run_worker(settings, handle)


if __name__ == "__main__":
    configure_logging("json", "info")  # to standard error: standard output is for what is done
    asyncio.run(main(KafkaSettings.model_validate_json(sys.argv[1]), float(sys.argv[2])))
