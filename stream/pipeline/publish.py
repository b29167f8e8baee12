"""Publish: bring the ledger's newest alerts to the topic, as they stand."""

from collections.abc import Collection

from stream.observability.metrics import Stage, timed
from stream.ports import AlertPublisher, PairLedger


@timed(Stage.PUBLISH)
async def publish(pair_ids: Collection[str], ledger: PairLedger, publisher: AlertPublisher) -> int:
    """Send every alert above its pair's published revision; returns how many were sent.

    Who has sent less than the ledger's newest by the time that the broker has it sends the newest
    too, so that what compaction keeps (the last of a key) is the newest.
    """
    sent: dict[str, int] = {}
    pending = tuple(pair_ids)
    count = 0
    while pending:
        due = [
            pair
            for pair in (await ledger.read(pending)).values()
            if pair.message_revision > sent.get(pair.pair_id, pair.published_revision)
        ]
        for pair in due:
            if pair.message is not None:
                await publisher.publish(pair.pair_id, pair.message)
                await ledger.mark_published(pair.pair_id, pair.message_revision)
                sent[pair.pair_id] = pair.message_revision
                count += 1
        pending = tuple(pair.pair_id for pair in due)
    return count
