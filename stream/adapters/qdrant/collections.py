"""The collections that Twinlist keeps in Qdrant: made when missing, checked when found.

`listings` and `photos` are named by model version, so that a new model is filled beside the one
that serves; a worker uses those of its own model version, and the aliases without a version name
those that readers should use. They are set with the first model version and moved deliberately,
never by a worker that happens to start. `pairs` and `flights` belong to no model version.

A shadow is filled beside all that, by events that live workers have had or will have, and alerts
nobody: what it finds is in a ledger of its own, which no worker reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from qdrant_client import AsyncQdrantClient, models

from stream.adapters.qdrant.client import explained_errors
from stream.adapters.qdrant.conditions import NEVER
from stream.adapters.qdrant.consistency import QUORUM, STRONG
from stream.domain.errors import RetryError, StopError
from stream.domain.pair import EPOCH_SHIFT
from stream.ports import ModelSpec
from stream.settings import QdrantSettings

EMBEDDING_WIDTH = 256
_EPOCH_START = datetime(2020, 1, 1, tzinfo=UTC)
_EPOCH_POINT = str(UUID(int=0))  # no pair has this id: it would be a SHA-256 of zeros
_KEYWORD, _INTEGER = models.PayloadSchemaType.KEYWORD, models.PayloadSchemaType.INTEGER


class Shadow(msgspec.Struct, frozen=True):
    """A store beside the live one, with a ledger of its own and no aliases."""

    name: str
    """Its collections are called as the live ones are, after this."""
    has_own_listings: bool
    """Whether heads and photos are its own, too; else they are those of its model version."""


@dataclass(frozen=True)
class CollectionNames:
    """What the collections of one model version are called."""

    listings: str
    photos: str
    pairs: str
    flights: str


@dataclass(frozen=True)
class _Plan:
    vectors: Mapping[str, models.VectorParams]
    indexes: Mapping[str, models.PayloadSchemaType]


def collection_names(
    settings: QdrantSettings, model_version: str, shadow: Shadow | None = None
) -> CollectionNames:
    """Name the collections of a model version, the live ones or those of a shadow."""
    live = settings.prefix
    own = f"{live}{shadow.name}-" if shadow else live
    of_model = own if shadow and shadow.has_own_listings else live
    return CollectionNames(
        listings=f"{of_model}listings-{model_version}",
        photos=f"{of_model}photos-{model_version}",
        pairs=f"{own}pairs",
        flights=f"{live}flights",  # told apart by their consumer groups
    )


async def prepare_collections(
    client: AsyncQdrantClient,
    settings: QdrantSettings,
    spec: ModelSpec,
    shadow: Shadow | None = None,
) -> CollectionNames:
    """Create what is missing; any number of workers may do so at once.

    Raises `StopError` when a collection holds vectors of other dimensions than the models make.
    """
    names = collection_names(settings, spec.model_version, shadow)
    with explained_errors("prepare its collections"):
        for name, plan in _plans(names, spec).items():
            if not await client.collection_exists(name):
                await _create(client, settings, name, plan)
            await _check(client, name, plan)
        if shadow is None:
            await _set_aliases(client, settings, names)
    return names


async def find_collections(
    client: AsyncQdrantClient,
    settings: QdrantSettings,
    model_version: str,
    shadow: Shadow | None = None,
) -> CollectionNames:
    """Name the collections of a model version. Raises `StopError` unless all are there."""
    names = collection_names(settings, model_version, shadow)
    with explained_errors("look for its collections"):
        there = {one.name for one in (await client.get_collections()).collections}
    missing = {names.listings, names.photos, names.pairs, names.flights} - there
    if missing:
        raise StopError(
            f"Qdrant has no collection {', '.join(sorted(missing))}: no worker has run there with "
            f"model {model_version}; look at TWINLIST_QDRANT__URL and TWINLIST_QDRANT__PREFIX"
        )
    return names


async def read_epoch(client: AsyncQdrantClient, pairs: str) -> int:
    """Return the ledger's first revision, above that of every ledger made an hour ago or earlier.

    The epoch, in hours since 2020, is recorded by the first worker that asks.
    """
    with explained_errors("record the ledger's epoch"):
        await client.upsert(pairs, [_epoch(_now())], update_filter=NEVER, ordering=STRONG)
        stored = await stored_epoch(client, pairs)
    if stored < 0:
        raise RetryError("the ledger's epoch cannot be read back yet")
    return stored << EPOCH_SHIFT


async def stored_epoch(client: AsyncQdrantClient, pairs: str) -> int:
    """Return the epoch that is recorded in a ledger, -1 when there is none or no ledger."""
    with explained_errors("read the ledger's epoch"):
        if not await client.collection_exists(pairs):
            return -1
        found = await client.retrieve(pairs, [_EPOCH_POINT], consistency=QUORUM)
    return int(found[0].payload["epoch"]) if found and found[0].payload else -1


async def raise_epoch(client: AsyncQdrantClient, pairs: str, *, above: int) -> int:
    """Begin a new epoch, at least now's and higher than `above`; return it."""
    epoch = max(_now(), above + 1)
    with explained_errors("raise the ledger's epoch"):
        await client.upsert(pairs, [_epoch(epoch)], wait=True, ordering=STRONG)
    return epoch


