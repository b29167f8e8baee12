"""The embedded server under kill -9, several client processes, and a disk that fails."""

import asyncio
import itertools
import resource
import socket
import sys
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path

import pytest

from stream.adapters.qdrant import Store, open_store
from stream.domain.errors import RetryError, StopError
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import head, pair, sha, tokens, unit
from tests.integration.qdrant.contender import PAIR_ID, marks_in
from tests.support.qdrant import SPEC, connect_and_clean_up, unique_settings, when_back

KILLS = 3
WRITERS = 6
ACKNOWLEDGED_BEFORE_A_KILL = 150
DEADLINE_SECONDS = 30


async def test_no_acknowledged_write_is_lost_by_kill_9(edge: QdrantEdgeProcess) -> None:
    acknowledged: list[str] = []
    for round_number in range(KILLS):
        async with open_store(QdrantSettings(url=edge.url), SPEC) as store:
            assert await missing(store, acknowledged) == set()
            target = len(acknowledged) + ACKNOWLEDGED_BEFORE_A_KILL

            def write_on(
                writer: int, store: Store = store, number: int = round_number, goal: int = target
            ) -> Awaitable[None]:
                names = (f"{number}-{writer}-{count}" for count in itertools.count())
                return write_until_away(store, names, acknowledged, edge, goal)

            await asyncio.gather(*(write_on(writer) for writer in range(WRITERS)))
        edge.start()
    async with open_store(QdrantSettings(url=edge.url), SPEC) as store:
        assert await missing(store, acknowledged) == set()
    assert len(acknowledged) >= KILLS * ACKNOWLEDGED_BEFORE_A_KILL


async def write_until_away(
    store: Store,
    names: Iterator[str],
    acknowledged: list[str],
    edge: QdrantEdgeProcess,
    goal: int,
) -> None:
    """Write listings until the server is gone; whoever reaches the goal kills it."""
    for name in names:
        try:
            await store.index.write_photos(name, 1, {sha(name): tokens(1)})
            await store.index.write_head(head(name), unit(1))
            await store.ledger.write(pair(name, "other", 1), None)
        except RetryError:
            return
        acknowledged.append(name)
        if len(acknowledged) == goal:
            edge.kill()


async def missing(store: Store, names: list[str]) -> set[str]:
    heads = await store.index.read_heads(names)
    photos = await store.index.read_tokens([(name, sha(name)) for name in names])
    pairs = await store.ledger.read([pair(name, "other", 1).pair_id for name in names])
    listed = {one.left_id for one in pairs.values()} | {one.right_id for one in pairs.values()}
    return set(names) - (heads.keys() & {listing_id for listing_id, _ in photos} & listed)


async def test_client_processes_at_once_lose_no_update(qdrant_edge: QdrantEdgeProcess) -> None:
    settings = unique_settings(qdrant_edge.url)
    length = 60
    async with connect_and_clean_up(settings), open_store(settings, SPEC) as store:
        await store.ledger.write(pair("a", "b", 0), None)
        contenders = [await start_contender(settings, length) for _ in range(3)]
        outputs = await asyncio.gather(*(one.communicate() for one in contenders))
        assert [one.returncode for one in contenders] == [0, 0, 0]
        final = (await store.ledger.read([PAIR_ID]))[PAIR_ID]
    confirmed = [mark for output, _ in outputs for mark in output.decode().split()]
    assert sorted(confirmed) == sorted(marks_in(final))
    assert len(confirmed) == length == final.revision


async def start_contender(settings: QdrantSettings, length: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.integration.qdrant.contender"),
        *(settings.url, settings.prefix, str(length)),
        stdout=asyncio.subprocess.PIPE,
    )


async def test_a_disk_that_fails_is_never_acknowledged(edge: QdrantEdgeProcess) -> None:
    async with open_store(QdrantSettings(url=edge.url), SPEC) as store:
        await store.index.write_photos("before", 1, {sha(n): tokens(n) for n in range(24)})
        limit_file_size(edge, 4096)
        acknowledged = await write_photos_while(store, refused=False)
        limit_file_size(edge, resource.RLIM_INFINITY)
        acknowledged += await write_photos_while(store, refused=True)
        edge.kill()
        edge.start()
        read = await when_back(lambda: store.index.read_tokens([(n, sha(1)) for n in acknowledged]))
    assert {listing_id for listing_id, _ in read} == set(acknowledged)


def limit_file_size(edge: QdrantEdgeProcess, limit_bytes: int) -> None:
    """Make writes to files fail, as on a full disk."""
    assert edge.pid is not None
    resource.prlimit(edge.pid, resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))


async def write_photos_while(store: Store, *, refused: bool) -> list[str]:
    """Write photos until writes are no longer refused (or taken); return what was acknowledged."""
    acknowledged: list[str] = []
    deadline = time.monotonic() + DEADLINE_SECONDS
    for count in itertools.count():
        assert time.monotonic() < deadline
        name = f"{refused}-{count}"
        try:
            await store.index.write_photos(name, 1, {sha(n): tokens(n) for n in range(24)})
        except RetryError:
            if not refused:
                return acknowledged
        else:
            acknowledged.append(name)
            if refused:
                return acknowledged
    raise AssertionError


async def test_writes_are_refused_while_the_disk_is_nearly_full(folder: Path) -> None:
    with (
        QdrantEdgeProcess(folder, min_free_bytes=2**60) as edge,
        pytest.raises(RetryError, match="make room"),
    ):
        async with open_store(QdrantSettings(url=edge.url), SPEC):
            pass


def test_who_ends_on_a_full_disk_is_told_where_to_make_room(folder: Path) -> None:
    with QdrantEdgeProcess(folder, min_free_bytes=2**60) as edge:
        edge.kill()
        make_room = rf"The disk of {folder} has \d+ bytes left: make room there"
        with pytest.raises(StopError, match=rf"(?s)killed by SIGKILL.*{make_room}"):
            edge.check_alive()
        (folder / "catalog.json").write_text("{")
        with pytest.raises(StopError, match=rf"(?s)ended while starting.*{make_room}"):
            edge.start()


def test_a_folder_has_one_process(qdrant_edge: QdrantEdgeProcess) -> None:
    second = QdrantEdgeProcess(qdrant_edge.log_file.parent)
    with pytest.raises(StopError, match=f"is in use by process {qdrant_edge.pid}"):
        second.start()
    assert qdrant_edge.is_alive


def test_a_port_has_one_process(qdrant_edge: QdrantEdgeProcess, tmp_path: Path) -> None:
    port = int(qdrant_edge.url.rpartition(":")[2])
    with pytest.raises(StopError, match=f"port {port} cannot be had"):
        QdrantEdgeProcess(tmp_path / "other", port=port).start()


def test_only_the_loopback_address_is_listened_on(qdrant_edge: QdrantEdgeProcess) -> None:
    port = int(qdrant_edge.url.rpartition(":")[2])
    socket.create_connection(("127.0.0.1", port)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port))
