"""How writes and reads are to agree on a cluster, in the client's models and in its messages.

Strong ordering sends every write through the shard's leader; a quorum of replicas answers a read
with what all of them hold. On one node they cost nothing.
"""

from qdrant_client import grpc as messages
from qdrant_client import models

STRONG = models.WriteOrdering.STRONG
STRONG_MESSAGE = messages.WriteOrdering(type=messages.WriteOrderingType.Strong)
QUORUM = models.ReadConsistencyType.QUORUM
QUORUM_MESSAGE = messages.ReadConsistency(type=messages.ReadConsistencyType.Quorum)
