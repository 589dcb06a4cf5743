"""Documents as raw BSON: read by their ids, stored as they are, and compared byte by byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, InsertOne, ReplaceOne, errors
from pymongo.read_concern import ReadConcern

from engine.errors import Conflict
from engine.store.connection import Connection
from engine.store.driver_errors import DUPLICATE

_RAW: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)
_MAX_ATTEMPTS = 20
Documents = Mapping[bytes, RawBSONDocument]


class Copies(Connection):
    """Reads and writes documents of another cluster's database, without decoding more than their ids."""

    def stored(self, database: str, collection: str, ids: Sequence[Any]) -> Documents:
        """Return the documents of these ids that exist, by their encoded ids."""
        self._check_unfiltered()
        source = self._client[database].get_collection(
            collection, codec_options=_RAW, read_concern=ReadConcern("majority")
        )
        with self.write_time_limit():
            documents: Iterable[Any] = source.find({"_id": {"$in": [*ids]}}, batch_size=10_000)
            return {key_of(item["_id"]): item for item in documents}

    def put(
        self,
        database: str,
        collection: str,
        documents: Sequence[RawBSONDocument],
        *,
        gone: Sequence[Any] = (),
        are_new: bool = False,
    ) -> list[Any]:
        """Replace or create documents, and delete those of the ids in `gone`. Is faster where most `are_new`.

        Returns the ids of other documents that were deleted here, because they had a unique value of one of these:
        their present state must be put again. Raises `Conflict` where such a document is not found.
        """
        self._check_unfiltered()
        displaced: list[Any] = []
        waiting = [*documents]
        for _ in range(_MAX_ATTEMPTS):
            steps: list[Any] = [DeleteOne({"_id": name}) for name in gone]
            steps += map(InsertOne if are_new else _replacement, waiting)
            refused = self._write(database, collection, steps)
            if not refused:
                return displaced
            waiting = [waiting[item["index"] - len(gone)] for item in refused]
            gone, are_new = (), False
            for item, document in zip(refused, waiting, strict=True):
                if "_id" not in item["keyPattern"]:
                    displaced += self._make_room(database, collection, item["keyPattern"], document)
        raise Conflict(f"Documents of {collection} cannot be copied: their unique values change all the time.")

    def _write(self, database: str, collection: str, steps: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the errors of the documents that another document's unique values refuse."""
        if not steps:
            return []
        target = self._client[database].get_collection(collection, codec_options=_RAW)
        with self.write_time_limit():
            try:
                target.bulk_write(steps, ordered=False)
            except errors.BulkWriteError as error:
                refused: list[dict[str, Any]] = error.details.get("writeErrors", [])
                if error.details.get("writeConcernErrors") or any(item["code"] != DUPLICATE for item in refused):
                    raise
                return refused
        return []

    def _make_room(
        self, database: str, collection: str, key: Mapping[str, Any], document: RawBSONDocument
    ) -> list[Any]:
        """Delete the documents that have the document's values of a unique index, and return their ids."""
        target = self._client[database].get_collection(collection)
        with self.write_time_limit():
            options: Mapping[str, Any] = next(
                (item for item in target.index_information().values() if dict(item["key"]) == dict(key)), {}
            )
            decoded = bson.decode(document.raw)
            filter = {name: {"$in": values_at(decoded, name.split("."))} for name in key}
            filter["_id"] = {"$ne": decoded["_id"]}
            collation = options.get("collation")
            holders = [item["_id"] for item in target.find(filter, {"_id": 1}, collation=_named(collation))]
            target.delete_many({"_id": {"$in": holders}})
        return holders

    def rewrite_layout(
        self, database: str, collection: str, *, indexes: Sequence[Mapping[str, Any]], dropped: Sequence[str]
    ) -> None:
        """Drop indexes by their names, and create others as `layouts` describes them."""
        self._check_unfiltered()
        with self.write_time_limit():
            home = self._client[database]
            for name in dropped:
                home[collection].drop_index(name)
            if indexes:
                home.command("createIndexes", collection, indexes=[*indexes], writeConcern={"w": "majority"})


def _replacement(document: RawBSONDocument) -> ReplaceOne[Any]:
    return ReplaceOne({"_id": document["_id"]}, document, upsert=True)


def key_of(document_id: Any) -> bytes:
    """Return an id as BSON, by which ids of any type are compared."""
    return bson.encode({"": document_id})


def batches_of(raw: bytes, count: int) -> Iterator[list[RawBSONDocument]]:
    """Yield the documents of a batch of `dump`, some at a time."""
    documents = bson.decode_all(raw, _RAW)
    for start in range(0, len(documents), count):
        yield documents[start : start + count]


def values_at(document: Any, path: Sequence[str]) -> list[Any]:
    """Return the values at a path, each of an array by itself; None for a missing one, as in an index."""
    if not path:
        return document if isinstance(document, list) and document else [document]
    if isinstance(document, list):
        return [value for item in document for value in values_at(item, path)]
    return values_at(document.get(path[0]), path[1:]) if isinstance(document, dict) else [None]


def _named(collation: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if collation is None else {name: value for name, value in collation.items() if name != "version"}
