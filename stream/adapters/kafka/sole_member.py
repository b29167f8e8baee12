"""Being the only member of a consumer group: what keeps a second process away from one's work.

Kafka notices when a member dies, which a lock in a store would not. Nothing is read in the group.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener

from stream.adapters.kafka.group import read_members
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.security import client_options
from stream.domain.errors import RetryError, StopError, TwinlistError
from stream.settings import KafkaSettings

_POLL_MILLISECONDS = 200
_LEAVE_SECONDS = 10
_PATIENCE_IN_SESSIONS = 1.5
"""How long a member that died may still be listed."""


class SoleMember(ConsumerRebalanceListener):  # type: ignore[misc]
    """A member that has all partitions, or has lost them to another process.

    Of several that begin at one moment, Kafka gives the first partition to one; the others leave.
    """

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, who: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._who = who
        self._assigned: frozenset[TopicPartition] | None = None

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Wait for what comes in their place."""
        del revoked
        self._assigned = None

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Read none of them."""
        self._consumer.pause(*assigned)
        self._assigned = frozenset(assigned)

    async def check(self) -> None:
        """Return when the group has no other member. Raises `StopError` when this one must go."""
        with named_errors(f"looking after {self._who}"):
            while True:
                # Who never asks is taken for dead.
                await self._consumer.getmany(timeout_ms=_POLL_MILLISECONDS)
                if self._assigned is not None and TopicPartition(self._topic, 0) not in (
                    self._assigned
                ):
                    raise _busy(self._who)
                known = self._consumer.partitions_for_topic(self._topic)
                if known and self._assigned and len(self._assigned) == len(known):
                    return


@asynccontextmanager
async def sole_member(settings: KafkaSettings, who: str) -> AsyncIterator[SoleMember]:
    """Join the group of `settings`, which is to have no other member.

    A process that was killed is listed for a while, and waited for. Raises `StopError` when there
    is another one, `who` it is in the words of the message; `RetryError` when no broker answers.
    """
    await check_no_members(settings, who)
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        client_id="twinlist-backfill",
        group_id=settings.group,
        enable_auto_commit=False,
        session_timeout_ms=int(settings.session_timeout_seconds * 1000),
        heartbeat_interval_ms=int(settings.session_timeout_seconds * 1000 / 10),
        rebalance_timeout_ms=int(settings.rebalance_timeout_seconds * 1000),
    )
    member = SoleMember(consumer, settings.listing_events, who)
    try:
        with named_errors(f"joining the group {settings.group}"):
            await consumer.start()
        consumer.subscribe([settings.listing_events], listener=member)
        await member.check()
        yield member
    finally:
        with suppress(TimeoutError):  # it would wait without end for a broker that went away
            async with asyncio.timeout(_LEAVE_SECONDS):
                await consumer.stop()


async def check_no_members(settings: KafkaSettings, who: str) -> None:
    """Wait until the group of `settings` has no members.

    Raises `StopError` when it keeps some, `RetryError` when no broker tells.
    """
    patience_seconds = _PATIENCE_IN_SESSIONS * settings.session_timeout_seconds
    gives_up_at = time.monotonic() + patience_seconds
    while (obstacle := await _obstacle(settings, who)) is not None:
        if time.monotonic() > gives_up_at:
            raise obstacle
        await asyncio.sleep(_POLL_MILLISECONDS / 1000)


async def _obstacle(settings: KafkaSettings, who: str) -> TwinlistError | None:
    try:
        return _busy(who) if await read_members(settings) else None
    except RetryError as error:
        return error  # a new cluster has to find its groups first


def _busy(who: str) -> StopError:
    return StopError(f"another process is {who}: wait for it, or end it first")
