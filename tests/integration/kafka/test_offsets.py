"""Where the workers' group goes on, and setting it back, on real Kafka."""

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer

from stream.adapters.kafka.offsets import (
    check_nobody_works,
    commit_offsets,
    find_gaps,
    highest_revision,
    read_ends,
    read_offsets,
)
from stream.adapters.kafka.security import client_options
from stream.domain.alert import decode_alert, encode_alert
from stream.domain.errors import StopError
from tests.support.kafka import Topics
from tests.unit.pipeline.test_decide import OPEN


async def test_a_group_goes_on_where_it_has_committed_and_else_at_the_beginning(
    kafka: Topics,
) -> None:
    settings = kafka.settings
    await kafka.send(b"1", b"2", b"3")
    assert await kafka.committed() is None  # and the broker has made the topic of offsets
    everywhere = dict.fromkeys(range(4), 0)
    at_first = {settings.duplicate_verdicts: everywhere, settings.listing_events: everywhere}
    assert await read_offsets(settings) == at_first
    later = at_first | {settings.listing_events: everywhere | {0: 2}}
    await commit_offsets(settings, later)
    assert await read_offsets(settings) == later
    assert await kafka.committed() == 2
    await commit_offsets(settings, at_first)
    assert await read_offsets(settings) == at_first


async def test_offsets_that_a_topic_does_not_have_are_gaps(kafka: Topics) -> None:
    topic = kafka.settings.listing_events
    await kafka.send(b"1", b"2", b"3")
    assert await read_ends(kafka.settings, topic) == {topic: {0: 3, 1: 0, 2: 0, 3: 0}}
    assert await find_gaps(kafka.settings, {topic: {0: 3, 1: 0}}) == []
    (gap,) = await find_gaps(kafka.settings, {topic: {0: 4, 1: 0}})
    assert str(gap) == f"{topic}[0] ends at 3, before 4: it has been made anew"


async def test_nothing_is_set_under_a_group_that_works(kafka: Topics) -> None:
    settings = kafka.settings
    assert await kafka.committed() is None
    await check_nobody_works(settings)
    member = AIOKafkaConsumer(
        settings.listing_events, **client_options(settings), group_id=settings.group
    )
    async with member:
        with pytest.raises(StopError, match="has 1 members: stop all workers first"):
            await commit_offsets(settings, {settings.listing_events: {0: 1}})
    await check_nobody_works(settings)


async def test_the_highest_revision_is_that_of_the_alerts_sent_since(kafka: Topics) -> None:
    settings, topic = kafka.settings, kafka.settings.duplicate_alerts
    assert OPEN.message is not None
    event = decode_alert(OPEN.message)

    async def send(revision: int, partition: int) -> None:
        alert = msgspec.structs.replace(event.data, revision=revision)
        await kafka.send(encode_alert(alert, event.time), topic=topic, partition=partition)

    await send(9 << 32, 0)
    since = await read_ends(settings, topic)
    assert await highest_revision(settings, since) == -1
    await send(5 << 32, 0)
    await send((6 << 32) + 3, 2)
    await kafka.send(b"no alert", topic=topic, partition=2)
    assert await highest_revision(settings, since) == (6 << 32) + 3
