"""Metrics and health over HTTP."""

import socket
from collections.abc import Iterator

import httpx
import pytest
import structlog

from stream.domain.errors import StopError
from stream.observability.progress import Progress
from stream.observability.server import serve


@pytest.fixture
def now() -> list[float]:
    """The time, for a test to set."""
    return [0.0]


@pytest.fixture
def progress(now: list[float]) -> Progress:
    return Progress(300, clock=lambda: now[0])


@pytest.fixture
def client(progress: Progress, free_port: int) -> Iterator[httpx.Client]:
    with (
        serve("127.0.0.1", free_port, progress),
        httpx.Client(base_url=f"http://127.0.0.1:{free_port}", trust_env=False) as client,
    ):
        yield client


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.mark.parametrize(
    "sent", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3crét"}]
)
def test_a_token_guards_the_metrics_and_no_probe(
    free_port: int, progress: Progress, sent: dict[str, str]
) -> None:
    url = f"http://127.0.0.1:{free_port}"
    headers = {name.encode(): value.encode() for name, value in sent.items()}
    with (
        serve("127.0.0.1", free_port, progress, token="s3crét"),  # noqa: S106
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        refused = client.get("/metrics", headers=headers)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert "twinlist_" not in refused.text
        right = {b"Authorization": "Bearer s3crét".encode()}
        assert "\ntwinlist_events_in_flight " in client.get("/metrics", headers=right).text
        assert client.get("/live", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("host", "token", "warnings"),
    [("127.0.0.1", None, 0), ("0.0.0.0", None, 1), ("0.0.0.0", "t", 0)],  # noqa: S104
)
def test_metrics_that_others_can_read_are_worth_a_warning(
    free_port: int, progress: Progress, host: str, token: str | None, warnings: int
) -> None:
    with structlog.testing.capture_logs() as logs, serve(host, free_port, progress, token=token):
        pass
    told = [line for line in logs if "set TWINLIST_METRICS_TOKEN" in line["event"]]
    assert len(told) == warnings


def test_metrics_are_served_as_prometheus_reads_them(client: httpx.Client) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "\ntwinlist_events_in_flight " in answer.text


def test_a_worker_that_is_starting_is_live_and_not_ready(client: httpx.Client) -> None:
    assert (client.get("/live").status_code, client.get("/ready").status_code) == (200, 503)


def test_a_worker_with_partitions_is_live_and_ready(
    client: httpx.Client, progress: Progress
) -> None:
    progress.assign([("listing-events", 0)])
    assert (client.get("/live").status_code, client.get("/ready").status_code) == (200, 200)


def test_a_stalled_worker_is_neither(
    client: httpx.Client, progress: Progress, now: list[float]
) -> None:
    progress.assign([("listing-events", 0)])
    now[0] += 301
    assert (client.get("/live").status_code, client.get("/ready").status_code) == (503, 503)
    assert client.get("/live").text == "Service Unavailable\n"


@pytest.mark.parametrize("path", ["/", "/live/", "/metrics/../settings", "//"])
def test_nothing_else_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/metrics", "/live", "/ready"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_it_can_only_be_read(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_an_address_that_is_taken_is_named_with_the_settings_to_change(
    progress: Progress,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(
                StopError, match=rf"127\.0\.0\.1:{port}: .*in use.*TWINLIST_METRICS_PORT"
            ),
            serve("127.0.0.1", port, progress),
        ):
            pass


def test_a_host_that_is_none_is_named(progress: Progress) -> None:
    with (
        pytest.raises(StopError, match=r"served at no such host\.invalid:9100"),
        serve("no such host.invalid", 9100, progress),
    ):
        pass


def test_the_port_is_free_again_afterwards(progress: Progress) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for _ in range(2):
        with serve("127.0.0.1", port, progress):
            pass


def test_without_a_port_nothing_is_served(
    progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "bind", lambda *_: pytest.fail("bound"))
    with serve("127.0.0.1", None, progress):
        pass
