"""Settings of security, as each client of ours takes them."""

import asyncio
from http import HTTPStatus
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from pydantic import SecretStr

from stream.adapters.kafka.oauth import ClientCredentials
from stream.adapters.kafka.producer import deliver, open_producer
from stream.adapters.kafka.security import client_options, faust_credentials
from stream.adapters.kafka.topics import create_topics
from stream.adapters.kafka.worker import run_worker
from stream.demo.watch import open_watch
from stream.doctor.broker import connect
from stream.domain.errors import RetryError, StopError
from stream.settings import KafkaSettings
from tests.support.certificates import Authority, encrypt
from tests.support.kafka import KafkaServer, Recorder, Topics, until
from tests.support.secured_kafka import SecuredKafka
from tests.support.token_server import OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, TokenServer


async def test_every_client_logs_in_with_sasl(kafka_server: KafkaServer) -> None:
    kafka = Topics(kafka_server.sasl_settings())
    await create_topics(kafka.settings, partitions=1, replication=1)
    await kafka.send(b"secret")

    await _consume(kafka.settings)

    assert await kafka.committed() == 1


@pytest.mark.parametrize("way", ["PLAIN", "SCRAM-SHA-512", "OAUTHBEARER", "mutual TLS"])
async def test_every_client_works_over_tls(
    secured_kafka: SecuredKafka, token_server: TokenServer, way: str
) -> None:
    match way:
        case "OAUTHBEARER":
            settings = secured_kafka.token_settings(token_server, oauth_scope="events alerts")
        case "mutual TLS":
            settings = secured_kafka.mutual_settings()
        case _:
            settings = secured_kafka.sasl_ssl_settings(sasl_mechanism=way)
    kafka = Topics(settings)
    await create_topics(settings, partitions=1, replication=1)
    await kafka.send(b"event")
    async with open_producer(settings) as producer:
        await deliver(producer, settings.dead_letters, key=b"k", value=b"letter", headers=())

    await _consume(settings)

    assert await kafka.committed() == 1
    async with open_watch(settings) as watch:
        assert (await anext(watch)).value == b"letter"
    async with connect(settings) as broker:
        assert await broker.read_group() is not None
    if way == "OAUTHBEARER":
        assert token_server.forms[0] == {
            "grant_type": ["client_credentials"],
            "scope": ["events alerts"],
        }


async def test_a_worker_outlives_its_tokens(
    secured_kafka: SecuredKafka, token_server: TokenServer
) -> None:
    token_server.lifetime_seconds = 3  # after which this Kafka hangs up
    kafka = Topics(secured_kafka.token_settings(token_server))
    patient = Topics(kafka.settings.model_copy(update=_login(secured_kafka.sasl_ssl_settings())))
    await create_topics(patient.settings, partitions=1, replication=1)
    recorder, stop = Recorder(), asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(kafka.settings, recorder, stop=stop))
        await patient.send(b"before")
        await recorder.wait_for(1)
        tokens = len(token_server.forms)

        async def has_a_new_token() -> bool:
            return len(token_server.forms) > tokens

        await until(has_a_new_token)
        await patient.send(b"after")
        await recorder.wait_for(2)
        stop.set()

    assert [message.value for message in recorder.messages] == [b"before", b"after"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"ca_file": None}, "unable to get local issuer", id="an authority unknown"),
        pytest.param({"host": "localhost"}, "Hostname mismatch", id="another host's certificate"),
    ],
)
async def test_a_broker_that_cannot_prove_who_it_is_is_not_spoken_to(
    secured_kafka: SecuredKafka, changes: dict[str, str | None], why: str
) -> None:
    settings = secured_kafka.sasl_ssl_settings()
    if "host" in changes:
        changes = {"brokers": settings.brokers.replace("127.0.0.1", "localhost")}
    strict = settings.model_copy(update=changes)

    with pytest.raises(RetryError, match=f"is not trusted:.*{why}.*TWINLIST_KAFKA__CA_FILE"):
        async with connect(strict):
            pass
    with pytest.raises(RetryError, match="no Kafka broker answers"):
        async with open_producer(strict):
            pass


@pytest.mark.parametrize("holder", ["nobody", "stranger"])
async def test_mutual_tls_takes_no_client_without_a_certificate_of_its_authority(
    secured_kafka: SecuredKafka, strange_authority: Authority, holder: str
) -> None:
    strange = strange_authority.issue("twinlist")
    files = (None, None) if holder == "nobody" else (strange.file, strange.key_file)
    settings = secured_kafka.mutual_settings(certificate_file=files[0], key_file=files[1])
    with pytest.raises(RetryError, match="no Kafka broker answers"):
        async with open_producer(settings):
            pass


