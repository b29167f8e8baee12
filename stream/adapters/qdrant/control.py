"""The control record: one point beside the pairs, as the ledger's epoch is one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec
from qdrant_client import AsyncQdrantClient, models

from stream.adapters.qdrant.client import connect, explained_errors
from stream.adapters.qdrant.collections import collection_names
from stream.adapters.qdrant.conditions import NEVER, equals, is_point
from stream.adapters.qdrant.consistency import QUORUM, STRONG
from stream.domain.control import Control
from stream.domain.errors import StopError
from stream.ports import ControlRecord
from stream.settings import QdrantSettings

_POINT = str(UUID(int=1))  # no pair has this id, and the epoch has 0


@asynccontextmanager
async def open_control(settings: QdrantSettings) -> AsyncIterator["QdrantControl"]:
    """Connect to the record. Raises `RetryError` or `StopError` as `connect` does."""
    async with connect(settings) as client:
        yield QdrantControl(client, collection_names(settings, "").pairs)


async def check_in_use(settings: QdrantSettings, model_version: str) -> None:
    """Raise `StopError` when another model is in use: its alerts are not to be decided by this one.

    Raises `RetryError` when Qdrant does not answer.
    """
    async with open_control(settings) as record:
        control = await record.read()
    if control is not None and control.active.model_version != model_version:
        raise StopError(
            f"model {control.active.model_version} is in use, and the policy of the settings is "
            f"for {model_version}: name the policy in use, {control.active.policy_version}, by "
            "TWINLIST_POLICY_FILE"
        )


class QdrantControl(ControlRecord):
    """A point of the collection `pairs`."""

    def __init__(self, client: AsyncQdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection

    async def read(self) -> Control | None:
        """Return the record; None where no rollout was ever begun."""
        with explained_errors("read the control record"):
            if not await self._client.collection_exists(self._collection):
                return None
            found = await self._client.retrieve(self._collection, [_POINT], consistency=QUORUM)
        if not found or not found[0].payload:
            return None
        return msgspec.json.decode(found[0].payload["control"], type=Control)

    async def write(self, control: Control, expected_revision: int | None) -> bool:
        """Write the record if the stored revision is that (None: no record yet); say if it was.

        Who wrote the very same thing at the same moment has written it, too.
        """
        payload = {
            "revision": control.revision,
            "control": msgspec.json.encode(control).decode(),
        }
        with explained_errors("write the control record"):
            if not await self._client.collection_exists(self._collection):
                raise StopError(
                    f"Qdrant has no collection {self._collection}: no worker has run there; look "
                    "at TWINLIST_QDRANT__URL and TWINLIST_QDRANT__PREFIX"
                )
            if expected_revision is None:
                await self._client.upsert(
                    self._collection,
                    [models.PointStruct(id=_POINT, vector={}, payload=payload)],
                    update_filter=NEVER,
                    wait=True,
                    ordering=STRONG,
                )
            else:
                due = [is_point(_POINT), equals("revision", expected_revision)]
                await self._client.set_payload(
                    self._collection,
                    payload,
                    points=models.Filter(must=[*due]),
                    wait=True,
                    ordering=STRONG,
                )
        return await self.read() == control
