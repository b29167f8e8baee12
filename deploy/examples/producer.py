"""Emit one listing event: `python producer.py BROKERS LISTING_ID SELLER_ID PHOTO_URL…`."""

import asyncio
import json
import os
import sys
import uuid
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer


async def main(brokers: str, listing_id: str, seller_id: str, *photo_urls: str) -> None:
    """Send what a platform knows when a listing is posted, in a CloudEvents envelope."""
    now = datetime.now(UTC).isoformat()
    data = {"listing_id": listing_id, "version": 1, "seller_id": seller_id, "category": "things"}
    data |= {"created_at": now, "photos": [{"url": url} for url in photo_urls]}
    event = {"specversion": "1.0", "id": uuid.uuid4().hex, "source": "/my-platform"}
    event |= {"type": "listing.created.v1", "subject": listing_id, "time": now, "data": data}
    headers = [("content-type", b"application/cloudevents+json")]
    topic = os.environ.get("TWINLIST_KAFKA__LISTING_EVENTS", "listing-events")
    async with AIOKafkaProducer(bootstrap_servers=brokers, acks="all") as producer:
        value = json.dumps(event).encode()
        await producer.send_and_wait(topic, value, key=listing_id.encode(), headers=headers)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
