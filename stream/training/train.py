"""Trains the models from a seed: whitening, pooling, verifier."""

from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from stream.training.data import Decode, read_manifest
from stream.training.features import pooled_features
from stream.training.fit import (
    fit_encoders,
    fit_logistic,
    labelled_pairs,
    project,
)
from stream.training.networks import ListingEncoder, PairVerifier, PhotoEncoder
from stream.training.trunk import Trunk, load_trunk

FOLDS = 5
BASE_RATE = 0.1
"""Share of items with a second listing that probabilities are calibrated for."""


def train(
    manifest_path: Path,
    build: Path,
    decode: Decode,
    *,
    seed: int = 0,
    base_rate: float = BASE_RATE,
) -> Path:
    """Train on a manifest; return the checkpoint, `build`/models.pt.

    The verifier is fitted on households whose photos the projections it then sees were not fitted
    on: fold by fold with encoders of their own, so that its probabilities hold for new households.
    The shipped encoders are fitted on all of them. Features of the trunk are kept under `build`.
    """
    torch.manual_seed(seed)
    console = Console(stderr=True)
    manifest = read_manifest(manifest_path)
    encoder = PhotoEncoder(load_trunk()).eval()
    verifier = PairVerifier(ListingEncoder()).eval()
    features = pooled_features(manifest, encoder, decode, build / "features")

    held_out = []
    fold_of = manifest.folds(FOLDS, seed)
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        fit_encoders(encoder, verifier.listing_encoder, manifest, features, inside)
        tokens = project(encoder, features)
        held_out.append(labelled_pairs(verifier, manifest, outside, tokens))
        console.print(
            f"fold {fold + 1} of {FOLDS}: {len(held_out[-1].is_same)} pairs, "
            f"{held_out[-1].is_same.sum()} of them duplicates"
        )
    everything = np.arange(len(manifest.listings))
    fit_encoders(encoder, verifier.listing_encoder, manifest, features, everything)
    fit_logistic(verifier, held_out, base_rate)

    checkpoint = build / "models.pt"
    torch.save({"encoder": encoder.state_dict(), "verifier": verifier.state_dict()}, checkpoint)
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
