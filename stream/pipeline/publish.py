"""Publish: bring the ledger's newest alerts to the topic, as they stand."""

from collections.abc import Collection
from enum import StrEnum

from stream.domain.pair import Pair
from stream.observability.metrics import Stage, timed
from stream.ports import AlertPublisher, PairLedger


class Sending(StrEnum):
    """Which of the ledger's newest alerts are sent."""

    DUE = "what the broker has not confirmed and is not quiet"
    NEW = "what the broker has not confirmed"
    ALL = "all, also what was sent before"

    def includes(self, pair: Pair) -> bool:
        """Whether a pair's newest alert is sent."""
        match self:
            case Sending.DUE:
                return pair.is_unpublished
            case Sending.NEW:
                return pair.message_revision > pair.published_revision
            case Sending.ALL:
                return pair.message is not None


@timed(Stage.PUBLISH)
async def publish(
    pair_ids: Collection[str],
    ledger: PairLedger,
    publisher: AlertPublisher,
    sending: Sending = Sending.DUE,
) -> int:
    """Send the pairs' newest alerts as far as they are to be sent; returns how many were.

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
            if (
                pair.message_revision > sent[pair.pair_id] and not pair.is_quiet
                if pair.pair_id in sent
                else sending.includes(pair)
            )
        ]
        for pair in due:
            if pair.message is not None:
                await publisher.publish(pair.pair_id, pair.message)
                await ledger.mark_published(pair.pair_id, pair.message_revision)
                sent[pair.pair_id] = pair.message_revision
                count += 1
        pending = tuple(pair.pair_id for pair in due)
    return count
