"""Whose work waits for whose, told with every request to a part that live workers need too."""

from enum import IntEnum

PRIORITY_HEADER = "twinlist-priority"
"""Of requests to Qdrant, which has no priorities: for what stands before it, or in its stead."""


class Priority(IntEnum):
    """Levels as Triton counts them: a lower one waits less."""

    LIVE = 1
    BACKFILL = 2
