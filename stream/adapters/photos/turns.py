"""Who may fetch when: so many photos at once in all, and so many of one host."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Gives turns in the order of asking, to each host by itself and then to all.

    A host that is slow holds up its own photos: they wait for each other before they wait in the
    common line.

    Args:
        in_all: Turns at once.
        per_host: Turns at once of one host.
    """

    def __init__(self, in_all: int, per_host: int) -> None:
        self._turns = asyncio.Semaphore(in_all)
        self._per_host = per_host
        # A host is forgotten when nobody holds or awaits a turn of it.
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, host: str | None) -> AsyncIterator[None]:
        """Wait for a turn and hold it for as long as the context lasts; None asks no host."""
        async with AsyncExitStack() as held:
            if host is not None:
                turns_of_host = self._hosts.setdefault(host, asyncio.Semaphore(self._per_host))
                await held.enter_async_context(turns_of_host)
            await held.enter_async_context(self._turns)
            yield
