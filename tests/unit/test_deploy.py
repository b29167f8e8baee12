"""What deploy/ names exists in the code: metrics, settings, alerts, topics."""

import re
from pathlib import Path

import pytest

from stream.observability.metrics import REGISTRY
from stream.settings import KafkaSettings, Settings, describe

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(file for file in DEPLOY.rglob("*") if file.is_file())
ALERTS = (DEPLOY / "prometheus" / "alerts.yaml").read_text()
RUNBOOK = (DEPLOY / "runbook.md").read_text()


def _names(pattern: str) -> list[tuple[str, str]]:
    return [
        (str(file.relative_to(DEPLOY)), name)
        for file in FILES
        for name in sorted(set(re.findall(pattern, file.read_text())))
    ]


def _samples() -> frozenset[str]:
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return frozenset(
        family.name + ending
        for family in REGISTRY.collect()
        for ending in endings.get(family.type, ("",))
    )


@pytest.mark.parametrize(("file", "metric"), _names(r"\btwinlist_[a-z_]+\b"))
def test_every_metric_that_is_looked_at_is_exposed(file: str, metric: str) -> None:
    assert metric in _samples(), file


@pytest.mark.parametrize("metric", sorted({name for name in _samples() if "_total" in name}))
def test_every_counter_is_on_the_dashboard(metric: str) -> None:
    assert metric in (DEPLOY / "grafana" / "twinlist.json").read_text()


@pytest.mark.parametrize(("file", "variable"), _names(r"\bTWINLIST_[A-Z0-9_]+\b"))
def test_every_variable_that_is_set_is_a_setting(file: str, variable: str) -> None:
    assert variable in {setting.variable for setting in describe(Settings())}, file


@pytest.mark.parametrize("alert", re.findall(r"- alert: (\w+)", ALERTS))
def test_every_alert_has_its_section_in_the_runbook(alert: str) -> None:
    assert f"\n## {alert}\n" in RUNBOOK
    assert f"runbook: deploy/runbook.md#{alert.lower()}\n" in ALERTS


def test_the_alerts_look_at_the_groups_default_name() -> None:
    groups = set(re.findall(r'consumergroup="(\w+)"', ALERTS))
    assert groups == {KafkaSettings.model_fields["group"].default}


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
