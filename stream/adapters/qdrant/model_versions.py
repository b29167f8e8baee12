"""The collections of model versions: which one readers should use, and what may go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qdrant_client import AsyncQdrantClient, models

from stream.adapters.qdrant.client import connect, explained_errors
from stream.adapters.qdrant.collections import CollectionNames, Shadow, collection_names
from stream.settings import QdrantSettings


@asynccontextmanager
async def open_model_versions(settings: QdrantSettings) -> AsyncIterator["ModelVersions"]:
    """Connect to Qdrant. Raises `RetryError` and `StopError`."""
    async with connect(settings) as client:
        yield ModelVersions(client, settings)


class ModelVersions:
    """Collections named by model version, and the aliases that name one of them."""

    def __init__(self, client: AsyncQdrantClient, settings: QdrantSettings) -> None:
        self._client = client
        self._settings = settings

    async def point_aliases(self, model_version: str) -> None:
        """Let readers use this model version, both collections at once."""
        names, actions = self._names(model_version), list[models.AliasOperations]()
        with explained_errors("move the aliases"):
            taken = {one.alias_name for one in (await self._client.get_aliases()).aliases}
            for alias, name in (("listings", names.listings), ("photos", names.photos)):
                full = f"{self._settings.prefix}{alias}"
                if full in taken:
                    gone = models.DeleteAlias(alias_name=full)
                    actions.append(models.DeleteAliasOperation(delete_alias=gone))
                made = models.CreateAlias(alias_name=full, collection_name=name)
                actions.append(models.CreateAliasOperation(create_alias=made))
            await self._client.update_collection_aliases(actions)

    async def drop(self, model_version: str) -> None:
        """Remove heads and photos of a model version, unless readers use them."""
        names = self._names(model_version)
        with explained_errors("look at the aliases"):
            aliased = {one.collection_name for one in (await self._client.get_aliases()).aliases}
        for name in (names.listings, names.photos):
            if name not in aliased:
                await self._drop(name)

    async def drop_ledger(self, shadow: Shadow) -> None:
        """Remove the ledger of a shadow."""
        await self._drop(self._names("", shadow).pairs)

    async def _drop(self, name: str) -> None:
        with explained_errors(f"remove {name!r}"):
            await self._client.delete_collection(name)

    def _names(self, model_version: str, shadow: Shadow | None = None) -> CollectionNames:
        return collection_names(self._settings, model_version, shadow)
