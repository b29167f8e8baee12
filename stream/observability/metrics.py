"""Every metric that a worker exposes, in one list."""

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

REGISTRY = CollectorRegistry()

EVENTS = Counter(
    "twinlist_events",
    "Events processed, by type and outcome.",
    ["type", "outcome"],
    registry=REGISTRY,
)
DEAD_LETTERS = Counter(
    "twinlist_dead_letters",
    "Events that could not be used, by reason.",
    ["reason"],
    registry=REGISTRY,
)
EVENT_SECONDS = Histogram(
    "twinlist_event_seconds",
    "Time from taking an event up to its alerts being published.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=REGISTRY,
)
ALERTS = Counter("twinlist_alerts", "Alerts published.", registry=REGISTRY)
PHOTOS_ENCODED = Counter(
    "twinlist_photos_encoded", "Photos encoded, not seen before.", registry=REGISTRY
)
PHOTOS_LEFT_OUT = Counter(
    "twinlist_photos_left_out", "Photos that could not be had or used.", registry=REGISTRY
)
PAIRS_CROWDED_OUT = Counter(
    "twinlist_pairs_crowded_out",
    "Pairs not raised because a listing has too many open ones.",
    registry=REGISTRY,
)
RETRIES = Counter(
    "twinlist_retries", "Tries repeated because a dependency was away.", registry=REGISTRY
)


def serve_metrics(host: str, port: int) -> None:
    """Serve `/metrics` in a thread of its own, unless the port is 0."""
    if port:
        start_http_server(port, addr=host, registry=REGISTRY)
