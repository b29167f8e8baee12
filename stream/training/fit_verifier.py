"""Fits what the verifier knows besides the encoders: its cohort and its logistic regression."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from stream.domain.match import VERIFIED_PHOTOS, choose_photos
from stream.domain.policy import Policy, Thresholds
from stream.ports import Bits, Floats
from stream.training.candidates import EncodedListings, PairIndexes, select_pairs
from stream.training.data import Manifest, heads_of, uncertain_pairs
from stream.training.encoders import join_photos
from stream.training.networks.cohort import COHORT_LISTINGS, COHORT_PHOTOS
from stream.training.networks.pair_verifier import FEATURES, PairVerifier

INVERSE_PENALTY = 1.0
COPIES = 0.2
"""Edited copies, for each duplicate that shows new photos: an assumption, no measurement."""

Tokens = Mapping[str, Floats]
"""Tokens [T, D] of photos, by their path in the manifest."""

# Every pair may be compared: thresholds and scope are set after training.
_OPEN_POLICY = Policy(
    policy_version="",
    model_version="",
    thresholds=Thresholds(1.0),
    same_photos_similarity=1.0,
    near_miss_floor=0.0,
)
_BATCH = 256


@dataclass(frozen=True, eq=False)
class Pairs:
    """Labelled pairs of listings, as the verifier sees them."""

    features: NDArray[np.float32]
    """[P, len(FEATURES)]"""
    is_same: Bits
    """[P]"""


def choose_cohort(places: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Draw the listings of the cohort from those at `places`; with repeats if they are few."""
    random = np.random.default_rng(seed)
    return random.choice(places, COHORT_LISTINGS, replace=len(places) < COHORT_LISTINGS)


@torch.inference_mode()
def fill_cohort(
    verifier: PairVerifier,
    manifest: Manifest,
    places: NDArray[np.int64],
    tokens: Tokens,
    seed: int,
) -> None:
    """Make the listings at `places` the verifier's cohort, with photos drawn from theirs."""
    listings = [
        np.stack([tokens[photo] for photo in manifest.listings[place].photos]) for place in places
    ]
    sets = join_photos(verifier.listing_encoder, places, listings)
    verifier.cohort.sets.copy_(sets.embeddings)
    photos = sets.tokens[:, :, 0][sets.mask]
    drawn = np.random.default_rng(seed).choice(
        len(photos), COHORT_PHOTOS, replace=len(photos) < COHORT_PHOTOS
    )
    verifier.cohort.photos.copy_(photos[drawn])


def labelled_pairs(
    verifier: PairVerifier, manifest: Manifest, places: NDArray[np.int64], tokens: Tokens
) -> tuple[Pairs, PairIndexes]:
    """Return the pairs that the pipeline would verify among the listings at `places`.

    Pairs whose label is uncertain are left out. The second value are their places.
    """
    listings = _embedded(verifier, manifest, places, tokens)
    uncertain = uncertain_pairs(manifest)
    found = [
        pair
        for pair in select_pairs(listings, _OPEN_POLICY)
        if tuple(places[pair].tolist()) not in uncertain
    ]
    pairs = np.array(found, np.int64).reshape(-1, 2)
    items = manifest.items[places]
    left, right = (_sides(listings, pairs[:, side]) for side in (0, 1))
    is_same = items[pairs[:, 0]] == items[pairs[:, 1]]
    return Pairs(pair_features(verifier, left, right), is_same), places[pairs]


def copied_pairs(
    verifier: PairVerifier,
    manifest: Manifest,
    places: NDArray[np.int64],
    tokens: Tokens,
    edited: Tokens,
) -> Pairs:
    """Return pairs of a listing and the same with its photos edited."""
    sides = (_embedded(verifier, manifest, places, shown) for shown in (tokens, edited))
    left, right = (_sides(one, np.arange(len(places))) for one in sides)
    return Pairs(pair_features(verifier, left, right), np.ones(len(places), np.bool_))


