"""Whole databases as raw BSON, for backups: read at one time of the cluster, and written again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, cast

import bson
import pymongo
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import errors
from pymongo.read_concern import ReadConcern

from engine.errors import Conflict, TimedOut
from engine.store.connection import Connection
from engine.store.driver_errors import translation

_RAW: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)
_SNAPSHOT_TOO_OLD, _SNAPSHOT_UNAVAILABLE = 239, 246
_WINDOW = "minSnapshotHistoryWindowInSeconds"
_NOT_OF_A_DEFINITION = {"v", "ns", "background"}


class Dumping(Connection):
    """Reads and writes whole databases without decoding their documents."""

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        """Yield a store whose dumps all show the cluster at the time of the first of them."""
        self._check_unfiltered()
        with self._translated(), self._client.start_session(snapshot=True) as session:
            yield self.within(session)

    def layouts(self, database: str) -> list[tuple[str, bytes]]:
        """Return the name of each collection of a database, and its options and indexes as BSON."""
        self._check_unfiltered()
        with self._translated(), pymongo.timeout(self.limits.write_seconds):
            home = self._client[database]
            collections = {
                item["name"]: item["options"]
                for item in home.list_collections(filter={"type": "collection"})
                if not item["name"].startswith("system.")
            }
            return [
                (name, bson.encode({"options": options, "indexes": [*home[name].list_indexes()]}))
                for name, options in sorted(collections.items())
            ]

    def dump(self, database: str, collection: str) -> Iterator[tuple[int, bytes]]:
        """Yield the documents of a collection by id, in batches of about 16 MB: how many, and as BSON.

        Raises `Conflict` where a collection or index was created since the snapshot, `TimedOut` where MongoDB no
        longer has it.
        """
        self._check_unfiltered()
        concern = ReadConcern("majority") if self._session is None else None
        stored = self._client[database].get_collection(collection, read_concern=concern)
        with self._translated():
            cursor = stored.find_raw_batches({}, sort=[("_id", 1)], session=self._session, no_cursor_timeout=True)
            with cursor:
                while True:
                    with pymongo.timeout(self.limits.write_seconds):
                        batch = next(cursor, None)
                    if batch is None:
                        return
                    raw = cast("bytes", batch)  # the driver's types speak of documents
                    yield _count(raw), raw

    def make_again(self, database: str, collection: str, layout: bytes) -> None:
        """Create an empty collection with the options and indexes of `layouts`."""
        self._check_unfiltered()
        parts = bson.decode(layout)
        indexes = [
            {name: value for name, value in index.items() if name not in _NOT_OF_A_DEFINITION}
            for index in parts["indexes"]
            if index["name"] != "_id_"
        ]
        with self.write_time_limit():
            home = self._client[database]
            home.create_collection(collection, **parts["options"])
            if indexes:
                home.command("createIndexes", collection, indexes=indexes, writeConcern={"w": "majority"})

    def load(self, database: str, collection: str, batch: bytes) -> int:
        """Insert the documents of a batch of `dump`, and return how many there are."""
        self._check_unfiltered()
        documents = bson.decode_all(batch, _RAW)
        with self.write_time_limit():
            self._client[database].get_collection(collection, codec_options=_RAW).insert_many(
                documents, ordered=False
            )
        return len(documents)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except errors.OperationFailure as error:
            if error.code == _SNAPSHOT_UNAVAILABLE:
                raise Conflict("A collection or an index was created since the snapshot.") from error
            if error.code == _SNAPSHOT_TOO_OLD:
                text = f"The backup takes longer than MongoDB keeps its snapshot: raise its parameter {_WINDOW}."
                raise TimedOut(text) from error
            raise translation(error) from error
        except errors.PyMongoError as error:
            raise translation(error) from error


def _count(batch: bytes) -> int:
    """Return the number of documents of a batch, each of which begins with its length."""
    count = position = 0
    while position < len(batch):
        position += int.from_bytes(batch[position : position + 4], "little")
        count += 1
    return count
