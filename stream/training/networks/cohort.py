"""How near to common things something stands: a fixed sample of listings that ships with the model.

A white cupboard resembles a thousand others, a painted one only itself; the same similarity of two
listings says more of the second. Source: adaptive score normalisation of speaker verification,
Matějka et al., "Analysis of Score Normalization in Multilingual Speaker Recognition", 2017.
"""

import torch
from torch import Tensor, nn

from stream.training.networks.shapes import EMBEDDING_WIDTH, TOKEN_WIDTH

COHORT_LISTINGS = 2048
COHORT_PHOTOS = 4096
NEIGHBOURS = 3
"""Few of many: how alike the nearest things are that are certainly others."""


class Cohort(nn.Module):
    """Embeddings and global tokens of listings that training saw, never of what is indexed."""

    sets: Tensor
    """[2048, 256]"""
    photos: Tensor
    """[4096, D]"""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("sets", torch.zeros(COHORT_LISTINGS, EMBEDDING_WIDTH))
        self.register_buffer("photos", torch.zeros(COHORT_PHOTOS, TOKEN_WIDTH))

    def nearness_of_sets(self, embeddings: Tensor) -> Tensor:
        """Return the mean cosine [B] of embeddings [B, 256] to the nearest of the cohort."""
        return _nearness(embeddings, self.sets)

    def nearness_of_photos(self, tokens: Tensor) -> Tensor:
        """Return the mean cosine [B, N] of global tokens [B, N, D] to the nearest of the cohort."""
        return _nearness(tokens, self.photos)


def _nearness(vectors: Tensor, cohort: Tensor) -> Tensor:
    return (vectors @ cohort.T).topk(NEIGHBOURS, dim=-1).values.mean(-1)
