"""Watch the live stream, and leave it the room that it needs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from stream.adapters.kafka.live_lag import LiveLag, LiveLagWatch
from stream.adapters.kafka.producer import named_errors
from stream.adapters.kafka.replay import open_reader
from stream.adapters.kafka.topics import open_admin
from stream.backfill.pace import Pace
from stream.domain.errors import RetryError
from stream.settings import KafkaSettings

_LOOK_SECONDS = 0.5


class LiveWatch:
    """Sets a backfill's pace by what waits in the live stream.

    Args:
        watch: measures that.
        pace: is set.
    """

    def __init__(self, watch: LiveLagWatch, pace: Pace) -> None:
        self._watch = watch
        self._pace = pace
        self.lag = LiveLag()

    async def run(self) -> None:
        """Look twice a second, without end."""
        while True:
            # Who is away will be missed by others, who say so.
            with suppress(RetryError), named_errors("looking at the live stream"):
                self.lag = await self._watch.measure()
                await self._pace.look(self.lag.oldest_seconds)
            await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def open_live_watch(settings: KafkaSettings, pace: Pace) -> AsyncIterator[LiveWatch]:
    """Open a watch of the live workers' group, which `settings` name."""
    async with AsyncExitStack() as opened:
        with named_errors(f"connecting to {settings.brokers}"):
            consumer = await opened.enter_async_context(open_reader(settings))
            admin = await opened.enter_async_context(open_admin(settings))
        measuring = LiveLagWatch(consumer, admin, settings.group, settings.listing_events)
        yield LiveWatch(measuring, pace)
