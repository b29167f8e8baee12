"""Heed a switch: no batch is begun by a model that is no longer in use.

The record is read before each batch. Whoever waits for all members of the group to run the new
model may rely on that: a member that joins later, by the old one, begins nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from stream.domain.errors import RetryError, StopError
from stream.domain.event import Message
from stream.pipeline.retry import Patience
from stream.ports import ControlRecord

_LOOK_SECONDS = 1


Handle = Callable[[Sequence[Message]], Awaitable[None]]


class SwitchedError(StopError):
    """Another model is in use: what was not begun is for whoever runs that one."""


class SwitchWatch:
    """Lets a worker go on for as long as its model is the recorded one.

    Args:
        record: says which model is in use.
        model_version: that of the worker.
        patience: with the record.
    """

    def __init__(self, record: ControlRecord, model_version: str, patience: Patience) -> None:
        self._record = record
        self._model_version = model_version
        self._patience = patience
        self._in_flight = 0
        self._changed = asyncio.Condition()
        self.leave = asyncio.Event()
        """Set once another model is in use."""

    async def watch(self) -> None:
        """Look every second, until cancelled: a worker without events is to switch, too."""
        while not self.leave.is_set():
            await asyncio.sleep(_LOOK_SECONDS)
            with suppress(RetryError):
                await self._look()

    def guard(self, handle: Handle) -> Handle:
        """Return what handles a batch if the model is in use, and raises `SwitchedError` if not."""

        async def process(batch: Sequence[Message]) -> None:
            await self.process(batch, handle)

        return process

    async def process(self, batch: Sequence[Message], handle: Handle) -> None:
        """Begin a batch unless the model has changed; then wait for those begun before.

        Raises what `handle` raises, and `SwitchedError`.
        """
        await self._patience.persist(self._look)
        if self.leave.is_set():
            async with self._changed:
                await self._changed.wait_for(lambda: not self._in_flight)
            raise SwitchedError(
                f"model {self._model_version} is no longer in use: name the policy of the one that "
                "is by TWINLIST_POLICY_FILE"
            )
        self._in_flight += 1
        try:
            await handle(batch)
        finally:
            self._in_flight -= 1
            async with self._changed:
                self._changed.notify_all()

    async def _look(self) -> None:
        control = await self._record.read()
        if control is not None and control.active.model_version != self._model_version:
            self.leave.set()
