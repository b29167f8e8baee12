"""Both encoders as one thing to train, and listings as they are encoded and compared in batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stream.ports import Floats, Pixels
from stream.training.networks.listing_encoder import ListingEncoder
from stream.training.networks.matching import TokenRelevance, all_pairs, best_match
from stream.training.networks.photo_encoder import PhotoEncoder

_BATCH = 16


class Encoders(nn.Module):
    """All that is fine-tuned: the two encoders, and which tokens count when sets are matched."""

    def __init__(self, photo_encoder: PhotoEncoder, listing_encoder: ListingEncoder) -> None:
        super().__init__()
        self.photos = photo_encoder
        self.listings = listing_encoder
        self.photo_relevance = TokenRelevance()
        self.region_relevance = TokenRelevance()


@dataclass(frozen=True, eq=False)
class EncodedSets:
    """Listings as rows of a score table, padded to one number of photos."""

    places: NDArray[np.int64]
    """[L], in the manifest."""
    tokens: Tensor
    """[L, N, T, D]"""
    mask: Tensor
    """[L, N]"""
    embeddings: Tensor
    """[L, 256]"""


def score_tables(model: Encoders, queries: EncodedSets, searched: EncodedSets) -> dict[str, Tensor]:
    """Return how alike listings are [Q, K] by three measures that all are trained."""
    return {
        "set": queries.embeddings @ searched.embeddings.T,
        "photos": _match_table(model.photo_relevance, queries, searched, slice(0, 1)),
        "regions": _match_table(model.region_relevance, queries, searched, slice(1, None)),
    }


def photo_match_table(model: Encoders, queries: EncodedSets, searched: EncodedSets) -> Tensor:
    """Return how well the photos of listings match [Q, K]."""
    return _match_table(model.photo_relevance, queries, searched, slice(0, 1))


@torch.inference_mode()
def encode_photos(
    encoder: PhotoEncoder, pixels: Pixels, rows: NDArray[np.int64], size: int
) -> dict[int, Floats]:
    """Return the tokens [T, D] of photos by their row among `pixels`, shown at `size`."""
    found: dict[int, Floats] = {}
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        photos = torch.from_numpy(pixels[batch]).float()
        resized = nn.functional.interpolate(photos, (size, size), mode="bicubic", antialias=True)
        shown = resized.clamp(0, 255).contiguous(memory_format=torch.channels_last)
        found |= zip(batch.tolist(), encoder(shown).numpy(), strict=True)
    return found


@torch.inference_mode()
def join_photos(
    listing_encoder: ListingEncoder,
    places: NDArray[np.int64],
    tokens: Sequence[Floats],
) -> EncodedSets:
    """Pad the tokens [N_i, T, D] of the listings at `places` to one table and embed them."""
    longest = max(map(len, tokens))
    sets = torch.zeros(len(tokens), longest, *tokens[0].shape[1:])
    mask = torch.zeros(len(tokens), longest, dtype=torch.bool)
    for row, one in enumerate(tokens):
        sets[row, : len(one)] = torch.from_numpy(one)
        mask[row, : len(one)] = True
    return EncodedSets(places, sets, mask, listing_encoder(sets, mask))


def _match_table(
    relevance: TokenRelevance, queries: EncodedSets, searched: EncodedSets, part: slice
) -> Tensor:
    sides = []
    for sets in (queries, searched):
        tokens = sets.tokens[:, :, part]
        mask = sets.mask.unsqueeze(2).expand(tokens.shape[:3])
        sides.append((tokens.flatten(1, 2), mask.flatten(1, 2)))
    (left, left_mask), (right, right_mask) = sides
    return best_match(
        all_pairs(left, right, left_mask, right_mask),
        relevance(left, left_mask).unsqueeze(1),
        relevance(right, right_mask).unsqueeze(0),
    )
