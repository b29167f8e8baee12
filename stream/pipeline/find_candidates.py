"""Find candidates: the listings worth a closer look, by set, by photo and by exact copy."""

import numpy as np

from stream.domain.listing import Head
from stream.domain.match import (
    CANDIDATES_LIMIT,
    PHOTO_HITS_LIMIT,
    VERIFIED_LIMIT,
    Hit,
    choose_photos,
    fuse,
)
from stream.domain.policy import Policy
from stream.observability.metrics import Stage, timed
from stream.pipeline.encode import EncodedListing
from stream.ports import ListingIndex, SearchFilter


@timed(Stage.FIND_CANDIDATES)
async def find_candidates(
    head: Head, encoded: EncodedListing, index: ListingIndex, policy: Policy
) -> tuple[str, ...]:
    """Return the ids of the listings to verify against this one, best first."""
    photos = choose_photos(head, policy.stock_photos)
    if encoded.embedding is None or not photos:
        return ()
    listing_id = head.listing_id
    search_filter = SearchFilter(
        excluded_id=listing_id,
        region=head.region if policy.scope.within_region else None,
        excluded_categories=policy.foreign_categories(head.category),
    )
    sets = await index.nearest_sets(encoded.embedding, search_filter, CANDIDATES_LIMIT)
    tokens = np.stack([encoded.tokens[photo.sha256] for photo in photos])
    nearest = await index.nearest_photos(tokens, listing_id, PHOTO_HITS_LIMIT)
    hashes = tuple(head.hashes - policy.stock_photos)
    copies = await index.exact_copies(hashes, listing_id, CANDIDATES_LIMIT)

    found = {hit.listing_id for hit in sets} | {hit.listing_id for hit in (*nearest, *copies)}
    others = {
        other_id: other
        for other_id, other in (await index.read_heads(tuple(found))).items()
        if other.is_visible and policy.admits(head, other)
    }
    candidates = fuse(
        [hit for hit in sets if hit.listing_id in others],
        [
            Hit(hit.listing_id, hit.similarity)
            for hit in nearest
            if hit.listing_id in others and hit.sha256 in others[hit.listing_id].hashes
        ],
        [
            hit.listing_id
            for hit in copies
            if hit.listing_id in others and hit.sha256 in others[hit.listing_id].hashes
        ],
    )
    return candidates[:VERIFIED_LIMIT]
