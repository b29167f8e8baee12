"""How long the vector store takes: each operation alone, and the round of one listing.

`python -m tests.benchmark.measure_qdrant --listings 5000 [--url http://HOST:6334]` fills a store
with random listings of four photos; without a url it starts Qdrant Edge in a temporary folder.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import numpy as np

from stream.adapters.qdrant import Store, open_store
from stream.local.qdrant_edge import QdrantEdgeProcess
from stream.ports import SearchFilter
from stream.settings import QdrantSettings
from tests.contract.qdrant.records import head, pair, sha, tokens, unit
from tests.support.qdrant import SPEC, connect_and_clean_up, unique_settings

PHOTOS = 4
CANDIDATES = 50
VERIFIED_PHOTOS = 72
REPEATS = 30
AT_ONCE = 8

Operation = Callable[[int], Awaitable[object]]


async def fill(store: Store, count: int) -> None:
    """Index `count` random listings."""
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*(write(store, one) for one in range(start, start + AT_ONCE)))


async def write(store: Store, number: int) -> None:
    name = f"listing {number}"
    photos = {sha((number, one)): tokens(PHOTOS * number + one) for one in range(PHOTOS)}
    await store.index.write_photos(name, 1, photos)
    await store.index.write_head(head(name), unit(number))


def operations(store: Store, count: int) -> dict[str, Operation]:
    """Every step of a listing's round, on the listing of a number."""
    index, ledger = store.index, store.ledger
    anyone = SearchFilter(excluded_id="nobody")
    photos = np.stack([tokens(one) for one in range(PHOTOS)])
    heads = [f"listing {one}" for one in range(CANDIDATES)]
    verified = [
        (f"listing {one // PHOTOS}", sha((one // PHOTOS, one % PHOTOS))) for one in range(72)
    ]

    async def read_pairs(number: int) -> None:
        async for _ in ledger.read_of_listings([f"listing {number}"]):
            pass

    return {
        "write photos and head": lambda number: write(store, count + number),
        "read back the head": lambda number: index.read_heads([f"listing {count + number}"]),
        "remove outdated photos": lambda number: index.remove_photos(f"listing {number}", 1),
        "nearest 50 sets": lambda number: index.nearest_sets(unit(number), anyone, CANDIDATES),
        "nearest 20 of 4 photos": lambda number: index.nearest_photos(photos, f"{number}", 20),
        "exact copies": lambda number: index.exact_copies([sha((number, 0))], "nobody", 50),
        "read 50 heads": lambda _: index.read_heads(heads),
        "read tokens of 72 photos": lambda _: index.read_tokens(verified),
        "pairs of a listing": read_pairs,
        "insert a pair": lambda number: ledger.write(pair(f"{number}", "other", 1), None),
        "finish": lambda number: index.finish(head(f"listing {count + number}")),
    }


async def measure(settings: QdrantSettings, count: int) -> None:
    """Print medians in milliseconds, and rounds per second, alone and several at once."""
    async with connect_and_clean_up(settings), open_store(settings, SPEC) as store:
        started = time.perf_counter()
        await fill(store, count)
        report(f"fill {count} listings", time.perf_counter() - started, "s")
        steps = operations(store, count)
        for name, step in steps.items():
            report(name, 1000 * median([await timed(step, one) for one in range(REPEATS)]), "ms")

        async def one_round(number: int) -> None:
            for step in steps.values():
                await step(number)

        for at_once in (1, AT_ONCE):
            started = time.perf_counter()
            for start in range(REPEATS, REPEATS + 80, at_once):
                await asyncio.gather(*(one_round(start + one) for one in range(at_once)))
            rate = 80 / (time.perf_counter() - started)
            report(f"whole rounds, {at_once} at once", rate, "/s")


async def timed(step: Operation, number: int) -> float:
    started = time.perf_counter()
    await step(number)
    return time.perf_counter() - started


def report(name: str, value: float, measure: str) -> None:
    sys.stdout.write(f"{name:<28}{value:10.2f} {measure}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=5000)
    parser.add_argument("--url")
    options = parser.parse_args()
    with ExitStack() as stack:
        url = options.url
        if url is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = stack.enter_context(QdrantEdgeProcess(Path(folder))).url
        asyncio.run(measure(unique_settings(url), options.listings))


if __name__ == "__main__":
    main()
