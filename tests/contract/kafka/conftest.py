from tests.support.certificates import authority, strange_authority
from tests.support.kafka import any_broker, any_kafka, embedded_broker, kafka, kafka_server
from tests.support.secured_kafka import secured_kafka
from tests.support.token_server import token_server

__all__ = [
    "any_broker",
    "any_kafka",
    "authority",
    "embedded_broker",
    "kafka",
    "kafka_server",
    "secured_kafka",
    "strange_authority",
    "token_server",
]
