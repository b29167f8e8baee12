"""Sends a sample's events to a worker and waits until all that they lead to is seen."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from stream.adapters.kafka.dead_letters import DeadLetter
from stream.adapters.kafka.producer import named_errors, open_producer
from stream.demo.report import judge, meant_dead_letters
from stream.demo.sample import Sample
from stream.demo.screen import Bars, Screen
from stream.demo.watch import Watched, came_from, open_watch, watch_log, watch_topics
from stream.domain.alert import Alert
from stream.domain.errors import StopError, TwinlistError
from stream.local.child_process import ChildProcess
from stream.settings import KafkaSettings

_STALLED_SECONDS = 120
_POLL_SECONDS = 0.1
_ENDING_SECONDS = 2


class Part(Protocol):
    """A process that everything depends on."""

    def check_alive(self) -> None:
        """Raise `StopError` when it has ended."""


async def play(
    sample: Sample,
    settings: KafkaSettings,
    worker: ChildProcess,
    parts: Sequence[Part],
    screen: Screen,
    *,
    events_per_second: float,
    is_verbose: bool,
) -> Watched:
    """Play a sample. Raises `StopError` when a part ends or events stay unaccounted for.

    Args:
        sample: what to send.
        settings: the broker and its topics.
        worker: who consumes them.
        parts: what else must stay alive.
        screen: where alerts and dead letters are told.
        events_per_second: how fast to send.
        is_verbose: whether the worker's log is told, too.
    """
    watched = Watched()

    def tell(news: Alert | DeadLetter) -> None:
        if isinstance(news, Alert):
            screen.tell_alert(news, judge(sample, news))
        else:
            is_meant = came_from(news) in meant_dead_letters(sample, watched)
            screen.tell_dead_letter(news, is_meant=is_meant)

    def tell_log(line: str) -> None:
        if is_verbose:
            screen.tell(f"worker: {line}", "dim")

    screen.tell(f"sending {len(sample.events)} events, {events_per_second:g} a second")
    try:
        with named_errors("playing the sample"), screen.bars(len(sample.events)) as bars:
            async with (
                _alongside(_watch_parts((worker, *parts))),
                open_producer(settings) as producer,
                open_watch(settings) as consumer,
                _alongside(
                    watch_topics(consumer, settings, watched, tell),
                    watch_log(worker.log_file, watched, tell_log),
                    _show(bars, watched),
                ),
            ):
                await _emit(sample, events_per_second, producer, settings, watched)
                await _wait_until_done(watched, worker, consumer)
    except asyncio.CancelledError:
        _check((worker, *parts))
        raise
    except TwinlistError:
        await _check_a_while((worker, *parts))
        raise
    return watched


async def _emit(
    sample: Sample,
    events_per_second: float,
    producer: AIOKafkaProducer,
    settings: KafkaSettings,
    watched: Watched,
) -> None:
    """Send the events in their order at a steady rate."""
    start = time.monotonic()
    for number, event in enumerate(sample.events):
        await asyncio.sleep(max(0.0, start + number / events_per_second - time.monotonic()))
        sent = time.time()
        place = await producer.send_and_wait(settings.listing_events, event.value, key=event.key)
        watched.emitted[place.partition, place.offset] = sent
        watched.last_change = time.monotonic()


async def _wait_until_done(
    watched: Watched, worker: ChildProcess, consumer: AIOKafkaConsumer
) -> None:
    """Wait for every event that was sent, and then for every alert that they led to."""
    while not watched.emitted.keys() <= watched.done.keys():
        if time.monotonic() - watched.last_change > _STALLED_SECONDS:
            raise StopError(
                f"nothing has moved for {_STALLED_SECONDS} s and "
                f"{len(watched.emitted.keys() - watched.done.keys())} events are not done; see "
                f"{worker.log_file}"
            )
        await asyncio.sleep(_POLL_SECONDS)
    ends = await consumer.end_offsets(consumer.assignment())
    for place, end in ends.items():
        while await consumer.position(place) < end:  # noqa: ASYNC110 - the client has no event
            await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def _alongside(*watching: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run what has no end beside the body; raises the first error of either."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in watching]
            yield
            for task in tasks:
                task.cancel()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _watch_parts(parts: Sequence[Part]) -> None:
    while True:
        _check(parts)
        await asyncio.sleep(_POLL_SECONDS)


async def _check_a_while(parts: Sequence[Part]) -> None:
    """Raise `StopError` if a part ended, which explains whatever else went wrong.

    The connections of a killed process break a moment before it counts as ended.
    """
    until = time.monotonic() + _ENDING_SECONDS
    while time.monotonic() < until:
        _check(parts)
        await asyncio.sleep(_POLL_SECONDS)
    _check(parts)


def _check(parts: Sequence[Part]) -> None:
    for part in parts:
        part.check_alive()


async def _show(bars: Bars, watched: Watched) -> None:
    while True:
        bars.show(watched)
        await asyncio.sleep(_POLL_SECONDS)
