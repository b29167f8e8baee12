"""Fits the models' heads on pooled features of the frozen trunk, in closed form or convex."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from torch import nn

from stream.domain.match import VERIFIED_PHOTOS, choose_photos
from stream.domain.policy import Policy, Thresholds
from stream.ports import Bits, Floats
from stream.training.candidates import EncodedListings, PairIndexes, select_pairs
from stream.training.data import Manifest, heads_of, uncertain_pairs
from stream.training.features import Features
from stream.training.networks import (
    CONTENT_WIDTH,
    EMBEDDING_WIDTH,
    FEATURES,
    TEXTURE_WIDTH,
    TOKEN_COUNT,
    TOKEN_WIDTH,
    ListingEncoder,
    PairVerifier,
    PhotoEncoder,
)
from stream.training.trunk import LAST_WIDTH
from stream.training.whitening import Projection, principal_axes, whiten_within_items

SHRINKAGE = 0.3
POWER = 0.4
INVERSE_PENALTY = 10.0
COPIES = 1.0
"""Duplicates that copy photos, for each that shows new ones: an assumption, no measurement."""

# Every pair may be compared: thresholds and scope are set after training.
_OPEN_POLICY = Policy(
    policy_version="",
    model_version="",
    thresholds=Thresholds(1.0),
    same_photos_similarity=1.0,
    near_miss_floor=0.0,
)
_BATCH = 512


@dataclass(frozen=True, eq=False)
class Pairs:
    """Labelled pairs of listings, as the verifier sees them."""

    features: NDArray[np.float32]
    """[P, len(FEATURES)]"""
    is_same: Bits
    """[P]"""


def fit_encoders(
    encoder: PhotoEncoder,
    listing_encoder: ListingEncoder,
    manifest: Manifest,
    features: Features,
    places: NDArray[np.int64],
) -> None:
    """Fit the projections of both encoders to the listings at `places`, in place."""
    item_of = {
        photo: int(manifest.items[place])
        for place in places
        for photo in manifest.listings[place].photos
    }
    pooled = np.stack([features[photo] for photo in item_of])
    items = np.array(list(item_of.values()))
    for part in (slice(LAST_WIDTH), slice(LAST_WIDTH, None)):
        whole, regions = pooled[:, 0, part], pooled[:, 1:, part]
        is_content = part.start is None
        width = CONTENT_WIDTH if is_content else TEXTURE_WIDTH
        fitted = whiten_within_items(whole, items, width, SHRINKAGE, POWER)
        # What tells items apart in a photo does so in a part of it; only the mean differs.
        regional = Projection(regions.mean((0, 1), dtype=np.float64), fitted.weights)
        for layers, projection in ((encoder.whole, fitted), (encoder.region, regional)):
            _set_linear(layers.content if is_content else layers.texture, projection)

    tokens = project(encoder, features)
    views = [
        _pool(listing_encoder, [tokens[photo] for photo in manifest.listings[place].photos])
        for place in places
    ]
    _set_linear(listing_encoder.projection, principal_axes(np.stack(views), EMBEDDING_WIDTH))


@torch.inference_mode()
def project(encoder: PhotoEncoder, features: Features) -> Mapping[str, Floats]:
    """Return the tokens [T, D] of every photo."""
    pooled = torch.from_numpy(np.stack(list(features.values())))
    return dict(zip(features, encoder.project(pooled).numpy(), strict=True))


@torch.inference_mode()
def embed(
    listing_encoder: ListingEncoder,
    manifest: Manifest,
    places: NDArray[np.int64],
    tokens: Mapping[str, Floats],
) -> EncodedListings:
    """Return the listings at `places` as the index would hold them."""
    heads = heads_of(manifest)
    listings = [manifest.listings[place] for place in places]
    sets = [np.stack([tokens[photo] for photo in one.photos]) for one in listings]
    embeddings = [
        listing_encoder(torch.from_numpy(one)[None], torch.ones(1, len(one), dtype=torch.bool))
        for one in sets
    ]
    return EncodedListings(
        [heads[place] for place in places],
        {photo.sha256: tokens[photo.url] for place in places for photo in heads[place].photos},
        torch.cat(embeddings).numpy(),
    )


def labelled_pairs(
    verifier: PairVerifier,
    manifest: Manifest,
    places: NDArray[np.int64],
    tokens: Mapping[str, Floats],
) -> Pairs:
    """Return the pairs that the pipeline would verify among the listings at `places`.

    Pairs whose label is uncertain are left out.
    """
    listings = embed(verifier.listing_encoder, manifest, places, tokens)
    found = select_pairs(listings, _OPEN_POLICY)
    uncertain = uncertain_pairs(manifest)
    pairs = np.array([pair for pair in found if tuple(places[pair].tolist()) not in uncertain])
    items = manifest.items[places]
    return Pairs(pair_features(verifier, listings, pairs), items[pairs[:, 0]] == items[pairs[:, 1]])


@torch.inference_mode()
def pair_features(
    verifier: PairVerifier, listings: EncodedListings, pairs: PairIndexes
) -> NDArray[np.float32]:
    """Return what the verifier's regression sees of pairs of listings [P, len(FEATURES)]."""
    count = len(listings.heads)
    tokens = torch.zeros(count, VERIFIED_PHOTOS, TOKEN_COUNT, TOKEN_WIDTH)
    mask = torch.zeros(count, VERIFIED_PHOTOS, dtype=torch.bool)
    for place, head in enumerate(listings.heads):
        # Labelled listings share no file, so a listing's photos are the same in each of its pairs.
        if photos := choose_photos(head, frozenset()):
            tokens[place, : len(photos)] = torch.from_numpy(listings.stack(photos))
            mask[place, : len(photos)] = True
    rows = [
        verifier.features(tokens[left], mask[left], tokens[right], mask[right])
        for left, right in (batch.T for batch in torch.from_numpy(pairs).split(_BATCH))
    ]
    return torch.cat(rows).numpy()


