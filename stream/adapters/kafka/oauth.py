"""Tokens for SASL/OAUTHBEARER, by OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

import asyncio
import ssl
import time
from http import HTTPStatus
from urllib.parse import quote_plus, urlsplit

import httpx
import msgspec
import structlog
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from stream.domain.errors import RetryError, StopError, TwinlistError
from stream.settings import KafkaSettings

_TIMEOUT_SECONDS = 10
_RENEWED_AFTER = 0.8
"""Part of a token's life after which a new connection takes a new one."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_log = structlog.stdlib.get_logger(__name__)


class _Grant(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = 60  # only recommended by section 5.1


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """Fetches a token when the broker asks for one, and again when its life nears its end.

    The first token fails with Twinlist's errors. Later ones fail with the client's own, which it
    outlives as it outlives a broker that is away.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        """Raises `StopError` when the settings lack something or would send the secret in clear."""
        url, client_id, secret = (
            settings.oauth_token_url,
            settings.oauth_client_id,
            settings.oauth_client_secret,
        )
        if url is None or client_id is None or secret is None:
            raise StopError(
                "OAUTHBEARER needs a token endpoint and a client: set"
                " TWINLIST_KAFKA__OAUTH_TOKEN_URL, TWINLIST_KAFKA__OAUTH_CLIENT_ID and"
                " TWINLIST_KAFKA__OAUTH_CLIENT_SECRET"
            )
        place = urlsplit(url)
        if place.scheme != "https" and place.hostname not in _LOOPBACK:
            raise StopError(
                "the client's secret would be sent in clear: TWINLIST_KAFKA__OAUTH_TOKEN_URL must"
                " begin with https://"
            )
        try:
            self._trusted = ssl.create_default_context(cafile=settings.oauth_ca_file)
        except OSError as error:  # ssl.SSLError among them
            raise StopError(
                f"TWINLIST_KAFKA__OAUTH_CA_FILE={settings.oauth_ca_file} cannot be read: {error}"
            ) from error
        self._url = url
        self._client = httpx.BasicAuth(  # encoded as section 2.3.1 wants it
            quote_plus(client_id), quote_plus(secret.get_secret_value())
        )
        self._form = {"grant_type": "client_credentials"}
        if settings.oauth_scope:
            self._form["scope"] = settings.oauth_scope
        self._fetching = asyncio.Lock()
        self._token = ""
        self._renewed_at = 0.0

    async def token(self) -> str:
        """Return a token that is still good for a while."""
        async with self._fetching:
            if not self._token or time.monotonic() >= self._renewed_at:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        asked_at = time.monotonic()
        try:
            grant = await self._ask()
        except TwinlistError as error:
            if not self._token:
                raise
            _log.warning("no new token for the broker", error=str(error))
            raise KafkaConnectionError(str(error)) from error
        self._token = grant.access_token
        self._renewed_at = asked_at + _RENEWED_AFTER * grant.expires_in

    async def _ask(self) -> _Grant:
        try:
            async with httpx.AsyncClient(verify=self._trusted, timeout=_TIMEOUT_SECONDS) as client:
                answer = await client.post(self._url, data=self._form, auth=self._client)
        except httpx.InvalidURL as error:
            raise StopError(f"TWINLIST_KAFKA__OAUTH_TOKEN_URL is no url: {error}") from error
        except httpx.HTTPError as error:
            raise RetryError(f"the token endpoint {self._url} does not answer: {error}") from error
        if answer.status_code == HTTPStatus.OK:
            try:
                return msgspec.json.decode(answer.content, type=_Grant, strict=False)
            except msgspec.DecodeError as error:
                raise StopError(f"{self._url} answers with no token: {error}") from error
        message = f"the token endpoint {self._url} gives no token: {_why(answer)}"
        if answer.is_server_error or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise RetryError(message)
        raise StopError(
            f"{message}; look at TWINLIST_KAFKA__OAUTH_CLIENT_ID,"
            " TWINLIST_KAFKA__OAUTH_CLIENT_SECRET and TWINLIST_KAFKA__OAUTH_SCOPE"
        )


def _why(answer: httpx.Response) -> str:
    """Return the status and the code of section 5.2; never the text, which is a stranger's."""
    try:
        code = msgspec.json.decode(answer.content, type=_Refusal).error
    except msgspec.DecodeError:
        code = ""
    return f"{answer.status_code} {code[:40]}".strip()
