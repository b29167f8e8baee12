"""Snapshots of collections by Qdrant's REST interface: its gRPC one cannot restore them.

Source: https://qdrant.tech/documentation/concepts/snapshots/
"""

import hashlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from stream.adapters.qdrant.client import read_material
from stream.domain.errors import RetryError, StopError
from stream.settings import QdrantSettings

_DEFAULT_PORT = 6333
_TRANSFER_SECONDS = 3600.0
"""How long a server may be silent while it makes or reads a snapshot."""
_CHUNK_BYTES = 2**20

Tell = Callable[[int], None]
"""Is told how many bytes have come or gone."""


class SavedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot of one collection, in the folder of all."""

    name: str
    size_bytes: int
    sha256: str


def rest_url_of(settings: QdrantSettings) -> str:
    """Return where Qdrant's REST interface is, unless somebody has moved it: port 6333."""
    url = urlsplit(settings.url)
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    return f"{url.scheme}://{host}:{_DEFAULT_PORT}"


@asynccontextmanager
async def open_snapshots(settings: QdrantSettings, url: str) -> AsyncIterator["Snapshots"]:
    """Connect to the REST interface at `url`, with the same key and certificates as over gRPC.

    Raises `RetryError` when it does not answer, `StopError` when it refuses, or is a cluster of
    several nodes: a snapshot holds what its own node has, and no more.
    """
    read_material(settings)  # says which file is missing, in the words of the settings
    context: ssl.SSLContext | bool = False
    if url.startswith("https:"):
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    async with httpx.AsyncClient(
        base_url=url,
        headers={"api-key": key} if key else {},
        verify=context,
        timeout=httpx.Timeout(_TRANSFER_SECONDS, connect=settings.timeout_seconds),
        trust_env=False,
    ) as client:
        snapshots = Snapshots(client, url)
        await snapshots.check_alone()
        yield snapshots


class Snapshots:
    """Collections as files, made, fetched and restored."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def check_alone(self) -> None:
        """Raise `StopError` when the server is one of several."""
        peers = (await self._ask("GET", "/cluster")).get("peers") or {}
        if len(peers) > 1:
            raise StopError(
                f"Qdrant at {self._url} is one of {len(peers)} nodes, and a snapshot holds only "
                "what its own node has: take and restore snapshots with your cluster's tools"
            )

    async def save(self, collection: str, file: Path, tell: Tell) -> SavedFile:
        """Make a snapshot, fetch it into `file`, and let the server forget its own copy."""
        path = _path_of(collection)
        made = await self._ask("POST", path, params={"wait": "true"})
        digest, size = hashlib.sha256(), 0
        try:
            with self._named_errors(), file.open("wb") as stream:
                async with self._client.stream("GET", f"{path}/{made['name']}") as answer:
                    answer.raise_for_status()
                    async for chunk in answer.aiter_bytes(_CHUNK_BYTES):
                        stream.write(chunk)
                        digest.update(chunk)
                        size += len(chunk)
                        tell(len(chunk))
        finally:
            await self._ask("DELETE", f"{path}/{made['name']}", params={"wait": "true"})
        sha256 = digest.hexdigest()
        if made.get("checksum") not in {None, sha256}:
            raise RetryError(f"the snapshot of {collection} came with other bytes than were sent")
        return SavedFile(name=file.name, size_bytes=size, sha256=sha256)

    async def restore(self, collection: str, file: Path, sha256: str) -> None:
        """Make a collection what the snapshot in `file` holds, whatever it was before.

        The server keeps a snapshot that is sent to it, and with it what was deleted since; so it is
        told to forget that.
        """
        path = _path_of(collection)
        try:
            with file.open("rb") as stream:
                await self._ask(
                    "POST",
                    f"{path}/upload",
                    params={"wait": "true", "priority": "snapshot", "checksum": sha256},
                    files={"snapshot": (file.name, stream)},
                )
        finally:
            with suppress(StopError):  # one that was damaged on its way is not kept
                await self._ask("DELETE", f"{path}/{quote(file.name)}", params={"wait": "true"})

    async def _ask(
        self,
        method: str,
        path: str,
        **options: Any,  # noqa: ANN401 (as httpx takes them)
    ) -> dict[str, Any]:
        with self._named_errors():
            answer = await self._client.request(method, path, **options)
            answer.raise_for_status()
            result = answer.json().get("result")
        return result if isinstance(result, dict) else {}

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            message = f"Qdrant at {self._url} answered {status} to {error.request.url.path}"
            if status in {401, 403}:
                message += "; look at TWINLIST_QDRANT__API_KEY"
            raise StopError(f"{message}{_reason(error.response)}") from error
        except (httpx.TransportError, ValueError) as error:
            raise RetryError(
                f"Qdrant's REST interface does not answer at {self._url}: {error or 'hung up'}; "
                "name it with --rest"
            ) from error


def _path_of(collection: str) -> str:
    return f"/collections/{quote(collection, safe='')}/snapshots"


def _reason(answer: httpx.Response) -> str:
    try:
        return f": {answer.json()['status']['error']}"
    except (httpx.StreamError, ValueError, KeyError, TypeError):
        return ""
