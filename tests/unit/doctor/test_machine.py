"""The machine: what is free, of what there is and of what a container may have."""

from pathlib import Path

import pytest

from stream.doctor.finding import State
from stream.doctor.machine import Machine, check_descriptors, check_memory, free_memory

MEBIBYTE = 2**20
GROUP = Path("sys/fs/cgroup")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "proc").mkdir()
    (tmp_path / GROUP).mkdir(parents=True)
    (tmp_path / "proc/meminfo").write_text("MemTotal: 4194304 kB\nMemAvailable:   2097152 kB\n")
    return tmp_path


def test_without_a_limit_the_system_tells(root: Path) -> None:
    assert free_memory(root) == 2048 * MEBIBYTE
    (root / GROUP / "memory.max").write_text("max\n")
    assert free_memory(root) == 2048 * MEBIBYTE


def test_a_container_has_what_its_limit_leaves(root: Path) -> None:
    (root / GROUP / "memory.max").write_text(f"{512 * MEBIBYTE}\n")
    (root / GROUP / "memory.current").write_text(f"{112 * MEBIBYTE}\n")
    assert free_memory(root) == 400 * MEBIBYTE


def test_another_system_tells_nothing(tmp_path: Path) -> None:
    assert free_memory(tmp_path) is None


@pytest.mark.parametrize(
    ("free_bytes", "state"),
    [(None, State.OK), (2048 * MEBIBYTE, State.OK), (400 * MEBIBYTE, State.WARNING)],
)
async def test_a_worker_needs_room(free_bytes: int | None, state: State) -> None:
    observation = await check_memory(Machine(free_bytes, 1024, 16))
    assert observation.state is state


@pytest.mark.parametrize(
    ("descriptors", "photos_at_once", "state"),
    [(1024, 16, State.OK), (256, 16, State.WARNING), (1024, 1000, State.WARNING)],
)
async def test_every_photo_at_once_needs_a_descriptor(
    descriptors: int, photos_at_once: int, state: State
) -> None:
    observation = await check_descriptors(Machine(None, descriptors, photos_at_once))
    assert observation.state is state
    if state is State.WARNING:
        assert f"{photos_at_once + 256} (`ulimit -n`)" in observation.mend
