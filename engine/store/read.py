"""Reads of MongoDB: pages, pipelines, counts and changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from bson import ObjectId, Timestamp
from pymongo import errors
from pymongo.change_stream import ChangeStream

from engine.errors import Conflict, TooLarge
from engine.store.batches import each_its_own
from engine.store.connection import Connection
from engine.store.driver_errors import NO_SUCH_COLLECTION, id_range, matches_one_id, translation
from engine.store.oplog import CHANGES, OPLOG_TOO_SHORT, is_history_lost
from engine.suspension import blocking, current

_STEP_DOCUMENTS = 1_000
_STEP_BYTES = 8 * 1024 * 1024
_ALL_DOCUMENTS = 1_000_000
# Where GridFS keeps files; nobody listens to what happens there.
BUCKET = "media"
_UNWATCHED = [f"{BUCKET}.files", f"{BUCKET}.chunks"]
# MongoDB returns a batch once it has this many matches. One in _SAMPLE_INTERVAL entries therefore matches in any
# database; otherwise the writes of other databases would delay the batch.
_SAMPLE_INTERVAL = 1_000
_SAMPLE_BATCH_SIZE = 50


class Reading(Connection):
    """The reads of a store; each is limited in time and size."""

    def find(
        self,
        database: str,
        collection: str,
        filter: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]],
        fields: Mapping[str, int] | None,
        skip: int,
        limit: int,
        enough: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Return one page in one round trip. Raises `TooLarge` where 16 MB do not hold it, or `enough` documents of
        it.
        """
        if current.get() is not None and self._is_plain(filter, fields, skip=skip, options=options):
            document = self.find_unique(database, collection, "_id", filter["_id"], fields=fields)
            return [] if document is None else [document]
        enough = limit if enough is None else enough
        names = (database, collection, filter)
        return self._page(*names, sort=sort, fields=fields, skip=skip, limit=limit, enough=enough, options=options)

    def _page(
        self,
        database: str,
        collection: str,
        filter: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] = (),
        fields: Mapping[str, int] | None,
        skip: int = 0,
        limit: int,
        enough: int,
        options: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        command: dict[str, Any] = {
            "find": collection,
            "filter": filter,
            "limit": limit,
            # One more than wanted, or a sorted page that is exactly full leaves its cursor open.
            "batchSize": limit + 1,
            **(options or {}),
        }
        if skip:
            command["skip"] = skip
        if sort and not matches_one_id(
            filter
        ):  # MongoDB has a shorter way to one document, when nothing is to be sorted
            command["sort"] = dict(sort)
        if fields is not None:
            command["projection"] = fields
        return self.first_batch(database, command, enough=enough)

    def _is_plain(
        self,
        filter: Mapping[str, Any],
        fields: Mapping[str, int] | None,
        *,
        skip: int,
        options: Mapping[str, Any] | None,
    ) -> bool:
        """Return whether a page is one document by its `_id`, which may be read together with others."""
        is_by_id = self.may_join and len(filter) == 1 and matches_one_id(filter)
        return is_by_id and not (skip or options) and (fields is None or fields.get("_id", 1) == 1)

    def find_unique(
        self, database: str, collection: str, path: str, value: Any, *, fields: Mapping[str, int] | None
    ) -> dict[str, Any] | None:
        """Return the document with a value at a path of unique values, which `fields` include, or None.

        What several suspended callers read at the same time is read together.
        """
        suspension = current.get()
        if suspension is None or not self.may_join:
            return self.find_each(database, collection, [value], path=path, fields=fields)[0]
        key = ("find", database, collection, path, None if fields is None else tuple(fields.items()))
        execute = partial(self.find_each, database, collection, path=path, fields=fields)
        document: dict[str, Any] | None = self.batches.run(suspension, key, execute, value, in_loop=True)
        return document

    def find_each(
        self,
        database: str,
        collection: str,
        values: Sequence[Any],
        *,
        path: str = "_id",
        fields: Mapping[str, int] | None,
    ) -> list[dict[str, Any] | None]:
        """Return the documents with these unique values, each with its own copy, and None for each missing one."""
        names = [*dict.fromkeys(values)]
        filter = {path: names[0] if len(names) == 1 else {"$in": names}}
        try:
            rows = self._page(database, collection, filter, fields=fields, limit=len(names), enough=len(names))
        except TooLarge:
            if len(names) == 1:
                raise
            return [self.find_each(database, collection, [name], path=path, fields=fields)[0] for name in values]
        return each_its_own({row[path]: row for row in rows}, values)

    def first_batch(self, database: str, command: Mapping[str, Any], *, enough: int) -> list[dict[str, Any]]:
        """Return the result of a `find` or `aggregate` in one round trip. Raises `TooLarge` if 16 MB cannot hold
        `enough`.
        """
        with self._query_time_limit():
            cursor = self._read_command(database, command)["cursor"]
            documents: list[dict[str, Any]] = cursor["firstBatch"]
            if cursor["id"]:
                name = cursor["ns"].partition(".")[2]
                self._read_command(database, {"killCursors": name, "cursors": [cursor["id"]]})
                if len(documents) < enough:
                    raise TooLarge("The page is larger than 16 MB; ask for fewer documents or fields.")
        return documents

    def command(self, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
        """Run a command that reads and return its result."""
        with self._query_time_limit():
            result = self._read_command(database, command)
            stats = result.get("executionStats", {})
            if not stats.get("executionSuccess", True):  # so what is explained fails
                details = {"errmsg": stats["errorMessage"]}
                raise errors.OperationFailure(details["errmsg"], stats["errorCode"], details)
            return result

    @blocking
    def count(
        self, database: str, collection: str, filter: Mapping[str, Any], *, options: Mapping[str, Any] | None = None
    ) -> int:
        """Count the documents that match. Without a filter MongoDB's own count is read, which scans nothing."""
        with self._query_time_limit():
            target = self.collection(database, collection)
            if filter or self._session or self.has_row_filter(database, collection):
                return target.count_documents(filter, session=self._session, **(options or {}))
            return target.estimated_document_count()

    def aggregate(
        self,
        database: str,
        collection: str,
        pipeline: Sequence[Mapping[str, Any]],
        *,
        options: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the whole result of a pipeline that bounds itself. Raises `TooLarge` beyond 16 MB."""
        command = {
            "aggregate": collection,
            "pipeline": [*pipeline],
            "cursor": {"batchSize": _ALL_DOCUMENTS},
            **(options or {}),
        }
        with self._query_time_limit():
            cursor = self._read_command(database, command)["cursor"]
            documents: list[dict[str, Any]] = cursor["firstBatch"]
            if cursor["id"]:
                self._read_command(database, {"killCursors": collection, "cursors": [cursor["id"]]})
                raise TooLarge("The answer is larger than 16 MB; ask for fewer documents or fields.")
        return documents

    @blocking
    def all(
        self,
        database: str,
        collection: str,
        filter: Mapping[str, Any],
        *,
        fields: Mapping[str, int] | None = None,
        limit: int = 0,
        options: Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Return all that match, or these fields of them, or the first few by `_id`; for known small results."""
        with self._query_time_limit():
            target = self.collection(database, collection)
            cursor = target.find(filter, fields, session=self._session, **(options or {}))
            return (cursor.sort("_id", 1).limit(limit) if limit else cursor).to_list()

    @blocking
    def ids(
        self, database: str, collection: str, filter: Mapping[str, Any], *, name: str = "_id", after: Any = None
    ) -> list[ObjectId]:
        """Return the next ids in `name`, in order, of what matches: a thousand, or as many as have 8 MB of
        documents.
        """
        matching = {"$and": [filter, {name: {"$gt": after}}]} if after is not None else filter
        stages: list[dict[str, Any]] = [{"$match": matching}, {"$sort": {name: 1}}, {"$limit": _STEP_DOCUMENTS}]
        stages += [{"$project": {"_id": f"${name}", "size": {"$bsonSize": "$$ROOT"}}}]
        command = {"aggregate": collection, "pipeline": stages, "cursor": {"batchSize": _STEP_DOCUMENTS + 1}}
        with self.write_time_limit():
            documents = self._read_command(database, command)["cursor"]["firstBatch"]
        ids: dict[ObjectId, None] = {}
        size = 0
        for item in documents:
            size += item["size"]
            if ids and size > _STEP_BYTES:
                break
            ids[item["_id"]] = None
        return [*ids]

    def size(self, database: str, collection: str) -> dict[str, int]:
        """Return `{documents, bytes, index_bytes}` by MongoDB's count; all 0 where there is no collection."""
        command = {"aggregate": collection, "pipeline": [{"$collStats": {"storageStats": {}}}], "cursor": {}}
        with self._query_time_limit():
            try:
                shards = self._read_command(database, command)["cursor"]["firstBatch"]
            except errors.OperationFailure as error:
                if error.code != NO_SUCH_COLLECTION:
                    raise
                shards = []
        names = {"documents": "count", "bytes": "size", "index_bytes": "totalIndexSize"}
        return {
            name: sum(int(shard["storageStats"].get(key, 0)) for shard in shards) for name, key in names.items()
        }

    def distinct_ids(self, database: str, collection: str, *, first: ObjectId, last: ObjectId) -> int:
        """Count the documents with an `_id` from `first` to `last`."""
        return self.count(database, collection, id_range(first, last))

    @contextmanager
    def watch(
        self,
        databases: Collection[str],
        *,
        start: Timestamp,
        await_seconds: float,
        collections: Collection[str] = (),
    ) -> Iterator[ChangeStream[dict[str, Any]]]:
        """Watch changes from a time on in these physical databases, or in these collections only. Now and then
        there is one of another database, which shows how far MongoDB has read.

        `await_seconds` is how long MongoDB waits for more. Raises `Conflict` when the oplog does not reach back
        that far.
        """
        self._check_unfiltered()
        conditions: list[dict[str, Any]] = [{"$in": ["$ns.db", [*databases]]}]
        if collections:
            conditions.append({"$in": ["$ns.coll", [*collections]]})
        else:
            conditions.append({"$not": {"$in": ["$ns.coll", _UNWATCHED]}})
        sample = {"$eq": [{"$mod": [{"$tsIncrement": "$clusterTime"}, _SAMPLE_INTERVAL]}, 0]}
        # As an expression: what else names many databases MongoDB compares one by one with every entry.
        match = {
            "operationType": {"$in": CHANGES},
            "$expr": {"$or": [{"$and": conditions}, sample]},
        }
        try:
            with self._client.watch(
                [{"$match": match}],
                full_document="updateLookup",
                start_at_operation_time=start,
                batch_size=_SAMPLE_BATCH_SIZE,
                max_await_time_ms=int(await_seconds * 1000),
            ) as stream:
                yield stream
        except errors.OperationFailure as error:
            if is_history_lost(error):
                raise Conflict(OPLOG_TOO_SHORT) from error
            raise translation(error) from error
        except errors.PyMongoError as error:
            raise translation(error) from error
