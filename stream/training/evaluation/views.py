"""How far the view may turn: each photo as a listing of its own, by how far two views differ."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import msgspec
import numpy as np
from msgspec.structs import replace

from stream.domain.policy import Policy
from stream.ports import Models
from stream.training.candidates import EncodedListings
from stream.training.data import Manifest
from stream.training.evaluation.cases import BAND_ENDS, band_of
from stream.training.metrics import threshold_at_precision
from stream.training.score import embed, score_encoded


class ViewFigures(msgspec.Struct, frozen=True):
    """Of two photos of one item that differ so much."""

    pairs: int
    recall: float
    """At the shipped thresholds."""
    recall_at_precision_95: float
    """At the threshold that gives this precision over all pairs of photos."""


async def measure_views(
    manifest: Manifest, listings: EncodedListings, models: Models, policy: Policy
) -> Mapping[str, ViewFigures]:
    """Return figures by how far two views of one item differ; see `view_differences`."""
    views = [(place, photo) for place, head in enumerate(listings.heads) for photo in head.photos]
    left, right = np.triu_indices(len(views), 1)
    items = manifest.items[[place for place, _ in views]]
    is_same = items[left] == items[right]
    differences = view_differences(
        manifest,
        [(place, photo.index) for place, photo in views],
        list(zip(left[is_same].tolist(), right[is_same].tolist(), strict=True)),
    )
    if not any(differences):
        return {}
    heads = [
        replace(listings.heads[place], listing_id=f"{place}/{photo.index}", photos=(photo,))
        for place, photo in views
    ]
    scored = await score_encoded(await embed(heads, listings.tokens, models), models, policy)
    table = scored.verified
    is_alert = np.zeros(table.shape, np.bool_)
    for (one, other), match in zip(scored.pairs.tolist(), scored.matches, strict=True):
        is_alert[one, other] = match.probability >= policy.threshold(heads[one], heads[other])
    level = threshold_at_precision(table[left, right], is_same, 0.95)
    hits = np.stack((is_alert, table >= level), -1)[left, right][is_same]
    named = np.array(differences)
    ordered = [name for name in (*map(band_of, BAND_ENDS), *sorted(set(differences))) if name]
    return {
        name: ViewFigures(int((named == name).sum()), *hits[named == name].mean(0).tolist())
        for name in dict.fromkeys(ordered)
        if name in differences
    }


def view_differences(
    manifest: Manifest, views: Sequence[tuple[int, int]], pairs: Sequence[tuple[int, int]]
) -> list[str]:
    """Name how far the two views of each pair differ; empty where nobody knows.

    By the manifest's angles if it has any, else by the numbers that the photos' files are named by
    when all of them are, as the views of an object in UKBench.

    Args:
        manifest: The listings.
        views: Place of the listing and of the photo in it, of each view.
        pairs: Places in `views`.
    """
    listings = [(manifest.listings[place], index) for place, index in views]
    if any(one.angles for one in manifest.listings):
        angles = [one.angles[index] if one.angles else None for one, index in listings]
        azimuths = [None if angle is None else angle.azimuth for angle in angles]
        return [
            "" if a is None or b is None else band_of(abs((a - b + 180) % 360 - 180))
            for a, b in ((azimuths[one], azimuths[other]) for one, other in pairs)
        ]
    names = [PurePosixPath(one.photos[index]).stem for one, index in listings]
    if not all(name.isdecimal() for name in names):
        return [""] * len(pairs)
    steps = (abs(int(names[one]) - int(names[other])) for one, other in pairs)
    return [f"{count} view{'' if count == 1 else 's'} on" for count in steps]
