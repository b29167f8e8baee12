"""Photos to tokens: a trunk, pooling over the photo and its regions, projections."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from stream.training.networks.shapes import (
    CONTENT_WIDTH,
    PHOTO_SIZE,
    REGION_BOXES,
    TEXTURE_LENGTH,
    TEXTURE_WIDTH,
    TOKEN_COUNT,
    TOKEN_WIDTH,
    WHOLE_BOX,
    Box,
)
from stream.training.trunk import LAST_STRIDE, LAST_WIDTH, MIDDLE_STRIDE, MIDDLE_WIDTH, Trunk

IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_DEVIATION = (0.229, 0.224, 0.225)

FEATURE_WIDTH = LAST_WIDTH + 2 * MIDDLE_WIDTH

_TINY = 1e-6
_SALIENCY_LIMIT = 4.0  # a place counts at most e^8 times as much as another


class PhotoEncoder(nn.Module):
    """photos uint8 [B, 3, S, S] to tokens [B, T, D], each of unit length."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, trunk: Trunk, photo_size: int = PHOTO_SIZE) -> None:
        super().__init__()
        self.trunk = trunk
        self.pooling = TokenPooling(photo_size)
        self.whole = TokenProjection()
        self.region = TokenProjection()
        self.register_buffer("mean", torch.tensor(IMAGE_MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(IMAGE_DEVIATION).view(1, 3, 1, 1))

    def resize(self, photo_size: int) -> None:
        """Take photos of another size from now on."""
        self.pooling.resize(photo_size)

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


class TokenPooling(nn.Module):
    """Maps of the trunk to pooled features [B, T, 1280 + 2 · 112], the whole photo first.

    Means of the last maps, weighted by a learned saliency (all alike at first), then means and
    deviations of the middle ones.
    """

    middle: Tensor
    last: Tensor

    def __init__(self, photo_size: int) -> None:
        super().__init__()
        self.resize(photo_size)
        self.saliency = nn.Linear(LAST_WIDTH, 1)
        nn.init.zeros_(self.saliency.weight)
        nn.init.zeros_(self.saliency.bias)

    def resize(self, photo_size: int) -> None:
        """Pool maps of photos of this size."""
        boxes = (WHOLE_BOX, *REGION_BOXES)
        for name, stride in (("middle", MIDDLE_STRIDE), ("last", LAST_STRIDE)):
            weights = pooling_weights(photo_size // stride, boxes)
            self.register_buffer(name, weights, persistent=False)

    def forward(self, middle: Tensor, last: Tensor) -> Tensor:
        """Pool the whole photo, then each region."""
        places = last.flatten(2).transpose(1, 2)
        saliency = _SALIENCY_LIMIT * torch.tanh(self.saliency(places) / _SALIENCY_LIMIT)
        weights = self.last * saliency.exp().transpose(1, 2)
        content = (weights / weights.sum(-1, keepdim=True)) @ places
        means = _pool(middle, self.middle)
        variances = _pool(middle.square(), self.middle) - means.square()
        return torch.cat((content, means, variances.clamp(min=_TINY).sqrt()), dim=-1)


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


def _pool(maps: Tensor, weights: Tensor) -> Tensor:
    """Weighted means [B, len(weights), C] of maps [B, C, H, W]."""
    return torch.matmul(maps.flatten(2), weights.T).transpose(1, 2)
