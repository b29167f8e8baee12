"""Trains the models from a seed: closed-form heads, fine-tuning, then the verifier."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from stream.ports import Pixels
from stream.training.augment import EDITED_COPY, augment
from stream.training.corpus import photo_rows, read_manifests, read_pixels
from stream.training.data import Decode, Manifest
from stream.training.encoders import Encoders, encode_photos
from stream.training.fine_tune import STAGES, FineTuning, Stage
from stream.training.fit_verifier import (
    Tokens,
    choose_cohort,
    copied_pairs,
    fill_cohort,
    fit_logistic,
    labelled_pairs,
)
from stream.training.initial_heads import fit_initial_heads
from stream.training.networks.listing_encoder import ListingEncoder
from stream.training.networks.pair_verifier import PairVerifier
from stream.training.networks.photo_encoder import PhotoEncoder
from stream.training.networks.shapes import PHOTO_SIZE
from stream.training.trunk import Trunk, load_trunk

FOLDS = 12
VERIFIER_FOLD = 8
"""Households that fit the verifier: the encoders have not seen them."""
CALIBRATION_FOLD = 2
"""Households that nothing is fitted to: for `twinlist calibrate --fold 2/12`."""
BASE_RATE = 0.1
"""Share of items with a second listing that probabilities are meant for."""

_KEPT_SIZE = 256  # of photos on disk, somewhat larger than any that is shown


def train(
    manifest_paths: Sequence[Path],
    build: Path,
    decode: Decode,
    *,
    seed: int = 0,
    stages: Sequence[Stage] = STAGES,
    base_rate: float = BASE_RATE,
) -> Path:
    """Train on manifests of one folder; return the checkpoint, `build`/models.pt.

    A run that was stopped goes on after its last whole epoch. Under `build` are also the decoded
    photos and `fine_tune.jsonl`, a line an epoch with losses and figures of the households that
    the encoders do not see; `fine_tune.html` draws it.
    """
    console = Console(stderr=True)
    manifest = read_manifests(manifest_paths)
    pixels = read_pixels(manifest, decode, _KEPT_SIZE, build)
    households = _Households.split(manifest, seed)
    encoders = _fine_tuned(manifest, pixels, households, build, seed=seed, stages=stages)

    verifier = PairVerifier(encoders.listings)
    verifier.photo_relevance.load_state_dict(encoders.photo_relevance.state_dict())
    serving = PhotoEncoder(Trunk())
    serving.load_state_dict(encoders.photos.state_dict())
    _fit_verifier(
        verifier.eval(),
        serving.eval(),
        manifest,
        pixels,
        households,
        seed=seed,
        base_rate=base_rate,
    )

    checkpoint = build / "models.pt"
    torch.save({"encoder": serving.state_dict(), "verifier": verifier.state_dict()}, checkpoint)
    console.print(f"wrote {checkpoint}")
    return checkpoint


def load_checkpoint(checkpoint: Path) -> tuple[PhotoEncoder, ListingEncoder, PairVerifier]:
    """Return the models that `train` left."""
    states = torch.load(checkpoint, weights_only=True)
    encoder = PhotoEncoder(Trunk())
    encoder.load_state_dict(states["encoder"])
    listing_encoder = ListingEncoder()
    verifier = PairVerifier(listing_encoder)
    verifier.load_state_dict(states["verifier"])
    return encoder.eval(), listing_encoder.eval(), verifier.eval()


@dataclass(frozen=True, eq=False)
class _Households:
    """Places of listings in the manifest, by what they are for."""

    encoders: NDArray[np.int64]
    verifier: NDArray[np.int64]
    calibration: NDArray[np.int64]

    @classmethod
    def split(cls, manifest: Manifest, seed: int) -> "_Households":
        fold_of = manifest.folds(FOLDS, seed)
        is_kept_out = (fold_of == VERIFIER_FOLD) | (fold_of == CALIBRATION_FOLD)
        return cls(
            np.flatnonzero(~is_kept_out),
            np.flatnonzero(fold_of == VERIFIER_FOLD),
            np.flatnonzero(fold_of == CALIBRATION_FOLD),
        )


def _fine_tuned(
    manifest: Manifest,
    pixels: Pixels,
    households: _Households,
    build: Path,
    *,
    seed: int,
    stages: Sequence[Stage],
) -> Encoders:
    torch.manual_seed(seed)
    first_size = stages[0].size
    encoders = Encoders(PhotoEncoder(load_trunk(), first_size), ListingEncoder())
    encoders = encoders.to(memory_format=torch.channels_last)
    run = FineTuning(
        manifest,
        pixels,
        households.encoders,
        np.concatenate((households.verifier, households.calibration)),
        build=build,
        seed=seed,
        stages=stages,
    )
    if not run.has_begun:
        fit_initial_heads(
            encoders.photos,
            encoders.listings,
            manifest,
            pixels,
            households.encoders,
            size=first_size,
        )
    averaged = copy.deepcopy(encoders).eval()
    run.run(encoders, averaged)
    return averaged


def _fit_verifier(
    verifier: PairVerifier,
    encoder: PhotoEncoder,
    manifest: Manifest,
    pixels: Pixels,
    households: _Households,
    *,
    seed: int,
    base_rate: float,
) -> None:
    cohort = choose_cohort(households.encoders, seed)
    tokens = _tokens(encoder, manifest, pixels, np.concatenate((cohort, households.verifier)))
    fill_cohort(verifier, manifest, cohort, tokens, seed)
    pairs, _ = labelled_pairs(verifier, manifest, households.verifier, tokens)
    edited = _edited_tokens(encoder, manifest, pixels, households.verifier, seed)
    copies = copied_pairs(verifier, manifest, households.verifier, tokens, edited)
    fit_logistic(verifier, pairs, copies, base_rate)


def _tokens(
    encoder: PhotoEncoder, manifest: Manifest, pixels: Pixels, places: NDArray[np.int64]
) -> Tokens:
    rows_of = photo_rows(manifest)
    rows = np.unique(np.concatenate([rows_of[place] for place in places]))
    found = encode_photos(encoder, pixels, rows, PHOTO_SIZE)
    return {manifest.photos[row]: tokens for row, tokens in found.items()}


def _edited_tokens(
    encoder: PhotoEncoder,
    manifest: Manifest,
    pixels: Pixels,
    places: NDArray[np.int64],
    seed: int,
) -> Tokens:
    """Return the tokens of all photos of the listings at `places`, edited as sellers do."""
    random = torch.Generator().manual_seed(seed)
    rows_of = photo_rows(manifest)
    rows = np.unique(np.concatenate([rows_of[place] for place in places]))
    photos = torch.from_numpy(pixels[rows])
    edited = augment(photos, PHOTO_SIZE, EDITED_COPY, random).byte().numpy()
    found = encode_photos(encoder, edited, np.arange(len(rows)), PHOTO_SIZE)
    return {manifest.photos[row]: found[at] for at, row in enumerate(rows.tolist())}
