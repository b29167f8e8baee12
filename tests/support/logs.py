"""What a module logs, whatever configured logging before: a logger keeps what it was first told."""

import logging
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import structlog


@contextmanager
def logs_of(module: str) -> Iterator[list[MutableMapping[str, Any]]]:
    """Collect the lines that a module logs."""
    capture = structlog.testing.LogCapture()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(),
        processors=[capture],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
    )
    with patch(f"{module}._log", logger):
        yield capture.entries
