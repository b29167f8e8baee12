"""A vector store without a server: Qdrant Edge in a process of its own, behind Qdrant's gRPC.

The engine is Qdrant's; what it lacks is added here: collections and aliases, the network, checks of
every write, and a flush each second. Only the part of the interface that Twinlist uses is built;
all else answers UNIMPLEMENTED, so that nothing is ever quietly ignored.

Limits. One machine, one process a folder, loopback only, no password. No HNSW graph is built, since
the engine would stall every request meanwhile: searches are exact and slow down with the number of
photos. Among 25,000 listings of four photos, the reads and writes of one listing take about 0.1 s
on two cores; 100,000 listings are the most that is bearable. Beyond that a Qdrant server is the
answer. A process that is killed at any moment, also while it opens after such a kill, keeps what it
acknowledged; a power cut, which no test causes, may lose the last second.
"""

from stream.local.qdrant_edge.process import QdrantEdgeProcess

__all__ = ["QdrantEdgeProcess"]
