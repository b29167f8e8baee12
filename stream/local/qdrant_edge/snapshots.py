"""Snapshots over HTTP, as a Qdrant server has them: a collection's files in one archive.

Only what Twinlist asks for is built. It serves in the event loop that all operations run in, so a
collection stands still while its files are read.
"""

import hashlib
import os
import tarfile
import uuid
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

from aiohttp import BodyPartReader, web

from stream.local.qdrant_edge.catalog import Catalog
from stream.local.qdrant_edge.refusals import InvalidRequestError, NotFoundError, RefusedError

_REQUEST, _SHARD = "create-collection", "shard"
_SUFFIX = ".snapshot"
_UNNAMED = "unnamed"
_CHUNK_BYTES = 2**20

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serve_snapshots(catalog: Catalog, folder: Path, port: int) -> AsyncIterator[None]:
    """Serve on loopback until the context is left. Raises `OSError` when the port is taken."""
    service = _Service(catalog, folder)
    application = web.Application(client_max_size=0, middlewares=[_refuse])
    path = "/collections/{collection}/snapshots"
    application.add_routes(
        [
            web.get("/cluster", _cluster),
            web.post(path, service.make),
            web.post(f"{path}/upload", service.restore),
            web.get(f"{path}/{{snapshot}}", service.fetch),
            web.delete(f"{path}/{{snapshot}}", service.forget),
        ]
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield
    finally:
        await runner.cleanup()


class _Service:
    """Archives, those made and those sent, each a file of the folder until it is forgotten."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self._catalog = catalog
        self._folder = folder
        folder.mkdir(exist_ok=True)
        for left_over in folder.iterdir():
            left_over.unlink()

    async def make(self, request: web.Request) -> web.Response:
        """Write an archive of a collection."""
        file = self._folder / f"{uuid.uuid4().hex}{_SUFFIX}"
        self._catalog.check_space()
        with (
            self._catalog.held_still(request.match_info["collection"]) as (created, shard),
            # The engine's files are mostly holes, which weigh nothing once they are compressed.
            tarfile.open(file, "w:gz", compresslevel=1) as archive,
        ):
            member = tarfile.TarInfo(_REQUEST)
            member.size = len(created)
            archive.addfile(member, BytesIO(created))
            archive.add(shard, _SHARD)
        return _answer({"name": file.name, "size": file.stat().st_size, "checksum": _sha256(file)})

    async def fetch(self, request: web.Request) -> web.FileResponse:
        """Send an archive."""
        return web.FileResponse(self._find(request), chunk_size=_CHUNK_BYTES)

    async def forget(self, request: web.Request) -> web.Response:
        """Remove an archive."""
        self._find(request).unlink()
        return _answer(True)

    async def restore(self, request: web.Request) -> web.Response:
        """Make a collection what an archive holds, in place of what has its name.

        The archive is kept, as a Qdrant server does it, unless it is not what was to be sent.
        """
        self._catalog.check_space()
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader):
            raise InvalidRequestError("no snapshot was sent")
        sent = self._folder / uuid.uuid4().hex
        try:
            with sent.open("wb") as stream:
                while chunk := await part.read_chunk(_CHUNK_BYTES):
                    stream.write(chunk)
            if request.query.get("checksum", _sha256(sent)) != _sha256(sent):
                raise InvalidRequestError("the snapshot has another SHA-256 than was said")
            kept = sent.rename(self._folder / Path(part.filename or _UNNAMED).name)
        finally:
            sent.unlink(missing_ok=True)
        self._adopt(request.match_info["collection"], kept)
        return _answer(True)

    def _adopt(self, name: str, file: Path) -> None:
        try:
            with tarfile.open(file) as archive:
                created = archive.extractfile(_REQUEST)
                message = created.read() if created is not None else b""
                with self._catalog.adopting(name, message) as folder:
                    for member in archive:
                        _unpack(archive, member, folder)
        except (tarfile.TarError, zlib.error, EOFError, KeyError) as error:
            raise InvalidRequestError("what was sent is no snapshot, or not whole") from error

    def _find(self, request: web.Request) -> Path:
        name = request.match_info["snapshot"]
        for file in self._folder.iterdir():
            if file.name == name:
                return file
        raise NotFoundError(f"there is no snapshot {name}")


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write a file of the shard with holes where there were some."""
    path = Path(tarfile.data_filter(member, str(folder)).name)
    if path.parts[0] != _SHARD:
        return
    target = folder / path.relative_to(_SHARD)
    if member.isdir():
        target.mkdir(exist_ok=True)
    elif (source := archive.extractfile(member)) is not None:
        with target.open("wb") as stream:
            while chunk := source.read(_CHUNK_BYTES):
                if chunk.count(0) < len(chunk):
                    stream.write(chunk)
                else:
                    stream.seek(len(chunk), os.SEEK_CUR)
            stream.truncate()


async def _cluster(_: web.Request) -> web.Response:
    return _answer({"status": "disabled"})


@web.middleware
async def _refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RefusedError as refused:
        status = 404 if isinstance(refused, NotFoundError) else 400
        return web.json_response({"status": {"error": str(refused)}}, status=status)


def _answer(result: object) -> web.Response:
    return web.json_response({"result": result, "status": "ok"})


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
