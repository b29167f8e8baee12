"""Every metric that a worker exposes, in one list.

Names and units as Prometheus advises: https://prometheus.io/docs/practices/naming/. Labels that
can be known in advance are there from the start, so that a first occurrence is an increase.
"""

from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from stream.domain.alert import AlertState
from stream.domain.errors import DeadLetterReason, PhotoErrorReason


class Stage(StrEnum):
    """The steps of an event; `settle` includes the `verify` inside it."""

    DECODE = "decode"
    COLLECT_PHOTOS = "collect_photos"
    ENCODE = "encode"
    INDEX = "index"
    FIND_CANDIDATES = "find_candidates"
    VERIFY = "verify"
    SETTLE = "settle"
    PUBLISH = "publish"


REGISTRY = CollectorRegistry()

WORKER = Info(
    "twinlist_worker", "Versions of Twinlist, of its models and of its policy.", registry=REGISTRY
)
ASSIGNED_PARTITIONS = Gauge(
    "twinlist_assigned_partitions", "Partitions that this worker consumes.", registry=REGISTRY
)
CONSUMER_LAG = Gauge(
    "twinlist_consumer_lag",
    "Offsets from what is acknowledged to the partition's end.",
    ["topic", "partition"],
    registry=REGISTRY,
)
LAST_PROGRESS = Gauge(
    "twinlist_last_progress_timestamp_seconds",
    "When an event was last acknowledged, or none was waiting.",
    registry=REGISTRY,
)
EVENTS_IN_FLIGHT = Gauge(
    "twinlist_events_in_flight", "Events taken and not done yet.", registry=REGISTRY
)
TASKS = Gauge(
    "twinlist_tasks", "Coroutines that the worker runs at the end of a batch.", registry=REGISTRY
)
BATCH_SECONDS = Histogram(
    "twinlist_batch_duration_seconds",
    "Time from taking a batch until all of its events are done.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
    registry=REGISTRY,
)
EVENTS = Counter(
    "twinlist_events",
    "Events done, by type and outcome; a dead letter is an outcome, too.",
    ["type", "outcome"],
    registry=REGISTRY,
)
EVENT_SECONDS = Histogram(
    "twinlist_event_duration_seconds",
    "Time from starting on an event until its alerts are published, all tries included.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=REGISTRY,
)
STAGE_SECONDS = Histogram(
    "twinlist_stage_duration_seconds",
    "Time of one step of an event, by stage; steps that failed count as well.",
    ["stage"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
PHOTOS_FETCHED = Counter(
    "twinlist_photos_fetched", "Photos fetched and decoded.", registry=REGISTRY
)
PHOTOS_FAILED = Counter(
    "twinlist_photos_failed",
    "Photos left out because they could not be had or used, by reason.",
    ["reason"],
    registry=REGISTRY,
)
PHOTOS_ENCODED = Counter(
    "twinlist_photos_encoded", "Photos encoded, not seen before.", registry=REGISTRY
)
ALERTS = Counter(
    "twinlist_alerts",
    "Alerts published, by state; one sent again counts again.",
    ["state"],
    registry=REGISTRY,
)
PAIRS_CROWDED_OUT = Counter(
    "twinlist_pairs_crowded_out",
    "Pairs not raised because a listing has too many open ones.",
    registry=REGISTRY,
)
DEAD_LETTERS = Counter(
    "twinlist_dead_letters",
    "Events that could not be used, by reason.",
    ["reason"],
    registry=REGISTRY,
)
RETRIES = Counter(
    "twinlist_retries", "Tries repeated because a dependency was away.", registry=REGISTRY
)

for _stage in Stage:
    STAGE_SECONDS.labels(stage=_stage)
for _state in AlertState:
    ALERTS.labels(state=_state)
for _reason in DeadLetterReason:
    DEAD_LETTERS.labels(reason=_reason)
for _failure in PhotoErrorReason:
    PHOTOS_FAILED.labels(reason=_failure)

_Parameters = ParamSpec("_Parameters")
_Returned = TypeVar("_Returned")
_Step = Callable[_Parameters, Awaitable[_Returned]]


def timed(
    stage: Stage,
) -> Callable[
    [_Step[_Parameters, _Returned]], Callable[_Parameters, Coroutine[Any, Any, _Returned]]
]:
    """Observe how long each call of a step takes."""
    seconds = STAGE_SECONDS.labels(stage=stage)

    def decorate(
        step: _Step[_Parameters, _Returned],
    ) -> Callable[_Parameters, Coroutine[Any, Any, _Returned]]:
        @wraps(step)
        async def timed_step(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Returned:
            with seconds.time():
                return await step(*args, **kwargs)

        return timed_step

    return decorate
