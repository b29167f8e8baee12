"""What the frozen trunk sees of a manifest's photos, kept on disk between runs."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from stream.ports import Pixels
from stream.training.data import Decode, Manifest
from stream.training.networks import PHOTO_SIZE, REGION_BOXES, PhotoEncoder

Features = Mapping[str, NDArray[np.float32]]
"""Pooled features [T, 1280] of a photo, by its path in the manifest."""

_BATCH = 32


def pooled_features(
    manifest: Manifest, encoder: PhotoEncoder, decode: Decode, cache: Path
) -> Features:
    """Run the trunk over every photo of the manifest, or read what an earlier run left."""
    names = manifest.photos
    file = cache / f"{manifest.name}-{_key(names, encoder)}.npy"
    if not file.exists():
        rows = [
            _pool(encoder, [decode(manifest.read_photo(name), PHOTO_SIZE) for name in batch])
            for batch in track(
                [names[start : start + _BATCH] for start in range(0, len(names), _BATCH)],
                description=f"photos of {manifest.name}",
            )
        ]
        cache.mkdir(parents=True, exist_ok=True)
        np.save(file, np.concatenate(rows))
    stored = np.load(file).astype(np.float32)
    return dict(zip(names, stored, strict=True))


@torch.inference_mode()
def _pool(encoder: PhotoEncoder, photos: list[Pixels]) -> NDArray[np.float16]:
    pooled: NDArray[np.float16] = encoder.pool(torch.from_numpy(np.stack(photos))).half().numpy()
    return pooled


def _key(names: tuple[str, ...], encoder: PhotoEncoder) -> str:
    """Digest of all that decides the features, but for the files' contents."""
    digest = hashlib.sha256(repr((names, PHOTO_SIZE, REGION_BOXES)).encode())
    for weights in encoder.trunk.state_dict().values():
        digest.update(weights.numpy().tobytes())
    return digest.hexdigest()[:12]
