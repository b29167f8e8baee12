"""A connection to the broker that asks and never tells: what the checks need to know of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    NoError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.admin import ApiVersionRequest, DescribeConfigsRequest
from aiokafka.protocol.api import Request, Response
from aiokafka.protocol.coordination import FindCoordinatorRequest

from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.security import brokers_of, client_options
from stream.doctor.kafka_messages import DescribeGroup, DescribeTopics, Right, rights_of
from stream.domain.errors import RetryError, StopError
from stream.settings import KafkaSettings

_TOPIC_RESOURCE = 2
_OFFSETS_TOPIC = "__consumer_offsets"


@dataclass(frozen=True)
class Topic:
    """A topic as the broker describes it."""

    name: str
    error: type[KafkaError]
    leaders: tuple[int, ...]
    """The broker that leads each partition, -1 for none."""
    rights: frozenset[Right] | None
    """None when the broker does not tell."""

    @property
    def exists(self) -> bool:
        """Whether it is there; one that may not be seen counts as missing."""
        return bool(self.leaders)

    @property
    def is_hidden(self) -> bool:
        """Whether the broker refuses to speak of it."""
        return self.error is TopicAuthorizationFailedError


@dataclass(frozen=True)
class Group:
    """The workers' group as its coordinator describes it."""

    state: str
    member_count: int
    rights: frozenset[Right] | None


HIDDEN_GROUP = Group("hidden", 0, frozenset())
"""One that the broker refuses to speak of."""


@dataclass(frozen=True)
class Broker:
    """A connection, and what every check needs to know."""

    settings: KafkaSettings
    requests: Mapping[int, tuple[int, int]]
    """Oldest and newest version of each request that is taken, by the request's number."""
    topics: Mapping[str, Topic]
    _client: AIOKafkaClient

    async def read_config(self, topic: str) -> Mapping[str, str] | None:
        """Return a topic's settings; None when they may not be read."""
        request = DescribeConfigsRequest([(_TOPIC_RESOURCE, topic, None)])
        ((code, message, _, _, entries),) = (await _ask(self._client, request)).resources
        error = for_code(code)
        if error is TopicAuthorizationFailedError:
            return None
        if error is not NoError:
            raise StopError(f"the settings of {topic} cannot be read: {message}")
        return {entry[0]: entry[1] for entry in entries}

    async def read_group(self) -> Group | None:
        """Return the workers' group; None when no group has ever used this broker."""
        name = self.settings.group
        # Being asked for a coordinator, a broker that has seen no group makes this topic.
        (offsets,) = (await _ask(self._client, DescribeTopics([_OFFSETS_TOPIC]))).topics
        if for_code(offsets[0]) is UnknownTopicOrPartitionError:
            return None
        found = await _ask(self._client, FindCoordinatorRequest(name, 0))
        if _is_hidden(found.error_code, name):
            return HIDDEN_GROUP
        answer = await _ask(self._client, DescribeGroup(name), found.coordinator_id)
        ((code, _, state, _, _, members, rights),) = answer.groups
        if _is_hidden(code, name):
            return HIDDEN_GROUP
        return Group(state.lower(), len(members), rights_of(rights))


@asynccontextmanager
async def connect(settings: KafkaSettings) -> AsyncIterator[Broker]:
    """Connect and describe the four topics.

    Raises `RetryError` when no broker answers and `StopError` when it refuses.
    """
    client = AIOKafkaClient(**client_options(settings), client_id="twinlist-doctor")
    try:
        try:
            await client.bootstrap()
        except KafkaConnectionError as error:
            raise RetryError(await _why_away(settings)) from error
        taken = (await _ask(client, ApiVersionRequest())).api_versions
        names = [
            settings.listing_events,
            settings.duplicate_verdicts,
            settings.duplicate_alerts,
            settings.dead_letters,
        ]
        described = (await _ask(client, DescribeTopics(names))).topics
        topics = {
            name: Topic(
                name, for_code(code), tuple(one[2] for one in partitions), rights_of(rights)
            )
            for code, name, _, partitions, rights in described
        }
        yield Broker(
            settings=settings,
            requests={number: (oldest, newest) for number, oldest, newest in taken},
            topics={name: topics[name] for name in names},
            _client=client,
        )
    finally:
        await client.close()


async def _ask(client: AIOKafkaClient, request: Request, node: int | None = None) -> Response:
    what = type(request).__name__
    try:
        with named_errors(f"asking the broker ({what})"):
            return await client.send(client.get_random_node() if node is None else node, request)
    except NotImplementedError as error:
        raise StopError(f"this broker is too old for {what}") from error


def _is_hidden(code: int, group: str) -> bool:
    error = for_code(code)
    if error not in {NoError, GroupAuthorizationFailedError}:
        with named_errors(f"reading the group {group}"):
            raise error
    return error is GroupAuthorizationFailedError


async def _why_away(settings: KafkaSettings) -> str:
    """Tell a broker that is away from one that hangs up: the client logs both and raises one."""
    context = client_options(settings).get("ssl_context")
    for place in brokers_of(settings):
        host, _, port = place.rpartition(":")
        try:
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port), ssl=context)
        except ssl.SSLCertVerificationError as error:
            return (
                f"the certificate of {place} is not trusted: {error.verify_message}; it must be for"
                " this host, and of the system's authorities or that of TWINLIST_KAFKA__CA_FILE"
            )
        except ssl.SSLError:
            return f"{place} listens, but speaks no TLS, or hangs up on this client's certificate"
        except (OSError, ValueError):
            continue
        writer.close()
        return (
            f"{place} listens, but hangs up on {settings.security_protocol}:"
            " security protocol, user or password are not what it expects"
        )
    return f"nothing listens at {settings.brokers}"