def fit_logistic(verifier: PairVerifier, folds: Sequence[Pairs], base_rate: float) -> None:
    """Fit the verifier's regression, calibrated for a platform's share of duplicates.

    In the manifests most items are listed twice; on a platform only the share `base_rate` of items
    is. Dropping second listings until that is so leaves the share `base_rate` of the positive pairs
    but (1 + base_rate) / 2 of the queries and with them of the negative pairs, so positives weigh
    the quotient of the two.

    The manifests hold no copies, platforms many: `COPIES` plain ones are added for each pair.
    """
    features = np.concatenate([fold.features for fold in folds])
    is_same = np.concatenate([fold.is_same for fold in folds])
    copies = round(COPIES * is_same.sum())
    features = np.concatenate((features, np.ones((copies, len(FEATURES)), np.float32)))
    is_same = np.concatenate((is_same, np.ones(copies, np.bool_)))
    mean, deviation = features.mean(0), features.std(0)
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000)
    weights = np.where(is_same, base_rate / ((1 + base_rate) / 2), 1.0)
    model.fit((features - mean) / deviation, is_same, sample_weight=weights)
    slopes = model.coef_ / deviation
    with torch.no_grad():
        verifier.logistic.weight.copy_(torch.from_numpy(slopes))
        verifier.logistic.bias.copy_(torch.from_numpy(model.intercept_ - slopes @ mean))


@torch.inference_mode()
def _pool(listing_encoder: ListingEncoder, tokens: Sequence[Floats]) -> Floats:
    mask = torch.ones(1, len(tokens), dtype=torch.bool)
    pooled: Floats = listing_encoder.pool(torch.from_numpy(np.stack(tokens))[None], mask)[0].numpy()
    return pooled


def _set_linear(layer: nn.Linear, projection: Projection) -> None:
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(projection.weights.T)))
        layer.bias.copy_(torch.from_numpy(-projection.mean @ projection.weights))