def fit_logistic(verifier: PairVerifier, pairs: Pairs, copies: Pairs, base_rate: float) -> None:
    """Fit the verifier's regression, for a platform's share of duplicates.

    In the manifests most items are listed twice; on a platform only the share `base_rate` of items
    is. Dropping second listings until that is so leaves the share `base_rate` of the positive pairs
    but (1 + base_rate) / 2 of the queries and with them of the negative pairs, so positives weigh
    the quotient of the two. The manifests hold no copies, platforms many: copies weigh `COPIES`
    times what the other duplicates weigh together.
    """
    features = np.concatenate((pairs.features, copies.features))
    is_same = np.concatenate((pairs.is_same, copies.is_same))
    weight = base_rate / ((1 + base_rate) / 2)
    weights = np.concatenate(
        (
            np.where(pairs.is_same, weight, 1.0),
            np.full(
                len(copies.is_same), weight * COPIES * pairs.is_same.sum() / len(copies.is_same)
            ),
        )
    )
    mean, deviation = pairs.features.mean(0), pairs.features.std(0) + 1e-6
    slopes, offset = _fit_growing((features - mean) / deviation, is_same, weights)
    slopes = slopes / deviation
    with torch.no_grad():
        verifier.logistic.weight.copy_(torch.from_numpy(slopes)[None])
        verifier.logistic.bias.fill_(offset - float(slopes @ mean))


def _fit_growing(
    features: NDArray[np.float32], is_same: Bits, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return slopes [F], none of them negative, and the offset of a logistic regression.

    Every feature grows with the chance of a duplicate; a negative slope would fit the noise between
    features that say nearly the same. So the most negative one is left out until none is.
    """
    kept = np.arange(features.shape[1])
    while True:
        model = LogisticRegression(C=INVERSE_PENALTY, max_iter=2000)
        model.fit(features[:, kept], is_same, sample_weight=weights)
        if model.coef_.min() >= 0:
            break
        kept = np.delete(kept, model.coef_[0].argmin())
    slopes = np.zeros(features.shape[1])
    slopes[kept] = model.coef_[0]
    return slopes, float(model.intercept_[0])


@torch.inference_mode()
def pair_features(verifier: PairVerifier, left: "_Sides", right: "_Sides") -> NDArray[np.float32]:
    """Return what the verifier's regression sees of pairs of listings [P, len(FEATURES)]."""
    rows = [
        verifier.features(left.tokens[at], left.mask[at], right.tokens[at], right.mask[at])
        for at in torch.arange(len(left.mask)).split(_BATCH)
    ]
    return torch.cat(rows).numpy() if rows else np.zeros((0, len(FEATURES)), np.float32)


@dataclass(frozen=True, eq=False)
class _Sides:
    """One side of each pair."""

    tokens: torch.Tensor
    """[P, N, T, D]"""
    mask: torch.Tensor
    """[P, N]"""


def _sides(listings: EncodedListings, chosen: NDArray[np.int64]) -> _Sides:
    # Labelled listings share no file, so a listing's photos are the same in each of its pairs.
    photos = [choose_photos(head, frozenset()) for head in listings.heads]
    shape = next(iter(listings.tokens.values())).shape
    tokens = torch.zeros(len(photos), VERIFIED_PHOTOS, *shape)
    mask = torch.zeros(len(photos), VERIFIED_PHOTOS, dtype=torch.bool)
    for row, one in enumerate(photos):
        tokens[row, : len(one)] = torch.from_numpy(listings.stack(one))
        mask[row, : len(one)] = True
    rows = torch.from_numpy(chosen)
    return _Sides(tokens[rows], mask[rows])


def _embedded(
    verifier: PairVerifier, manifest: Manifest, places: NDArray[np.int64], tokens: Tokens
) -> EncodedListings:
    """Return the listings at `places` as the index would hold them."""
    heads = heads_of(manifest)
    listed = [manifest.listings[place].photos for place in places]
    sets = [np.stack([tokens[photo] for photo in photos]) for photos in listed]
    embeddings = join_photos(verifier.listing_encoder, places, sets).embeddings
    return EncodedListings(
        [heads[place] for place in places],
        {photo.sha256: tokens[photo.url] for place in places for photo in heads[place].photos},
        embeddings.numpy(),
    )
