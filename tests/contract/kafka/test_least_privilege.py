"""The rights that the security page lists are enough, and none of a worker's is too many."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest

from stream.adapters.kafka.backfill import run_backfill
from stream.adapters.kafka.backfill_range import find_stretches, parse_range
from stream.adapters.kafka.backfill_record import Endings
from stream.adapters.kafka.event_time_order import EventTimeOrder, read_in_order
from stream.adapters.kafka.group import measure_lag, read_committed, read_members
from stream.adapters.kafka.live_lag import LiveLagWatch
from stream.adapters.kafka.producer import deliver, open_producer
from stream.adapters.kafka.replay import Selection, open_reader, replay_dead_letters
from stream.adapters.kafka.security import client_options
from stream.adapters.kafka.sole_member import sole_member
from stream.adapters.kafka.topics import TopicState, check_topics, create_topics, open_admin
from stream.adapters.kafka.worker import run_worker
from stream.doctor.finding import State
from stream.doctor.kafka import kafka_part
from stream.doctor.part import examine
from stream.domain.errors import RetryError, StopError
from stream.domain.event import Message
from stream.rollout.record import set_start
from stream.settings import KafkaSettings
from tests.support.documents import ROOT
from tests.support.kafka import Topics, settings_for, until
from tests.support.secured_kafka import GUEST, SecuredKafka

# As Kafka's protocol numbers them.
_RESOURCES = {"topic": 2, "group": 3}
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
_LITERAL = _ALLOW = 3
_PREFIXED = 4


@dataclass(frozen=True)
class Right:
    """A line of the page."""

    role: str
    operation: str
    resource: str
    name: str

    def in_test(self, settings: KafkaSettings) -> "Right":
        """The same right on what the test calls so."""
        defaults = KafkaSettings()
        fields = ("listing_events", "duplicate_verdicts", "duplicate_alerts", "dead_letters")
        names = {getattr(defaults, field): getattr(settings, field) for field in fields}
        groups = {
            defaults.group: settings.group,
            f"{defaults.group}-backfill-*": f"{settings.group}-backfill-*",
            f"{defaults.group}-rollout-*": f"{settings.group}-rollout-*",
            "its-own": settings.group,
        }
        return replace(self, name=(names | groups)[self.name])


RIGHTS = [
    Right(*words)
    for line in (ROOT / "deploy" / "security.md").read_text().splitlines()
    if len(words := line.split()) == 4 and words[2] in _RESOURCES
]


@pytest.fixture
def master(secured_kafka: SecuredKafka) -> KafkaSettings:
    """Topics and a group that nobody else has, in the name of who may do all."""
    return settings_for(secured_kafka.address)


@pytest.fixture
def guest(secured_kafka: SecuredKafka, master: KafkaSettings) -> KafkaSettings:
    """The same in the name of who may do nothing."""
    login = secured_kafka.sasl_ssl_settings(sasl_username=GUEST).model_dump(
        include={"brokers", "ca_file", "security_protocol", "sasl_username", "sasl_password"}
        | {"sasl_mechanism"}
    )
    return master.model_copy(update=login)


async def test_a_worker_works_with_its_rights_alone(
    master: KafkaSettings, guest: KafkaSettings
) -> None:
    await create_topics(master, partitions=1, replication=1)
    with pytest.raises(StopError):
        await run_worker(guest, _fail)
    await _allow(master, _rights_of("worker", master))
    await _wait_until_well(guest)

    stop = asyncio.Event()
    await Topics(master).send(b"event")

    async def handle(batch: Sequence[Message]) -> None:
        async with open_producer(guest) as producer:
            for topic in (guest.duplicate_alerts, guest.dead_letters):
                await deliver(producer, topic, key=b"key", value=batch[0].value, headers=())
        stop.set()

    async with asyncio.timeout(30):
        await run_worker(guest, handle, stop=stop)

    assert await Topics(master).committed() == 1
    for topic in (master.duplicate_alerts, master.dead_letters):
        (message,) = await Topics(master).read(topic, 1)
        assert message.value == b"event"


@pytest.mark.parametrize(
    "missing",
    [right for right in RIGHTS if right.role == "worker"],
    ids=lambda right: f"{right.operation} on {right.name}",
)
async def test_the_doctor_names_the_one_right_that_a_worker_lacks(
    master: KafkaSettings, guest: KafkaSettings, missing: Right
) -> None:
    await create_topics(master, partitions=1, replication=1)
    lacking = missing.in_test(master)
    await _allow(master, [one for one in _rights_of("worker", master) if one != lacking])

    async def is_named() -> bool:
        return [lacking.name in seen for seen in await _wrong(guest)] == [True]

    await until(is_named)


async def test_a_backfill_works_beside_live_workers_with_its_rights_alone(
    master: KafkaSettings, guest: KafkaSettings
) -> None:
    await create_topics(master, partitions=1, replication=1)
    await Topics(master).send(b"event")
    await _allow(master, _rights_of("backfill", master))
    own = guest.model_copy(update={"group": f"{guest.group}-backfill-all"})

    async def handle(batch: Sequence[Message]) -> None:
        async with open_producer(guest) as producer:
            for topic in (guest.duplicate_alerts, guest.dead_letters):
                await deliver(producer, topic, key=b"key", value=batch[0].value, headers=())

    async def skip(messages: Sequence[Message]) -> Sequence[Message]:
        return messages

    async def works() -> bool:
        try:
            await check_topics(guest)
            async with open_reader(guest) as consumer, open_admin(guest) as admin:
                await LiveLagWatch(consumer, admin, guest.group, guest.listing_events).measure()
            async with asyncio.timeout(10):
                _, is_done = await run_backfill(
                    own,
                    parse_range("earliest", "latest"),
                    handle,
                    skip,
                    Endings(),
                    stop=asyncio.Event(),
                    is_open=lambda: True,
                    tell=lambda _: None,
                )
        except (KafkaError, RetryError, StopError, TimeoutError):
            return False  # a right takes a moment to be known everywhere
        return is_done

    await until(works)
    for topic in (master.duplicate_alerts, master.dead_letters):
        message, *_ = await Topics(master).read(topic, 1)
        assert message.value == b"event"


async def test_a_shadow_is_filled_without_a_right_to_write_anything(
    master: KafkaSettings, guest: KafkaSettings
) -> None:
    await create_topics(master, partitions=1, replication=1)
    await Topics(master).send(b"event")
    await _allow(master, _rights_of("shadow", master))
    own = guest.model_copy(update={"group": f"{guest.group}-backfill-into-past"})
    read: list[bytes | None] = []

    async def works() -> bool:
        try:
            await check_topics(own)
            async with (
                sole_member(own, "filling a shadow") as member,
                open_reader(own, own.listing_events) as reader,
                open_admin(guest) as admin,
            ):
                await LiveLagWatch(reader, admin, guest.group, guest.listing_events).measure()
                wanted = parse_range("earliest", "latest")
                record = await find_stretches(reader, reader.assignment(), wanted)
                reader.unsubscribe()
                order = EventTimeOrder(record, lambda _: None)
                events = read_in_order(reader, order, asyncio.Event(), patience_seconds=30)
                read.extend([message.value async for message in events])
                await member.check()
        except (KafkaError, RetryError, StopError):
            return False  # a right takes a moment to be known everywhere
        return True

    async with asyncio.timeout(60):
        await until(works)
    assert b"event" in read


async def test_a_rollout_fills_measures_and_publishes_with_its_rights_alone(
    master: KafkaSettings, guest: KafkaSettings
) -> None:
    await create_topics(master, partitions=1, replication=1)
    await Topics(master).send(b"event")
    await _allow(master, _rights_of("rollout", master))
    own = guest.model_copy(update={"group": f"{guest.group}-rollout-m2-1"})

    async def handle(batch: Sequence[Message]) -> None:
        async with open_producer(guest) as producer:
            topic, value = guest.duplicate_alerts, batch[0].value
            await deliver(producer, topic, key=b"key", value=value, headers=())
        done.set()

    async def works() -> bool:
        try:
            await set_start(own, {0: 0})
            assert await read_members(guest) == []
            assert not await read_committed(guest)
            async with asyncio.timeout(20):
                await run_worker(own, handle, topics=[own.listing_events], leave=done)
            lag = await measure_lag(own)
        except (KafkaError, RetryError, StopError, TimeoutError):
            return False  # a right takes a moment to be known everywhere
        return lag.behind == 0

    done = asyncio.Event()
    await until(works, seconds=90)
    message, *_ = await Topics(master).read(master.duplicate_alerts, 1)
    assert message.value == b"event"


async def test_a_subscriber_reads_alerts_with_its_rights_alone(
    master: KafkaSettings, guest: KafkaSettings
) -> None:
    await create_topics(master, partitions=1, replication=1)
    await Topics(master).send(b"alert", topic=master.duplicate_alerts)
    await _allow(master, _rights_of("subscriber", master))

    async def reads() -> bool:
        consumer = AIOKafkaConsumer(
            guest.duplicate_alerts,
            **client_options(guest),
            group_id=guest.group,
            auto_offset_reset="earliest",
        )
        try:
            async with asyncio.timeout(5), consumer:
                record = await anext(consumer)
                await consumer.commit()
        except KafkaError:
            return False  # a right takes a moment to be known everywhere
        return bool(record.value == b"alert")

    await until(reads)


async def test_an_operator_creates_topics_and_replays_with_its_rights_alone(
    master: KafkaSettings, guest: KafkaSettings
) -> None:
    await _allow(master, _rights_of("operator", master))

    async def creates() -> bool:
        try:
            reports = await create_topics(guest, partitions=1, replication=1)
        except StopError:
            return False
        return all(report.state is not TopicState.DIFFERS for report in reports)

    await until(creates)
    headers = [
        ("twinlist-reason", b"not_json"),
        ("twinlist-error", b"why"),
        ("twinlist-topic", master.listing_events.encode()),
        ("twinlist-partition", b"0"),
        ("twinlist-offset", b"0"),
        ("twinlist-time", b"2026-03-02T08:00:00Z"),
        ("twinlist-attempts", b"1"),
        ("twinlist-version", b"0.1.0"),
    ]
    await Topics(master).send(b"again", topic=master.dead_letters, headers=headers)

    replayed = [one async for one in replay_dead_letters(guest, Selection(), is_dry_run=False)]

    assert [one.is_sent for one in replayed] == [True]
    (message,) = await Topics(master).read(master.listing_events, 1)
    assert message.value == b"again"


def _rights_of(role: str, settings: KafkaSettings) -> list[Right]:
    return [right.in_test(settings) for right in RIGHTS if right.role == role]


async def _allow(master: KafkaSettings, rights: Sequence[Right]) -> None:
    admin = AIOKafkaAdminClient(**client_options(master))
    try:
        await admin.start()
        for right in rights:
            await admin._send_request(
                CreateAclsRequest(
                    _RESOURCES[right.resource],
                    right.name.removesuffix("*"),
                    _PREFIXED if right.name.endswith("*") else _LITERAL,
                    f"User:{GUEST}",
                    "*",
                    _OPERATIONS[right.operation],
                    _ALLOW,
                )
            )
    finally:
        await admin.close()


async def _wrong(settings: KafkaSettings) -> list[str]:
    """What the doctor finds wrong."""
    findings = await examine(kafka_part(settings), deadline_seconds=10)
    return [finding.seen for finding in findings if finding.state is State.WRONG]


async def _wait_until_well(settings: KafkaSettings) -> None:
    async def is_well() -> bool:
        return await _wrong(settings) == []

    await until(is_well)


async def _fail(_: Sequence[Message]) -> None:
    raise AssertionError
