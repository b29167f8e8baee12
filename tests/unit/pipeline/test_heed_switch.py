"""A worker whose model is no longer in use begins nothing more, and finishes what it has begun."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from stream.domain.control import Control
from stream.domain.event import Message
from stream.pipeline.heed_switch import SwitchedError, SwitchWatch
from stream.pipeline.retry import Patience
from tests.support.listings import policy
from tests.support.memory_control import MemoryControl
from tests.support.memory_worker import posted

USED = Control(active=policy())
SWITCHED = USED.begun(
    msgspec.structs.replace(policy(), model_version="m2"), datetime(2026, 3, 1, tzinfo=UTC)
).switched({})
BATCH = [posted("a", ["a1"])]


class Handler:
    """Counts batches; each ends once it is let go."""

    def __init__(self) -> None:
        self.begun = self.done = 0
        self.go = asyncio.Event()

    async def __call__(self, batch: Sequence[Message]) -> None:
        del batch
        self.begun += 1
        await self.go.wait()
        self.done += 1


def watch_of(record: MemoryControl) -> SwitchWatch:
    return SwitchWatch(record, "m1", Patience(1))


@pytest.mark.parametrize("control", [None, USED, USED.begun(SWITCHED.active, datetime.now(UTC))])
async def test_batches_are_handled_while_the_model_is_in_use(control: Control | None) -> None:
    handler, watch = Handler(), watch_of(MemoryControl(control))
    handler.go.set()
    await watch.process(BATCH, handler)
    assert handler.done == 1
    assert not watch.leave.is_set()


async def test_after_a_switch_nothing_is_begun_and_what_was_begun_is_finished_first() -> None:
    record, handler = MemoryControl(USED), Handler()
    watch = watch_of(record)
    begun = asyncio.create_task(watch.process(BATCH, handler))
    await asyncio.sleep(0)
    record.control = SWITCHED
    refused = asyncio.create_task(watch.process(BATCH, handler))
    await asyncio.wait([refused], timeout=0.01)
    assert not refused.done()  # its error would cancel what is in flight
    assert watch.leave.is_set()
    handler.go.set()
    await begun
    with pytest.raises(SwitchedError, match="model m1 is no longer in use"):
        await refused
    assert (handler.begun, handler.done) == (1, 1)


async def test_a_worker_without_events_notices_the_switch() -> None:
    watch = watch_of(MemoryControl(SWITCHED))
    async with asyncio.timeout(5):
        await watch.watch()
    assert watch.leave.is_set()
