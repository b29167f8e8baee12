"""The shadows that there are: a note that each keeps of itself, and getting rid of them.

The note is a point of the shadow's ledger, as the epoch is; what it says is its owner's affair.
"""

from collections.abc import Sequence
from uuid import UUID

from qdrant_client import AsyncQdrantClient, models

from stream.adapters.qdrant.client import explained_errors
from stream.adapters.qdrant.collections import Shadow
from stream.adapters.qdrant.consistency import QUORUM, STRONG
from stream.settings import QdrantSettings

_NOTE_POINT = str(UUID(int=1))  # no pair has this id: it would be a SHA-256 of zeros
_PAIRS = "-pairs"


async def read_note(client: AsyncQdrantClient, pairs: str) -> bytes | None:
    """Return the note in a ledger; None when there is none, or no ledger."""
    with explained_errors("read the note of a shadow"):
        if not await client.collection_exists(pairs):
            return None
        found = await client.retrieve(pairs, [_NOTE_POINT], consistency=QUORUM)
    return str(found[0].payload["note"]).encode() if found and found[0].payload else None


async def write_note(client: AsyncQdrantClient, pairs: str, note: bytes) -> None:
    """Write the note of a ledger in place of the one before."""
    point = models.PointStruct(id=_NOTE_POINT, vector={}, payload={"note": note.decode()})
    with explained_errors("write the note of a shadow"):
        await client.upsert(pairs, [point], wait=True, ordering=STRONG)


async def find_shadows(
    client: AsyncQdrantClient, settings: QdrantSettings, start: str
) -> Sequence[str]:
    """Return the names of the shadows that begin with `start`, sorted."""
    first = f"{settings.prefix}{start}"
    with explained_errors("list its collections"):
        names = [one.name for one in (await client.get_collections()).collections]
    return sorted(
        name.removeprefix(settings.prefix).removesuffix(_PAIRS)
        for name in names
        if name.startswith(first) and name.endswith(_PAIRS)
    )


async def drop_shadow(
    client: AsyncQdrantClient, settings: QdrantSettings, shadow: Shadow
) -> Sequence[str]:
    """Remove all that is a shadow's own, of whichever model version; return the collections' names.

    The ledger goes last: while it is there, the shadow is found again.
    """
    own = f"{settings.prefix}{shadow.name}-"
    listings = (f"{own}listings-", f"{own}photos-") if shadow.has_own_listings else ()
    with explained_errors(f"drop the shadow {shadow.name}"):
        there = [one.name for one in (await client.get_collections()).collections]
        wanted = sorted(name for name in there if name.startswith(listings))
        wanted += [name for name in there if name == f"{own}pairs"]
        for name in wanted:
            await client.delete_collection(name)
    return wanted