def _now() -> int:
    return int((datetime.now(UTC) - _EPOCH_START).total_seconds() // 3600)


def _epoch(epoch: int) -> models.PointStruct:
    return models.PointStruct(id=_EPOCH_POINT, vector={}, payload={"epoch": epoch})


def _plans(names: CollectionNames, spec: ModelSpec) -> Mapping[str, _Plan]:
    return {
        names.listings: _Plan(
            vectors={
                "set": models.VectorParams(size=EMBEDDING_WIDTH, distance=models.Distance.COSINE)
            },
            indexes={
                "region": _KEYWORD,
                "category": _KEYWORD,
                "deleted_at": _INTEGER,
            },
        ),
        names.photos: _Plan(
            vectors={
                "global": models.VectorParams(
                    size=spec.token_width, distance=models.Distance.COSINE
                ),
                # Only ever fetched by id, so without a graph; and by dot product, because Qdrant
                # normalises what is compared by cosine, and tokens are read as they were written.
                "tokens": models.VectorParams(
                    size=spec.token_width,
                    distance=models.Distance.DOT,
                    on_disk=True,
                    hnsw_config=models.HnswConfigDiff(m=0),
                    multivector_config=models.MultiVectorConfig(
                        comparator=models.MultiVectorComparator.MAX_SIM
                    ),
                ),
            },
            indexes={"listing_id": _KEYWORD, "sha256": _KEYWORD},
        ),
        names.pairs: _Plan(
            vectors={},
            indexes={"left_id": _KEYWORD, "right_id": _KEYWORD, "is_open": _INTEGER},
        ),
        names.flights: _Plan(vectors={}, indexes={}),
    }


async def _create(
    client: AsyncQdrantClient, settings: QdrantSettings, name: str, plan: _Plan
) -> None:
    replicas = settings.replication_factor
    try:
        with explained_errors(f"create {name!r}"):
            await client.create_collection(
                name,
                vectors_config=dict(plan.vectors),
                shard_number=settings.shard_number,
                replication_factor=replicas,
                write_consistency_factor=replicas // 2 + 1,
                # Some servers want indexes for all filters; `conditions` says why there are none.
                strict_mode_config=models.StrictModeConfig(unindexed_filtering_update=True),
            )
    except (RetryError, StopError):
        if not await client.collection_exists(name):  # else another worker was quicker
            raise


async def _check(client: AsyncQdrantClient, name: str, plan: _Plan) -> None:
    info = await client.get_collection(name)
    stored = info.config.params.vectors
    if not isinstance(stored, dict):
        stored = {}
    have = {key: _kind(vector) for key, vector in stored.items()}
    due = {key: _kind(vector) for key, vector in plan.vectors.items()}
    if have != due:
        raise StopError(
            f"collection {name!r} holds the vectors {have} where the models make {due}:"
            " give changed models a new model_version, or drop the collection"
        )
    for key, schema in plan.indexes.items():
        if key not in info.payload_schema:
            await client.create_payload_index(name, key, schema, wait=True, ordering=STRONG)


def _kind(vector: models.VectorParams) -> str:
    form = "multivector" if vector.multivector_config else "vector"
    return f"{form} of {vector.size} by {vector.distance}"


async def _set_aliases(
    client: AsyncQdrantClient, settings: QdrantSettings, names: CollectionNames
) -> None:
    taken = {alias.alias_name for alias in (await client.get_aliases()).aliases}
    wanted = {
        f"{settings.prefix}listings": names.listings,
        f"{settings.prefix}photos": names.photos,
    }
    missing = [
        models.CreateAliasOperation(
            create_alias=models.CreateAlias(alias_name=alias, collection_name=name)
        )
        for alias, name in wanted.items()
        if alias not in taken
    ]
    if missing:
        await client.update_collection_aliases(missing)
