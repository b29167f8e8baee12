"""The connection to Qdrant, and what its errors mean to the pipeline."""

import math
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import grpc
import grpc.aio
from qdrant_client import AsyncQdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse

from stream.adapters.tls import TlsMaterial, read_tls_material
from stream.domain.errors import RetryError, StopError
from stream.priority import PRIORITY_HEADER, Priority
from stream.settings import QdrantSettings

_DEFAULT_PORT = 6334
_OLDEST_VERSION = (1, 16)  # older servers ignore `update_filter` in silence: writes would be lost

# Whatever else a server answers (away, overloaded, a replica short, stopping) may pass. So may
# FAILED_PRECONDITION, which a cluster answers while a shard moves from one node to another.
_REFUSALS_FOR_GOOD = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
_REFUSALS_OF_KEYS = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}


@contextmanager
def explained_errors(task: str) -> Iterator[None]:
    """Turn the client's errors into `RetryError` or `StopError` that name the task."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        message = f"Qdrant could not {task}: {error.code().name}: {error.details()}"
        if error.code() in _REFUSALS_OF_KEYS:
            message += "; look at TWINLIST_QDRANT__API_KEY"
        if error.code() in _REFUSALS_FOR_GOOD:
            raise StopError(message) from error
        raise RetryError(message) from error
    except ResourceExhaustedResponse as error:
        raise RetryError(f"Qdrant could not {task} yet: {error}") from error


@asynccontextmanager
async def connect(
    settings: QdrantSettings, priority: Priority = Priority.LIVE
) -> AsyncIterator[AsyncQdrantClient]:
    """Open a client over gRPC, for the current event loop.

    Raises `StopError` when the url cannot be one or the server is too old, `RetryError` when it
    does not answer.
    """
    url = urlsplit(settings.url)
    if url.scheme not in {"http", "https"} or not url.hostname or url.path.strip("/"):
        raise StopError(f"{settings.url!r} is no gRPC endpoint of Qdrant: http[s]://HOST[:PORT]")
    client = AsyncQdrantClient(
        host=url.hostname,
        grpc_port=url.port or _DEFAULT_PORT,
        prefer_grpc=True,
        https=url.scheme == "https",
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        headers={PRIORITY_HEADER: str(int(priority))},
        timeout=math.ceil(settings.timeout_seconds),
        check_compatibility=False,  # asks over REST, which need not be reachable
        grpc_options={
            "grpc.max_receive_message_length": -1,
            "grpc.max_send_message_length": -1,
            # A server that was away is found again soon: gRPC would wait for up to two minutes.
            "grpc.initial_reconnect_backoff_ms": 100,
            "grpc.max_reconnect_backoff_ms": 2000,
            **(read_material(settings) if url.scheme == "https" else {}),
        },
    )
    try:
        await _check_version(client)
        yield client
    finally:
        await client.close()


def read_material(settings: QdrantSettings) -> TlsMaterial:
    """Read what TLS needs. Raises `StopError`."""
    return read_tls_material(
        "QDRANT", settings.ca_file, settings.certificate_file, settings.key_file
    )


async def _check_version(client: AsyncQdrantClient) -> None:
    with explained_errors("tell its version"):
        version = (await client.info()).version
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < _OLDEST_VERSION:
        oldest = ".".join(map(str, _OLDEST_VERSION))
        raise StopError(f"Qdrant {version} has no conditional writes: use {oldest} or newer")
