"""What waits in the live stream, measured on real Kafka."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiokafka import AIOKafkaProducer, TopicPartition

from stream.adapters.kafka.live_lag import LiveLag, LiveLagWatch
from stream.adapters.kafka.replay import open_reader
from stream.adapters.kafka.security import client_options
from stream.adapters.kafka.topics import open_admin
from stream.settings import KafkaSettings
from tests.support.backfills import live_member
from tests.support.kafka import Topics, until


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def watch(settings: KafkaSettings, clock: Clock) -> AsyncIterator[LiveLagWatch]:
    async with AsyncExitStack() as opened:
        consumer = await opened.enter_async_context(open_reader(settings))
        admin = await opened.enter_async_context(open_admin(settings))
        yield LiveLagWatch(consumer, admin, settings.group, settings.listing_events, clock=clock)


async def test_what_a_live_group_has_not_committed_waits_until_it_has(kafka: Topics) -> None:
    place, clock = TopicPartition(kafka.settings.listing_events, 0), Clock()
    async with watch(kafka.settings, clock) as lag:
        async with live_member(kafka.settings) as member:
            await member.commit({place: 0})
            assert await lag.measure() == LiveLag()
            await kafka.send(b"1", b"2")
            await lag.measure()
            clock.now += 5
            assert await lag.measure() == LiveLag(events=2, oldest_seconds=5)
            await member.commit({place: 2})
            assert await lag.measure() == LiveLag()
            await kafka.send(b"3")
            await lag.measure()
            clock.now += 5
            assert (await lag.measure()).oldest_seconds == 5
        assert await lag.measure() == LiveLag()  # nobody is there to be waited for


async def test_the_marker_that_ends_a_transaction_does_not_wait(kafka: Topics) -> None:
    settings = kafka.settings
    place, clock = TopicPartition(settings.listing_events, 0), Clock()
    producer = AIOKafkaProducer(**client_options(settings), transactional_id=settings.group)
    async with producer, producer.transaction():
        await producer.send_and_wait(settings.listing_events, b"1", partition=0)
    async with watch(settings, clock) as lag, live_member(settings) as member:
        await member.commit({place: 1})

        async def is_none() -> bool:
            clock.now += 5
            return await lag.measure() == LiveLag()

        await until(is_none)
