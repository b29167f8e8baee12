"""One process of a backfill, with a broker that is slow or away at its end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from stream.adapters.kafka import backfill
from stream.adapters.kafka.backfill import run_backfill
from stream.adapters.kafka.backfill_range import parse_range
from stream.adapters.kafka.backfill_record import Endings, Record, Stretch
from stream.adapters.kafka.window import Handle, Window
from stream.domain.errors import RetryError, StopError
from stream.domain.event import Message
from stream.settings import KafkaSettings

RECORD = {TopicPartition("listing-events", 0): Stretch(start=0, end=1, offset=1)}
MESSAGE = Message(topic="listing-events", partition=0, offset=0, key=b"", value=b"")


@dataclass
class Member:
    """A member of a group that has one event to do, at brokers that fail so many times."""

    failures: list[Exception] = field(default_factory=list)
    window: Window | None = None
    acknowledged: int = 0
    commits: int = 0
    is_done: bool = True

    def subscribe(self, *_: object, **__: object) -> None:
        pass

    async def take_events(self, *_: object) -> None:
        assert self.window is not None
        await self.window.submit([MESSAGE], self._acknowledge)

    def _acknowledge(self) -> None:
        self.acknowledged += 1

    async def keep_record(self, _tell: object) -> None:
        await asyncio.Event().wait()

    async def commit(self) -> bool:
        self.commits += 1
        if self.failures:
            raise self.failures.pop(0)
        return True

    async def read_record(self) -> Record:
        return RECORD


async def done_at_once(_messages: Sequence[Message]) -> None:
    pass


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch) -> Member:
    """What the process is made of, but for the window."""
    member = Member()

    @asynccontextmanager
    async def opened(_settings: KafkaSettings) -> AsyncIterator[Member]:
        yield member

    def joined(*_: object, window: Window, **__: object) -> Member:
        member.window = window
        return member

    monkeypatch.setattr(backfill, "open_admin", opened)
    monkeypatch.setattr(backfill, "_open_member", opened)
    monkeypatch.setattr(backfill, "BackfillMember", joined)
    monkeypatch.setattr(backfill, "_PAUSE_SECONDS", 0)
    return member


async def run(handle: Handle = done_at_once, *, deadline_seconds: float = 60) -> object:
    """Run the process to its end."""

    async def skip(messages: Sequence[Message]) -> Sequence[Message]:
        return messages

    return await run_backfill(
        KafkaSettings(brokers="kafka:9092", batch_deadline_seconds=deadline_seconds),
        parse_range("0", "1"),
        handle,
        skip,
        Endings(),
        stop=asyncio.Event(),
        is_open=lambda: True,
        tell=lambda _: None,
    )


@pytest.mark.parametrize("error", [TimeoutError(), RetryError("a broker is away")])
async def test_what_brokers_do_not_answer_at_the_end_is_asked_again(
    member: Member, error: Exception
) -> None:
    member.failures = [error, error]
    assert await run() == (RECORD, True)
    assert member.commits == 3


async def test_brokers_that_never_answer_at_the_end_are_named_in_one_sentence(
    member: Member,
) -> None:
    member.failures = [TimeoutError()] * 10_000
    with pytest.raises(StopError) as stopped:
        await run(deadline_seconds=1e-6)
    assert str(stopped.value) == (
        "the brokers kafka:9092 do not answer, or too slowly; nothing is lost, the same command "
        "goes on"
    )


async def test_how_long_a_batch_may_take_is_for_its_handler_to_say(member: Member) -> None:
    async def handle(_messages: Sequence[Message]) -> None:
        for _ in range(100):
            await asyncio.sleep(0)

    await run(handle, deadline_seconds=1e-6)
    assert member.acknowledged == 1
