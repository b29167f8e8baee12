"""Checks of the vector store: its version, what it holds for which model, and how safely."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import grpc
import grpc.aio
from qdrant_client import AsyncQdrantClient, models
from qdrant_client import grpc as messages

from stream.adapters.qdrant.client import connect, explained_errors, read_material
from stream.adapters.qdrant.collections import EMBEDDING_WIDTH, CollectionNames, collection_names
from stream.adapters.triton.models import open_models
from stream.doctor.finding import Observation, ok, warning, wrong
from stream.doctor.part import Check, Part, UnmadeError
from stream.doctor.policy import policy_in_use
from stream.domain.errors import TwinlistError
from stream.settings import QdrantSettings, Settings

_DEFAULT_PORT = 6334
_NONE_YET = "no collections yet: the first worker makes them"
_TOLERATED_SKEW = timedelta(seconds=5)


@dataclass(frozen=True)
class VectorStore:
    """A connection, and what the checks compare with."""

    client: AsyncQdrantClient
    settings: Settings

    def names(self) -> CollectionNames:
        """What the collections of the policy's model are called."""
        return collection_names(self.settings.qdrant, policy_in_use(self.settings).model_version)

    async def stored(self) -> Sequence[tuple[str, models.CollectionInfo]]:
        """Describe those of the three collections that are there."""
        names = self.names()
        with explained_errors("describe its collections"):
            return [
                (name, await self.client.get_collection(name))
                for name in (names.listings, names.photos, names.pairs)
                if await self.client.collection_exists(name)
            ]


def qdrant_part(settings: Settings) -> Part[VectorStore]:
    """The vector store that the settings name."""

    @asynccontextmanager
    async def open_client() -> AsyncIterator[VectorStore]:
        async with connect(settings.qdrant) as client:
            yield VectorStore(client, settings)

    return Part(
        name="qdrant",
        open=open_client,
        describe=lambda _: f"{_target(settings.qdrant)} answers",
        mend="start Qdrant 1.16 or newer, or set TWINLIST_QDRANT__URL (its gRPC port)",
        checks=(
            Check("version", check_version),
            Check("collections", check_collections),
            Check("aliases", check_aliases),
            Check("dimensions", check_dimensions),
            Check("consistency", check_consistency),
            Check("key", check_key),
            Check("clock", check_clock),
        ),
    )


async def check_version(store: VectorStore) -> Observation:
    """Tell the version; one without conditional writes is refused when connecting."""
    with explained_errors("tell its version"):
        return ok(f"Qdrant {(await store.client.info()).version}")


async def check_collections(store: VectorStore) -> Observation:
    """The collections are those of the model that the policy is for, and healthy."""
    names, stored = store.names(), await store.stored()
    sick = [name for name, info in stored if info.status is models.CollectionStatus.RED]
    if sick:
        return wrong(f"{', '.join(sick)}: status red", "see Qdrant's log: optimising failed")
    counts = ", ".join(f"{name} {info.points_count} points" for name, info in stored)
    if names.listings in dict(stored):
        return ok(counts)
    prefix = collection_names(store.settings.qdrant, "").listings
    with explained_errors("list its collections"):
        all_names = [one.name for one in (await store.client.get_collections()).collections]
    others = sorted(name for name in all_names if name.startswith(prefix))
    if others:
        return warning(
            f"no {names.listings}, but {', '.join(others)}: workers would begin an empty index",
            "fill the new model's index first, by `twinlist rollout start`",
        )
    return ok(counts or _NONE_YET)


async def check_aliases(store: VectorStore) -> Observation:
    """The names without a version lead to the model that the policy is for."""
    names, prefix = store.names(), store.settings.qdrant.prefix
    wanted = {f"{prefix}listings": names.listings, f"{prefix}photos": names.photos}
    with explained_errors("list its aliases"):
        aliases = (await store.client.get_aliases()).aliases
    found = {one.alias_name: one.collection_name for one in aliases if one.alias_name in wanted}
    if not found:
        return ok("none yet: the first worker sets them")
    seen = ", ".join(f"{alias} is {name}" for alias, name in sorted(found.items()))
    if any(wanted[alias] != name for alias, name in found.items()):
        return warning(
            f"{seen}, the policy is for {names.listings}",
            "name the policy in use by TWINLIST_POLICY_FILE, or put this one in use by "
            "`twinlist rollout`",
        )
    return ok(seen)


