"""The three models: photo encoder, listing encoder, pair verifier.

Shapes: B batch, N photos of a listing (padded), T tokens of a photo, D their width, S side of a
photo in pixels, R region pairs of a photo pair.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from stream.training.trunk import LAST_STRIDE, LAST_WIDTH, MIDDLE_STRIDE, MIDDLE_WIDTH, Trunk

PHOTO_SIZE = 224
CONTENT_WIDTH = 176
TEXTURE_WIDTH = 48
TOKEN_WIDTH = CONTENT_WIDTH + TEXTURE_WIDTH
TEXTURE_LENGTH = 0.5
"""Of the texture part of a token before the whole is scaled to unit length; of the other, 1."""
FEATURE_WIDTH = LAST_WIDTH + 2 * MIDDLE_WIDTH
EMBEDDING_WIDTH = 256
REGION_PAIRS = 3

IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_DEVIATION = (0.229, 0.224, 0.225)

Box = tuple[float, float, float, float]

# A quarter of the photo each. More and smaller regions cost more than they bring: the width of a
# token, that is what the global one knows, would have to shrink for them.
REGION_BOXES: tuple[Box, ...] = (
    (0.0, 0.0, 0.5, 0.5),
    (0.5, 0.0, 1.0, 0.5),
    (0.0, 0.5, 0.5, 1.0),
    (0.5, 0.5, 1.0, 1.0),
)
TOKEN_COUNT = 1 + len(REGION_BOXES)

FEATURES = ("set_cosine", "best_region", "copied_photo")
"""What the verifier's logistic regression sees of a pair; of a listing and its copy, all ones."""

COPY_KNEE = 0.75
"""Similarity of two photos from which on they look like copies: chances rise steeper there."""

_TINY = 1e-6
_NOTHING = -1.0  # lower than any similarity of two photos


def pooling_weights(side: int, boxes: Sequence[Box]) -> Tensor:
    """Return [len(boxes), side²]: means over boxes of a map, cells cut by an edge counted in part.

    Boxes are left, top, right, bottom, relative.
    """
    edges = torch.linspace(0, 1, side + 1)

    def covered(low: float, high: float) -> Tensor:
        return (edges[1:].clamp(max=high) - edges[:-1].clamp(min=low)).clamp(min=0)

    weights = torch.stack(
        [
            torch.outer(covered(top, bottom), covered(left, right)).flatten()
            for left, top, right, bottom in boxes
        ]
    )
    return weights / weights.sum(1, keepdim=True)


