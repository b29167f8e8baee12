"""Run a worker: consume topics, hand batches to a handler, acknowledge what is done.

`faust.Worker` is not used: it owns the event loop, logging, signals and `sys.exit`, and so takes
the error that a caller should report. `faust.App` is a service like any other: it is started in
the caller's loop, waited for and stopped.
"""

import asyncio
import math
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from stream.adapters.kafka.faust_app import WorkerApp
from stream.adapters.kafka.topics import check_topics
from stream.adapters.kafka.window import Handle, Window
from stream.domain.errors import StopError
from stream.observability.progress import Progress
from stream.settings import KafkaSettings

_LEAVE_SECONDS = 30
"""How long leaving the group may take once nothing is in flight."""
_CLIENT_ID = "twinlist"


def client_id_of(model_version: str) -> str:
    """Return what a worker's group sees of it: which model it runs."""
    return f"{_CLIENT_ID}-{model_version}"


def model_version_of(client_id: str) -> str | None:
    """Return which model a member of the group runs; None when it does not say."""
    before, _, model_version = client_id.partition("-")
    return model_version if before == _CLIENT_ID and model_version else None


async def run_worker(
    settings: KafkaSettings,
    handle: Handle,
    *,
    topics: Sequence[str] | None = None,
    progress: Progress | None = None,
    stop: asyncio.Event | None = None,
    leave: asyncio.Event | None = None,
    client_id: str = _CLIENT_ID,
    batches_have_deadlines: bool = True,
) -> None:
    """Consume topics until `stop` or `leave` is set, or SIGTERM or SIGINT arrives.

    What is in flight is then finished and committed, and the group left. Batches are handed to
    `handle` in order of arrival, several at once; two topics are independent of each other.

    Args:
        settings: the brokers, the group, and how much is in flight.
        handle: brings a batch of events to its end.
        topics: by default those of listing events and of verdicts.
        progress: is told of assignments, acknowledgements and lag.
        stop: set by a signal, too; after that a signal ends the process at once.
        leave: the same, but that a signal is still the first.
        client_id: what the group sees of this member.
        batches_have_deadlines: or `handle` itself knows how long one may take.

    Raises what `handle` raised, and `StopError` when a topic is missing, a batch missed its
    deadline or Faust failed; what was not acknowledged by then is delivered again.
    """
    await check_topics(settings)
    stop, leave = stop or asyncio.Event(), leave or asyncio.Event()
    app = WorkerApp(settings, progress or Progress(settings.stall_seconds), client_id)
    deadline_seconds = settings.batch_deadline_seconds if batches_have_deadlines else math.inf
    with set_on_signal(stop, settings.batch_deadline_seconds + _LEAVE_SECONDS):
        try:
            async with asyncio.TaskGroup() as tasks:
                for topic in topics or (settings.listing_events, settings.duplicate_verdicts):
                    window = Window(
                        handle,
                        tasks,
                        limit=settings.batches_in_flight,
                        deadline_seconds=deadline_seconds,
                    )
                    app.consume(topic, window)
                await app.start()
                watching = tasks.create_task(app.watch_lag())
                await app.wait_first(stop.wait(), leave.wait())
                if app.crash_reason is not None:
                    raise StopError(f"Faust failed: {app.crash_reason!r}") from app.crash_reason
                await app.drain()
                watching.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        finally:
            await app.stop()


@contextmanager
def set_on_signal(stop: asyncio.Event, patience_seconds: float) -> Iterator[None]:
    """Stop in order at the first signal; at the second one, or when that hangs, at once.

    Faust and aiokafka wait without end for a broker that went away meanwhile. Nothing is lost by an
    abrupt end: what is unacknowledged is delivered again.
    """
    end = threading.Timer(patience_seconds, os._exit, (1,))
    end.daemon = True

    def on_signal() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()
        end.start()

    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for one in signals:
        loop.add_signal_handler(one, on_signal)
    try:
        yield
    finally:
        for one in signals:
            loop.remove_signal_handler(one)
        end.cancel()
