"""Whether a listing is found again when its seller edits the photos, or the next ones."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from stream.domain.listing import MAX_PHOTOS, Head, IndexedPhoto
from stream.domain.policy import Policy
from stream.ports import Models, Pixels
from stream.training.candidates import EncodedListings
from stream.training.data import Decode, Manifest
from stream.training.evaluation.edits import MEASURED, Disguise, read_picture, write_picture
from stream.training.metrics import Scores, recall_at_precision
from stream.training.score import ScoredListings, encode_heads, score_encoded

POSTED = 100
"""Listings that are posted again, drawn from the manifest."""

_NOT_COUNTED, _OTHER, _COPY, _REPOST = -1, 0, 1, 2


class EditFigures(msgspec.Struct, frozen=True):
    """Of listings posted again with edited photos, while all of the manifest's are there."""

    copies: int
    """Listings posted again; each should be found to be the one that its photos are from."""
    recall_at_precision_95: float
    """At the threshold that gives this precision over these copies and all other listings."""
    alerted: float
    """Share with an alert at the shipped thresholds."""
    same_photos: float
    """Share with an alert that says `same_photos`."""
    reposts: int
    """Posted listings whose item has another listing, with photos that were not edited here."""
    reposts_recall_at_precision_95: float
    reposts_alerted: float
    """Share of these others with an alert: a seller who takes new photos, then edits them."""


@dataclass(frozen=True, eq=False)
class Posted:
    """Listings of a manifest that are posted again."""

    places: NDArray[np.int64]
    """[Q] in the manifest."""
    strangers: NDArray[np.int64]
    """[Q]: listings of other items that lend a photo."""


async def measure_edits(
    manifest: Manifest,
    listings: EncodedListings,
    models: Models,
    decode: Decode,
    policy: Policy,
    *,
    seed: int,
) -> dict[str, EditFigures]:
    """Return figures for each way to change photos in `edits.MEASURED`."""
    posted = draw_posted(manifest, listings, seed)
    figures = {}
    for name, disguise in MEASURED.items():
        heads, files = _edit(manifest, listings, posted, disguise, seed)
        edited = await encode_heads(heads, partial(_decode, files, decode, models), models)
        together = EncodedListings(
            [*listings.heads, *edited.heads],
            {**listings.tokens, **edited.tokens},
            np.concatenate((listings.embeddings, edited.embeddings)),
        )
        count = len(listings.heads)
        newcomers = range(count, count + len(heads))
        scored = await score_encoded(together, models, policy, newcomers)
        figures[name] = measure_posted(scored, posted, manifest.items, policy)
    return figures


def draw_posted(manifest: Manifest, listings: EncodedListings, seed: int) -> Posted:
    """Draw listings to post again, and for each a stranger."""
    random = np.random.default_rng(seed)
    usable = np.array([place for place, head in enumerate(listings.heads) if head.photos])
    places = np.sort(random.permutation(usable)[:POSTED])
    items = manifest.items
    others = [usable[items[usable] != items[place]] for place in places]
    # Where all listings show one item there is no stranger; the listing itself lends the photo.
    strangers = [
        random.choice(one) if len(one) else place for place, one in zip(places, others, strict=True)
    ]
    return Posted(places, np.array(strangers))


def measure_posted(
    scored: ScoredListings, posted: Posted, items: NDArray[np.int64], policy: Policy
) -> EditFigures:
    """Measure listings posted again, which stand behind the manifest's in `scored`."""
    count = len(items)
    kinds = _kinds(posted, items)
    scores = scored.verified[count:, :count]
    alerts = np.zeros((2, *kinds.shape), np.bool_)  # any, and such that say same photos
    for (old, new), match in zip(scored.pairs.tolist(), scored.matches, strict=True):
        is_alert = match.probability >= policy.threshold(scored.heads[old], scored.heads[new])
        is_copy = policy.kind(match.evidence) == "same_photos"
        alerts[:, new - count, old] = is_alert, is_alert and is_copy
    alerted, same_photos = alerts
    return EditFigures(
        copies=int((kinds == _COPY).sum()),
        recall_at_precision_95=_recall(scores, kinds, _COPY),
        alerted=float(alerted[kinds == _COPY].mean()),
        same_photos=float(same_photos[kinds == _COPY].mean()),
        reposts=int((kinds == _REPOST).sum()),
        reposts_recall_at_precision_95=_recall(scores, kinds, _REPOST),
        reposts_alerted=(
            float(alerted[kinds == _REPOST].mean()) if (kinds == _REPOST).any() else float("nan")
        ),
    )


def _kinds(posted: Posted, items: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what each listing of the manifest is to each posted one [Q, L]."""
    kinds = np.where(items[posted.places][:, None] == items[None], _REPOST, _OTHER)
    rows = np.arange(len(posted.places))
    kinds[rows, posted.places] = _COPY
    lent = posted.strangers != posted.places
    kinds[rows[lent], posted.strangers[lent]] = _NOT_COUNTED  # a photo of theirs may be there
    return kinds


def _recall(scores: Scores, kinds: NDArray[np.int64], kind: int) -> float:
    counted = (kinds == kind) | (kinds == _OTHER)
    return recall_at_precision(scores[counted], kinds[counted] == kind, 0.95)


def _edit(
    manifest: Manifest,
    listings: EncodedListings,
    posted: Posted,
    disguise: Disguise,
    seed: int,
) -> tuple[Sequence[Head], dict[str, bytes]]:
    """Return the heads of the new listings, and their photos' files by SHA-256."""
    heads: list[Head] = []
    files: dict[str, bytes] = {}
    for place, stranger in zip(posted.places.tolist(), posted.strangers.tolist(), strict=True):
        random = np.random.default_rng((seed, place))
        photos, lent = (
            [read_picture(manifest.read_photo(photo.url)) for photo in chosen]
            for chosen in (listings.heads[place].photos, listings.heads[stranger].photos[:1])
        )
        contents = [write_picture(photo) for photo in disguise(photos, lent[0], random)]
        hashes = [hashlib.sha256(content).hexdigest() for content in contents[:MAX_PHOTOS]]
        files |= zip(hashes, contents, strict=False)
        indexed = [IndexedPhoto(index, "", sha256) for index, sha256 in enumerate(hashes)]
        head = listings.heads[place]
        heads.append(replace(head, listing_id=f"{head.listing_id} again", photos=tuple(indexed)))
    return heads, files


def _decode(files: dict[str, bytes], decode: Decode, models: Models, photo: IndexedPhoto) -> Pixels:
    return decode(files[photo.sha256], models.spec.photo_size)
