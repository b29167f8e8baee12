"""Estimate: what a backfill would do, found out by reading and changing nothing."""

import time
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np

from stream.domain.errors import DeadLetterError
from stream.domain.event import Event, ListingPosted, Message, VerdictGiven
from stream.domain.listing import Head
from stream.pipeline.decode import decode
from stream.ports import HeadReader, Models, ModelSpec

_FLOAT_BYTES = 4
_EMBEDDING_WIDTH = 256
_POINT_BYTES = 200
"""Payload and index entries of a point besides vectors and urls."""
_SAMPLE_PHOTOS = 16


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a backfill would do."""

    events: int
    to_do: int
    """Of these, how many bring something that the index does not have."""
    skipped: int
    """Superseded, or done before."""
    dead_letters: int
    """Those that cannot be read; photos that cannot be had come to light on the way alone."""
    photos_to_fetch: int
    photos_to_encode: int
    """At most: files that the index has under another address are not encoded again."""
    photos_per_second: float
    """As Triton encodes them now."""
    seconds: float
    """Of reading and encoding; waiting for photo servers, and for the live stream, is on top."""
    index_bytes: int


class Estimator:
    """Counts what events would bring.

    Args:
        heads: what is indexed; None when nothing is.
        spec: the models' shapes.
        max_message_bytes: the largest event that is decoded.
    """

    def __init__(self, heads: HeadReader | None, spec: ModelSpec, max_message_bytes: int) -> None:
        self._heads = heads
        self._max_message_bytes = max_message_bytes
        self._photo_bytes = _POINT_BYTES + _FLOAT_BYTES * spec.token_width * (spec.token_count + 1)
        self._brought: dict[str, set[str]] = {}
        self._orders: dict[str, tuple[int, bool]] = {}
        self.events = self.to_do = self.dead_letters = 0
        self.photos_to_fetch = self.photos_to_encode = self.index_bytes = 0

    async def take(self, page: Sequence[Message]) -> None:
        """Count a page of events."""
        events = [event for message in page if (event := self._decode(message)) is not None]
        self.events += len(page)
        self.dead_letters += len(page) - len(events)
        keys = [event.key for event in events]
        heads = await self._heads.read_heads(keys) if self._heads is not None else {}
        for event in events:
            self._count(event, heads)

    def _decode(self, message: Message) -> Event | None:
        try:
            return decode(message, self._max_message_bytes)
        except DeadLetterError:
            return None

    def _count(self, event: Event, heads: Mapping[str, Head]) -> None:
        if isinstance(event, VerdictGiven):
            self.to_do += 1
            return
        head = heads.get(event.key)
        if head is not None and (head.order, head.is_finished) >= (event.order, True):
            return
        if self._orders.get(event.key, event.order) > event.order:
            return
        self._orders[event.key] = event.order
        self.to_do += 1
        if not isinstance(event, ListingPosted):
            return
        if head is None and event.key not in self._brought:
            self.index_bytes += _POINT_BYTES + _FLOAT_BYTES * _EMBEDDING_WIDTH
        urls = {photo.url for photo in event.listing.photos}
        indexed = head.photos if head is not None else ()
        known = self._brought.setdefault(event.key, _addresses(photo.url for photo in indexed))
        new = _addresses(urls) - known
        known |= new
        self.photos_to_fetch += len(urls)
        self.photos_to_encode += len(new)
        self.index_bytes += len(new) * self._photo_bytes + sum(len(url.encode()) for url in urls)


async def estimate(
    pages: AsyncIterable[Sequence[Message]],
    estimator: Estimator,
    models: Models,
    tell: Callable[[int], None],
) -> Estimate:
    """Read what is left of a range and say what replaying it would take.

    `tell` is given how many events were read so far.
    """
    started = time.perf_counter()
    async for page in pages:
        await estimator.take(page)
        tell(estimator.events)
    reading_seconds = time.perf_counter() - started
    photos_per_second = await measure_photos_per_second(models)
    return Estimate(
        events=estimator.events,
        to_do=estimator.to_do,
        skipped=estimator.events - estimator.to_do - estimator.dead_letters,
        dead_letters=estimator.dead_letters,
        photos_to_fetch=estimator.photos_to_fetch,
        photos_to_encode=estimator.photos_to_encode,
        photos_per_second=photos_per_second,
        seconds=reading_seconds + estimator.photos_to_encode / photos_per_second,
        index_bytes=estimator.index_bytes,
    )


async def measure_photos_per_second(models: Models) -> float:
    """Encode some noise, of which nothing is kept."""
    size = models.spec.photo_size
    noise = np.random.default_rng(0).integers(0, 256, (_SAMPLE_PHOTOS, 3, size, size), np.uint8)
    await models.encode_photos(noise[:1])  # the first request after a start takes longer
    started = time.perf_counter()
    await models.encode_photos(noise)
    return _SAMPLE_PHOTOS / (time.perf_counter() - started)


def _addresses(urls: Iterable[str]) -> set[str]:
    """Where photos are, without the queries, which signatures change each time."""
    return {url.partition("?")[0] for url in urls}
