from tests.support.kafka import kafka_server
from tests.support.proving_ground import ground
from tests.support.qdrant import qdrant_edge, qdrant_server
from tests.support.rollouts import light_triton

__all__ = ["ground", "kafka_server", "light_triton", "qdrant_edge", "qdrant_server"]
