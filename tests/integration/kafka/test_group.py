"""How far a group is behind, on real Kafka."""

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from stream.adapters.kafka.group import measure_lag
from stream.adapters.kafka.offsets import commit_offsets, read_ends
from stream.adapters.kafka.topics import open_admin
from tests.support.kafka import Topics


async def test_a_group_that_is_as_far_as_the_topic_was_is_not_behind_that(kafka: Topics) -> None:
    settings = kafka.settings
    await kafka.send(b"1", b"2", b"3")
    assert await kafka.committed() is None  # and the broker has made the topic of offsets
    ends = (await read_ends(settings, settings.listing_events))[settings.listing_events]
    assert (await measure_lag(settings, until=ends)).behind == 3
    await kafka.send(b"4", b"5")
    await commit_offsets(settings, {settings.listing_events: {0: 2}})
    assert (await measure_lag(settings, until=ends)).behind == 1
    await commit_offsets(settings, {settings.listing_events: {0: 3}})
    assert (await measure_lag(settings, until=ends)).behind == 0
    assert (await measure_lag(settings)).behind == 2


async def test_nobody_is_behind_in_what_is_no_longer_kept(kafka: Topics) -> None:
    settings = kafka.settings
    await kafka.send(b"1", b"2", b"3")
    assert await kafka.committed() is None
    async with open_admin(settings) as admin:
        place = TopicPartition(settings.listing_events, 0)
        await admin.delete_records({place: RecordsToDelete(before_offset=3)})
    assert (await measure_lag(settings)).behind == 0
    assert (await measure_lag(settings, until={0: 3})).behind == 0
