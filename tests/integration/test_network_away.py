"""A network that goes away and comes back, over real sockets: no flood of dead letters."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from stream.adapters.photos.fetch import PhotoFetcher, open_photos
from stream.domain.errors import OutageError
from stream.domain.event import Message
from stream.pipeline.process_batch import BatchProcessor
from stream.settings import PhotoSettings
from tests.support.memory_worker import MemoryWorker, posted
from tests.support.photo_server import serve_photos

_LISTINGS = 40


@asynccontextmanager
async def fetching(patience_seconds: float) -> AsyncIterator[PhotoFetcher]:
    settings = PhotoSettings(
        allow_private_addresses=True,
        allowed_ports=frozenset(),
        patience_seconds=patience_seconds,
    )
    async with open_photos(settings) as photos:
        yield photos


async def closed_port() -> int:
    """A port that nobody listens at."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


def events_at(port: int) -> list[Message]:
    return [
        posted(f"L-{number}", [f"http://127.0.0.1:{port}/photo/{number}"])
        for number in range(_LISTINGS)
    ]


async def in_batches(processor: BatchProcessor, events: list[Message]) -> None:
    for start in range(0, len(events), 4):
        await processor.process(events[start : start + 4])


async def test_photo_servers_that_are_all_away_stop_the_worker_before_a_flood() -> None:
    worker = MemoryWorker()
    async with fetching(patience_seconds=0.05) as photos:
        processor = worker.processor(photos=photos, retry_seconds=0.2)
        with pytest.raises(OutageError, match=r"photo servers \d+ did not answer"):
            await in_batches(processor, events_at(await closed_port()))
    assert len(worker.dead_letters.letters) < 12
    assert not worker.flights.recorded


async def test_servers_that_answer_with_errors_for_good_make_dead_letters_not_an_outage() -> None:
    worker = MemoryWorker()
    async with serve_photos() as server, fetching(patience_seconds=0.05) as photos:
        events = [
            posted(f"L-{number}", [server.url("/status/404", host="127.0.0.1")])
            for number in range(_LISTINGS)
        ]
        await in_batches(worker.processor(photos=photos, retry_seconds=0.2), events)
    assert len(worker.dead_letters.letters) == _LISTINGS
