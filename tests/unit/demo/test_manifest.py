"""A manifest of one's own as what the demo plays."""

from pathlib import Path

import msgspec
import pytest

from stream.demo.sample import read_manifest
from stream.domain.errors import StopError


def _write(folder: Path, *listings: tuple[str, str, str]) -> Path:
    file = folder / "own.jsonl"
    lines = [
        {
            "listing_id": listing_id,
            "item_id": item_id,
            "seller_id": "s",
            "category": "c",
            "photos": ["1.jpg"],
            **({"case": case} if case else {}),
        }
        for listing_id, item_id, case in listings
    ]
    file.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    (folder / "1.jpg").touch()
    return file


def test_listings_of_one_item_are_the_expected_pairs(tmp_path: Path) -> None:
    file = _write(tmp_path, ("b", "chair", ""), ("a", "chair", ""), ("c", "lamp", ""))
    sample = read_manifest(file)
    assert sample.expected_pairs == {("a", "b")}
    assert len(sample.events) == 3
    assert sample.photos["c"] == (tmp_path / "1.jpg",)


def test_a_pair_has_the_case_of_its_later_listing_or_else_of_its_earlier_one(
    tmp_path: Path,
) -> None:
    file = _write(
        tmp_path,
        ("a", "chair", "first"),
        ("b", "chair", "second"),
        ("c", "lamp", "first"),
        ("d", "lamp", ""),
        ("e", "bed", ""),
        ("f", "bed", ""),
    )
    cases = {pair: label.case for pair, label in read_manifest(file).labels.items()}
    assert cases == {("a", "b"): "second", ("c", "d"): "first", ("e", "f"): ""}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no listing"),
        (b'{"listing_id": "a"}\n', "line 1: Object missing required field"),
        (b"no json\n", "line 1: JSON is malformed"),
    ],
)
def test_a_file_that_is_no_manifest_is_told_by_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "own.jsonl"
    file.write_bytes(content)
    with pytest.raises(StopError, match=said) as refused:
        read_manifest(file)
    assert str(file) in str(refused.value)


def test_a_manifest_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StopError, match=r"own\.jsonl"):
        read_manifest(tmp_path / "own.jsonl")


def test_a_photo_that_is_not_there_is_named_with_its_line_and_counted_from_one(
    tmp_path: Path,
) -> None:
    file = _write(tmp_path, ("a", "chair", ""), ("b", "chair", ""))
    first, second = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([first, second.replace(b'["1.jpg"]', b'["1.jpg","gone.jpg"]')]))
    with pytest.raises(StopError, match=r"line 2: photo 2 of b, gone\.jpg, is not there"):
        read_manifest(file)
