"""Index: put one's own mark where every other worker will look, before looking oneself.

Of two duplicates that arrive at the same moment on two workers at least one sees the other,
because each has written its head before it searches.
"""

from stream.domain.errors import RetryError
from stream.domain.listing import Head
from stream.observability.metrics import Stage, timed
from stream.pipeline.encode import EncodedListing
from stream.ports import ListingIndex


@timed(Stage.INDEX)
async def index_listing(index: ListingIndex, head: Head, encoded: EncodedListing | None) -> Head:
    """Write photos, then the head, unless a newer state of the listing is stored.

    Photo points go first, so that a head never names a photo that is not there.

    Returns:
        The head as it is stored now; of another `order` when a newer state superseded this one.
    """
    if encoded is not None and encoded.tokens:
        await index.write_photos(head.listing_id, head.version, encoded.tokens)
    await index.write_head(head, encoded.embedding if encoded is not None else None)
    stored = (await index.read_heads([head.listing_id])).get(head.listing_id)
    if stored is None:
        raise RetryError(f"the head of listing {head.listing_id!r} is gone after it was written")
    return stored


async def remove_outdated_photos(index: ListingIndex, head: Head) -> None:
    """Remove photo points of versions below the stored head; after a delete, all of them."""
    await index.remove_photos(head.listing_id, below_version=head.version + head.deleted)
