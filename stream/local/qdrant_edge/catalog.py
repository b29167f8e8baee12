"""The collections of a folder and their aliases: what a Qdrant server adds to its shards."""

import fcntl
import os
import re
import shutil
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from qdrant_client import grpc as messages

from stream.local.qdrant_edge.collection import Collection
from stream.local.qdrant_edge.refusals import (
    AlreadyExistsError,
    InvalidRequestError,
    NotFoundError,
    OutOfSpaceError,
)

MIN_FREE_BYTES = 256 * 2**20  # the engine's logs are sparse files of 64 MiB a collection
_NAME = re.compile(r'[^<>:"/\\|?*\x00-\x1f]{1,255}')  # as a Qdrant server takes them


class FolderTakenError(Exception):
    """Another process works on the folder; the engine would corrupt it."""


class _Entry(msgspec.Struct, frozen=True):
    folder: str
    request: bytes
    """The `CreateCollection` message that made it."""


class _CatalogFile(msgspec.Struct, frozen=True):
    collections: dict[str, _Entry] = {}
    aliases: dict[str, str] = {}


class Catalog:
    """Holds a folder exclusively: `catalog.json`, and one folder a collection.

    The file names what exists. It is replaced whole, after a new collection's files are there and
    before a dropped one's go; what it does not name is left over from a crash and removed.
    """

    def __init__(self, folder: Path, min_free_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._min_free_bytes = min_free_bytes
        self._unflushed: str | None = None
        self._lock = _lock(folder / "lock")
        self._flushing = threading.Lock()
        self._file = self._read()
        shards = folder / "collections"
        shards.mkdir(exist_ok=True)
        named = {entry.folder for entry in self._file.collections.values()}
        for left_over in shards.iterdir():
            if left_over.name not in named:
                shutil.rmtree(left_over)
        self._open = {
            name: Collection.load(
                messages.CreateCollection.FromString(entry.request), shards / entry.folder
            )
            for name, entry in self._file.collections.items()
        }

    @property
    def names(self) -> frozenset[str]:
        """The collections that exist."""
        return frozenset(self._open)

    @property
    def aliases(self) -> Mapping[str, str]:
        """Collections by alias."""
        return self._file.aliases

    def find(self, name: str) -> Collection:
        """Return a collection by its name or alias. Raises `NotFoundError`."""
        found = self._open.get(self.aliases.get(name, name))
        if found is None:
            raise NotFoundError(f"Collection `{name}` doesn't exist!")
        return found

    def find_for_write(self, name: str) -> Collection:
        """Return a collection, if what is written now can be kept. Raises `OutOfSpaceError`."""
        self.check_space()
        return self.find(name)

    def check_space(self) -> None:
        """Refuse writes while the disk is nearly full: the engine maps files and would be killed.

        Raises `OutOfSpaceError`; also after a flush that failed, until one succeeds.
        """
        if self._unflushed is not None:
            raise OutOfSpaceError(f"what was written cannot be brought to disk: {self._unflushed}")
        free = shutil.disk_usage(self._folder).free
        if free < self._min_free_bytes:
            raise OutOfSpaceError(
                f"{free} bytes free where {self._min_free_bytes} are the least: make room"
            )

    def create(self, request: messages.CreateCollection) -> None:
        """Make an empty collection."""
        name = request.collection_name
        if not _NAME.fullmatch(name):
            raise InvalidRequestError(f"{name!r} cannot name a collection")
        if name in self._open or name in self.aliases:
            raise AlreadyExistsError(f"Collection `{name}` already exists!")
        self.check_space()
        folder = uuid.uuid4().hex
        collection = Collection.create(request, self._folder / "collections" / folder)
        collections = {**self._file.collections, name: _Entry(folder, request.SerializeToString())}
        self._write(_CatalogFile(collections, self._file.aliases))
        self._open[name] = collection

    def drop(self, name: str) -> bool:
        """Remove a collection with its aliases; False when there is none."""
        entry = self._file.collections.get(name)
        if entry is None:
            return False
        collections = {key: one for key, one in self._file.collections.items() if key != name}
        aliases = {alias: target for alias, target in self.aliases.items() if target != name}
        self._write(_CatalogFile(collections, aliases))
        self._open.pop(name).close()
        shutil.rmtree(self._folder / "collections" / entry.folder)
        return True

    def change_aliases(self, changes: Mapping[str, str | None]) -> None:
        """Point aliases to collections, or remove those set to None; all of them or none."""
        aliases = {**self.aliases}
        for alias, name in changes.items():
            if name is None:
                aliases.pop(alias, None)
                continue
            if name not in self._open:
                raise NotFoundError(f"Collection `{name}` doesn't exist!")
            if alias in self._open:
                raise AlreadyExistsError(f"Collection `{alias}` already exists!")
            if not _NAME.fullmatch(alias):
                raise InvalidRequestError(f"{alias!r} cannot name a collection")
            aliases[alias] = name
        self._write(_CatalogFile(self._file.collections, aliases))

    def flush(self) -> None:
        """Bring all collections to disk; may run beside other operations.

        After a failure writes are refused, see `check_space`; what the engine raises goes through.
        """
        try:
            for collection in tuple(self._open.values()):
                with self._flushing:
                    collection.flush()
        except BaseException as error:
            self._unflushed = str(error)
            raise
        self._unflushed = None

    @contextmanager
    def held_still(self, name: str) -> Iterator[tuple[bytes, Path]]:
        """Keep a collection's files as they are: the message that made it, and its folder."""
        collection = self.find(name)
        entry = self._file.collections[self.aliases.get(name, name)]
        with self._flushing:
            collection.flush()
            yield entry.request, self._folder / "collections" / entry.folder

    @contextmanager
    def adopting(self, name: str, request: bytes) -> Iterator[Path]:
        """Give an empty folder to put a collection's files into; it then takes that name."""
        entry = _Entry(uuid.uuid4().hex, request)
        folder = self._folder / "collections" / entry.folder
        folder.mkdir()
        try:
            yield folder
            collection = Collection.load(messages.CreateCollection.FromString(request), folder)
        except BaseException:
            shutil.rmtree(folder)
            raise
        before = self._file.collections.get(name)
        collections = {**self._file.collections, name: entry}
        self._write(_CatalogFile(collections, self._file.aliases))
        replaced = self._open.get(name)
        self._open[name] = collection
        if before is not None and replaced is not None:
            replaced.close()
            shutil.rmtree(self._folder / "collections" / before.folder)

    def close(self) -> None:
        """Flush everything and let the folder go."""
        for collection in self._open.values():
            collection.close()
        os.close(self._lock)

    def _read(self) -> _CatalogFile:
        path = self._folder / "catalog.json"
        if not path.exists():
            return _CatalogFile()
        return msgspec.json.decode(path.read_bytes(), type=_CatalogFile)

    def _write(self, file: _CatalogFile) -> None:
        path, fresh = self._folder / "catalog.json", self._folder / "catalog.json.new"
        with fresh.open("wb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(file)))
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
        directory = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        self._file = file


def _lock(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 32, 0).decode() or "unknown"
        os.close(lock)
        raise FolderTakenError(
            f"{path.parent} is in use by process {holder}: one at a time may open it"
        ) from None
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock
