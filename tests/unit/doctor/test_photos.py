"""Photo fetching as the doctor sees it: the real guard, and one that is broken."""

from pathlib import Path

import pytest

from stream.adapters.photos.download import connect_anywhere
from stream.adapters.photos.fetch import open_photos
from stream.doctor.finding import Finding, State
from stream.doctor.part import examine
from stream.doctor.photos import Fetching, check_guard, photo_part
from stream.settings import PhotoSettings


async def _look(settings: PhotoSettings) -> dict[str, Finding]:
    return {finding.name: finding for finding in await examine(photo_part(settings), 10)}


async def test_a_photo_gets_through_and_loopback_does_not() -> None:
    found = await _look(PhotoSettings())
    assert {finding.state for finding in found.values()} == {State.OK}
    assert "[3, 64, 64]" in found["photos decoding"].seen
    assert "not a public address" in found["photos guard"].seen


@pytest.mark.parametrize("schemes", [{"https"}, {"file"}])
async def test_schemes_that_are_not_allowed_are_not_needed(
    schemes: set[str], tmp_path: Path
) -> None:
    settings = PhotoSettings(allowed_schemes=frozenset(schemes), file_root=tmp_path)
    found = await _look(settings)
    assert {finding.state for finding in found.values()} == {State.OK}


async def test_private_addresses_that_are_allowed_are_worth_a_warning() -> None:
    found = await _look(PhotoSettings(allow_private_addresses=True))
    assert found["photos guard"].state is State.WARNING
    assert "TWINLIST_PHOTOS__ALLOW_PRIVATE_ADDRESSES" in found["photos guard"].mend


async def test_a_photo_too_large_for_the_settings_is_wrong() -> None:
    found = await _look(PhotoSettings(max_bytes=100))
    assert found["photos decoding"].state is State.WRONG
    assert found["photos guard"].state is State.OK


async def test_a_scheme_without_its_setting_is_wrong() -> None:
    found = await _look(PhotoSettings(allowed_schemes=frozenset({"s3"})))
    assert found["photos"].state is State.WRONG
    assert "s3_endpoint" in found["photos"].seen


async def test_a_guard_that_lets_loopback_through_is_wrong() -> None:
    async with open_photos(PhotoSettings(), backend=connect_anywhere()) as photos:
        observation = await check_guard(Fetching(photos, PhotoSettings()))
    assert observation.state is State.WRONG
