"""What is known of a shadow that a backfill fills: its range, its models, and how far it is."""

import re
from datetime import datetime

import msgspec
from aiokafka import TopicPartition
from qdrant_client import AsyncQdrantClient

from stream.adapters.kafka.backfill_range import Range
from stream.adapters.kafka.backfill_record import Record, Stretch
from stream.adapters.qdrant.collections import Shadow, collection_names
from stream.adapters.qdrant.shadows import drop_shadow, find_shadows, read_note, write_note
from stream.backfill.differences import Span
from stream.domain.errors import StopError
from stream.domain.policy import Policy
from stream.settings import QdrantSettings

_START = "into-"


class ShadowRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A shadow as it says itself."""

    name: str
    range: str
    topic: str
    model_version: str
    policy_version: str
    started_at: datetime
    stretches: dict[int, Stretch]
    """By partition."""
    first_time: datetime | None = None
    """That of the earliest event so far."""
    last_time: datetime | None = None

    @property
    def record(self) -> Record:
        """How far it is."""
        return {TopicPartition(self.topic, number): one for number, one in self.stretches.items()}

    @property
    def span(self) -> Span:
        """What of time its events cover so far."""
        dead_letters = sum(stretch.tally.dead_letters for stretch in self.stretches.values())
        return Span(self.first_time, self.last_time, dead_letters)

    @property
    def is_done(self) -> bool:
        """Whether the whole range is in it."""
        return all(stretch.is_done for stretch in self.stretches.values())

    def check(self, wanted: Range | None, policy: Policy) -> None:
        """Raise `StopError` unless this range (None for any) and policy are what it was begun by.

        A shadow that is done needs no policy any more.
        """
        if wanted is not None and str(wanted) != self.range:
            raise StopError(
                f"--into {self.name} holds {self.range}, and {wanted} is another range: leave out "
                f"--from and --to, name another shadow, or `twinlist index drop {self.name}`"
            )
        begun = (self.model_version, self.policy_version)
        if not self.is_done and begun != (policy.model_version, policy.policy_version):
            raise StopError(
                f"--into {self.name} was begun with model {self.model_version} and policy "
                f"{self.policy_version}, and model {policy.model_version} and policy "
                f"{policy.policy_version} are in use: go on with those, name another shadow, or "
                f"`twinlist index drop {self.name}`"
            )


def shadow_of(name: str) -> Shadow:
    """Return the shadow that a user's name means. Raises `StopError` when it can be no name."""
    if not re.fullmatch(r"[A-Za-z0-9_.]{1,40}", name):
        raise StopError(
            f"--into {name!r} can be no name: up to 40 letters, digits, full stops and underscores"
        )
    return Shadow(f"{_START}{name}", has_own_listings=True)


class ShadowBook:
    """The record of one shadow, kept in its own ledger.

    Args:
        client: an open client.
        settings: those of the live store.
        name: what the user calls the shadow.
    """

    def __init__(self, client: AsyncQdrantClient, settings: QdrantSettings, name: str) -> None:
        self._client = client
        self._pairs = collection_names(settings, "", shadow_of(name)).pairs

    async def read(self) -> ShadowRecord | None:
        """Return the record; None when there is no such shadow."""
        note = await read_note(self._client, self._pairs)
        return msgspec.json.decode(note, type=ShadowRecord) if note is not None else None

    async def write(self, record: ShadowRecord) -> None:
        """Write the record; the ledger must be there."""
        await write_note(self._client, self._pairs, msgspec.json.encode(record))


async def list_shadows(client: AsyncQdrantClient, settings: QdrantSettings) -> list[ShadowRecord]:
    """Return the records of all shadows, by name."""
    names = [name.removeprefix(_START) for name in await find_shadows(client, settings, _START)]
    records = [await ShadowBook(client, settings, name).read() for name in names]
    return [record for record in records if record is not None]


async def drop(client: AsyncQdrantClient, settings: QdrantSettings, name: str) -> list[str]:
    """Remove a shadow; return which collections that were. Raises `StopError` if there are none."""
    dropped = list(await drop_shadow(client, settings, shadow_of(name)))
    if not dropped:
        raise StopError(f"there is no shadow {name!r}; `twinlist index list` names them")
    return dropped
