"""A gate that many pass together, or one alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Keeps who must be alone apart from everybody else; first come, first served."""

    def __init__(self) -> None:
        self._entrance = asyncio.Lock()  # fair: who wants to be alone is not overtaken
        self._inside = 0
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Be inside with others."""
        async with self._entrance:
            self._inside += 1
            self._is_empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._is_empty.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait until nobody is inside, and let nobody in meanwhile."""
        async with self._entrance:
            await self._is_empty.wait()
            yield
