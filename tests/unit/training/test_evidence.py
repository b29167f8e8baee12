"""Regions against maps of two objects: a chair on the left half, the wall on the right."""

from pathlib import Path

import numpy as np
import pytest

from stream.demo.object_maps import MAP_HEIGHT, MAP_WIDTH, ObjectMap, write_object_maps
from stream.domain.alert import AlertedPhoto, Box, PhotoPair, RegionPair
from stream.domain.errors import StopError
from stream.domain.match import Match
from stream.domain.policy import Policy, Thresholds
from stream.ports import Floats, Pixels
from stream.training.data import Manifest, heads_of, read_manifest
from stream.training.evaluation.ablate import score_without
from stream.training.evaluation.ablation import Ablation
from stream.training.evaluation.alerts import judge
from stream.training.evaluation.evidence import EvidenceFigures, check_evidence, read_maps
from stream.training.score import ScoredListings, encode, score_encoded
from tests.support.memory_models import MemoryModels
from tests.unit.training.test_calibrate import decode

POLICY = Policy(
    policy_version="test",
    model_version="light-1",
    thresholds=Thresholds(0.5),
    same_photos_similarity=0.99,
    near_miss_floor=0.1,
)
LEFT: Box = (0.0, 0.0, 0.5, 0.5)
RIGHT: Box = (0.5, 0.0, 1.0, 0.5)
LARGE: Box = (0.0, 0.0, 0.5, 0.6)


@pytest.fixture
def manifest(manifest_path: Path) -> Manifest:
    return read_manifest(manifest_path)


