"""What a run ends with, as facts that can be compared with those of another run, one by one."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer

from stream.adapters.kafka.dead_letters import read_dead_letter
from stream.adapters.kafka.records import message_of
from stream.adapters.kafka.security import client_options
from stream.adapters.qdrant.client import connect
from stream.adapters.qdrant.collections import collection_names
from stream.adapters.qdrant.payloads import head_of, pair_of
from stream.domain.alert import Alert, decode_alert
from stream.domain.event import Message
from stream.settings import KafkaSettings, QdrantSettings, Settings

Facts = Mapping[str, str]
"""What is true, by what it is true of."""

NO_DIFFERENCE = "0 lost, 0 wrong, 0 unexplained"
"""What `Differences` says when there is none."""


@dataclass(frozen=True)
class Differences:
    """How one end state differs from the one it should be, each fact named."""

    lost: Sequence[str]
    wrong: Sequence[str]
    unexplained: Sequence[str]

    def __str__(self) -> str:
        counts = (
            f"{len(self.lost)} lost, {len(self.wrong)} wrong, {len(self.unexplained)} unexplained"
        )
        return "\n".join((counts, *self.lost, *self.wrong, *self.unexplained))


def compare(expected: Facts, found: Facts) -> Differences:
    """Name every fact that is missing, different, or too much."""
    return Differences(
        lost=[f"lost: {name}: {expected[name]}" for name in sorted(expected.keys() - found)],
        wrong=[
            f"wrong: {name}: {found[name]} instead of {expected[name]}"
            for name in sorted(expected.keys() & found)
            if expected[name] != found[name]
        ],
        unexplained=[
            f"unexplained: {name}: {found[name]}" for name in sorted(found.keys() - expected)
        ],
    )


async def read_end_state(settings: Settings, model_version: str) -> Facts:
    """Read the index, the ledger and both topics of a deployment that is at rest."""
    return {
        **await _read_store(settings.qdrant, model_version),
        **await _read_topics(settings.kafka),
    }


def state_fact(
    listing_id: str, version: int, photo_count: int, *, is_deleted: bool, is_finished: bool
) -> tuple[str, str]:
    """A listing's head."""
    photos = "deleted" if is_deleted else f"{photo_count} photos"
    finished = "finished" if is_finished else "unfinished"
    return f"head of {listing_id}", f"version {version}, {photos}, {finished}"


def photo_fact(listing_id: str, sha256: str, version: int) -> tuple[str, str]:
    return f"photo {sha256[:12]} of {listing_id}", f"version {version}"


def pair_facts(
    left_id: str, right_id: str, versions: tuple[int, int], kind: str
) -> Sequence[tuple[str, str]]:
    """An open pair as the ledger has it, and as a subscriber holds it."""
    claim = f"versions {versions[0]} and {versions[1]}, {kind}"
    names = (f"open pair {left_id} and {right_id} {where}" for where in _PLACES_OF_PAIRS)
    return [(name, claim) for name in names]


def dead_letter_fact(
    place: tuple[int, int],
    key: bytes | None,
    value: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    reason: str,
) -> tuple[str, str]:
    """A dead letter: where its event lay, why it is one, and all bytes that came with it."""
    content = hashlib.sha256(repr((key, value, tuple(headers))).encode()).hexdigest()[:12]
    return f"dead letter of event {place}", f"{reason}, content {content}"


_PLACES_OF_PAIRS = ("in the ledger", "at the subscriber")


def _claim_fact(alert: Alert, place: str) -> tuple[str, str]:
    left, right = alert.listings
    facts = pair_facts(
        left.listing_id, right.listing_id, (left.version, right.version), str(alert.kind)
    )
    return facts[_PLACES_OF_PAIRS.index(place)]


async def _read_store(settings: QdrantSettings, model_version: str) -> Facts:
    names = collection_names(settings, model_version)
    heads = [head_of(one) for one in await _read_collection(settings, names.listings)]
    photos = await _read_collection(settings, names.photos)
    records = await _read_collection(settings, names.pairs)
    pairs = [pair_of(one) for one in records if "pair_id" in one]  # one record is the epoch
    facts = [
        state_fact(
            head.listing_id,
            head.version,
            len(head.photos),
            is_deleted=head.deleted,
            is_finished=head.is_finished,
        )
        for head in heads
    ]
    facts += [photo_fact(one["listing_id"], one["sha256"], one["version"]) for one in photos]
    facts += [
        _claim_fact(decode_alert(pair.message).data, "in the ledger")
        for pair in pairs
        if pair.is_open and pair.message is not None
    ]
    facts += [(f"pair {pair.pair_id}", "unpublished") for pair in pairs if pair.is_unpublished]
    return dict(facts)


async def _read_collection(settings: QdrantSettings, name: str) -> Sequence[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    async with connect(settings) as client:
        offset = None
        while True:
            records, offset = await client.scroll(name, limit=1000, offset=offset)
            found += [record.payload or {} for record in records]
            if offset is None:
                return found


async def _read_topics(settings: KafkaSettings) -> Facts:
    newest: dict[str, Alert] = {}
    sent: dict[tuple[str, int], bytes | None] = {}
    facts: list[tuple[str, str]] = []
    for message in await read_whole_topic(settings, settings.duplicate_alerts):
        alert = decode_alert(message.value or b"").data
        if alert.pair_id not in newest or newest[alert.pair_id].revision < alert.revision:
            newest[alert.pair_id] = alert
        if sent.setdefault((alert.pair_id, alert.revision), message.value) != message.value:
            facts.append((f"alert {alert.revision} of pair {alert.pair_id}", "sent in two forms"))
    facts += [
        _claim_fact(alert, "at the subscriber")
        for alert in newest.values()
        if alert.state != "retracted"
    ]
    for message in await read_whole_topic(settings, settings.dead_letters):
        letter = read_dead_letter(message)
        assert letter.origin is not None
        origin = letter.origin
        facts.append(
            dead_letter_fact(
                (origin.partition, origin.offset),
                letter.key,
                letter.value,
                letter.headers,
                origin.reason,
            )
        )
    return dict(facts)


async def read_whole_topic(settings: KafkaSettings, topic: str) -> Sequence[Message]:
    """Return all that a topic holds now."""
    consumer = AIOKafkaConsumer(
        topic, **client_options(settings), auto_offset_reset="earliest", enable_auto_commit=False
    )
    found: list[Message] = []
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        for place, end in ends.items():
            while await consumer.position(place) < end:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += map(message_of, records)
    return found
