"""What a worker exposes to Prometheus."""

import socket

import httpx
import pytest
from prometheus_client import generate_latest

from stream.observability import metrics


def test_every_metric_is_twinlists_and_says_what_it_is() -> None:
    for family in metrics.REGISTRY.collect():
        assert family.name.startswith("twinlist_")
        assert family.documentation.endswith(".")


def test_a_metric_without_labels_is_there_before_anything_happened() -> None:
    text = generate_latest(metrics.REGISTRY).decode()
    for name in ("alerts_total", "retries_total", "pairs_crowded_out_total", "event_seconds_count"):
        assert f"\ntwinlist_{name} " in text


def test_they_are_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    metrics.serve_metrics("127.0.0.1", port)
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    assert "twinlist_alerts_total" in answer.text


def test_port_zero_serves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "start_http_server", lambda *_, **__: pytest.fail("served"))
    metrics.serve_metrics("127.0.0.1", 0)
