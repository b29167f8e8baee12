"""Real Kafka that wants certificates, passwords or tokens, and allows what its ACLs say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from stream.settings import KafkaSettings
from tests.support.certificates import Authority
from tests.support.kafka import (
    SASL_PASSWORD,
    SASL_USERNAME,
    KafkaServer,
    free_ports,
    settings_for,
    skipped_without_kafka,
)
from tests.support.token_server import OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, TokenServer

PROPERTIES = """\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{username}
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={truststore}
ssl.principal.mapping.rules=RULE:^CN=(.*?)$/$1/
listener.name.ssl.ssl.client.auth=required
listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512,OAUTHBEARER
listener.name.sasl_ssl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
user_{username}="{password}" user_{guest}="{password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.oauthbearer.sasl.jaas.config=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required \
unsecuredLoginStringClaim_sub="broker";
"""

GUEST = "guest"
"""A user who may do nothing that no ACL allows, with the password of all."""


class SecuredKafka(KafkaServer):
    """Two listeners more: SASL over TLS, and mutual TLS. Whoever speaks plain text may do all."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.authority = authority
        server = self.authority.issue("broker", "IP:127.0.0.1")
        keystore = folder / "keystore.pem"
        keystore.write_text(server.both)
        self._ssl_port, self._sasl_ssl_port = free_ports(2)
        super().__init__(
            folder,
            listeners={"SSL": self._ssl_port, "SASL_SSL": self._sasl_ssl_port},
            properties=PROPERTIES.format(
                username=SASL_USERNAME,
                password=SASL_PASSWORD,
                guest=GUEST,
                keystore=keystore,
                truststore=self.authority.file,
            ),
        )

    def sasl_ssl_settings(self, **changes: object) -> KafkaSettings:
        """Settings of a test's own for SASL over TLS, as the one who may do all."""
        return self._settings(
            self._sasl_ssl_port,
            {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "PLAIN",
                "sasl_username": SASL_USERNAME,
                "sasl_password": SecretStr(SASL_PASSWORD),
                **changes,
            },
        )

    def token_settings(self, tokens: TokenServer, **changes: object) -> KafkaSettings:
        """The same by tokens of `tokens`."""
        return self._settings(
            self._sasl_ssl_port,
            {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "OAUTHBEARER",
                "oauth_token_url": tokens.url,
                "oauth_client_id": OAUTH_CLIENT_ID,
                "oauth_client_secret": SecretStr(OAUTH_CLIENT_SECRET),
                **changes,
            },
        )

    def mutual_settings(self, **changes: object) -> KafkaSettings:
        """The same by a certificate."""
        client = self.authority.issue(SASL_USERNAME)
        return self._settings(
            self._ssl_port,
            {
                "security_protocol": "SSL",
                "certificate_file": client.file,
                "key_file": client.key_file,
                **changes,
            },
        )

    def _settings(self, port: int, changes: dict[str, object]) -> KafkaSettings:
        plain = settings_for(f"127.0.0.1:{port}")
        return plain.model_copy(update={"ca_file": self.authority.file, **changes})


@pytest.fixture(scope="session")
def secured_kafka(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[SecuredKafka]:
    """Started once; without Java or Maven the reason is printed and tests skipped."""
    with skipped_without_kafka():
        server = SecuredKafka(tmp_path_factory.mktemp("secured-kafka"), authority)
    with server:
        yield server
