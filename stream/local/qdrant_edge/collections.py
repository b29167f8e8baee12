"""The part of `qdrant.Collections` that is built, and the health check."""

from qdrant_client import grpc as messages

from stream.local.qdrant_edge.catalog import Catalog
from stream.local.qdrant_edge.refusals import NotFoundError, UnbuiltError, allow_only

# What a server tunes by or limits; here there is one shard, one replica and no graph.
_TUNING = ("hnsw_config", "optimizers_config", "on_disk_payload", "strict_mode_config", "timeout")
_CLUSTER = ("shard_number", "replication_factor", "write_consistency_factor")
ENGINE_VERSION = "1.18.3"
"""The Qdrant server that the engine's answers were compared with."""


class CollectionsService:
    """Operations on collections and aliases, named as in Qdrant's interface."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def create(self, request: messages.CreateCollection) -> messages.CollectionOperationResponse:
        """Make an empty collection."""
        allow_only(request, "collection_name", "vectors_config", *_CLUSTER, *_TUNING)
        self._catalog.create(request)
        return messages.CollectionOperationResponse(result=True)

    def delete(self, request: messages.DeleteCollection) -> messages.CollectionOperationResponse:
        """Drop a collection and its aliases."""
        dropped = self._catalog.drop(request.collection_name)
        return messages.CollectionOperationResponse(result=dropped)

    def get(self, request: messages.GetCollectionInfoRequest) -> messages.GetCollectionInfoResponse:
        """Describe a collection."""
        info = self._catalog.find(request.collection_name).info()
        return messages.GetCollectionInfoResponse(result=info)

    def list(self, _: messages.ListCollectionsRequest) -> messages.ListCollectionsResponse:
        """Name all collections."""
        names = sorted(self._catalog.names)
        return messages.ListCollectionsResponse(
            collections=[messages.CollectionDescription(name=name) for name in names]
        )

    def exists(
        self, request: messages.CollectionExistsRequest
    ) -> messages.CollectionExistsResponse:
        """Tell whether a collection or alias of this name exists."""
        try:
            self._catalog.find(request.collection_name)
        except NotFoundError:
            exists = False
        else:
            exists = True
        return messages.CollectionExistsResponse(result=messages.CollectionExists(exists=exists))

    def update_aliases(
        self, request: messages.ChangeAliases
    ) -> messages.CollectionOperationResponse:
        """Point aliases elsewhere, or remove them, at once."""
        changes: dict[str, str | None] = {}
        for action in request.actions:
            match action.WhichOneof("action"):
                case "create_alias":
                    made = action.create_alias
                    changes[made.alias_name] = made.collection_name
                case "delete_alias":
                    changes[action.delete_alias.alias_name] = None
                case other:
                    raise UnbuiltError(f"the change {other!r} of an alias")
        self._catalog.change_aliases(changes)
        return messages.CollectionOperationResponse(result=True)

    def list_aliases(self, _: messages.ListAliasesRequest) -> messages.ListAliasesResponse:
        """Name all aliases."""
        return messages.ListAliasesResponse(
            aliases=[
                messages.AliasDescription(alias_name=alias, collection_name=name)
                for alias, name in sorted(self._catalog.aliases.items())
            ]
        )


def health_check(_: messages.HealthCheckRequest) -> messages.HealthCheckReply:
    """Say that the process answers, and which server it stands in for."""
    return messages.HealthCheckReply(title="twinlist qdrant-edge", version=ENGINE_VERSION)
