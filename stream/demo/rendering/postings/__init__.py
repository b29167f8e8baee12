"""The sample listings in the order of their posting: who shows which item, where, from where.

Angles differ within each pair of listings that show one item, and repeat where only the item or
only the home differs, so that neither the background nor the product alone gives the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from stream.demo.rendering.plan import Posting
from stream.demo.rendering.postings import copied, floor, indoor, outdoor, table

_AT_HOME = (
    floor.BICYCLE_FIRST,
    floor.ARMCHAIR_FIRST,
    table.KETTLE,
    floor.SUITCASE,
    floor.GUITAR_FIRST,
    floor.SNEAKERS,
    table.RADIO,
    floor.BICYCLE_AGAIN,
    floor.CHAIR,
    floor.FLOOR_LAMP,
    floor.BACKPACK,
    table.KETTLE_OTHER_HOME,
    floor.TAKEN_OVER,
    table.CAMERA_FIRST,
    table.CLOCK,
    floor.SUITCASE_EDITED,
    floor.CHAIR_AGAIN,
    floor.DRESSER,
    table.DESK_LAMP,
    floor.GUITAR_AGAIN,
    table.COFFEE_MACHINE,
    table.RADIO_COPIED,
    table.TEAPOT,
    floor.ARMCHAIR_AGAIN,
    floor.TAKEN_OVER_REPLACED,
    table.CAMERA_AGAIN,
)


def _interleaved(*groups: Sequence[Posting]) -> tuple[Posting, ...]:
    """Spread each group evenly over the whole; each keeps its order."""
    placed = [
        ((index + 0.5) / len(group), posting)
        for group in groups
        for index, posting in enumerate(group)
    ]
    return tuple(posting for _, posting in sorted(placed, key=lambda pair: pair[0]))


POSTINGS: tuple[Posting, ...] = _interleaved(
    _AT_HOME, indoor.POSTINGS, outdoor.POSTINGS, copied.POSTINGS
)
