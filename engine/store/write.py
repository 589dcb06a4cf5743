"""Writes to MongoDB: each call wholly or not at all, unless it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any

import pymongo
from bson import ObjectId
from pymongo import ReplaceOne, ReturnDocument, UpdateOne, errors

from engine.store.batches import outcome_of
from engine.store.connection import Connection
from engine.store.driver_errors import DUPLICATE, UNENCODABLE, id_range, matches_one_id, raise_unless_only_ids
from engine.suspension import blocking, current

_DELETE_BATCH_SIZE = 10_000
_WRITE_CONFLICT = 112


class Writing(Connection):
    """The writes of a store."""

    def insert(self, database: str, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        """Insert all documents or, if one fails, none."""
        suspension = current.get()
        if len(documents) > 1:
            self._insert_many(database, collection, documents)
        elif suspension is None or not self.may_join:
            self._insert_one(database, collection, documents[0])
        else:
            execute = partial(self.insert_each, database, collection)
            with self._query_time_limit():
                self.batches.run(suspension, ("insert", database, collection), execute, documents[0])

    @blocking
    def _insert_many(self, database: str, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        target = self.collection(database, collection)
        self.transaction(lambda session: target.insert_many(documents, session=session))

    @blocking
    def _insert_one(self, database: str, collection: str, document: dict[str, Any]) -> None:
        """Insert one document, faster than `insert_many`."""
        with self._query_time_limit():
            self._insert_alone(database, collection, document)

    def _insert_alone(self, database: str, collection: str, document: dict[str, Any]) -> None:
        try:
            self.collection(database, collection).insert_one(document, session=self._session)
        except errors.WriteError as error:
            raise errors.BulkWriteError({"writeErrors": [error.details]}) from error

    def insert_each(
        self, database: str, collection: str, documents: Sequence[dict[str, Any]]
    ) -> list[Exception | None]:
        """Insert each document by itself, in one round trip, and return the driver's error of each or None."""
        with pymongo.timeout(self.limits.query_seconds):
            if len(documents) == 1:
                self._insert_alone(database, collection, documents[0])
                return [None]
            try:
                self.collection(database, collection).insert_many(documents, ordered=False)
            except errors.BulkWriteError as error:
                return _error_of_each(error, len(documents))
            except UNENCODABLE:  # before anything was sent
                return [outcome_of(partial(self._insert_alone, database, collection, item)) for item in documents]
        return [None] * len(documents)

    @blocking
    def insert_again(self, database: str, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        """Insert the documents whose `_id` does not exist yet. Raises `Conflict` for unique values.

        For imports, whose ids derive from their rows: repeating a batch does nothing.
        """
        with self.write_time_limit():
            try:
                self.collection(database, collection).insert_many(documents, ordered=False)
            except errors.BulkWriteError as error:
                raise_unless_only_ids(error)

    @blocking
    def copy(self, database: str, collection: str, filter: Mapping[str, Any], *, into: str) -> None:
        """Copy what matches to the collection of that name in another database; existing documents stay."""
        merge = {"into": {"db": into, "coll": collection}, "whenMatched": "keepExisting"}
        with self.write_time_limit():
            self.collection(database, collection).aggregate([{"$match": filter}, {"$merge": merge}])

    @blocking
    def update(
        self,
        database: str,
        collection: str,
        filter: Mapping[str, Any],
        statement: Any,
        *,
        array_filters: Sequence[Mapping[str, Any]] = (),
    ) -> int:
        """Update all that match or none, and return their number."""
        target = self.collection(database, collection)
        if matches_one_id(filter):
            with self._query_time_limit():
                return target.update_one(
                    filter, statement, array_filters=array_filters or None, session=self._session
                ).matched_count
        return self.transaction(
            lambda session: (
                target.update_many(
                    filter, statement, array_filters=array_filters or None, session=session
                ).matched_count
            )
        )

    def update_each(
        self,
        database: str,
        collection: str,
        updates: Sequence[tuple[ObjectId, Any, Sequence[Mapping[str, Any]]]],
    ) -> None:
        """Update, in the open transaction, the document of each id by its statement and its array filters."""
        steps = [
            UpdateOne({"_id": name}, statement, array_filters=[*filters] or None)
            for name, statement, filters in updates
        ]
        if steps:
            self.collection(database, collection).bulk_write(steps, session=self._session)

    @blocking
    def change(
        self,
        database: str,
        collection: str,
        filter: Mapping[str, Any],
        statement: Any,
        *,
        array_filters: Sequence[Mapping[str, Any]] = (),
    ) -> dict[str, Any] | None:
        """Update the one document that matches and return it as it is afterwards."""
        with self._query_time_limit():
            return self.collection(database, collection).find_one_and_update(
                filter,
                statement,
                array_filters=array_filters or None,
                return_document=ReturnDocument.AFTER,
                session=self._session,
            )

    @blocking
    def delete(self, database: str, collection: str, filter: Mapping[str, Any]) -> int:
        """Delete all that match or none, and return their number."""
        target = self.collection(database, collection)
        if matches_one_id(filter):
            with self._query_time_limit():
                return target.delete_one(filter, session=self._session).deleted_count
        return self.transaction(lambda session: target.delete_many(filter, session=session).deleted_count)

    @blocking
    def upsert_new(
        self, database: str, collection: str, document: Mapping[str, Any], statement: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Create a document from a beginning with a new `_id` and a statement, and return it."""
        with self._query_time_limit():
            return _upserted(
                self.collection(database, collection).find_one_and_update(
                    document, statement, upsert=True, return_document=ReturnDocument.AFTER, session=self._session
                )
            )

    @blocking
    def claim(self, database: str, collection: str, document: dict[str, Any]) -> bool:
        """Insert a document in the open transaction, unless another transaction is doing so; return whether
        it did.
        """
        try:
            self.collection(database, collection).insert_one(document, session=self._session)
        except errors.OperationFailure as error:
            if error.code not in (_WRITE_CONFLICT, DUPLICATE):
                raise
            return False
        return True

    def reserve(self, database: str, collection: str, name: str, count: int) -> int:
        """Reserve `count` numbers and return the first. They are never reused, even if the transaction fails."""
        suspension = current.get()
        if suspension is None:
            return self._reserve(database, collection, name, count)
        execute = partial(self._reserve_each, database, collection, name)
        with self._query_time_limit():
            first: int = self.batches.run(suspension, ("reserve", database, collection, name), execute, count)
        return first

    def _reserve_each(self, database: str, collection: str, name: str, counts: Sequence[int]) -> list[int]:
        """Reserve numbers for several callers at once, and return the first of each."""
        first = self._reserve(database, collection, name, sum(counts))
        return [*accumulate(counts[:-1], initial=first)]

    def _reserve(self, database: str, collection: str, name: str, count: int) -> int:
        with self._query_time_limit():
            counter = self.collection(database, collection).find_one_and_update(
                {"_id": name}, {"$inc": {"last": count}}, upsert=True, return_document=ReturnDocument.AFTER
            )
        last: int = _upserted(counter)["last"]
        return last - count + 1

    @blocking
    def set_missing(self, database: str, collection: str, name: str, values: Mapping[ObjectId, Any]) -> None:
        """Set a field of the documents of some ids that do not have it."""
        steps = [UpdateOne({"_id": key, name: None}, {"$set": {name: value}}) for key, value in values.items()]
        target = self.collection(database, collection)
        self.transaction(lambda session: target.bulk_write(steps, ordered=False, session=session))

    @blocking
    def raise_counter(self, database: str, collection: str, name: str, least: int) -> None:
        """Make the next number of `reserve` larger than `least`."""
        with self._query_time_limit():
            self.collection(database, collection).update_one({"_id": name}, {"$max": {"last": least}}, upsert=True)

    @blocking
    def replace(self, database: str, collection: str, document: Mapping[str, Any]) -> None:
        """Replace or create the document of that `_id`."""
        with self._query_time_limit():
            self.collection(database, collection).replace_one(
                {"_id": document["_id"]}, document, upsert=True, session=self._session
            )

    @blocking
    def write_each(
        self,
        database: str,
        collection: str,
        *,
        puts: Sequence[dict[str, Any]],
        gone: Sequence[ObjectId],
        delete_first: bool,
    ) -> None:
        """Delete documents, then replace or create others, in the open transaction.

        With `delete_first` the replaced ones are deleted first, so that they may exchange unique values.
        """
        target = self.collection(database, collection)
        away = [*gone, *(document["_id"] for document in puts if delete_first)]
        if away:
            target.delete_many({"_id": {"$in": away}}, session=self._session)
        if delete_first and puts:
            target.insert_many(puts, session=self._session)
        elif puts:
            steps = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in puts]
            target.bulk_write(steps, session=self._session)

    @blocking
    def delete_ids(self, database: str, collection: str, *, first: ObjectId, last: ObjectId) -> int:
        """Delete the documents with an `_id` from `first` to `last`, in batches. Safe to repeat after a failure."""
        target = self.collection(database, collection)
        gone = 0
        while True:
            with self.write_time_limit():
                cursor = target.find(id_range(first, last), {"_id": 1}).sort("_id", 1).limit(_DELETE_BATCH_SIZE)
                step = cursor.to_list()
                if not step:
                    return gone
                gone += target.delete_many(id_range(first, step[-1]["_id"])).deleted_count

    @blocking
    def delete_where(self, database: str, collection: str, filter: Mapping[str, Any]) -> int:
        """Delete what matches and return the number. A failure leaves a part deleted; safe to repeat."""
        with self.write_time_limit():
            return self.collection(database, collection).delete_many(filter).deleted_count


def _error_of_each(error: errors.BulkWriteError, count: int) -> list[Exception | None]:
    """Return the error of each write of an unordered batch. Raises `error` where the whole batch failed."""
    details = error.details or {}
    if details.get("writeConcernErrors"):
        raise error
    failures: list[Exception | None] = [None] * count
    for item in details.get("writeErrors", []):
        failures[item["index"]] = errors.BulkWriteError({"writeErrors": [{**item, "index": 0}]})
    return failures


def _upserted(document: dict[str, Any] | None) -> dict[str, Any]:
    """Return the result of an upsert. The driver declares None too, its result of an update without a match."""
    if document is None:
        raise RuntimeError("MongoDB returned no document for an upsert.")
    return document
