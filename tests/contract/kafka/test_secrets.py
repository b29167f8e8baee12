"""Secrets are read from files, and printed by nothing."""

import asyncio
import os
import sys
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr, ValidationError
from typer.testing import CliRunner

from stream.cli import app
from stream.domain.errors import StopError
from stream.settings import Settings, describe
from tests.support.secured_kafka import SecuredKafka
from tests.support.token_server import TokenServer

AWAY = "127.0.0.1:1"
PLANTED = "open-sesame"


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every secret that there is, as a Secret is mounted."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for setting in describe(Settings()):
        if _is_secret(setting.variable):
            (folder / setting.variable).write_text(f"{PLANTED}\n")
    monkeypatch.setenv("TWINLIST_SECRETS_DIR", str(folder))
    return folder


def test_secrets_are_read_from_files(secrets: Path) -> None:
    files = {file.name for file in secrets.iterdir()}
    assert files >= {
        "TWINLIST_KAFKA__SASL_PASSWORD",
        "TWINLIST_METRICS_TOKEN",
        "TWINLIST_QDRANT__API_KEY",
    }
    for file in files:
        group, name = _field(file)
        assert getattr(group, name) == SecretStr(PLANTED)


@pytest.mark.usefixtures("secrets")
def test_what_the_environment_says_goes_before_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLIST_QDRANT__API_KEY", "other")
    settings = Settings()
    assert settings.qdrant.api_key == SecretStr("other")
    assert settings.kafka.sasl_password == SecretStr(PLANTED)


def test_a_folder_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TWINLIST_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(StopError, match=r"TWINLIST_SECRETS_DIR=.*nowhere.* does not exist"):
        Settings()


def test_a_secret_under_a_misspelt_name_is_refused_and_not_quoted(secrets: Path) -> None:
    (secrets / "TWINLIST_KAFKA__SASL_PASWORD").write_text(PLANTED)
    with pytest.raises(ValidationError, match="sasl_pasword") as refusal:
        Settings()
    assert PLANTED not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.usefixtures("secrets")
def test_no_way_to_write_settings_shows_a_secret() -> None:
    settings = Settings()
    described = list(describe(settings))
    for text in (repr(settings), str(settings), settings.model_dump_json(), repr(described)):
        assert PLANTED not in text
        assert "**********" in text


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_command_settings_masks_secrets(options: list[str]) -> None:
    printed = CliRunner().invoke(app, ["settings", *options]).output
    assert PLANTED not in printed
    assert "**********" in printed


async def test_no_command_prints_a_secret_where_it_fails(
    secrets: Path, secured_kafka: SecuredKafka, token_server: TokenServer
) -> None:
    token_server.answer = (HTTPStatus.UNAUTHORIZED, b'{"error": "invalid_client"}')
    kafka = secured_kafka.sasl_ssl_settings()
    settings_file = secrets.with_name("settings.env")
    settings_file.touch()
    variables = {
        "TWINLIST_ENV_FILE": str(settings_file),  # not what lies in this folder
        "TWINLIST_SECRETS_DIR": str(secrets),
        "TWINLIST_KAFKA__BROKERS": kafka.brokers,
        "TWINLIST_KAFKA__CA_FILE": str(kafka.ca_file),
        "TWINLIST_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
        "TWINLIST_KAFKA__SASL_USERNAME": "twinlist",
        "TWINLIST_KAFKA__OAUTH_TOKEN_URL": token_server.url,
        "TWINLIST_KAFKA__OAUTH_CLIENT_ID": "twinlist",
        "TWINLIST_QDRANT__URL": f"http://{AWAY}",
        "TWINLIST_TRITON__URL": AWAY,
        "TWINLIST_RETRY_SECONDS": "1",
        "TWINLIST_LOG_LEVEL": "debug",
    }
    tokens = variables | {"TWINLIST_KAFKA__SASL_MECHANISM": "OAUTHBEARER"}
    printed = await asyncio.gather(
        _run(("doctor", "--deadline", "3"), variables),
        _run(("topics", "create", "--partitions", "1", "--replication", "1"), tokens),
        _run(("worker",), variables),
    )
    for output, told in zip(
        printed, ("hangs up on SASL_SSL", "401 invalid_client", "waited 1 s"), strict=True
    ):
        assert told in output
        assert PLANTED not in output
        assert "Traceback" not in output


async def _run(command: tuple[str, ...], variables: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stream.cli", *command),
        env={**os.environ, **variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return output.decode()


def _field(variable: str) -> tuple[BaseModel, str]:
    """The group of a setting, and its name there."""
    settings = Settings()
    group, _, name = variable.removeprefix("TWINLIST_").lower().partition("__")
    return (getattr(settings, group), name) if name else (settings, group)


def _is_secret(variable: str) -> bool:
    """Whether the type of a setting says so."""
    group, name = _field(variable)
    return type(group).model_fields[name].annotation == (SecretStr | None)
