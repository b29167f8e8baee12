"""Checks of the machine that a worker would run on, which is taken to be this one."""

import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from stream.doctor.finding import Observation, ok, warning
from stream.doctor.part import Check, Part
from stream.settings import Settings

_MEBIBYTE = 2**20
_NEEDED_BYTES = 512 * _MEBIBYTE
_NEEDED_BESIDE_PHOTOS = 256
"""Descriptors for Kafka, Triton, Qdrant, logs and libraries."""


@dataclass(frozen=True)
class Machine:
    """What is there, and what a worker takes of it."""

    free_bytes: int | None
    """Memory that a new process can have; None where the system does not tell."""
    descriptors: int
    photos_at_once: int


def machine_part(settings: Settings) -> Part[Machine]:
    """This machine, or the container that this process is in."""

    @asynccontextmanager
    async def look() -> AsyncIterator[Machine]:
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        yield Machine(free_memory(), descriptors, settings.photos.concurrency)

    return Part(
        name="machine",
        open=look,
        describe=lambda _: "what follows is about this one",
        mend="run the doctor where the workers run",
        checks=(Check("memory", check_memory), Check("descriptors", check_descriptors)),
    )


async def check_memory(machine: Machine) -> Observation:
    """There is room for a worker."""
    if machine.free_bytes is None:
        return ok("this system does not tell")
    seen = f"{machine.free_bytes // _MEBIBYTE} MiB free"
    if machine.free_bytes < _NEEDED_BYTES:
        return warning(
            seen,
            f"give a worker {_NEEDED_BYTES // _MEBIBYTE} MiB or more, "
            "or lower TWINLIST_PHOTOS__CONCURRENCY",
        )
    return ok(seen)


async def check_descriptors(machine: Machine) -> Observation:
    """Every photo that is fetched at once can have its connection."""
    needed = machine.photos_at_once + _NEEDED_BESIDE_PHOTOS
    seen = f"{machine.descriptors} files and connections at once"
    if machine.descriptors < needed and machine.descriptors != resource.RLIM_INFINITY:
        return warning(
            seen, f"raise it to {needed} (`ulimit -n`), or lower TWINLIST_PHOTOS__CONCURRENCY"
        )
    return ok(seen)


def free_memory(root: Path = Path("/")) -> int | None:
    """Return the lesser of what Linux and the control group (version 2) still give."""
    rooms: list[int] = []
    try:
        meminfo = dict(
            line.split(":", 1) for line in (root / "proc/meminfo").read_text().splitlines()
        )
        rooms.append(int(meminfo["MemAvailable"].removesuffix("kB")) * 1024)
        group = root / "sys/fs/cgroup"
        limit = (group / "memory.max").read_text().strip()
        if limit != "max":
            rooms.append(int(limit) - int((group / "memory.current").read_text()))
    except OSError:
        pass  # another system, or no control group
    return min(rooms, default=None)
