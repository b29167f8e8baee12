"""The gRPC server around a catalog: one thread, one request at a time.

The engine is quick and mostly holds Python's lock, so that threads would not help; being alone,
every operation is atomic. Only flushing, which waits for the disk without the lock, has a thread.
"""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from operator import methodcaller
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from qdrant_client import grpc as messages

from stream.local.qdrant_edge.catalog import Catalog
from stream.local.qdrant_edge.collections import CollectionsService, health_check
from stream.local.qdrant_edge.live_first import LiveFirst
from stream.local.qdrant_edge.points import PointsService
from stream.local.qdrant_edge.refusals import RefusedError, UnbuiltError
from stream.priority import PRIORITY_HEADER, Priority

FLUSH_SECONDS = 1.0
STOP_GRACE_SECONDS = 2.0

_BACKFILL = (PRIORITY_HEADER, str(int(Priority.BACKFILL)))

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Operation:
    """A method of Qdrant's interface that is built."""

    request: type[Message]
    answer: Callable[[Any], Message]


def operations(catalog: Catalog) -> Mapping[str, Operation]:
    """Return all that is built, by the method's full name."""
    points, collections = PointsService(catalog), CollectionsService(catalog)
    return {
        "/qdrant.Qdrant/HealthCheck": Operation(messages.HealthCheckRequest, health_check),
        "/qdrant.Collections/Create": Operation(messages.CreateCollection, collections.create),
        "/qdrant.Collections/Delete": Operation(messages.DeleteCollection, collections.delete),
        "/qdrant.Collections/Get": Operation(messages.GetCollectionInfoRequest, collections.get),
        "/qdrant.Collections/List": Operation(messages.ListCollectionsRequest, collections.list),
        "/qdrant.Collections/CollectionExists": Operation(
            messages.CollectionExistsRequest, collections.exists
        ),
        "/qdrant.Collections/UpdateAliases": Operation(
            messages.ChangeAliases, collections.update_aliases
        ),
        "/qdrant.Collections/ListAliases": Operation(
            messages.ListAliasesRequest, collections.list_aliases
        ),
        "/qdrant.Points/Upsert": Operation(messages.UpsertPoints, points.upsert),
        "/qdrant.Points/Delete": Operation(messages.DeletePoints, points.delete),
        "/qdrant.Points/SetPayload": Operation(messages.SetPayloadPoints, points.set_payload),
        "/qdrant.Points/CreateFieldIndex": Operation(
            messages.CreateFieldIndexCollection, points.create_field_index
        ),
        "/qdrant.Points/Get": Operation(messages.GetPoints, points.get),
        "/qdrant.Points/Scroll": Operation(messages.ScrollPoints, points.scroll),
        "/qdrant.Points/Count": Operation(messages.CountPoints, points.count),
        "/qdrant.Points/Query": Operation(messages.QueryPoints, points.query),
        "/qdrant.Points/QueryBatch": Operation(messages.QueryBatchPoints, points.query_batch),
    }


class Dispatch(grpc.GenericRpcHandler):
    """Leads each call to its operation; what is not built answers UNIMPLEMENTED."""

    def __init__(self, built: Mapping[str, Operation], failed: Callable[[], None]) -> None:
        self._built = built
        self._failed = failed
        self._live_first = LiveFirst()

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        """Return the handler of a call."""
        method = handler_call_details.method
        can_wait = _BACKFILL in (handler_call_details.invocation_metadata or ())
        self._live_first.note_arrival(can_wait=can_wait)
        operation = self._built.get(method, _unbuilt(method))

        async def answer(request: Message, context: grpc.aio.ServicerContext[Any, Any]) -> Message:
            async with self._live_first.turn(can_wait=can_wait):
                return await answer_now(request, context)

        async def answer_now(
            request: Message, context: grpc.aio.ServicerContext[Any, Any]
        ) -> Message:
            try:
                return operation.answer(request)
            except RefusedError as refused:
                return await context.abort(refused.status, str(refused))
            except Exception as error:  # noqa: BLE001 (the engine raises bare Exception)
                _log.exception("%s failed", method)
                return await context.abort(grpc.StatusCode.INTERNAL, str(error))
            except BaseException as panic:  # noqa: BLE001 (the engine's panics derive from nothing narrower)
                _log.critical("%s: the engine panicked; stopping: %s", method, panic)
                self._failed()
                return await context.abort(grpc.StatusCode.INTERNAL, f"engine panic: {panic}")

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=operation.request.FromString,
            response_serializer=methodcaller("SerializeToString"),
        )


async def serve(folder: Path, port: int, min_free_bytes: int, rest_port: int | None) -> None:
    """Serve `folder` on loopback until SIGTERM or SIGINT.

    Prints `ready URL` when requests are taken. Port 0 takes a free one. Snapshots are served over
    HTTP at `rest_port`, if that is given. Raises `FolderTakenError` when another process has the
    folder, `OSError` when a port is taken.
    """
    catalog = Catalog(folder, min_free_bytes)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stopped.set)
    unlimited = [
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_send_message_length", -1),
        ("grpc.so_reuseport", 0),
    ]
    server = grpc.aio.server(options=unlimited)
    server.add_generic_rpc_handlers((Dispatch(operations(catalog), stopped.set),))
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"port {port} cannot be had: {error}") from error
    async with _serving_snapshots(catalog, folder, rest_port):
        await server.start()
        sys.stdout.write(f"ready http://127.0.0.1:{bound}\n")
        sys.stdout.flush()
        await _flush_until(stopped, catalog)
        await server.stop(STOP_GRACE_SECONDS)
    catalog.close()


@contextlib.asynccontextmanager
async def _serving_snapshots(
    catalog: Catalog, folder: Path, port: int | None
) -> AsyncIterator[None]:
    if port is None:
        yield
        return
    from stream.local.qdrant_edge.snapshots import serve_snapshots  # noqa: PLC0415 (slow to import)

    async with serve_snapshots(catalog, folder / "snapshots", port):
        yield


async def _flush_until(stopped: asyncio.Event, catalog: Catalog) -> None:
    while not stopped.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), FLUSH_SECONDS)
        try:
            await asyncio.to_thread(catalog.flush)
        except Exception as error:  # noqa: BLE001 (the engine raises bare Exception)
            _log.error("flush failed; writes are refused until one succeeds: %s", error)


def _unbuilt(method: str) -> Operation:
    def refuse(_: Message) -> Message:
        raise UnbuiltError(method.removeprefix("/"))

    return Operation(Empty, refuse)  # any message can be read as one without fields
