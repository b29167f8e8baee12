"""The embedded server on a file system that is full: a small one, mounted for the test."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.adapters.qdrant import Store, open_store
from stream.domain.errors import RetryError
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import sha, tokens
from tests.support.qdrant import SPEC, when_back

MIB = 2**20
DISK_BYTES = 256 * MIB
PHOTOS = 24

pytestmark = pytest.mark.long


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own; one in memory would not do, where reading a hole takes room."""
    image, folder = tmp_path / "image", tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as stream:
        stream.truncate(DISK_BYTES)
    for command in (("mkfs.ext4", "-q", image), ("mount", "-o", "loop", image, folder)):
        try:
            subprocess.run(command, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no file system can be mounted here: {error}")
    try:
        yield folder
    finally:
        subprocess.run(("umount", folder), check=True)


async def test_what_was_acknowledged_outlives_a_full_disk(disk: Path) -> None:
    with QdrantEdgeProcess(disk, min_free_bytes=8 * MIB) as edge:
        async with open_store(QdrantSettings(url=edge.url), SPEC) as store:
            fill(disk / "ballast", leave=24 * MIB)
            acknowledged = await write_until_refused(store)
            fill(disk / "rest", leave=0)
            with pytest.raises(RetryError):
                await store.index.write_photos("too late", 1, {sha(0): tokens(0)})
            edge.kill()
            (disk / "ballast").unlink()
            edge.start()
            keys = [(name, sha(number)) for name in acknowledged for number in range(PHOTOS)]
            assert set(await when_back(lambda: store.index.read_tokens(keys))) == set(keys)
            await store.index.write_photos("again", 1, {sha(0): tokens(0)})


def fill(file: Path, leave: int) -> None:
    """Take the room that a file system has, except for some bytes."""
    with file.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, shutil.disk_usage(file.parent).free - leave)


async def write_until_refused(store: Store) -> list[str]:
    acknowledged: list[str] = []
    for count in itertools.count():
        name = f"listing-{count}"
        try:
            await store.index.write_photos(name, 1, {sha(n): tokens(n) for n in range(PHOTOS)})
        except RetryError as refused:
            assert "make room" in str(refused)  # noqa: PT017 (it ends the loop)
            break
        acknowledged.append(name)
    assert acknowledged
    return acknowledged