class TokenPooling(nn.Module):
    """Maps of the trunk to pooled features [B, T, 1280 + 2 · 112], the whole photo first.

    Means of the last maps, then means and deviations of the middle ones.
    """

    middle: Tensor
    last: Tensor

    def __init__(self) -> None:
        super().__init__()
        boxes = ((0.0, 0.0, 1.0, 1.0), *REGION_BOXES)
        self.register_buffer("middle", pooling_weights(PHOTO_SIZE // MIDDLE_STRIDE, boxes))
        self.register_buffer("last", pooling_weights(PHOTO_SIZE // LAST_STRIDE, boxes))

    def forward(self, middle: Tensor, last: Tensor) -> Tensor:
        """Pool the whole photo, then each region."""
        means = _pool(middle, self.middle)
        variances = _pool(middle.square(), self.middle) - means.square()
        return torch.cat((_pool(last, self.last), means, variances.clamp(min=_TINY).sqrt()), dim=-1)


class TokenProjection(nn.Module):
    """Pooled features [..., 1280 + 2 · 112] to tokens [..., D]: what is shown and its texture."""

    def __init__(self) -> None:
        super().__init__()
        self.content = nn.Linear(LAST_WIDTH, CONTENT_WIDTH)
        self.texture = nn.Linear(2 * MIDDLE_WIDTH, TEXTURE_WIDTH)

    def forward(self, features: Tensor) -> Tensor:
        """Project to unit length."""
        content = self.content(features[..., :LAST_WIDTH])
        texture = self.texture(features[..., LAST_WIDTH:])
        parts = (
            functional.normalize(content, dim=-1),
            functional.normalize(texture, dim=-1) * TEXTURE_LENGTH,
        )
        return functional.normalize(torch.cat(parts, -1), dim=-1)


class PhotoEncoder(nn.Module):
    """photos uint8 [B, 3, S, S] to tokens [B, T, D], each of unit length."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.trunk = trunk
        self.pooling = TokenPooling()
        self.whole = TokenProjection()
        self.region = TokenProjection()
        self.register_buffer("mean", torch.tensor(IMAGE_MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(IMAGE_DEVIATION).view(1, 3, 1, 1))

    def pool(self, photos: Tensor) -> Tensor:
        """Return what the projections see: features [B, T, 1280 + 2 · 112]."""
        pixels = photos.to(torch.float32) / 255
        features: Tensor = self.pooling(*self.trunk((pixels - self.mean) / self.deviation))
        return features

    def project(self, features: Tensor) -> Tensor:
        """Turn pooled features into tokens [B, T, D]."""
        return torch.cat((self.whole(features[:, :1]), self.region(features[:, 1:])), 1)

    def forward(self, photos: Tensor) -> Tensor:
        """Encode photos."""
        # The view states the shape in the exported graph.
        return self.project(self.pool(photos)).view(-1, TOKEN_COUNT, TOKEN_WIDTH)


class ListingEncoder(nn.Module):
    """tokens [B, N, T, D] and mask [B, N] to an embedding [B, 256] of unit length."""

    def __init__(self) -> None:
        super().__init__()
        self.projection = nn.Linear(2 * TOKEN_WIDTH, EMBEDDING_WIDTH)

    def pool(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return what the projection sees: mean global and mean regional token [B, 2 D]."""
        weights = mask.to(tokens.dtype)
        weights = weights / weights.sum(1, keepdim=True)
        views = torch.cat((tokens[:, :, 0], tokens[:, :, 1:].mean(2)), -1)
        return torch.matmul(weights.unsqueeze(1), views).squeeze(1)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Encode the photo set of a listing."""
        return functional.normalize(self.projection(self.pool(tokens, mask)), dim=-1)


class PairVerifier(nn.Module):
    """Two photo sets to probability [B], evidence [B, N, N] and regions int32 [B, N, N, R, 2].

    The probability that both show the same item depends on the two sets alone. `evidence` is how
    alike each two photos are, -1 where there is none; `regions` names tokens that are each other's
    best match, best first, -1 for none.
    """

    def __init__(self, listing_encoder: ListingEncoder) -> None:
        super().__init__()
        self.listing_encoder = listing_encoder
        self.logistic = nn.Linear(len(FEATURES), 1)

    def forward(
        self, left_tokens: Tensor, left_mask: Tensor, right_tokens: Tensor, right_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Compare the photo sets of two listings."""
        features = self.features(left_tokens, left_mask, right_tokens, right_mask)
        is_pair = _pairs(left_mask, right_mask)
        return (
            torch.sigmoid(self.logistic(features)).squeeze(-1),
            _photo_similarities(left_tokens, right_tokens).masked_fill(~is_pair, _NOTHING),
            _matching_regions(_region_similarities(left_tokens, right_tokens), is_pair),
        )

    def features(
        self, left_tokens: Tensor, left_mask: Tensor, right_tokens: Tensor, right_mask: Tensor
    ) -> Tensor:
        """Return what the logistic regression sees [B, len(FEATURES)]."""
        left = self.listing_encoder(left_tokens, left_mask)
        right = self.listing_encoder(right_tokens, right_mask)
        is_pair = _pairs(left_mask, right_mask)
        photos = _photo_similarities(left_tokens, right_tokens)
        best_photo = photos.masked_fill(~is_pair, _NOTHING).amax((1, 2))
        regions = _region_similarities(left_tokens, right_tokens)
        best_region = regions.masked_fill(~is_pair[..., None, None], _NOTHING).amax((1, 2, 3, 4))
        copied_photo = (best_photo - COPY_KNEE).clamp(min=0) / (1 - COPY_KNEE)
        return torch.stack(((left * right).sum(-1), best_region, copied_photo), -1)


def _pool(maps: Tensor, weights: Tensor) -> Tensor:
    """Weighted means [B, len(weights), C] of maps [B, C, H, W]."""
    return torch.matmul(maps.flatten(2), weights.T).transpose(1, 2)


def _pairs(left_mask: Tensor, right_mask: Tensor) -> Tensor:
    """Where both photos are there [B, N, M]."""
    return left_mask.unsqueeze(2) & right_mask.unsqueeze(1)


def _photo_similarities(left: Tensor, right: Tensor) -> Tensor:
    """Cosines of global tokens [B, N, M]."""
    return left[:, :, 0] @ right[:, :, 0].transpose(1, 2)


def _region_similarities(left: Tensor, right: Tensor) -> Tensor:
    """Cosines of regional tokens [B, N, M, T-1, T-1]."""
    return left[:, :, 1:].unsqueeze(2) @ right[:, :, 1:].unsqueeze(1).transpose(3, 4)


def _matching_regions(similarities: Tensor, is_pair: Tensor) -> Tensor:
    """Indexes of tokens that are each other's best match, best first [B, N, M, R, 2]."""
    count = similarities.shape[-1]
    is_mutual = (similarities == similarities.amax(-1, keepdim=True)) & (
        similarities == similarities.amax(-2, keepdim=True)
    )
    is_match = is_mutual & is_pair[..., None, None]
    scores = torch.where(is_match, similarities, torch.full_like(similarities, -2.0))
    best, places = scores.flatten(3).topk(REGION_PAIRS, dim=-1)
    pairs = torch.stack((places // count + 1, places % count + 1), -1)
    pairs = torch.where(best.unsqueeze(-1) < _NOTHING, torch.full_like(pairs, -1), pairs)
    batch, left, right = is_pair.shape
    return pairs.view(batch, left, right, REGION_PAIRS, 2).to(torch.int32)
