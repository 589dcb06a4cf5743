"""The only place that talks to MongoDB: majority writes, time limits, and driver errors told in our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pymongo
from bson import ObjectId
from bson.errors import BSONError
from pymongo import MongoClient, errors
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from engine.errors import Conflict, Error, FieldError, Invalid, TooLarge, Unavailable
from engine.limits import Limits

_DUPLICATE = 11000
_TIME_LIMIT = 50
_TOO_LARGE = {10334, 17280, 17420, 17419, 313, 251}
_BAD_VALUES = {2, 9, 14, 16, 28, 40, 51091, 51108, 31249, 31253, 31254, 31127, 16755}


class Store:
    """One MongoDB cluster. Connects at its first use, so it may be made before a process forks."""

    def __init__(self, uri: str, *, limits: Limits) -> None:
        self.limits = limits
        self._client: MongoClient[dict[str, Any]] = MongoClient(
            uri,
            appname="datacube",
            connect=False,
            maxPoolSize=32,
            timeoutMS=int(limits.query_seconds * 1000),
            w="majority",
            journal=True,
        )

    def _collection(self, database: str, collection: str) -> Any:
        return self._client[database][collection]

    # --- reading -----------------------------------------------------------------------------------

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
    ) -> list[dict[str, Any]]:
        """One page, in one round trip; a page that does not fit in MongoDB's 16 MB is `TooLarge`."""
        command: dict[str, Any] = {
            "find": collection,
            "filter": filter,
            "sort": dict(sort),
            "limit": limit,
            "batchSize": limit,
        }
        if skip:
            command["skip"] = skip
        if fields is not None:
            command["projection"] = fields
        with translated(self.limits):
            cursor = self._client[database].command(command)["cursor"]
            if cursor["id"]:
                self._client[database].command({"killCursors": collection, "cursors": [cursor["id"]]})
                raise TooLarge("The page is larger than 16 MB; ask for fewer documents or fields.")
        return cursor["firstBatch"]

    def count(self, database: str, collection: str, filter: Mapping[str, Any]) -> int:
        """How many documents match. Without a filter MongoDB's own count is read, which scans nothing."""
        with translated(self.limits):
            found = self._collection(database, collection)
            return found.count_documents(filter) if filter else found.estimated_document_count()

    def distinct_ids(self, database: str, collection: str, *, first: ObjectId, last: ObjectId) -> int:
        """How many documents have an `_id` from `first` to `last`."""
        return self.count(database, collection, {"_id": {"$gte": first, "$lte": last}})

    # --- writing -----------------------------------------------------------------------------------

    def insert(self, database: str, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        """All of them or, when anything is wrong with one, none."""
        target = self._collection(database, collection)
        if len(documents) == 1:
            with translated(self.limits):
                target.insert_one(documents[0])
            return
        self._in_transaction(lambda session: target.insert_many(documents, session=session))

    def insert_again(self, database: str, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        """Inserts those whose `_id` is not there yet; what breaks a unique index is `Conflict`.

        For imports, whose ids derive from their rows: doing a batch twice does nothing the second time.
        """
        target = self._collection(database, collection)
        with pymongo.timeout(self.limits.write_seconds), translated(self.limits):
            try:
                target.insert_many(documents, ordered=False)
            except errors.BulkWriteError as problem:
                _raise_unless_only_ids(problem)

    def update(self, database: str, collection: str, filter: Mapping[str, Any], statement: Any) -> int:
        """How many documents matched and were written; all of them or none."""
        target = self._collection(database, collection)
        if _names_one(filter):
            with translated(self.limits):
                return target.update_one(filter, statement).matched_count
        return self._in_transaction(
            lambda session: target.update_many(filter, statement, session=session).matched_count
        )

    def delete(self, database: str, collection: str, filter: Mapping[str, Any]) -> int:
        """How many documents were deleted; all that matched or none."""
        target = self._collection(database, collection)
        if _names_one(filter):
            with translated(self.limits):
                return target.delete_one(filter).deleted_count
        return self._in_transaction(lambda session: target.delete_many(filter, session=session).deleted_count)

    def delete_ids(self, database: str, collection: str, *, first: ObjectId, last: ObjectId) -> int:
        """Deletes whatever has an `_id` from `first` to `last`; safe to do again after a failure."""
        with pymongo.timeout(None), translated(self.limits):
            return (
                self._collection(database, collection)
                .delete_many({"_id": {"$gte": first, "$lte": last}})
                .deleted_count
            )

    def _in_transaction(self, work: Callable[[ClientSession], Any]) -> Any:
        with (
            pymongo.timeout(self.limits.write_seconds),
            translated(self.limits),
            self._client.start_session() as session,
        ):
            return session.with_transaction(work, read_concern=ReadConcern("snapshot"))

    # --- collections and databases -----------------------------------------------------------------

    def create(self, database: str, collection: str, *, unique: Mapping[str, Any]) -> None:
        """Makes a collection with a unique index per item of `unique`, {field: least value covered}."""
        with pymongo.timeout(self.limits.write_seconds), translated(self.limits):
            home = self._client[database]
            if collection not in home.list_collection_names(filter={"name": collection}):
                home.create_collection(collection)
            for number, (field, least) in enumerate(unique.items()):
                home[collection].create_index(
                    [(field, 1)],
                    name=f"unique_{number}",
                    unique=True,
                    partialFilterExpression={field: {"$gte": least}},
                )

    def drop_collection(self, database: str, collection: str) -> None:
        with pymongo.timeout(self.limits.write_seconds), translated(self.limits):
            self._client[database].drop_collection(collection)

    def drop_database(self, database: str) -> None:
        with pymongo.timeout(self.limits.write_seconds), translated(self.limits):
            self._client.drop_database(database)

    def ping(self) -> None:
        """Raises `Unavailable` unless a primary answers within a second."""
        with pymongo.timeout(1), translated(self.limits):
            self._client.admin.command("ping")


def _names_one(filter: Mapping[str, Any]) -> bool:
    return isinstance(filter.get("_id"), ObjectId)


@contextmanager
def translated(limits: Limits) -> Iterator[None]:
    """Turns whatever the driver raises into one of the eight kinds, without any of its text."""
    try:
        yield
    except (errors.PyMongoError, BSONError, OverflowError) as problem:
        raise _translation(problem, limits=limits) from problem


def _translation(problem: Exception, *, limits: Limits) -> Error:
    match problem:
        case errors.BulkWriteError():
            first = problem.details["writeErrors"][0] if problem.details.get("writeErrors") else {}
            return _by_code(first.get("code"), first, limits=limits)
        case errors.DocumentTooLarge():
            return TooLarge("A document is larger than MongoDB's 16 MB.")
        case errors.OperationFailure():
            return _by_code(problem.code, problem.details or {}, limits=limits)
        case errors.InvalidDocument() | errors.InvalidOperation() | BSONError() | OverflowError():
            return Invalid("The document cannot be stored as it is.")
    return Unavailable("The document store does not answer just now.", retry_after=2)


def _by_code(code: int | None, details: Mapping[str, Any], *, limits: Limits) -> Error:
    if code == _DUPLICATE:
        fields = list(details.get("keyPattern") or {"": 1})
        text = f"Another document already has this value; {', '.join(fields)} must be unique."
        return Conflict(text, errors=[FieldError(name, text, details.get("index")) for name in fields])
    if code == _TIME_LIMIT:
        seconds = f"{limits.query_seconds:g} s (QUERY_SECONDS; writes {limits.write_seconds:g} s, WRITE_SECONDS)"
        return TooLarge(f"The request takes longer than {seconds}; narrow it.")
    if code in _TOO_LARGE:
        return TooLarge("The request touches more than one transaction can hold; narrow it.")
    if code in _BAD_VALUES:
        return Invalid("MongoDB cannot do this with the documents as they are; check the types and paths.")
    return Unavailable("The document store cannot do this just now.", retry_after=2)


def _raise_unless_only_ids(problem: errors.BulkWriteError) -> None:
    """Duplicates of `_id` alone mean that the rows are there already."""
    writes = problem.details.get("writeErrors", [])
    others = [item for item in writes if item["code"] != _DUPLICATE or "_id" not in item.get("keyPattern", {})]
    if others or problem.details.get("writeConcernErrors") or not writes:
        problem.details["writeErrors"] = others
        raise problem
