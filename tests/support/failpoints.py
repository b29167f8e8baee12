"""Failpoints: the places between two steps of the pipeline at which a test can kill a worker.

The ports are the seams, so that the production code knows nothing of this: `doomed_worker` puts a
trap around one operation of one adapter, in its own process, before it starts to work.
"""

import functools
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stream.adapters.kafka.faust_app import _Consumer
from stream.adapters.kafka.publisher import KafkaAlertPublisher, KafkaDeadLetters
from stream.adapters.qdrant.flight_recorder import QdrantFlightRecorder
from stream.adapters.qdrant.listing_index import QdrantIndex
from stream.adapters.qdrant.pair_ledger import QdrantLedger
from stream.adapters.triton.models import TritonModels


@dataclass(frozen=True)
class Failpoint:
    """Before or after a call of an adapter's operation."""

    adapter: type
    operation: str
    is_after: bool


def before(adapter: type, operation: str) -> Failpoint:
    return Failpoint(adapter, operation, is_after=False)


def after(adapter: type, operation: str) -> Failpoint:
    return Failpoint(adapter, operation, is_after=True)


FAILPOINTS = {
    "taken off": after(QdrantFlightRecorder, "take_off"),
    "decoded": before(QdrantIndex, "read_heads"),
    "photos collected": before(QdrantIndex, "find_tokens"),
    "photos encoded": after(TritonModels, "encode_photos"),
    "listing encoded": after(TritonModels, "encode_listing"),
    "photo points written": after(QdrantIndex, "write_photos"),
    "head written": after(QdrantIndex, "write_head"),
    "outdated removed": after(QdrantIndex, "remove_photos"),
    "candidates found": before(QdrantLedger, "read_of_listings"),
    "verified": after(TritonModels, "verify"),
    "pair written": after(QdrantLedger, "write"),
    "alert published": after(KafkaAlertPublisher, "publish"),
    "alert marked": after(QdrantLedger, "mark_published"),
    "finished": after(QdrantIndex, "finish"),
    "landed": after(QdrantFlightRecorder, "land"),
    "about to commit": before(_Consumer, "_commit"),
    "committed": after(_Consumer, "_commit"),
    "dead letter sent": after(KafkaDeadLetters, "send"),
}
"""By the step that is done; those of an event in the order in which it passes them."""


def commit_early() -> None:
    """Let workers of this process commit as soon as they have taken a batch, as their timer may.

    What is acknowledged before it is done is then lost in every run, and not in one of ten.
    """
    consumers: list[_Consumer] = []
    on_partitions_assigned = _Consumer.on_partitions_assigned
    take_off = QdrantFlightRecorder.take_off

    @functools.wraps(on_partitions_assigned)
    async def noted(consumer: _Consumer, *args: Any, **kwargs: Any) -> None:
        consumers[:] = [consumer]
        await on_partitions_assigned(consumer, *args, **kwargs)

    @functools.wraps(take_off)
    async def committed(flights: QdrantFlightRecorder, *args: Any) -> Any:
        before = await take_off(flights, *args)
        for consumer in consumers:
            await consumer.commit()
        return before

    setattr(_Consumer, on_partitions_assigned.__name__, noted)
    setattr(QdrantFlightRecorder, take_off.__name__, committed)


class Trap:
    """Kills this process at a call of a failpoint's operation, counted from when it is armed."""

    def __init__(self, call_number: int) -> None:
        self._calls_left = call_number
        self._is_armed = False

    def arm(self) -> None:
        self._is_armed = True

    def set_at(self, failpoint: Failpoint) -> None:
        """Put the trap around the operation, for all instances of its adapter."""
        operation = getattr(failpoint.adapter, failpoint.operation)
        trapped = self._after(operation) if failpoint.is_after else self._before(operation)
        setattr(failpoint.adapter, failpoint.operation, trapped)

    def _before(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(operation)
        def trapped(*args: Any, **kwargs: Any) -> Any:
            self._step_on()
            return operation(*args, **kwargs)

        return trapped

    def _after(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(operation)
        async def trapped(*args: Any, **kwargs: Any) -> Any:
            result = await operation(*args, **kwargs)
            self._step_on()
            return result

        return trapped

    def _step_on(self) -> None:
        self._calls_left -= self._is_armed
        if not self._calls_left:
            os.kill(os.getpid(), signal.SIGKILL)
