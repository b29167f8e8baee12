"""What can be used of a listing's photos, and what is said of the rest."""

import hashlib

import pytest

from stream.domain.errors import PhotoError, PhotoErrorReason, StopError
from stream.domain.listing import Listing, PhotoLink
from stream.pipeline.collect_photos import CollectedPhotos, collect_photos
from stream.pipeline.watch_photo_servers import PhotoServerWatch
from tests.support.listings import NOON
from tests.support.memory_photos import MemoryPhotos, url_of

SIZE = 8


async def collect(*labels: str, source: MemoryPhotos | None = None) -> CollectedPhotos:
    listing = Listing(
        listing_id="L-1",
        version=1,
        seller_id="S-1",
        category="furniture",
        created_at=NOON,
        photos=tuple(PhotoLink(url_of(label)) for label in labels),
    )
    return await collect_photos(listing, source or MemoryPhotos(), PhotoServerWatch(), SIZE)


async def test_photos_keep_the_listings_order_and_are_known_by_their_files() -> None:
    collected = await collect("b1", "a1")
    assert [photo.url for photo in collected.photos] == [url_of("b1"), url_of("a1")]
    assert [photo.index for photo in collected.photos] == [0, 1]
    assert collected.photos[0].sha256 == hashlib.sha256(b"b1").hexdigest()
    assert {photo.sha256 for photo in collected.photos} == collected.pixels.keys()
    assert all(pixels.shape == (3, SIZE, SIZE) for pixels in collected.pixels.values())
    assert not collected.left_out


async def test_what_cannot_be_had_or_used_is_left_out_and_named() -> None:
    source = MemoryPhotos(
        failures={url_of("gone"): PhotoError(PhotoErrorReason.NOT_SERVED, "answered 404")}
    )
    collected = await collect("gone", "a1", "!text", source=source)
    assert [photo.index for photo in collected.photos] == [1]
    assert {index: str(error) for index, error in collected.left_out.items()} == {
        0: "answered 404",
        2: "no picture in a known format",
    }


async def test_a_listing_can_be_left_with_no_photo() -> None:
    collected = await collect("!text", "!more")
    assert collected.photos == ()
    assert collected.left_out.keys() == {0, 1}


async def test_one_file_behind_several_urls_is_one_photo() -> None:
    collected = await collect("x/a1", "y/a1", "b1")
    assert [photo.index for photo in collected.photos] == [0, 2]
    assert len(collected.pixels) == 2


@pytest.mark.parametrize("error", [StopError("the disk is full"), ZeroDivisionError()])
async def test_an_error_that_is_not_the_photos_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        await collect("a1", source=MemoryPhotos(failures={url_of("a1"): error}))
