from tests.support.kafka import kafka, kafka_server
from tests.support.proving_ground import ground, light_triton
from tests.support.qdrant import qdrant_edge, qdrant_server

__all__ = ["ground", "kafka", "kafka_server", "light_triton", "qdrant_edge", "qdrant_server"]
