from tests.support.kafka import any_broker, any_kafka, embedded_broker, kafka, kafka_server

__all__ = ["any_broker", "any_kafka", "embedded_broker", "kafka", "kafka_server"]
