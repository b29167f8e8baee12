from tests.support.deployment import deployment, light_triton
from tests.support.kafka import kafka, kafka_server
from tests.support.qdrant import qdrant_edge, qdrant_server

__all__ = ["deployment", "kafka", "kafka_server", "light_triton", "qdrant_edge", "qdrant_server"]
