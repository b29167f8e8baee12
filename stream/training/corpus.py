"""What training reads: listings of one or more manifests, and their photos as pixels."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from stream.domain.errors import StopError
from stream.ports import Pixels
from stream.training.data import Decode, Manifest, read_manifest, uncertain_pairs

MANY_SINGLES = 100


def read_manifests(paths: Sequence[Path]) -> Manifest:
    """Read manifests of one folder as one, named by all of them.

    Raises `StopError` when they lie in several folders (their photos are relative to one, and the
    file of ambiguous photos lies there) or name a listing twice.
    """
    manifests = [read_manifest(path) for path in paths]
    folders = {manifest.path.resolve().parent for manifest in manifests}
    if len(folders) > 1:
        raise StopError(
            f"Manifests to train on must lie in one folder, not in {', '.join(map(str, folders))}"
        )
    listings = tuple(listing for manifest in manifests for listing in manifest.listings)
    ids = Counter(listing.listing_id for listing in listings)
    if twice := [listing_id for listing_id, count in ids.items() if count > 1]:
        raise StopError(f"Listing {twice[0]} appears in two of the manifests; name each once")
    name = "+".join(manifest.name for manifest in manifests)
    return Manifest(manifests[0].path.with_name(f"{name}.jsonl"), listings)


def read_pixels(manifest: Manifest, decode: Decode, size: int, cache: Path) -> Pixels:
    """Return every photo of the manifest as uint8 [P, 3, size, size], in the order of its photos.

    The pixels are decoded once and then mapped from a file under `cache`.
    """
    names = manifest.photos
    path = cache / f"{manifest.name}-{size}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".partial")
        shape = (len(names), 3, size, size)
        pixels = np.lib.format.open_memmap(  # type: ignore[no-untyped-call]
            unfinished, "w+", np.uint8, shape
        )
        for row, name in enumerate(track(names, description=f"photos of {manifest.name}")):
            pixels[row] = decode(manifest.read_photo(name), size)
        pixels.flush()
        unfinished.rename(path)
    stored: Pixels = np.load(path, mmap_mode="r")
    return stored


def photo_rows(manifest: Manifest) -> tuple[NDArray[np.int64], ...]:
    """Return, for each listing, the rows of its photos among `manifest.photos`."""
    row_of = {name: row for row, name in enumerate(manifest.photos)}
    return tuple(
        np.array([row_of[photo] for photo in listing.photos]) for listing in manifest.listings
    )


def uncertainty(manifest: Manifest) -> NDArray[np.bool_]:
    """Return [I, I]: pairs of items that may not be taught as different ones.

    Those with listings of `uncertain_pairs`, less the single listings of sellers with
    `MANY_SINGLES` or more: of so many, two drawn at random are hardly ever one item.
    """
    count = len(np.unique(manifest.items))
    table = np.zeros((count, count), np.bool_)
    pairs = np.array(sorted(uncertain_pairs(manifest)), np.int64).reshape(-1, 2)
    is_single = np.bincount(manifest.items)[manifest.items] == 1
    singles = np.bincount(manifest.households[is_single], minlength=manifest.households.max() + 1)
    left, right = pairs.T
    is_large = singles[manifest.households] >= MANY_SINGLES
    is_unchecked = is_single[left] & is_single[right] & is_large[left] & is_large[right]
    left, right = manifest.items[pairs[~is_unchecked]].T
    table[left, right] = table[right, left] = True
    return table
