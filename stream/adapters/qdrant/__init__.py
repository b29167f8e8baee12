"""Qdrant behind the ports `ListingIndex` and `PairLedger`: a server, a cluster, or the embedded."""

from stream.adapters.qdrant.store import Store, open_store

__all__ = ["Store", "open_store"]
