"""`.env.example` names every setting as the code has it."""

import pytest

from stream.doctor.env_example import FILE, render
from stream.settings import Settings, describe


def test_the_file_is_what_the_settings_say() -> None:
    assert FILE.read_text() == render(), "run `python -m stream.doctor.env_example`"


def test_every_setting_is_in_it_and_sets_nothing_until_it_is_uncommented() -> None:
    lines = FILE.read_text().splitlines()
    for setting in describe(Settings()):
        assert f"#{setting.variable}={setting.default}" in lines
    assert all(line.startswith("#") for line in lines if line)


def test_no_value_of_the_environment_gets_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render()
    monkeypatch.setenv("TWINLIST_KAFKA__SASL_PASSWORD", "hunter2")
    monkeypatch.setenv("TWINLIST_KAFKA__BROKERS", "elsewhere:9092")
    assert render() == before
