"""A worker that the demo starts gets the settings that the demo has."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from stream.demo.stack import environment_of
from stream.settings import KafkaSettings, PhotoSettings, Settings


def test_settings_survive_the_way_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        kafka=KafkaSettings(brokers="b:1", sasl_password=SecretStr("s3cret"), batch_size=3),
        photos=PhotoSettings(allowed_schemes=frozenset({"file"}), file_root=Path("/photos")),
        policy_file=Path("/policy.json"),
        log_format="json",
    )
    monkeypatch.setenv("TWINLIST_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    environment = environment_of(settings)
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
