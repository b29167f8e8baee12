from functools import partial
from pathlib import Path

import pytest

from stream.adapters.photos.decode import decode_photo
from stream.domain.errors import StopError
from stream.training.corpus import (
    MANY_SINGLES,
    photo_rows,
    read_manifests,
    read_pixels,
    uncertainty,
)
from stream.training.data import LabelledListing, Manifest, read_manifest

DECODE = partial(decode_photo, max_pixels=10**6)


def of_singles(count: int) -> Manifest:
    return Manifest(
        Path("drawn.jsonl"),
        tuple(LabelledListing(f"l{at}", f"i{at}", "shop", (f"{at}.jpg",)) for at in range(count)),
    )


def test_manifests_of_one_folder_are_read_as_one(manifest_path: Path) -> None:
    more = manifest_path.with_name("more.jsonl")
    more.write_text(manifest_path.read_text().replace('"listing-', '"more-'))

    both = read_manifests([manifest_path, more])

    assert both.name == "drawn+more"
    assert len(both.listings) == 2 * len(read_manifest(manifest_path).listings)


def test_a_listing_in_two_manifests_is_refused(manifest_path: Path) -> None:
    again = manifest_path.with_name("again.jsonl")
    again.write_text(manifest_path.read_text())

    with pytest.raises(StopError, match="listing-0-0 appears in two"):
        read_manifests([manifest_path, again])


def test_manifests_of_two_folders_are_refused(manifest_path: Path) -> None:
    elsewhere = manifest_path.parent / "sub" / "more.jsonl"
    elsewhere.parent.mkdir()
    elsewhere.write_text(manifest_path.read_text())

    with pytest.raises(StopError, match="one folder"):
        read_manifests([manifest_path, elsewhere])


def test_pixels_are_those_that_the_pipeline_decodes(manifest_path: Path, tmp_path: Path) -> None:
    manifest = read_manifest(manifest_path)

    pixels = read_pixels(manifest, DECODE, 48, tmp_path / "cache")

    name = manifest.listings[3].photos[1]
    row = photo_rows(manifest)[3][1]
    assert (pixels[row] == DECODE(manifest.read_photo(name), 48)).all()


def test_photos_are_decoded_once(manifest_path: Path, tmp_path: Path) -> None:
    manifest = read_manifest(manifest_path)
    first = read_pixels(manifest, DECODE, 32, tmp_path / "cache")

    def fail(_: bytes, __: int) -> None:
        raise AssertionError

    assert (read_pixels(manifest, fail, 32, tmp_path / "cache") == first).all()  # type: ignore[arg-type]


@pytest.mark.parametrize(("singles", "is_uncertain"), [(5, True), (MANY_SINGLES, False)])
def test_singles_of_one_seller_are_uncertain_unless_there_are_many(
    singles: int, is_uncertain: bool
) -> None:
    table = uncertainty(of_singles(singles))

    assert table[0, 1] == table[1, 0] == is_uncertain
    assert not table.diagonal().any()
