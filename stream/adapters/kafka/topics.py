"""Create the four topics as the contracts want them, and tell where existing ones differ."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    InvalidReplicationFactorError,
    KafkaError,
    NoError,
    TopicAlreadyExistsError,
    for_code,
)

from stream.adapters.kafka.producer import named_errors, say
from stream.adapters.kafka.security import client_options
from stream.domain.errors import RetryError, StopError
from stream.settings import KafkaSettings

_HEADERS_BYTES = 64 * 2**10
"""Room for what a dead letter says on top of the original."""

_VISIBLE_POLLS = 100
_POLL_SECONDS = 0.1

_DEAD_LETTERS_KEPT_MILLISECONDS = 30 * 24 * 3600 * 1000


class TopicState(StrEnum):
    """What became of a topic."""

    CREATED = "created"
    EXISTS = "exists"
    DIFFERS = "differs"


class TopicReport(msgspec.Struct, frozen=True):
    """A topic as it is now; each difference says what is, what should be and why."""

    name: str
    state: TopicState
    differences: tuple[str, ...] = ()


async def create_topics(
    settings: KafkaSettings, *, partitions: int, replication: int
) -> tuple[TopicReport, ...]:
    """Create the topics that are missing; change nothing about those that exist.

    Returns when every broker's metadata may be relied on to name them. Raises `RetryError` when
    no broker answers and `StopError` when it refuses; librdkafka's embedded one always does.
    """
    wanted = _wanted_topics(settings, partitions, replication)
    with named_errors(f"creating topics on {settings.brokers}"):
        async with open_admin(settings) as admin:
            created = await _create(admin, wanted)
            counts = await _partition_counts(admin, wanted)
            configs = await _configs(admin, wanted)
    return tuple(
        TopicReport(topic.name, TopicState.CREATED)
        if topic.name in created
        else _compare(topic, counts[topic.name], configs[topic.name])
        for topic in wanted
    )


async def check_topics(settings: KafkaSettings) -> None:
    """Raise `StopError` when no broker answers or a topic is missing: Faust would wait silently."""
    names = (
        settings.listing_events,
        settings.duplicate_verdicts,
        settings.duplicate_alerts,
        settings.dead_letters,
    )
    try:
        async with open_admin(settings) as admin:
            described = await admin.describe_topics(list(names))
    except KafkaError as error:
        raise StopError(f"the brokers {settings.brokers} do not answer: {say(error)}") from error
    found = {topic["topic"] for topic in described if topic["partitions"]}
    missing = [name for name in names if name not in found]
    if missing:
        raise StopError(f"missing topics: {', '.join(missing)}; run `twinlist topics create`")


def _wanted_topics(settings: KafkaSettings, partitions: int, replication: int) -> list[NewTopic]:
    # With acks=all a write needs this many replicas; one broker may be away.
    common = {"min.insync.replicas": str(max(1, replication - 1))}
    configs = {
        settings.listing_events: {"max.message.bytes": str(settings.max_message_bytes)},
        settings.duplicate_verdicts: {},
        settings.duplicate_alerts: {"cleanup.policy": "compact"},
        settings.dead_letters: {
            "max.message.bytes": str(2 * settings.max_message_bytes + _HEADERS_BYTES),
            "retention.ms": str(_DEAD_LETTERS_KEPT_MILLISECONDS),
        },
    }
    return [
        NewTopic(name, partitions, replication, topic_configs=common | config)
        for name, config in configs.items()
    ]


def _compare(wanted: NewTopic, partitions: int, config: Mapping[str, str]) -> TopicReport:
    differences = [
        f"{name} is {config.get(name)}, not {value}"
        for name, value in wanted.topic_configs.items()
        if config.get(name) != value
    ]
    if partitions != wanted.num_partitions:
        differences.append(
            f"{partitions} partitions, not {wanted.num_partitions}; left so, because keys would"
            " move to other partitions and lose their order"
        )
    state = TopicState.DIFFERS if differences else TopicState.EXISTS
    return TopicReport(wanted.name, state, tuple(differences))


@asynccontextmanager
async def open_admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect an admin client; errors are aiokafka's own."""
    admin = AIOKafkaAdminClient(**client_options(settings), client_id="twinlist")
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> set[str]:
    """Return the names of those that were missing."""
    cluster = await admin.describe_cluster()
    if cluster["controller_id"] not in {broker["node_id"] for broker in cluster["brokers"]}:
        raise StopError("this broker creates topics on first use, and not otherwise")
    response = await admin.create_topics(list(topics))
    created = set()
    for name, code, message in response.topic_errors:
        error = for_code(code)
        if error is NoError:
            created.add(name)
        elif error is InvalidReplicationFactorError:
            count = len(cluster["brokers"])
            there_are = "there is only 1 broker" if count == 1 else f"there are {count} brokers"
            raise StopError(f"{name} cannot be created: {there_are}; use --replication {count}")
        elif error is not TopicAlreadyExistsError:
            raise error(f"{name}: {message}")
    return created


async def _partition_counts(
    admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]
) -> dict[str, int]:
    """Count partitions, once the metadata know of every topic: they lag behind creation."""
    names = [topic.name for topic in topics]
    for _ in range(_VISIBLE_POLLS):
        described = await admin.describe_topics(names)
        counts = {topic["topic"]: len(topic["partitions"]) for topic in described}
        if all(counts.get(name) for name in names):
            return counts
        await asyncio.sleep(_POLL_SECONDS)
    raise RetryError(f"the topics {', '.join(names)} are created, but not visible yet")


async def _configs(
    admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]
) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    responses = await admin.describe_configs(resources)
    return {
        name: {entry[0]: entry[1] for entry in entries}
        for response in responses
        for _, _, _, name, entries in response.resources
    }
