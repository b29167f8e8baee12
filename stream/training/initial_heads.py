"""What the encoders' heads know before fine-tuning: projections in closed form."""

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn

from stream.ports import Pixels
from stream.training.corpus import photo_rows
from stream.training.data import Manifest
from stream.training.networks.listing_encoder import ListingEncoder
from stream.training.networks.photo_encoder import PhotoEncoder
from stream.training.networks.shapes import CONTENT_WIDTH, EMBEDDING_WIDTH, TEXTURE_WIDTH
from stream.training.trunk import LAST_WIDTH
from stream.training.whitening import Projection, principal_axes, whiten_within_items

SHRINKAGE = 0.3
POWER = 0.4

_BATCH = 32


@torch.inference_mode()
def fit_initial_heads(
    encoder: PhotoEncoder,
    listing_encoder: ListingEncoder,
    manifest: Manifest,
    pixels: Pixels,
    places: NDArray[np.int64],
    *,
    size: int,
) -> None:
    """Fit the projections of both encoders to the listings at `places`, in place.

    Only listings of items that are listed twice count: they say what varies within an item.
    """
    times = np.bincount(manifest.items)[manifest.items]
    rows_of = photo_rows(manifest)
    chosen = [place for place in places.tolist() if times[place] > 1]
    listings = [rows_of[place] for place in chosen]
    rows = np.concatenate(listings)
    items = np.repeat(manifest.items[chosen], list(map(len, listings)))
    pooled = _pooled(encoder, pixels, rows, size)
    for part in (slice(LAST_WIDTH), slice(LAST_WIDTH, None)):
        whole, regions = pooled[:, 0, part], pooled[:, 1:, part]
        is_content = part.start is None
        width = CONTENT_WIDTH if is_content else TEXTURE_WIDTH
        fitted = whiten_within_items(whole, items, width, SHRINKAGE, POWER)
        # What tells items apart in a photo does so in a part of it; only the mean differs.
        regional = Projection(regions.mean((0, 1), dtype=np.float64), fitted.weights)
        for layers, projection in ((encoder.whole, fitted), (encoder.region, regional)):
            _set_linear(layers.content if is_content else layers.texture, projection)
    tokens = encoder.project(torch.from_numpy(pooled)).split(list(map(len, listings)))
    views = [listing_encoder.pool(one[None], torch.ones(1, len(one)) > 0)[0] for one in tokens]
    axes = principal_axes(torch.stack(views).numpy(), EMBEDDING_WIDTH)
    _set_linear(listing_encoder.projection, axes)


def _pooled(
    encoder: PhotoEncoder, pixels: Pixels, rows: NDArray[np.int64], size: int
) -> NDArray[np.float32]:
    found: list[Tensor] = []
    for start in track(range(0, len(rows), _BATCH), description="photos through the trunk"):
        photos = torch.from_numpy(pixels[rows[start : start + _BATCH]]).float()
        resized = nn.functional.interpolate(photos, (size, size), mode="bilinear", antialias=True)
        found.append(encoder.pool(resized.contiguous(memory_format=torch.channels_last)))
    return torch.cat(found).numpy()


def _set_linear(layer: nn.Linear, projection: Projection) -> None:
    layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(projection.weights.T)))
    layer.bias.copy_(torch.from_numpy(-projection.mean @ projection.weights))