async def check_dimensions(store: VectorStore) -> Observation:
    """Stored vectors are as wide as those that the models make."""
    stored = dict(await store.stored())
    if not stored:
        return ok(_NONE_YET)
    names, token_width = store.names(), await _token_width(store.settings)
    due = {
        (names.listings, "set"): EMBEDDING_WIDTH,
        (names.photos, "global"): token_width,
        (names.photos, "tokens"): token_width,
    }
    have = {
        (name, vector): params.size
        for name, info in stored.items()
        if isinstance(info.config.params.vectors, dict)
        for vector, params in info.config.params.vectors.items()
    }
    for place, width in due.items():
        if place[0] in stored and place not in have:
            return wrong(f"{place[0]} has no vector {place[1]}", _renew(place[0]))
        if have.get(place, width) != width:
            return wrong(
                f"{place[0]}: {place[1]} is {have[place]} wide, the models make {width}",
                _renew(place[0]),
            )
    return ok(", ".join(f"{vector} {width}" for (_, vector), width in sorted(have.items())))


async def check_consistency(store: VectorStore) -> Observation:
    """A majority of replicas confirms each write, so that a quorum reads it."""
    stored = await store.stored()
    wanted = store.settings.qdrant.replication_factor
    for name, info in stored:
        params = info.config.params
        replicas, confirmed = params.replication_factor or 1, params.write_consistency_factor or 1
        majority = replicas // 2 + 1
        if confirmed < majority:
            return wrong(
                f"{name}: {confirmed} of {replicas} replicas confirm a write: two workers may both "
                "win a pair",
                f"set write_consistency_factor={majority} on {name}",
            )
        if replicas != wanted:
            return warning(
                f"{name}: {replicas} replicas, TWINLIST_QDRANT__REPLICATION_FACTOR is {wanted}",
                f"set replication_factor on {name}, or the setting",
            )
    return ok(f"{wanted} replicas, a majority confirms each write" if stored else _NONE_YET)


async def check_key(store: VectorStore) -> Observation:
    """The API key, if there is one, is not sent in clear."""
    settings = store.settings.qdrant
    if settings.api_key is None:
        return ok("no API key is set, and none is asked for")
    if urlsplit(settings.url).scheme == "http":
        return warning("the API key is sent in clear", "set TWINLIST_QDRANT__URL to https://…")
    return ok("the API key is accepted")


async def check_clock(store: VectorStore) -> Observation:
    """This machine's clock agrees with the server's, where an answer is dated."""
    before = datetime.now(UTC)
    date = await _date_of_an_answer(store.settings.qdrant)
    if date is None:
        return ok("this server does not tell its time")
    # A date is cut to its second, and may be as old as the call.
    skew = abs(parsedate_to_datetime(date) - before)
    if skew > _TOLERATED_SKEW:
        return warning(
            f"this clock and the server's are {skew.total_seconds():.0f} s apart",
            "keep both machines' clocks by NTP: a ledger's epoch and latencies rest on them",
        )
    return ok("this clock agrees with the server's")


async def _date_of_an_answer(settings: QdrantSettings) -> str | None:
    """Return the `date` header, for which Qdrant's own client has no ear."""
    target = _target(settings)
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    async with (
        grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(**read_material(settings)))
        if urlsplit(settings.url).scheme == "https"
        else grpc.aio.insecure_channel(target)
    ) as channel:
        with explained_errors("tell its time"):
            ask = channel.unary_unary(
                "/qdrant.Qdrant/HealthCheck",
                request_serializer=messages.HealthCheckRequest.SerializeToString,
                response_deserializer=messages.HealthCheckReply.FromString,
            )
            call = ask(messages.HealthCheckRequest(), metadata=(("api-key", key),))
            await call
            headers = {str(name): str(value) for name, value in await call.initial_metadata()}
    return headers.get("date")


def _target(settings: QdrantSettings) -> str:
    url = urlsplit(settings.url)
    return f"{url.hostname}:{url.port or _DEFAULT_PORT}"


async def _token_width(settings: Settings) -> int:
    """How wide the models make a token."""
    model_version = policy_in_use(settings).model_version
    try:
        async with open_models(settings.triton, model_version=model_version) as served:
            return served.spec.token_width
    except TwinlistError as error:
        raise UnmadeError("triton") from error


def _renew(name: str) -> str:
    return f"give changed models a new model_version, or drop {name} and replay the events"
