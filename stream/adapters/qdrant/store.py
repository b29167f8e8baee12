"""Opening the vector store: from here on the pipeline sees its ports alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stream.adapters.qdrant.client import connect
from stream.adapters.qdrant.collections import (
    Shadow,
    find_collections,
    prepare_collections,
    read_epoch,
)
from stream.adapters.qdrant.flight_recorder import QdrantFlightRecorder
from stream.adapters.qdrant.heads import QdrantHeads
from stream.adapters.qdrant.listing_index import QdrantIndex
from stream.adapters.qdrant.pair_ledger import QdrantLedger
from stream.ports import FlightRecorder, HeadReader, ListingIndex, ModelSpec, PairLedger
from stream.priority import Priority
from stream.settings import QdrantSettings


@dataclass(frozen=True)
class Store:
    """All state of Twinlist."""

    index: ListingIndex
    ledger: PairLedger
    flights: FlightRecorder


@dataclass(frozen=True)
class Records:
    """What can be read and decided without the models: heads and pairs."""

    heads: HeadReader
    ledger: PairLedger


@asynccontextmanager
async def open_records(
    settings: QdrantSettings, model_version: str, shadow: Shadow | None = None
) -> AsyncIterator[Records]:
    """Connect to collections that workers of this model version have made.

    Raises `RetryError` when Qdrant does not answer, `StopError` when it refuses or there are none.
    """
    async with connect(settings) as client:
        names = await find_collections(client, settings, model_version, shadow)
        first_revision = await read_epoch(client, names.pairs)
        yield Records(
            heads=QdrantHeads(client, names.listings),
            ledger=QdrantLedger(client, names.pairs, first_revision, settings.timeout_seconds),
        )


@asynccontextmanager
async def open_store(
    settings: QdrantSettings,
    spec: ModelSpec,
    group: str = "",
    shadow: Shadow | None = None,
    *,
    priority: Priority = Priority.LIVE,
) -> AsyncIterator[Store]:
    """Connect to Qdrant and prepare the collections for the models of `spec`.

    `group` is the consumer group whose events in flight are recorded. With a `shadow`, the store
    is that one's, beside the live one.

    Raises `RetryError` when Qdrant does not answer, `StopError` when it refuses, is too old, or
    holds vectors of other dimensions.
    """
    async with connect(settings, priority) as client:
        names = await prepare_collections(client, settings, spec, shadow)
        first_revision = await read_epoch(client, names.pairs)
        yield Store(
            index=QdrantIndex(client, names, settings, spec),
            ledger=QdrantLedger(client, names.pairs, first_revision, settings.timeout_seconds),
            flights=QdrantFlightRecorder(client, names.flights, group),
        )
