"""Limits of time that do not fit into each other are refused with what to do."""

import re

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from stream.cli import app
from stream.refused_settings import check_names
from stream.settings import KafkaSettings, PhotoSettings, Settings


def test_the_defaults_fit_into_each_other() -> None:
    settings = Settings()
    photos, retry = settings.photos.deadline_seconds, settings.retry_seconds
    assert photos + retry + photos < settings.kafka.batch_deadline_seconds
    assert settings.photos.patience_seconds < photos


@pytest.mark.parametrize(
    ("settings", "longest"),
    [
        ({"retry_seconds": 100}, "220 s"),
        ({"photos": PhotoSettings(deadline_seconds=90)}, "240 s"),
        ({"kafka": KafkaSettings(batch_deadline_seconds=180)}, "180 s"),
    ],
)
def test_an_event_that_may_outlast_its_batch_is_refused(
    settings: dict[str, object], longest: str
) -> None:
    with pytest.raises(ValidationError, match=f"an event may take {longest}") as refusal:
        Settings.model_validate(settings)
    [one] = refusal.value.errors()
    assert "TWINLIST_KAFKA__BATCH_DEADLINE_SECONDS" in one["msg"]


def test_a_batch_that_may_outlast_a_rebalance_is_refused() -> None:
    with pytest.raises(ValidationError, match="below rebalance_timeout_seconds"):
        KafkaSettings(batch_deadline_seconds=220)


def test_a_command_says_it_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLIST_RETRY_SECONDS", "100")
    done = CliRunner().invoke(app, ["settings"])
    assert done.exit_code == 1
    assert re.fullmatch(
        r"twinlist: an event may take 220 s: .* see `twinlist settings`\n",
        done.stderr,
    )


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("TWINLIST_KAFKA_BROKERS", "TWINLIST_KAFKA__BROKERS"),
        ("TWINLIST_LOGLEVEL", "TWINLIST_LOG_LEVEL"),
        ("twinlist_policyfile", "TWINLIST_POLICY_FILE"),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_one_that_is_meant(
    monkeypatch: pytest.MonkeyPatch, misspelt: str, meant: str
) -> None:
    monkeypatch.setenv(misspelt, "somewhere")
    done = CliRunner().invoke(app, ["settings"])
    assert done.exit_code == 1
    assert done.stderr == (
        f"twinlist: {misspelt.upper()}: no such setting; did you mean {meant}?; "
        "see `twinlist settings`\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        "TWINLIST_SERVICE_HOST",
        "TWINLIST_METRICS_SERVICE_PORT",
        "TWINLIST_QDRANT_PORT",
        "TWINLIST_TRITON_PORT_8001_TCP_ADDR",
        "TWINLIST_BUILD",
        "TWINLIST_ENV_FILE",
        "TWINLIST_SECRETS_DIR",
    ],
)
def test_what_a_cluster_or_a_build_sets_is_left_alone(name: str) -> None:
    check_names([name])