def chair_before_wall() -> ObjectMap:
    objects = np.zeros((MAP_HEIGHT, MAP_WIDTH), np.uint16)
    objects[:, : MAP_WIDTH // 2] = 1
    return ObjectMap(objects, ("wall", "chair"), frozenset({"chair"}))


def check(manifest: Manifest, *regions: RegionPair) -> EvidenceFigures:
    """Check an alert on the first two listings, of one item, that names these regions."""
    photos = AlertedPhoto(0, "0" * 64), AlertedPhoto(1, "1" * 64)
    evidence = PhotoPair(left=photos[0], right=photos[1], similarity=0.8, regions=regions)
    match = Match(0.9, (evidence,))
    scored = ScoredListings(
        heads_of(manifest), np.zeros((18, 18), np.float32), np.array([[0, 1]]), [match]
    )
    pairs = judge(manifest, scored, POLICY)
    maps = {"0-0.png": chair_before_wall(), "0-3.png": chair_before_wall()}
    return check_evidence(manifest, scored, pairs, maps)


def test_small_regions_of_one_object_are_grounded(manifest: Manifest) -> None:
    found = check(manifest, RegionPair(LEFT, LEFT), RegionPair(RIGHT, RIGHT))

    assert found == EvidenceFigures(1, 1.0, 0, 2, 1.0, 1.0, 0.5)


@pytest.mark.parametrize(
    ("regions", "small", "same_object"),
    [(RegionPair(LEFT, RIGHT), 1.0, 0.0), (RegionPair(LEFT, LARGE), 0.0, 1.0)],
)
def test_one_wrong_region_is_enough_not_to_be_grounded(
    manifest: Manifest, regions: RegionPair, small: float, same_object: float
) -> None:
    alone, beside = check(manifest, regions), check(manifest, RegionPair(LEFT, LEFT), regions)

    assert (alone.small, alone.same_object) == (small, same_object)
    assert alone.grounded == beside.grounded == 0


def test_an_alert_that_names_no_region_is_not_grounded(manifest: Manifest) -> None:
    found = check(manifest)

    assert (found.alerts, found.silent, found.grounded) == (1, 1, 0)
    assert np.isnan(found.same_object)


def test_maps_lie_beside_the_manifest(manifest: Manifest) -> None:
    assert read_maps(manifest) == {}

    write_object_maps(manifest.path.parent, {"0-0.png": chair_before_wall()})

    assert read_maps(manifest).keys() == {"0-0.png"}


async def seen_by_the_models(manifest: Manifest, ablation: Ablation) -> list[Pixels]:
    """Return the photos of the first listing as the models get them."""
    models = MemoryModels()
    seen: list[Pixels] = []

    class Watched(MemoryModels):
        async def encode_photos(self, photos: Pixels) -> Floats:
            seen.extend(photos)
            return await super().encode_photos(photos)

    maps = {"0-0.png": chair_before_wall()}
    listings = await encode(manifest, models, decode)
    await score_without(
        ablation, listings, Watched(), POLICY, manifest=manifest, decode=decode, maps=maps
    )
    return seen[:2]


@pytest.mark.parametrize("ablation", [Ablation.ITEM_MASKED, Ablation.BACKGROUND_MASKED])
async def test_what_is_masked_has_the_mean_colour(manifest: Manifest, ablation: Ablation) -> None:
    mapped, unknown = await seen_by_the_models(manifest, ablation)
    size = mapped.shape[-1]
    before, before_unknown = (
        decode(manifest.read_photo(name), size) for name in ("0-0.png", "0-1.png")
    )
    half = size // 2
    hidden, kept = slice(0, half), slice(half, size)
    if ablation is Ablation.BACKGROUND_MASKED:
        hidden, kept = kept, hidden
    mean = before.mean((1, 2)).round()

    assert (mapped[:, :, hidden] == mean[:, None, None]).all()
    assert (mapped[:, :, kept] == before[:, :, kept]).all()
    assert (unknown == before_unknown).all()


async def test_masks_need_maps(manifest: Manifest) -> None:
    listings = await encode(manifest, MemoryModels(), decode)

    with pytest.raises(StopError, match="needs object maps"):
        await score_without(
            Ablation.ITEM_MASKED,
            listings,
            MemoryModels(),
            POLICY,
            manifest=manifest,
            decode=decode,
            maps={},
        )


async def without(manifest: Manifest, ablation: Ablation) -> ScoredListings:
    listings = await encode(manifest, MemoryModels(), decode)
    return await score_without(
        ablation, listings, MemoryModels(), POLICY, manifest=manifest, decode=decode, maps={}
    )


async def test_one_photo_is_the_first(manifest: Manifest) -> None:
    scored = await without(manifest, Ablation.ONE_PHOTO)

    assert {len(head.photos) for head in scored.heads} == {1}
    assert {photo.index for head in scored.heads for photo in head.photos} == {0}


async def test_one_against_a_set_is_the_first_of_an_item_that_is_listed_again(
    manifest: Manifest,
) -> None:
    scored = await without(manifest, Ablation.ONE_AGAINST_SET)

    shown = {head.listing_id: len(head.photos) for head in scored.heads}
    assert {name for name, count in shown.items() if count == 1} == {
        f"listing-{item}-0" for item in range(6)
    }
    assert set(shown.values()) == {1, 2}


async def test_without_regions_every_region_is_the_whole(manifest: Manifest) -> None:
    scored = await without(manifest, Ablation.NO_REGIONS)
    whole = await score_encoded(
        await encode(manifest, MemoryModels(), decode), MemoryModels(), POLICY
    )

    def named(found: ScoredListings) -> set[tuple[RegionPair, ...]]:
        return {pair.regions for match in found.matches for pair in match.evidence}

    # Of regions that are all alike the light verifier names the first ones, or none.
    assert len(named(scored)) <= 2 < len(named(whole))


async def test_without_a_verifier_sets_decide(manifest: Manifest) -> None:
    scored = await without(manifest, Ablation.NO_VERIFIER)
    whole = await score_encoded(
        await encode(manifest, MemoryModels(), decode), MemoryModels(), POLICY
    )
    left, right = whole.pairs.T

    assert (scored.pairs == whole.pairs).all()
    assert scored.probabilities == pytest.approx((1 + whole.cosines[left, right]) / 2)


async def test_with_mean_pooling_the_mean_token_decides(manifest: Manifest) -> None:
    scored = await without(manifest, Ablation.MEAN_POOLING)
    listings = await encode(manifest, MemoryModels(), decode)
    means = np.stack(
        [
            np.mean([listings.tokens[photo.sha256][0] for photo in head.photos], axis=0)
            for head in listings.heads
        ]
    )
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    left, right = scored.pairs.T

    assert scored.cosines == pytest.approx(means @ means.T, abs=1e-6)
    assert scored.probabilities == pytest.approx(
        (1 + (means[left] * means[right]).sum(1)) / 2, abs=1e-6
    )
