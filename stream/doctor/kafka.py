"""Checks of the broker: its version, the four topics, the workers' group and what they may do."""

from stream.doctor.broker import Broker, connect
from stream.doctor.finding import Observation, ok, warning, wrong
from stream.doctor.kafka_messages import Right
from stream.doctor.part import Check, Part, UnmadeError
from stream.settings import KafkaSettings

_CREATE = "run `twinlist topics create`"
_TOPICS = "kafka topics"
_HEADERS_BYTES = 64 * 2**10
"""Room for what a dead letter says on top of the original."""

_UNREADABLE = warning(
    "not allowed to read the topics' settings", "grant DescribeConfigs to whoever runs the doctor"
)
# Brokers do not tell their version, but which versions of each request they take.
_FETCH, _OFFSET_FETCH = 1, 9
_FETCH_OLDEST_SINCE_4_0 = 4
_OFFSET_FETCH_NEWEST_SINCE_3_0 = 8


def kafka_part(settings: KafkaSettings) -> Part[Broker]:
    """The broker that the settings name."""
    return Part(
        name="kafka",
        open=lambda: connect(settings),
        describe=lambda broker: f"{broker.settings.brokers} answers",
        mend="start Kafka, or set TWINLIST_KAFKA__BROKERS and what belongs to it",
        checks=(
            Check("version", check_version),
            Check("topics", check_topics),
            Check("partitions", check_partitions),
            Check("compaction", check_compaction),
            Check("sizes", check_sizes),
            Check("group", check_group),
            Check("rights", check_rights),
        ),
    )


async def check_version(broker: Broker) -> Observation:
    """Tell the least version by the requests that are taken."""
    oldest_fetch, _ = broker.requests.get(_FETCH, (0, 0))
    _, newest_offset_fetch = broker.requests.get(_OFFSET_FETCH, (0, 0))
    if oldest_fetch >= _FETCH_OLDEST_SINCE_4_0:
        return ok("speaks the protocol of Kafka 4.0 or newer")
    if newest_offset_fetch >= _OFFSET_FETCH_NEWEST_SINCE_3_0:
        return ok("speaks the protocol of Kafka 3.x")
    return warning(
        "speaks the protocol of a Kafka older than 3.0", "use Apache Kafka 3.x or 4.x in production"
    )


async def check_topics(broker: Broker) -> Observation:
    """All four topics are there."""
    hidden = [topic.name for topic in broker.topics.values() if topic.is_hidden]
    if hidden:
        return wrong(
            f"not allowed to see {', '.join(hidden)}",
            "let the user of TWINLIST_KAFKA__SASL_USERNAME describe these topics",
        )
    missing = [topic.name for topic in broker.topics.values() if not topic.exists]
    if missing:
        return wrong(f"missing: {', '.join(missing)}", f"{_CREATE}, or set TWINLIST_KAFKA__… names")
    return ok(", ".join(broker.topics))


async def check_partitions(broker: Broker) -> Observation:
    """Each partition has a leader, and there are enough for several workers."""
    topics = [topic for topic in broker.topics.values() if topic.exists]
    if not topics:
        raise UnmadeError(_TOPICS)
    leaderless = [topic.name for topic in topics if min(topic.leaders) < 0]
    if leaderless:
        return wrong(
            f"partitions without a leader in {', '.join(leaderless)}",
            "bring the brokers back that hold them: until then their listings wait",
        )
    counts = ", ".join(f"{topic.name} {len(topic.leaders)}" for topic in topics)
    if len(broker.topics[broker.settings.listing_events].leaders) == 1:
        return warning(counts, "with one partition one worker does all; create it with more")
    return ok(counts)


async def check_compaction(broker: Broker) -> Observation:
    """The topic of alerts keeps the newest revision of each pair."""
    name = broker.settings.duplicate_alerts
    if not broker.topics[name].exists:
        raise UnmadeError(_TOPICS)
    config = await broker.read_config(name)
    if config is None:
        return _UNREADABLE
    policy = config["cleanup.policy"]
    if "compact" in policy:
        return ok(f"{name}: cleanup.policy is {policy}")
    return warning(
        f"{name}: cleanup.policy is {policy}: a subscriber that starts later misses open pairs",
        f"set cleanup.policy=compact on {name}",
    )


async def check_sizes(broker: Broker) -> Observation:
    """What producers may send can be decoded, and what cannot fits into a dead letter."""
    settings = broker.settings
    names = (settings.listing_events, settings.duplicate_verdicts, settings.dead_letters)
    if not all(broker.topics[name].exists for name in names):
        raise UnmadeError(_TOPICS)
    configs = [config for name in names if (config := await broker.read_config(name))]
    if len(configs) < len(names):
        return _UNREADABLE
    events, verdicts, letters = (int(config["max.message.bytes"]) for config in configs)
    needed = max(events, verdicts) + _HEADERS_BYTES
    if letters < needed:
        return wrong(
            f"{settings.dead_letters} takes {letters} bytes: the largest event would be kept there "
            "by reference alone",
            f"set max.message.bytes={needed} or more on {settings.dead_letters}",
        )
    if events > settings.max_message_bytes:
        return warning(
            f"{settings.listing_events} takes {events} bytes, of which workers decode "
            f"{settings.max_message_bytes}: larger events become dead letters",
            f"set TWINLIST_KAFKA__MAX_MESSAGE_BYTES={events}, or max.message.bytes to less",
        )
    return ok(f"events up to {events} bytes, dead letters up to {letters}")


async def check_group(broker: Broker) -> Observation:
    """The workers' group can be read; says who is in it."""
    group = await broker.read_group()
    name = broker.settings.group
    if group is None:
        return ok(f"{name}: no workers yet")
    if group.rights is not None and Right.READ not in group.rights:
        return wrong(f"not allowed: Read on the group {name}", "grant it to the workers' user")
    if group.member_count == 0:
        return ok(f"{name}: no workers {'yet' if group.state == 'dead' else 'now'}")
    return ok(f"{name}: {group.state}, workers: {group.member_count}")


async def check_rights(broker: Broker) -> Observation:
    """A worker may read its inputs and write its outputs, as far as the broker tells."""
    settings = broker.settings
    needed = {
        settings.listing_events: Right.READ,
        settings.duplicate_verdicts: Right.READ,
        settings.duplicate_alerts: Right.WRITE,
        settings.dead_letters: Right.WRITE,
    }
    told = {
        name: rights
        for name, topic in broker.topics.items()
        if (rights := topic.rights) is not None
    }
    lacking = [
        f"{right.name.title()} on {name}"
        for name, right in needed.items()
        if name in told and right not in told[name]
    ]
    if lacking:
        return wrong(f"not allowed: {', '.join(lacking)}", "grant these to the workers' user")
    if len(told) < len(needed):
        return ok("this broker does not tell rights")
    return ok("may read events and verdicts, write alerts and dead letters")
