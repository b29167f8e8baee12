"""Scores with a part taken away: what do the models lean on?"""

from collections.abc import Mapping

import numpy as np
from msgspec.structs import replace

from stream.demo.object_maps import MAP_HEIGHT, MAP_WIDTH, ObjectMap
from stream.domain.errors import StopError
from stream.domain.policy import Policy
from stream.ports import Bits, Floats, Models, Pixels
from stream.training.candidates import EncodedListings
from stream.training.data import Decode, Manifest
from stream.training.evaluation.ablation import Ablation
from stream.training.score import Paint, ScoredListings, embed, encode, score_encoded


async def score_without(
    ablation: Ablation,
    listings: EncodedListings,
    models: Models,
    policy: Policy,
    *,
    manifest: Manifest,
    decode: Decode,
    maps: Mapping[str, ObjectMap],
) -> ScoredListings:
    """Score a manifest's `listings`, which are encoded whole, with a part taken away.

    Raises `StopError` when photos are to be masked and there is no map of any.
    """
    if ablation.is_mask:
        if not maps:
            raise StopError(
                f"{ablation} needs object maps beside the manifest, as the scenes have them; "
                f"{manifest.path.parent} holds none"
            )
        paint = _mask(maps, hides_item=ablation is Ablation.ITEM_MASKED)
        masked = await encode(manifest, models, decode, paint)
        return await score_encoded(masked, models, policy)
    if ablation is Ablation.NO_REGIONS:
        tokens = {sha256: _without_regions(token) for sha256, token in listings.tokens.items()}
        return await score_encoded(await embed(listings.heads, tokens, models), models, policy)
    if ablation in {Ablation.ONE_PHOTO, Ablation.ONE_AGAINST_SET}:
        is_cut = np.ones(len(listings.heads), np.bool_)
        if ablation is Ablation.ONE_AGAINST_SET:
            is_cut = _is_first_of_several(manifest)
        heads = [
            replace(head, photos=head.photos[:1]) if cut else head
            for head, cut in zip(listings.heads, is_cut.tolist(), strict=True)
        ]
        return await score_encoded(await embed(heads, listings.tokens, models), models, policy)
    if ablation is Ablation.MEAN_POOLING:
        listings = _mean_pooled(listings)
    scored = await score_encoded(listings, models, policy)
    matches = [
        replace(match, probability=(1 + float(scored.cosines[left, right])) / 2)
        for (left, right), match in zip(scored.pairs.tolist(), scored.matches, strict=True)
    ]
    return ScoredListings(scored.heads, scored.cosines, scored.pairs, matches)


def _is_first_of_several(manifest: Manifest) -> Bits:
    """Return which listings [L] are the first of an item that is listed again."""
    _, first, times = np.unique(manifest.items, return_index=True, return_counts=True)
    is_first = np.zeros(len(manifest.items), np.bool_)
    is_first[first[times > 1]] = True
    return is_first


def _without_regions(tokens: Floats) -> Floats:
    return np.repeat(tokens[:1], len(tokens), axis=0)


def _mean_pooled(listings: EncodedListings) -> EncodedListings:
    sums = np.stack(
        [
            np.sum([listings.tokens[photo.sha256][0] for photo in head.photos], axis=0)
            for head in listings.heads
        ]
    )
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return EncodedListings(listings.heads, listings.tokens, sums / lengths)


def _mask(maps: Mapping[str, ObjectMap], *, hides_item: bool) -> Paint:
    """Paint over with the mean colour of the photo: a flat patch that matches no other's."""

    def paint(path: str, pixels: Pixels) -> Pixels:
        if path not in maps:
            return pixels
        size = pixels.shape[-1]
        rows = np.arange(size) * MAP_HEIGHT // size
        columns = np.arange(size) * MAP_WIDTH // size
        is_hidden = maps[path].item_mask[np.ix_(rows, columns)] == hides_item
        colour = pixels.mean((1, 2), dtype=np.float64).round().astype(np.uint8)
        return np.where(is_hidden, colour[:, None, None], pixels)

    return paint
