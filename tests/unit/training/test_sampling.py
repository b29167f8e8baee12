from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stream.training.data import LabelledListing, Manifest
from stream.training.networks.shapes import EMBEDDING_WIDTH
from stream.training.sampling import (
    COPIES,
    COUPLES,
    LOOKALIKES,
    SIBLINGS,
    VIEWS,
    BatchSampler,
    Couple,
    draw_photos,
)

SELLERS = 4
ITEMS = 48


def listed(listing: str, item: str, seller: str) -> LabelledListing:
    return LabelledListing(listing, item, seller, (f"{listing}.jpg",))


def manifest() -> Manifest:
    """Items listed twice by four sellers, and a shop's that are listed once."""
    twice = [
        listed(f"{item}{side}", f"item-{item}", f"seller-{item % SELLERS}")
        for item in range(ITEMS)
        for side in "ab"
    ]
    once = [listed(f"single-{item}", f"single-{item}", "shop") for item in range(10)]
    return Manifest(Path("drawn.jsonl"), (*twice, *once))


def unseen() -> NDArray[np.float32]:
    return np.zeros((len(manifest().listings), EMBEDDING_WIDTH), np.float32)


def epoch(seed: int = 0, embeddings: NDArray[np.float32] | None = None) -> list[tuple[Couple, ...]]:
    listings = manifest()
    sampler = BatchSampler(listings, np.arange(len(listings.listings)))
    seen = unseen() if embeddings is None else embeddings
    return list(sampler.epoch(np.random.default_rng(seed), seen))


def test_each_item_that_is_listed_twice_comes_once_an_epoch() -> None:
    listings = manifest()
    couples = [couple for batch in epoch() for couple in batch if not couple.is_copy]

    assert all(listings.items[one.left] == listings.items[one.right] for one in couples)
    assert Counter(int(listings.items[one.left]) for one in couples).most_common(1)[0][1] == 1
    assert len(couples) == ITEMS


def test_siblings_meet_in_a_batch() -> None:
    listings = manifest()
    first = [couple for couple in epoch()[0] if not couple.is_copy]

    sellers = Counter(int(listings.households[couple.left]) for couple in first)
    assert len(first) == COUPLES
    assert sellers.most_common(1)[0][1] >= SIBLINGS


def test_households_that_look_alike_meet_in_a_batch() -> None:
    listings = manifest()
    embeddings = unseen()
    alike = {"seller-0": 0, "seller-1": 1, "seller-2": 0, "seller-3": 1}
    for place, listing in enumerate(listings.listings):
        embeddings[place, alike.get(listing.seller_id, 2)] = 1

    for batch in epoch(embeddings=embeddings):
        couples = [couple for couple in batch if not couple.is_copy]
        for start in range(0, COUPLES, LOOKALIKES):
            chunk = couples[start : start + LOOKALIKES]
            assert len({int(embeddings[couple.left].argmax()) for couple in chunk}) == 1


def test_copies_are_of_any_listing_and_of_items_that_are_listed_once() -> None:
    listings = manifest()
    for batch in epoch():
        copies = [couple for couple in batch if couple.is_copy]
        singles = [one for one in copies if listings.listings[one.left].seller_id == "shop"]
        assert len(singles) >= COPIES // 2 - 1
        assert COPIES - 2 <= len(copies) <= COPIES


def test_the_same_seed_draws_the_same_batches() -> None:
    assert epoch(1) == epoch(1)
    assert epoch(1) != epoch(2)


def test_listings_elsewhere_are_never_drawn() -> None:
    listings = manifest()
    places = np.arange(0, 40)
    batches = BatchSampler(listings, places).epoch(np.random.default_rng(0), unseen())

    assert {side for batch in batches for one in batch for side in (one.left, one.right)} <= set(
        places.tolist()
    )


def test_photos_of_an_item_are_dealt_anew_to_its_two_listings() -> None:
    rows = (np.array([0, 1]), np.array([2, 3, 4]))
    random = np.random.default_rng(0)

    drawn = [draw_photos(Couple(0, 1), rows, random) for _ in range(200)]

    assert {len(side) for sides in drawn for side in sides} == {VIEWS}
    assert all(not set(left) & set(right) for left, right in drawn)
    met = {(int(one), int(other)) for left, right in drawn for one in left for other in right}
    assert met == {(one, other) for one in range(5) for other in range(5) if one != other}


def test_each_listing_of_an_item_shows_a_photo_even_if_there_are_but_two() -> None:
    left, right = draw_photos(
        Couple(0, 1), (np.array([7]), np.array([9])), np.random.default_rng(0)
    )

    assert sorted((*left.tolist(), *right.tolist())) == [7, 9]
    assert len(left) == 1


def test_copies_show_one_photo_of_their_listing() -> None:
    left, right = draw_photos(
        Couple(1, 1), (np.array([], np.int64), np.array([5, 6, 8])), np.random.default_rng(0)
    )

    assert left.tolist() == right.tolist()
    assert len(left) == 1
    assert left[0] in (5, 6, 8)
