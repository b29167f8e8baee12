"""Qdrant over gRPC: the listing index and the pair ledger."""
