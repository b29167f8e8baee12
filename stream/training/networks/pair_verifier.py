"""Two photo sets to the probability that both show one item, and to what speaks for it."""

import torch
from torch import Tensor, nn

from stream.training.networks.arrangement import Arrangement
from stream.training.networks.cohort import Cohort
from stream.training.networks.listing_encoder import ListingEncoder
from stream.training.networks.matching import NOTHING, TokenRelevance, best_match, mutual_matches
from stream.training.networks.shapes import REGION_PAIRS

FEATURES = (
    "set_cosine",
    "photo_match",
    "arranged_regions",
    "best_photo",
    "unusual_set_cosine",
    "unusual_photo_match",
    "unusual_best_photo",
    "copied_photo",
)
"""What the verifier's logistic regression sees of a pair."""

COPY_KNEE = 0.75
"""Similarity of two photos from which on they look like copies: chances rise steeper there."""

LEAST_NAMED = 0.75
"""Similarity from which on a region is named beside the best one: less alike ones often err."""


class PairVerifier(nn.Module):
    """Two photo sets to probability [B], evidence [B, N, N] and regions int32 [B, N, N, R, 2].

    The probability that both show the same item depends on the two sets alone. `evidence` is how
    alike each two photos are, -1 where there is none; `regions` names tokens that are each other's
    best match, best first, -1 for none.
    """

    def __init__(self, listing_encoder: ListingEncoder) -> None:
        super().__init__()
        self.listing_encoder = listing_encoder
        self.photo_relevance = TokenRelevance()
        self.arrangement = Arrangement()
        self.cohort = Cohort()
        self.logistic = nn.Linear(len(FEATURES), 1)

    def forward(
        self, left_tokens: Tensor, left_mask: Tensor, right_tokens: Tensor, right_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Compare the photo sets of two listings."""
        features = self.features(left_tokens, left_mask, right_tokens, right_mask)
        is_pair = left_mask.unsqueeze(2) & right_mask.unsqueeze(1)
        regions = _region_similarities(left_tokens, right_tokens, is_pair)
        return (
            torch.sigmoid(self.logistic(features)).squeeze(-1),
            _similarities(left_tokens[:, :, 0], right_tokens[:, :, 0], left_mask, right_mask),
            _matching_regions(regions, is_pair, self.arrangement.fits(regions)),
        )

    @torch.no_grad()
    def calibrate(self, slope: float, offset: float) -> None:
        """Make of each logit `slope` times as much, and `offset` more."""
        self.logistic.weight.mul_(slope)
        self.logistic.bias.mul_(slope).add_(offset)

    def features(
        self, left_tokens: Tensor, left_mask: Tensor, right_tokens: Tensor, right_mask: Tensor
    ) -> Tensor:
        """Return what the logistic regression sees [B, len(FEATURES)]."""
        left = self.listing_encoder(left_tokens, left_mask)
        right = self.listing_encoder(right_tokens, right_mask)
        set_cosine = (left * right).sum(-1)
        common_sets = self.cohort.nearness_of_sets(left) + self.cohort.nearness_of_sets(right)

        left_whole, right_whole = left_tokens[:, :, 0], right_tokens[:, :, 0]
        left_weights = self.photo_relevance(left_whole, left_mask)
        right_weights = self.photo_relevance(right_whole, right_mask)
        photos = _similarities(left_whole, right_whole, left_mask, right_mask)
        common_photos = self.cohort.nearness_of_photos(left_whole).unsqueeze(
            2
        ) + self.cohort.nearness_of_photos(right_whole).unsqueeze(1)
        is_pair = left_mask.unsqueeze(2) & right_mask.unsqueeze(1)
        unusual_photos = (photos - common_photos / 2).masked_fill(~is_pair, 2 * NOTHING)

        arranged = self.arrangement(_region_similarities(left_tokens, right_tokens, is_pair))
        best_photo = photos.amax((1, 2))
        return torch.stack(
            (
                set_cosine,
                best_match(photos, left_weights, right_weights),
                best_match(arranged, left_weights, right_weights),
                best_photo,
                set_cosine - common_sets / 2,
                best_match(unusual_photos, left_weights, right_weights),
                unusual_photos.amax((1, 2)),
                (best_photo - COPY_KNEE).clamp(min=0) / (1 - COPY_KNEE),
            ),
            -1,
        )


def _region_similarities(left: Tensor, right: Tensor, is_pair: Tensor) -> Tensor:
    """Cosines [B, N, M, T-1, T-1] of the regional tokens of sets; `NOTHING` for padding."""
    regions = left[:, :, 1:].unsqueeze(2) @ right[:, :, 1:].unsqueeze(1).transpose(3, 4)
    return regions.masked_fill(~is_pair[..., None, None], NOTHING)


def _similarities(left: Tensor, right: Tensor, left_mask: Tensor, right_mask: Tensor) -> Tensor:
    """Cosines [B, K, M] of tokens [B, K, D] and [B, M, D]; `NOTHING` for padding."""
    is_pair = left_mask.unsqueeze(2) & right_mask.unsqueeze(1)
    return (left @ right.transpose(1, 2)).masked_fill(~is_pair, NOTHING)


def _matching_regions(similarities: Tensor, is_pair: Tensor, does_fit: Tensor) -> Tensor:
    """Indexes of tokens that are each other's best match and fit, best first [B, N, M, R, 2].

    The best one is named, whatever it is, and others that are as alike as `LEAST_NAMED`.
    """
    count = similarities.shape[-1]
    is_match = mutual_matches(similarities) & does_fit & is_pair[..., None, None]
    scores = torch.where(is_match, similarities, torch.full_like(similarities, -2.0))
    best, places = scores.flatten(3).topk(REGION_PAIRS, dim=-1)
    pairs = torch.stack((places // count + 1, places % count + 1), -1)
    least = best.new_tensor([NOTHING] + [LEAST_NAMED] * (REGION_PAIRS - 1))
    pairs = torch.where((best < least).unsqueeze(-1), torch.full_like(pairs, -1), pairs)
    batch, left, right = is_pair.shape
    return pairs.view(batch, left, right, REGION_PAIRS, 2).to(torch.int32)
