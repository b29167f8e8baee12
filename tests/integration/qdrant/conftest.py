"""Embedded servers: one for all, and one a test that treats it badly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.local.qdrant_edge import QdrantEdgeProcess
from tests.support.qdrant import memory_folder, qdrant_edge, qdrant_server

__all__ = ["qdrant_edge", "qdrant_server"]


@pytest.fixture
def folder() -> Iterator[Path]:
    with memory_folder() as folder:
        yield folder


@pytest.fixture
def edge(folder: Path) -> Iterator[QdrantEdgeProcess]:
    """A server of one's own, whose data lie in `folder`."""
    with QdrantEdgeProcess(folder) as process:
        yield process
