"""The sample listings in the order of their posting: who shows which item, where, from where.

Angles differ within each pair of listings that show one item, and repeat where only the item or
only the home differs, so that neither the background nor the product alone gives the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from stream.demo.rendering import floor_postings, table_postings
from stream.demo.rendering.plan import Posting

_AT_HOME = (
    floor_postings.BICYCLE_FIRST,
    floor_postings.ARMCHAIR_FIRST,
    table_postings.KETTLE,
    floor_postings.SUITCASE,
    floor_postings.GUITAR_FIRST,
    floor_postings.SNEAKERS,
    table_postings.RADIO,
    floor_postings.BICYCLE_AGAIN,
    floor_postings.CHAIR,
    floor_postings.FLOOR_LAMP,
    table_postings.KETTLE_OTHER_HOME,
    floor_postings.TAKEN_OVER,
    table_postings.CAMERA_FIRST,
    floor_postings.SUITCASE_EDITED,
    floor_postings.CHAIR_AGAIN,
    floor_postings.DRESSER,
    floor_postings.GUITAR_AGAIN,
    table_postings.COFFEE_MACHINE,
    table_postings.RADIO_COPIED,
    table_postings.TEAPOT,
    table_postings.DESK_LAMP,
    floor_postings.ARMCHAIR_AGAIN,
    floor_postings.TAKEN_OVER_REPLACED,
    table_postings.CLOCK,
    table_postings.CAMERA_AGAIN,
    floor_postings.BACKPACK,
)


def _interleaved(*groups: Sequence[Posting]) -> tuple[Posting, ...]:
    """Spread each group evenly over the whole; each keeps its order."""
    placed = [
        ((index + 0.5) / len(group), posting)
        for group in groups
        for index, posting in enumerate(group)
    ]
    return tuple(posting for _, posting in sorted(placed, key=lambda pair: pair[0]))


POSTINGS: tuple[Posting, ...] = _interleaved(_AT_HOME)
