"""Administration of MongoDB: databases, collections and their indexes."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import IndexModel, errors

from engine.errors import NotFound
from engine.store.connection import Connection
from engine.store.driver_errors import NO_SUCH_INDEX
from engine.suspension import blocking

_NAMESPACE_EXISTS = 48
# Unauthorized, CommandNotSupported, and MaxTimeMSExpired: the rest stays as it is.
_NOT_COMPACTED = (13, 115, 50)
_MIN_UNUSED_BYTES = 4 << 20
_ATTEMPTS, _ATTEMPT_SECONDS = 50, 0.02
# A version wraps the whole document, and must not be too large when the document is not.
_SIZE_VALIDATOR = {"$expr": {"$lte": [{"$bsonSize": "$$ROOT"}, 16 * 1024 * 1024 - 16 * 1024]}}


@dataclass(frozen=True)
class ServerInfo:
    """What MongoDB says of itself. `free_bytes` of its disk is None where it does not tell.

    `members` are the addresses of its replica set, `local_time` is its clock.
    """

    version: str
    replica_set: str
    free_bytes: int | None
    is_sharded: bool = False
    members: frozenset[str] = frozenset()
    local_time: datetime | None = None


class Layout(Connection):
    """Creates and removes databases, collections and indexes."""

    @blocking
    def server(self) -> ServerInfo:
        """Return the version, the name of the replica set and the free space. Raises `Unavailable`."""
        with self._query_time_limit():
            version = self._read_command("admin", {"buildInfo": 1})["version"]
            hello = self._read_command("admin", {"hello": 1})
            disk = self._read_command("admin", {"dbStats": 1})
        total, used = disk.get("fsTotalSize"), disk.get("fsUsedSize")
        free = None if total is None or used is None else int(total - used)
        return ServerInfo(
            version=version,
            replica_set=hello.get("setName", ""),
            free_bytes=free,
            is_sharded=hello.get("msg") == "isdbgrid",
            members=frozenset(hello.get("hosts", ())),
            local_time=hello["localTime"],
        )

    @blocking
    def database_sizes(self) -> dict[str, int]:
        """Return the bytes on the disk of each database, by its physical name."""
        with self._query_time_limit():
            reply = self._read_command("admin", {"listDatabases": 1})
        return {item["name"]: int(item.get("sizeOnDisk", 0)) for item in reply["databases"]}

    def addresses(self) -> list[str]:
        """Return the addresses of the servers without credentials, as far as this process knows them."""
        known = self._client.topology_description.server_descriptions()
        return sorted(host if host.endswith(".sock") else f"{host}:{port}" for host, port in known)

    @blocking
    def check_writes(self, database: str) -> None:
        """Write a document with the write concern of all writes, and drop its database."""
        with self.write_time_limit():
            self._client[database]["check"].insert_one({})
            self._client.drop_database(database)

    @blocking
    def create(self, database: str, collection: str, *, unique: Mapping[str, Any]) -> None:
        """Create a collection with a unique index per item of `unique`, {field: options}. Idempotent."""
        self._check_unfiltered()
        indexes = [
            IndexModel([(field, 1)], name=f"unique_{number}", unique=True, **options)
            for number, (field, options) in enumerate(unique.items())
        ]
        with self.write_time_limit():
            self._create(database, collection, indexes)

    @blocking
    def create_once(self, database: str, collection: str, *, indexes: Sequence[list[tuple[str, int]]]) -> None:
        """Create a collection with these indexes where one of them is missing. Asks MongoDB once for each process.

        A transaction that was open before the collection was created cannot write to it: MongoDB refuses, and the
        transaction is repeated.
        """
        if (database, collection) in self._created:
            return
        if len(self._client[database][collection].index_information()) <= len(indexes):
            self._create(database, collection, [IndexModel(keys) for keys in indexes])
        self._created.add((database, collection))

    def _create(self, database: str, collection: str, indexes: Sequence[IndexModel]) -> None:
        home = self._client[database]
        try:
            home.create_collection(collection, check_exists=False, validator=_SIZE_VALIDATOR)
        except errors.OperationFailure as error:
            if error.code != _NAMESPACE_EXISTS:
                raise
        if indexes:
            home[collection].create_indexes([*indexes])

    @blocking
    def compact(self, database: str) -> int:
        """Return unused space of collections to the disk, and return the number of these.

        Collections with little unused space are left alone, and all where the account may not compact.
        """
        compacted = 0
        for name in self._client[database].list_collection_names():
            stats = self._client[database][name].aggregate([{"$collStats": {"storageStats": {}}}])
            unused = sum(item["storageStats"].get("freeStorageSize", 0) for item in stats)
            if unused >= _MIN_UNUSED_BYTES:
                try:
                    with self.write_time_limit():
                        self._client[database].command("compact", name, force=True)
                except errors.OperationFailure as error:
                    if error.code not in _NOT_COMPACTED:
                        raise
                    break
                compacted += 1
        return compacted

    @blocking
    def make_expiring(self, database: str, collection: str, *, field: str, seconds: int) -> None:
        """Create a collection whose documents expire this long after the time in a field. Once for each process."""
        if (database, collection) in self._created or self._session is not None:
            return
        with self.write_time_limit():
            self.collection(database, collection).create_index(field, expireAfterSeconds=seconds)
        self._created.add((database, collection))

    @blocking
    def create_index(
        self, database: str, collection: str, keys: Sequence[tuple[str, int | str]], options: Mapping[str, Any]
    ) -> None:
        """Build an index. Raises `Conflict` where the data or another index prevents it."""
        with self.write_time_limit():
            self.collection(database, collection).create_index([*keys], **options)

    @blocking
    def index_stats(self, database: str, collection: str) -> list[dict[str, Any]]:
        """Return MongoDB's `$indexStats`, which fails just when the build of an index begins or ends."""
        command = {"aggregate": collection, "pipeline": [{"$indexStats": {}}], "cursor": {}}
        with self._query_time_limit():
            for _ in range(_ATTEMPTS - 1):
                try:
                    return self._first_batch(database, command)
                except errors.OperationFailure as error:
                    if error.code != NO_SUCH_INDEX:
                        raise
                    time.sleep(_ATTEMPT_SECONDS)
            return self._first_batch(database, command)

    def _first_batch(self, database: str, command: Mapping[str, Any]) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = self._read_command(database, command)["cursor"]["firstBatch"]
        return documents

    @blocking
    def drop_index(self, database: str, collection: str, name: str) -> None:
        """Drop an index. Raises `NotFound` without one of that name; `*`, MongoDB's word for all, is no name."""
        with self.write_time_limit():
            target = self.collection(database, collection)
            if name not in target.index_information():
                raise NotFound(f"There is no index {name!r}.")
            try:
                target.drop_index(name)
            except errors.OperationFailure as error:
                if error.code != NO_SUCH_INDEX:
                    raise

    @blocking
    def drop_collection(self, database: str, collection: str) -> None:
        self._check_unfiltered()
        with self.write_time_limit():
            self._client[database].drop_collection(collection)

    @blocking
    def drop_database(self, database: str) -> None:
        self._check_unfiltered()
        with self.write_time_limit():
            self._client.drop_database(database)
