"""What deploy/ names exists in the code: metrics, settings, alerts, topics, probes."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import Metric

from stream.observability.metrics import REGISTRY
from stream.settings import KafkaSettings, Settings, describe

DEPLOY = Path(__file__).parents[2] / "deploy"
TEXT_SUFFIXES = {"", ".dockerignore", ".json", ".md", ".py", ".yaml"}
FILES = sorted(
    file for file in DEPLOY.rglob("*") if file.is_file() and file.suffix in TEXT_SUFFIXES
)
ALERTS = (DEPLOY / "prometheus" / "alerts.yaml").read_text()
RUNBOOK = (DEPLOY / "runbook.md").read_text()
DASHBOARD = json.loads((DEPLOY / "grafana" / "twinlist.json").read_text())
DASHED = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
ALERTED = re.findall(r"expr: (?:>-\n)?(.+?)\n +(?:for|labels):", ALERTS, re.DOTALL)
PROMETHEUS_OWN = {"up"}
PROMQL_WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "bool", "offset"}


def _names(pattern: str) -> list[tuple[str, str]]:
    return [
        (str(file.relative_to(DEPLOY)), name)
        for file in FILES
        for name in sorted(set(re.findall(pattern, file.read_text())))
    ]


def _samples() -> frozenset[str]:
    endings = {
        "counter": ("_total",),
        "histogram": ("_bucket", "_sum", "_count"),
        "info": ("_info",),
    }
    return frozenset(
        family.name + ending
        for family in REGISTRY.collect()
        for ending in endings.get(family.type, ("",))
    )


def _metrics_of(expression: str) -> set[str]:
    """Names of a PromQL expression that are no function, keyword or label."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"", " ", expression)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    names = re.findall(r"\b[a-z_]\w*\b(?!\s*\()", bare)
    return set(names) - PROMQL_WORDS


@pytest.mark.parametrize(("file", "metric"), _names(r"\btwinlist_[a-z_]+\b"))
def test_every_metric_that_is_looked_at_is_exposed(file: str, metric: str) -> None:
    families = {family.name for family in REGISTRY.collect()}
    assert metric in _samples() | families, file


@pytest.mark.parametrize("expression", [*DASHED, *ALERTED])
def test_no_metric_of_strangers_is_looked_at(expression: str) -> None:
    metrics = _metrics_of(expression)
    assert metrics
    assert metrics <= _samples() | PROMETHEUS_OWN


@pytest.mark.parametrize("family", tuple(REGISTRY.collect()), ids=lambda one: str(one.name))
def test_every_metric_is_on_the_dashboard_and_in_the_runbook(family: Metric) -> None:
    assert any(family.name in expression for expression in DASHED)
    assert f"| {family.documentation} |" in RUNBOOK


@pytest.mark.parametrize(("file", "variable"), _names(r"\bTWINLIST_[A-Z0-9_]+\b"))
def test_every_variable_that_is_set_is_a_setting(file: str, variable: str) -> None:
    settings = {setting.variable for setting in describe(Settings())}
    assert variable in settings | {"TWINLIST_ENV_FILE", "TWINLIST_SECRETS_DIR"}, file


@pytest.mark.parametrize("alert", re.findall(r"- alert: (\w+)", ALERTS))
def test_every_alert_has_its_section_in_the_runbook(alert: str) -> None:
    assert f"\n### {alert}\n" in RUNBOOK
    assert f"runbook: deploy/runbook.md#{alert.lower()}\n" in ALERTS


def test_the_alert_for_a_stall_and_the_probe_have_one_limit() -> None:
    (seconds,) = re.findall(r"last_progress_timestamp_seconds > (\d+)", ALERTS)
    assert int(seconds) == KafkaSettings().stall_seconds


@pytest.mark.parametrize("file", ["compose.yaml", "helm/templates/deployment.yaml"])
def test_probes_ask_where_the_image_serves(file: str) -> None:
    (port,) = re.findall(r"TWINLIST_METRICS_PORT=(\d+)", (DEPLOY / "Dockerfile").read_text())
    text = (DEPLOY / file).read_text()
    assert f":{port}/ready" in text or f"containerPort: {port} }}" in text
    assert set(re.findall(r"/(live|ready)\b", text)) >= {"ready"}


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("helm/values.yaml", r"terminationGracePeriodSeconds: (\d+)"),
        ("compose.yaml", r"stop_grace_period: (\d+)s"),
    ],
)
def test_a_worker_has_longer_to_end_than_a_batch_and_a_rebalance_take(
    file: str, pattern: str
) -> None:
    (seconds,) = re.findall(pattern, (DEPLOY / file).read_text())
    kafka = KafkaSettings()
    assert kafka.batch_deadline_seconds < kafka.rebalance_timeout_seconds < int(seconds)