async def test_a_key_with_a_password_is_opened_by_it_and_never_asked_for(
    secured_kafka: SecuredKafka,
) -> None:
    settings = secured_kafka.mutual_settings()
    assert settings.key_file is not None
    encrypted = settings.model_copy(update={"key_file": encrypt(settings.key_file, "open sesame")})

    with pytest.raises(StopError, match="a certificate for the broker cannot be read"):
        client_options(encrypted)
    opened = encrypted.model_copy(update={"key_password": SecretStr("open sesame")})
    async with open_producer(opened):
        pass


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        pytest.param(None, StopError, "401 invalid_client; look at", id="a wrong secret"),
        pytest.param((HTTPStatus.BAD_GATEWAY, b"oops"), RetryError, "502", id="a bad gateway"),
        pytest.param((HTTPStatus.OK, b"{}"), StopError, "access_token", id="no token"),
    ],
)
async def test_a_token_endpoint_that_gives_no_token_is_named(
    token_server: TokenServer,
    answer: tuple[HTTPStatus, bytes] | None,
    error: type[Exception],
    why: str,
) -> None:
    token_server.answer = answer
    settings = _token_settings(token_server.url).model_copy(
        update={"oauth_client_secret": SecretStr("hunter2")}
    )
    with pytest.raises(error, match=f"{token_server.url}.*{why}") as raised:
        await ClientCredentials(settings).token()
    assert "hunter2" not in repr(raised.value)


async def test_a_token_is_used_again_while_it_lasts_and_an_outage_at_its_end_may_pass(
    token_server: TokenServer,
) -> None:
    provider = ClientCredentials(_token_settings(token_server.url))
    token_server.lifetime_seconds = 300
    assert await provider.token() == await provider.token()
    assert len(token_server.forms) == 1

    token_server.lifetime_seconds = 0
    provider = ClientCredentials(_token_settings(token_server.url))
    await provider.token()
    token_server.answer = (HTTPStatus.SERVICE_UNAVAILABLE, b"")
    with pytest.raises(KafkaConnectionError, match="503"):
        await provider.token()
    token_server.answer = None
    await provider.token()


async def test_a_token_endpoint_that_is_away_is_waited_for() -> None:
    with TokenServer() as gone:
        url = gone.url
    with pytest.raises(RetryError, match="does not answer"):
        await ClientCredentials(_token_settings(url)).token()


def test_a_clients_secret_is_not_sent_in_clear() -> None:
    with pytest.raises(StopError, match="must begin with https"):
        client_options(_token_settings("http://identity.example.com/token"))


def test_oauth_without_a_client_says_what_to_set() -> None:
    settings = KafkaSettings(security_protocol="SASL_SSL", sasl_mechanism="OAUTHBEARER")
    for build in (client_options, faust_credentials):
        with pytest.raises(StopError, match="TWINLIST_KAFKA__OAUTH_CLIENT_SECRET"):
            build(settings)


def test_sasl_without_a_password_says_what_to_set() -> None:
    settings = KafkaSettings(security_protocol="SASL_SSL", sasl_username="twinlist")
    for build in (client_options, faust_credentials):
        with pytest.raises(StopError, match="TWINLIST_KAFKA__SASL_PASSWORD"):
            build(settings)


def test_a_certificate_that_cannot_be_read_stops(tmp_path: Path) -> None:
    settings = KafkaSettings(security_protocol="SSL", ca_file=tmp_path / "missing.pem")
    with pytest.raises(StopError, match="a certificate for the broker cannot be read"):
        client_options(settings)


def test_tls_and_sasl_reach_aiokafka_and_faust_alike() -> None:
    settings = KafkaSettings(
        security_protocol="SASL_SSL",
        sasl_username="twinlist",
        sasl_password=SecretStr("not-a-secret"),
    )
    options, credentials = client_options(settings), faust_credentials(settings)

    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert options["sasl_plain_password"] == "not-a-secret"  # noqa: S105
    assert options["ssl_context"].check_hostname
    assert credentials is not None
    assert credentials.protocol.value == options["security_protocol"]


async def _consume(settings: KafkaSettings) -> None:
    """Run a worker until it has handled one message."""
    recorder, stop = Recorder(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_worker(settings, recorder, stop=stop))
        await recorder.wait_for(1)
        stop.set()


def _token_settings(url: str) -> KafkaSettings:
    return KafkaSettings(
        security_protocol="SASL_SSL",
        sasl_mechanism="OAUTHBEARER",
        oauth_token_url=url,
        oauth_client_id=OAUTH_CLIENT_ID,
        oauth_client_secret=SecretStr(OAUTH_CLIENT_SECRET),
    )


def _login(settings: KafkaSettings) -> dict[str, object]:
    """What tells a user from another."""
    return {
        name: getattr(settings, name)
        for name in ("sasl_mechanism", "sasl_username", "sasl_password")
    }
