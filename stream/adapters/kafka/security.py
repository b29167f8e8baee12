"""How the broker is spoken to: one place for consumers, producers, the admin client and Faust."""

import ssl
from typing import Any

import faust
from faust.types.auth import CredentialsT

from stream.adapters.kafka.oauth import ClientCredentials
from stream.domain.errors import StopError
from stream.settings import KafkaSettings


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return what every aiokafka client needs to connect.

    Raises `StopError` when a certificate cannot be read or SASL lacks what it needs.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": brokers_of(settings),
        "security_protocol": settings.security_protocol,
    }
    if _speaks_tls(settings):
        options["ssl_context"] = _ssl_context(settings)
    if _speaks_sasl(settings):
        options["sasl_mechanism"] = settings.sasl_mechanism
    if _takes_tokens(settings):
        options["sasl_oauth_token_provider"] = ClientCredentials(settings)
    elif _speaks_sasl(settings):
        username, password = _sasl_login(settings)
        options["sasl_plain_username"] = username
        options["sasl_plain_password"] = password
    return options


def faust_credentials(settings: KafkaSettings) -> CredentialsT | None:
    """Return the same as Faust names it; None for plain text. Raises as `client_options`."""
    context = _ssl_context(settings) if _speaks_tls(settings) else None
    if _takes_tokens(settings):
        return faust.OAuthCredentials(oauth_cb=ClientCredentials(settings), ssl_context=context)
    if _speaks_sasl(settings):
        username, password = _sasl_login(settings)
        return faust.SASLCredentials(
            username=username,
            password=password,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None


def brokers_of(settings: KafkaSettings) -> list[str]:
    """Return the bootstrap servers, one `host:port` each."""
    return [broker.strip() for broker in settings.brokers.split(",") if broker.strip()]


def _speaks_tls(settings: KafkaSettings) -> bool:
    return settings.security_protocol in {"SSL", "SASL_SSL"}


def _speaks_sasl(settings: KafkaSettings) -> bool:
    return settings.security_protocol in {"SASL_PLAINTEXT", "SASL_SSL"}


def _takes_tokens(settings: KafkaSettings) -> bool:
    return _speaks_sasl(settings) and settings.sasl_mechanism == "OAUTHBEARER"


def _ssl_context(settings: KafkaSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            password = settings.key_password.get_secret_value() if settings.key_password else ""
            # Never None: OpenSSL would then ask for the password of a key at the terminal.
            context.load_cert_chain(settings.certificate_file, settings.key_file, password)
    except OSError as error:  # ssl.SSLError among them
        raise StopError(f"a certificate for the broker cannot be read: {error}") from error
    return context


def _sasl_login(settings: KafkaSettings) -> tuple[str, str]:
    if settings.sasl_username is None or settings.sasl_password is None:
        raise StopError(
            f"{settings.security_protocol} needs a user and a password: set"
            " TWINLIST_KAFKA__SASL_USERNAME and TWINLIST_KAFKA__SASL_PASSWORD"
        )
    return settings.sasl_username, settings.sasl_password.get_secret_value()
