"""Whether the regions that an alert names show the same object: only where maps tell."""

from collections.abc import Mapping

import msgspec
import numpy as np

from stream.demo.object_maps import FILE, NOTHING, ObjectMap, read_object_maps
from stream.domain.alert import Box, PhotoPair
from stream.training.data import Manifest
from stream.training.evaluation.alerts import JudgedPairs
from stream.training.score import ScoredListings

_LARGEST_AREA = 0.25
_ROUNDING = 1e-9


class EvidenceFigures(msgspec.Struct, frozen=True):
    """Of the best photo pair of each right alert; null where there is none."""

    alerts: int
    """Right ones, both photos of whose best pair have a map."""
    grounded: float
    """Share that name regions, all of them small and on the same object at their centres."""
    silent: int
    """Alerts whose best photo pair names no region."""
    regions: int
    """Pairs of regions that the best photo pairs name."""
    small: float
    """Share of these of which neither is more than a quarter of its photo."""
    same_object: float
    """Share of these with the same object at both centres."""
    on_item: float
    """Share of these with the item for sale at both centres."""


def read_maps(manifest: Manifest) -> Mapping[str, ObjectMap]:
    """Return the maps beside a manifest, by photo; empty where there are none."""
    folder = manifest.path.parent
    return read_object_maps(folder) if (folder / FILE).is_file() else {}


def check_evidence(
    manifest: Manifest, scored: ScoredListings, pairs: JudgedPairs, maps: Mapping[str, ObjectMap]
) -> EvidenceFigures:
    """Hold the evidence of right alerts against what the photos show."""
    checked = []
    for place in np.flatnonzero(pairs.is_same & pairs.is_alert).tolist():
        best = scored.matches[pairs.match[place]].evidence[0]
        left, right = (
            maps.get(manifest.listings[listing].photos[photo.index])
            for listing, photo in (
                (pairs.left[place], best.left),
                (pairs.right[place], best.right),
            )
        )
        if left is not None and right is not None:
            checked.append(_check(best, left, right))
    rows = np.array([row for rows in checked for row in rows], np.bool_).reshape(-1, 3)
    small, same_object, on_item = (rows.mean(0) if len(rows) else np.full(3, np.nan)).tolist()
    grounded = [bool(one) and all(small and same for small, same, _ in one) for one in checked]
    return EvidenceFigures(
        alerts=len(checked),
        grounded=float(np.mean(grounded)) if grounded else float("nan"),
        silent=sum(not one for one in checked),
        regions=len(rows),
        small=small,
        same_object=same_object,
        on_item=on_item,
    )


def _check(best: PhotoPair, left: ObjectMap, right: ObjectMap) -> list[tuple[bool, bool, bool]]:
    """Tell of each pair of regions whether it is small, on one object, and on the item."""
    rows = []
    for regions in best.regions:
        one, other = _object_in(left, regions.left), _object_in(right, regions.right)
        rows.append(
            (
                max(_area(regions.left), _area(regions.right)) <= _LARGEST_AREA + _ROUNDING,
                one == other != NOTHING,
                one in left.for_sale and other in right.for_sale and one == other,
            )
        )
    return rows


def _object_in(shown: ObjectMap, box: Box) -> str:
    left, top, right, bottom = box
    return shown.object_at((left + right) / 2, (top + bottom) / 2)


def _area(box: Box) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)
