"""What the thresholds let through of pairs that ask one thing each, and by angle."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np

from stream.demo.sample import PairLabel
from stream.domain.errors import StopError
from stream.training.data import Manifest
from stream.training.evaluation.alerts import JudgedPairs, Tally

BAND_ENDS = (15.0, 45.0, 75.0, 105.0, 135.0, 180.0)
"""Of the angle between two views, in degrees; the first band starts at 0."""


class PairLabels(msgspec.Struct, frozen=True):
    """What is known of single pairs of a manifest, as the scenes' `expected.json` has it."""

    pairs: tuple[PairLabel, ...]
    """Those that show the same item."""
    no_pairs: tuple[PairLabel, ...] = ()
    """Those that look alike and do not."""
    stock_photos: frozenset[str] = frozenset()
    """SHA-256 of photos that a platform would list as proof of nothing."""


class CaseTallies(msgspec.Struct, frozen=True):
    """Tallies of labelled pairs. A question or case is about duplicates or about other pairs."""

    by_question: Mapping[str, Tally]
    by_case: Mapping[str, Tally]
    by_angle: Mapping[str, Tally]
    """Of pairs that show one item or one product, by how far apart the nearest two views are."""
    unlabelled: Tally
    """All other pairs of the manifest."""
    left_out: int
    """Labelled pairs that have a listing which is not in the manifest."""


def read_labels(path: Path) -> PairLabels:
    """Read the labels of pairs; raises `StopError` when it is no such file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=PairLabels)
    except (OSError, msgspec.DecodeError) as error:
        raise StopError(f"The labels of pairs cannot be read: {path}: {error}") from error


def tally_cases(manifest: Manifest, pairs: JudgedPairs, labels: PairLabels) -> CaseTallies:
    """Count labelled pairs; the label says what a pair is, whatever the manifest's items say."""
    place_of = {one.listing_id: place for place, one in enumerate(manifest.listings)}
    known = [
        (pairs.place(place_of[label.left], place_of[label.right]), label, is_same)
        for labelled, is_same in ((labels.pairs, True), (labels.no_pairs, False))
        for label in labelled
        if label.left in place_of and label.right in place_of
    ]
    places = np.array([place for place, _, _ in known], np.int64)
    is_same = np.array([is_same for _, _, is_same in known], np.bool_)
    is_alert = pairs.is_alert[places]

    def tally_by(names: list[str]) -> dict[str, Tally]:
        named = np.array(names, np.str_)
        return {
            name: Tally.of(is_same[named == name], is_alert[named == name])
            for name in dict.fromkeys(names)
            if name
        }

    bands = tally_by(["" if one.angle is None else band_of(one.angle) for _, one, _ in known])
    is_unlabelled = np.ones(len(pairs.left), np.bool_)
    is_unlabelled[places] = False
    return CaseTallies(
        by_question=tally_by([label.question for _, label, _ in known]),
        by_case=tally_by([label.case for _, label, _ in known]),
        by_angle={name: bands[name] for name in map(band_of, BAND_ENDS) if name in bands},
        unlabelled=pairs.tally(is_unlabelled),
        left_out=len(labels.pairs) + len(labels.no_pairs) - len(known),
    )


def band_of(angle: float) -> str:
    """Name the band of an angle of 0 to 180 degrees."""
    place = int(np.searchsorted(BAND_ENDS, angle))
    start = BAND_ENDS[place - 1] if place else 0.0
    return f"{start:g} to {BAND_ENDS[place]:g} degrees"
