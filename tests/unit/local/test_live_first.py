"""Backfills' requests to Qdrant Edge wait for those of live workers."""

import asyncio
from dataclasses import dataclass
from typing import Any
from unittest.mock import MagicMock

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty

from stream.local.qdrant_edge import live_first
from stream.local.qdrant_edge.live_first import LiveFirst
from stream.local.qdrant_edge.server import Dispatch, Operation
from stream.priority import PRIORITY_HEADER, Priority

LIVE, BACKFILL = "/live", "/backfill"


@dataclass
class Call:
    """What gRPC says of a call before its message."""

    method: str
    invocation_metadata: tuple[tuple[str, str | bytes], ...]


class Requests:
    """Asks a dispatch, and takes down what is answered when."""

    def __init__(self) -> None:
        self.order: list[str] = []
        built = {one: Operation(Empty, self._answer(one)) for one in (LIVE, BACKFILL)}
        self._dispatch = Dispatch(built, lambda: None)

    def _answer(self, method: str) -> Any:
        def answer(_: object) -> Empty:
            self.order.append(method)
            return Empty()

        return answer

    def send(self, method: str) -> asyncio.Task[Empty]:
        priority = Priority.BACKFILL if method == BACKFILL else Priority.LIVE
        call = Call(method, ((PRIORITY_HEADER, str(int(priority))),))
        handler: Any = self._dispatch.service(call)
        return asyncio.create_task(
            handler.unary_unary(Empty(), MagicMock(grpc.aio.ServicerContext))
        )


async def test_a_live_request_overtakes_all_that_can_wait() -> None:
    requests = Requests()
    sent = [requests.send(BACKFILL) for _ in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    sent.append(requests.send(LIVE))
    await asyncio.gather(*sent)
    assert requests.order == [LIVE, BACKFILL, BACKFILL, BACKFILL]


async def test_what_can_wait_does_not_come_between_two_live_requests_of_one_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_first, "EXPECTED_SECONDS", 0.3)
    monkeypatch.setattr(live_first, "PATIENCE_SECONDS", 30)
    requests = Requests()
    await requests.send(LIVE)
    waiting = requests.send(BACKFILL)
    for _ in range(100):
        await asyncio.sleep(0)
    await requests.send(LIVE)
    await waiting
    assert requests.order == [LIVE, LIVE, BACKFILL]


async def test_what_can_wait_has_its_turn_although_live_never_pauses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_first, "EXPECTED_SECONDS", 3600)
    requests = Requests()
    await requests.send(LIVE)
    await asyncio.gather(requests.send(BACKFILL), requests.send(BACKFILL))
    assert requests.order == [LIVE, BACKFILL, BACKFILL]


async def test_who_gives_up_waiting_leaves_the_turn_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_first, "EXPECTED_SECONDS", 3600)
    requests = Requests()
    await requests.send(LIVE)
    given_up, next_one = requests.send(BACKFILL), requests.send(BACKFILL)
    await asyncio.sleep(0)
    given_up.cancel()
    await next_one
    assert requests.order == [LIVE, BACKFILL]


async def test_two_that_can_wait_never_hold_the_turn_at_once() -> None:
    turns, held = LiveFirst(), 0

    async def hold() -> int:
        nonlocal held
        async with turns.turn(can_wait=True):
            held += 1
            seen = held
            await asyncio.sleep(0)
            held -= 1
        return seen

    assert await asyncio.gather(*(hold() for _ in range(5))) == [1] * 5
