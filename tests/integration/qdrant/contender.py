"""A worker process that writes into one pair's record by compare-and-set, against others.

`python -m tests.integration.qdrant.contender URL PREFIX LENGTH` appends marks of its own to the
record's message until that holds LENGTH of them, and prints those it saw there after writing.
"""

import asyncio
import itertools
import os
import sys

import msgspec

from stream.adapters.qdrant import open_store
from stream.domain.alert import pair_id_of
from stream.domain.pair import Pair
from stream.ports import PairLedger
from stream.settings import QdrantSettings
from tests.support.qdrant import SPEC

PAIR_ID = pair_id_of("a", "b")


def marks_in(pair: Pair) -> list[str]:
    return (pair.message or b"").decode().split()


async def contend(ledger: PairLedger, length: int) -> list[str]:
    """Return the marks that were in the record after they had been written."""
    confirmed: list[str] = []
    for attempt in itertools.count():
        before = (await ledger.read([PAIR_ID]))[PAIR_ID]
        marks = marks_in(before)
        if len(marks) >= length:
            break
        mine = f"{os.getpid()}-{attempt}"
        changed = msgspec.structs.replace(
            before, revision=before.revision + 1, message=" ".join([*marks, mine]).encode()
        )
        await ledger.write(changed, before.revision)
        if mine in marks_in((await ledger.read([PAIR_ID]))[PAIR_ID]):
            confirmed.append(mine)
    return confirmed


async def main(url: str, prefix: str, length: int) -> None:
    async with open_store(QdrantSettings(url=url, prefix=prefix), SPEC) as store:
        sys.stdout.write(" ".join(await contend(store.ledger, length)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
