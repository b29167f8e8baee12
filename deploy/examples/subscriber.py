"""Print each pair as it opens, changes and closes: `python subscriber.py BROKERS`."""

import asyncio
import json
import os
import sys

from aiokafka import AIOKafkaConsumer


async def main(brokers: str) -> None:
    """Keep the highest revision of each pair; what is older or known changes nothing."""
    revisions: dict[str, int] = {}
    topic = os.environ.get("TWINLIST_KAFKA__DUPLICATE_ALERTS", "duplicate-alerts")
    subscribed = AIOKafkaConsumer(topic, bootstrap_servers=brokers, auto_offset_reset="earliest")
    async with subscribed as alerts:
        async for record in alerts:
            pair = json.loads(record.value)["data"]
            if pair["revision"] <= revisions.get(pair["pair_id"], -1):
                continue
            revisions[pair["pair_id"]] = pair["revision"]
            left, right = (listing["listing_id"] for listing in pair["listings"])
            line = (pair["state"], left, right, pair["kind"], pair["probability"])
            print(*line, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
