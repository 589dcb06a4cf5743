"""The only place that talks to MongoDB: majority writes, time limits, and driver errors told in our own words."""

from __future__ import annotations

import copy
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any

import pymongo
from bson import ObjectId, Timestamp
from bson.errors import BSONError
from pymongo import MongoClient, ReplaceOne, ReturnDocument, errors
from pymongo.change_stream import ChangeStream
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from engine.cursor import Cursors
from engine.errors import Conflict, Error, FieldError, Invalid, NotFound, TooLarge, Unavailable
from engine.limits import Limits

_DELETED_AT_ONCE = 10_000
_STEP_DOCUMENTS = 1_000
_STEP_BYTES = 8 * 1024 * 1024
_DUPLICATE = 11000
_WRITE_CONFLICT = 112
_THERE_ALREADY = 48
_NO_SUCH_INDEX = 27
_CLASHING_INDEXES = {85, 86}
_BAD_PATTERN = {51091, 51108, 51111}
_BAD_VALUES = {2, 4, 5, 9, 14, 15, 16, 28, 31, 40, 52, 54, 56, 57, 67, 72, 168, 171, 197, 241, 291, 10065}
# From here on codes have no names but one: they are what a command or an expression asks of MongoDB in vain.
_FIRST_NAMELESS = 15_000
_CLIENT_KILLED = 46841
_DOCUMENT_TOO_LARGE = {121, 10334, 17280, 17419, 17420}
_TOO_MUCH_AT_ONCE = {146, 257, 292}
_TRANSACTION_TOO_LARGE = {313, 388}
_LARGE_DOCUMENT = "A document is larger than MongoDB's 16 MB."
_BEATEN = (
    "The request touches more than one transaction can hold, or others write to the same documents all the time"
    " (QUERY_SECONDS); narrow it."
)
# A version wraps the whole document, and must not be too large when the document is not.
_HAS_ROOM = {"$expr": {"$lte": [{"$bsonSize": "$$ROOT"}, 16 * 1024 * 1024 - 16 * 1024]}}
_PING_SECONDS = 1
_WHOLE = 1_000_000
_AWAIT_MILLISECONDS = 500
_NO_LONGER_THERE = {136, 286}
_FORGOTTEN = "What happened since then is no longer kept: read the collections anew, and listen from now on."
_RECOVERY_SECONDS = 3


class Store:
    """One MongoDB cluster. Connects at its first use, so it may be made before a process forks."""

    def __init__(self, uri: str, *, limits: Limits, key: bytes = b"") -> None:
        """`key` signs cursors; without one they are good in this process alone."""
        self.limits = limits
        self.cursors = Cursors(key or secrets.token_bytes(32))
        self._session: ClientSession | None = None
        self._made: set[tuple[str, str]] = set()
        self._client: MongoClient[dict[str, Any]] = MongoClient(
            uri,
            appname="datacube",
            connect=False,
            maxPoolSize=32,
            timeoutMS=int(limits.query_seconds * 1000),
            # A server that hangs is noticed after five seconds, and whoever waits for it is told.
            connectTimeoutMS=3000,
            heartbeatFrequencyMS=2000,
            w="majority",
            journal=True,
        )

    def collection(self, database: str, collection: str) -> Any:
        return self._client[database][collection]

    def within(self, session: ClientSession) -> Store:
        """This store inside a transaction under way: what is done becomes part of it, and fails with it."""
        bound = copy.copy(self)
        bound._session = session
        return bound

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
        enough: int | None = None,
    ) -> list[dict[str, Any]]:
        """One page, in one round trip; `TooLarge` where 16 MB do not hold it, or `enough` documents of it."""
        command: dict[str, Any] = {
            "find": collection,
            "filter": filter,
            "limit": limit,
            # One more than wanted, or a sorted page that is exactly full leaves its cursor open.
            "batchSize": limit + 1,
        }
        if skip:
            command["skip"] = skip
        if not names_one(filter):  # MongoDB has a shorter way to one document, when nothing is to be sorted
            command["sort"] = dict(sort)
        if fields is not None:
            command["projection"] = fields
        return self.first_batch(database, command, enough=limit if enough is None else enough)

    def first_batch(self, database: str, command: Mapping[str, Any], *, enough: int) -> list[dict[str, Any]]:
        """What a `find` or `aggregate` gives in one round trip; `TooLarge` where 16 MB do not hold `enough`."""
        with self._briefly():
            cursor = self._read_command(database, command)["cursor"]
            if cursor["id"]:
                name = cursor["ns"].partition(".")[2]
                self._read_command(database, {"killCursors": name, "cursors": [cursor["id"]]})
                if len(cursor["firstBatch"]) < enough:
                    raise TooLarge("The page is larger than 16 MB; ask for fewer documents or fields.")
        return cursor["firstBatch"]

    def command(self, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
        """What a command that reads answers."""
        with self._briefly():
            return self._read_command(database, command)

    def _read_command(self, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
        """Once more after a connection that broke, as the driver does for all reads but commands."""
        try:
            return self._client[database].command({**command}, session=self._session)
        except (errors.ServerSelectionTimeoutError, errors.NetworkTimeout):
            raise
        except errors.AutoReconnect:
            return self._client[database].command({**command}, session=self._session)

    def count(self, database: str, collection: str, filter: Mapping[str, Any]) -> int:
        """How many documents match. Without a filter MongoDB's own count is read, which scans nothing."""
        with self._briefly():
            found = self.collection(database, collection)
            if filter or self._session:
                return found.count_documents(filter, session=self._session)
            return found.estimated_document_count()

    def aggregate(
        self, database: str, collection: str, pipeline: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """All that a pipeline, which bounds itself, gives; more than MongoDB's 16 MB is `TooLarge`."""
        command = {"aggregate": collection, "pipeline": [*pipeline], "cursor": {"batchSize": _WHOLE}}
        with self._briefly():
            cursor = self._read_command(database, command)["cursor"]
            if cursor["id"]:
                self._read_command(database, {"killCursors": collection, "cursors": [cursor["id"]]})
                raise TooLarge("The answer is larger than 16 MB; ask for fewer documents or fields.")
        return cursor["firstBatch"]

    def all(
        self,
        database: str,
        collection: str,
        filter: Mapping[str, Any],
        *,
        fields: Mapping[str, int] | None = None,
        most: int = 0,
    ) -> list[dict[str, Any]]:
        """All that match, or these fields of them, or the first few by `_id`; for what is known to be little."""
        with self._briefly():
            found = self.collection(database, collection).find(filter, fields, session=self._session)
            return (found.sort("_id", 1).limit(most) if most else found).to_list()

    def ids(
        self, database: str, collection: str, filter: Mapping[str, Any], *, name: str = "_id", after: Any = None
    ) -> list[ObjectId]:
        """The next ids in `name`, in order, of what matches: a thousand, or as many as have 8 MB of documents."""
        wanted = {"$and": [filter, {name: {"$gt": after}}]} if after is not None else filter
        stages: list[dict[str, Any]] = [{"$match": wanted}, {"$sort": {name: 1}}, {"$limit": _STEP_DOCUMENTS}]
        stages += [{"$project": {"_id": f"${name}", "size": {"$bsonSize": "$$ROOT"}}}]
        command = {"aggregate": collection, "pipeline": stages, "cursor": {"batchSize": _STEP_DOCUMENTS + 1}}
        with self._at_length():
            found = self._read_command(database, command)["cursor"]["firstBatch"]
        ids, size = {}, 0
        for item in found:
            size += item["size"]
            if ids and size > _STEP_BYTES:
                break
            ids[item["_id"]] = None
        return [*ids]

    def size(self, database: str, collection: str) -> dict[str, int]:
        """`{documents, bytes, index_bytes}` by MongoDB's own count, all 0 where there is no such collection."""
        found = self.aggregate(database, collection, [{"$collStats": {"storageStats": {}}}])
        stats = found[0]["storageStats"] if found else {}
        names = {"documents": "count", "bytes": "size", "index_bytes": "totalIndexSize"}
        return {name: int(stats.get(key, 0)) for name, key in names.items()}

    def distinct_ids(self, database: str, collection: str, *, first: ObjectId, last: ObjectId) -> int:
        """How many documents have an `_id` from `first` to `last`."""
        return self.count(database, collection, _from_to(first, last))

    # --- what happens ------------------------------------------------------------------------------

    def operation_time(self) -> Timestamp:
        """The cluster's own time of its last operation."""
        with self._briefly():
            return self._client.admin.command("ping")["operationTime"]

    @contextmanager
    def watch(self, database: str | None, *, start: Timestamp) -> Iterator[ChangeStream[dict[str, Any]]]:
        """The changes of documents from a time on, in one physical database or in all.

        Raises `Conflict` when the oplog does not reach back that far.
        """
        source = self._client if database is None else self._client[database]
        wanted = [{"$match": {"operationType": {"$in": ["insert", "update", "replace", "delete"]}}}]
        try:
            with source.watch(
                wanted,
                full_document="updateLookup",
                start_at_operation_time=start,
                max_await_time_ms=_AWAIT_MILLISECONDS,
            ) as stream:
                yield stream
        except errors.OperationFailure as problem:
            if problem.code in _NO_LONGER_THERE:
                raise Conflict(_FORGOTTEN) from problem
            raise _translation(problem) from problem
        except errors.PyMongoError as problem:
            raise _translation(problem) from problem

    # --- writing -----------------------------------------------------------------------------------

    def insert(self, database: str, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        """All of them or, when anything is wrong with one, none."""
        target = self.collection(database, collection)
        if len(documents) == 1:
            with self._briefly():
                self._insert_one(target, documents[0])
            return
        self.transaction(lambda session: target.insert_many(documents, session=session))

    def _insert_one(self, target: Any, document: dict[str, Any]) -> None:
        """As `insert_many` does it, for less."""
        try:
            target.insert_one(document, session=self._session)
        except errors.WriteError as problem:
            raise errors.BulkWriteError({"writeErrors": [problem.details]}) from problem

    def insert_again(self, database: str, collection: str, documents: Sequence[dict[str, Any]]) -> None:
        """Inserts those whose `_id` is not there yet; what breaks a unique index is `Conflict`.

        For imports, whose ids derive from their rows: doing a batch twice does nothing the second time.
        """
        with self._at_length():
            try:
                self.collection(database, collection).insert_many(documents, ordered=False)
            except errors.BulkWriteError as problem:
                _raise_unless_only_ids(problem)

    def update(self, database: str, collection: str, filter: Mapping[str, Any], statement: Any) -> int:
        """How many documents matched and were written; all of them or none."""
        target = self.collection(database, collection)
        if names_one(filter):
            with self._briefly():
                return target.update_one(filter, statement, session=self._session).matched_count
        return self.transaction(
            lambda session: target.update_many(filter, statement, session=session).matched_count
        )

    def delete(self, database: str, collection: str, filter: Mapping[str, Any]) -> int:
        """How many documents were deleted; all that matched or none."""
        target = self.collection(database, collection)
        if names_one(filter):
            with self._briefly():
                return target.delete_one(filter, session=self._session).deleted_count
        return self.transaction(lambda session: target.delete_many(filter, session=session).deleted_count)

    def make(
        self, database: str, collection: str, document: Mapping[str, Any], statement: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The new document that a statement makes of a beginning, which has an `_id` that is not there yet."""
        with self._briefly():
            return self.collection(database, collection).find_one_and_update(
                document, statement, upsert=True, return_document=ReturnDocument.AFTER, session=self._session
            )

    def claim(self, database: str, collection: str, document: Mapping[str, Any]) -> bool:
        """Inserts a document in a transaction under way, unless another transaction is doing so just now."""
        try:
            self.collection(database, collection).insert_one(document, session=self._session)
        except errors.OperationFailure as problem:
            if problem.code not in (_WRITE_CONFLICT, _DUPLICATE):
                raise
            return False
        return True

    def reserve(self, database: str, collection: str, name: str, count: int) -> int:
        """The first of `count` numbers that nobody gets again, whatever becomes of the transaction under way."""
        with self._briefly():
            counter = self.collection(database, collection).find_one_and_update(
                {"_id": name}, {"$inc": {"last": count}}, upsert=True, return_document=ReturnDocument.AFTER
            )
        return counter["last"] - count + 1

    def raise_counter(self, database: str, collection: str, name: str, least: int) -> None:
        """Makes the next number that `reserve` gives larger than `least`."""
        with self._briefly():
            self.collection(database, collection).update_one({"_id": name}, {"$max": {"last": least}}, upsert=True)

    def put(self, database: str, collection: str, document: Mapping[str, Any]) -> None:
        """Makes the document of that `_id` what is given."""
        with self._briefly():
            self.collection(database, collection).replace_one(
                {"_id": document["_id"]}, document, upsert=True, session=self._session
            )

    def write_each(
        self,
        database: str,
        collection: str,
        *,
        puts: Sequence[Mapping[str, Any]],
        gone: Sequence[ObjectId],
        anew: bool,
    ) -> None:
        """In a transaction: deletes what is gone, then makes documents what they are to be.

        With `anew` these are deleted first, so that they may exchange values that must be unique.
        """
        target = self.collection(database, collection)
        away = [*gone, *(document["_id"] for document in puts if anew)]
        if away:
            target.delete_many({"_id": {"$in": away}}, session=self._session)
        if anew and puts:
            target.insert_many(puts, session=self._session)
        elif puts:
            steps = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in puts]
            target.bulk_write(steps, session=self._session)

    def delete_ids(self, database: str, collection: str, *, first: ObjectId, last: ObjectId) -> int:
        """Deletes whatever has an `_id` from `first` to `last`, in steps; safe to do again after a failure."""
        target = self.collection(database, collection)
        gone = 0
        while True:
            with self._at_length():
                there = target.find(_from_to(first, last), {"_id": 1}).sort("_id", 1).limit(_DELETED_AT_ONCE)
                step = there.to_list()
                if not step:
                    return gone
                gone += target.delete_many(_from_to(first, step[-1]["_id"])).deleted_count

    def delete_where(self, database: str, collection: str, filter: Mapping[str, Any]) -> int:
        """Deletes what matches, a part of it where that fails, and answers how many; safe to do again."""
        with self._at_length():
            return self.collection(database, collection).delete_many(filter).deleted_count

    def transaction(self, work: Callable[[ClientSession], Any]) -> Any:
        """What `work` answers, all of its writes made or none; it may be called more than once.

        Inside a transaction under way it becomes part of that.
        """
        if self._session is not None:
            return work(self._session)
        give_up = time.monotonic() + self.limits.query_seconds
        attempts = count()

        def attempt(session: ClientSession) -> Any:
            if next(attempts):  # before the first one it was there, see `_at_length`
                self._await_primary(_RECOVERY_SECONDS)
            try:
                return work(session)
            except errors.ConnectionFailure:
                # Else the driver tries to abort for as long as the whole transaction may take.
                with pymongo.timeout(_PING_SECONDS):
                    session.abort_transaction()
                raise
            except errors.OperationFailure as problem:
                # What MongoDB's cache cannot hold looks like a clash with other writes, however often it is tried.
                if problem.has_error_label("TransientTransactionError") and time.monotonic() > give_up:
                    raise TooLarge(_BEATEN) from problem
                raise

        with self._at_length(), self._client.start_session() as session:
            return session.with_transaction(attempt, read_concern=ReadConcern("snapshot"))

    def rehearsal(self, work: Callable[[ClientSession], Any]) -> Any:
        """What `work` answers, none of its writes made."""

        def attempt(session: ClientSession) -> Any:
            found = work(session)
            session.abort_transaction()
            return found

        return self.transaction(attempt)

    def _await_primary(self, seconds: float) -> None:
        """Raises when there is none by then; what follows may have a much longer limit."""
        with pymongo.timeout(seconds):
            _ = self._client.is_primary

    # --- time and trouble --------------------------------------------------------------------------

    def _briefly(self) -> AbstractContextManager[None]:
        return self._within(self.limits.query_seconds, "QUERY_SECONDS")

    @contextmanager
    def _at_length(self) -> Iterator[None]:
        with self._within(self.limits.write_seconds, "WRITE_SECONDS"):
            if self._session is None:
                self._await_primary(self.limits.query_seconds)
            yield

    @contextmanager
    def _within(self, seconds: float, setting: str) -> Iterator[None]:
        """Bounds the time, and turns whatever the driver raises into one of the eight kinds, without its text.

        Inside a transaction that is left to the outermost: it must see what the driver raises, to try again.
        """
        if self._session is not None:
            yield
            return
        try:
            with pymongo.timeout(seconds):
                yield
        except (errors.PyMongoError, BSONError, OverflowError, UnicodeEncodeError) as problem:
            # Which of the two stops first, the server or the driver, is chance: ask whether the server is well.
            if _out_of_time(problem) and self._answers():
                text = f"The request takes longer than {seconds:g} s ({setting}); narrow it."
                raise TooLarge(text) from problem
            raise _translation(problem) from problem

    def _answers(self) -> bool:
        try:
            with pymongo.timeout(_PING_SECONDS):
                self._read_command("admin", {"ping": 1})
        except errors.PyMongoError:
            return False
        return True

    def ping(self) -> None:
        """Raises `Unavailable` unless a primary answers within a second."""
        if not self._answers():
            raise _unavailable()

    # --- collections and databases -----------------------------------------------------------------

    def create(
        self,
        database: str,
        collection: str,
        *,
        unique: Mapping[str, Any],
        indexes: Sequence[list[tuple[str, int]]] = (),
    ) -> None:
        """Makes a collection with these indexes, and a unique one per item of `unique`, {field: least value}."""
        with self._at_length():
            home = self._client[database]
            try:
                home.create_collection(collection, check_exists=False, validator=_HAS_ROOM)
            except errors.OperationFailure as problem:
                if problem.code != _THERE_ALREADY:
                    raise
            for keys in indexes:
                home[collection].create_index(keys)
            for number, (field, least) in enumerate(unique.items()):
                home[collection].create_index(
                    [(field, 1)],
                    name=f"unique_{number}",
                    unique=True,
                    partialFilterExpression={field: {"$gte": least}},
                )

    def make_expiring(self, database: str, collection: str, *, field: str, seconds: int) -> None:
        """Makes a collection whose documents go away so long after the time in a field; asked once a process."""
        if (database, collection) in self._made or self._session is not None:
            return
        with self._at_length():
            self.collection(database, collection).create_index(field, expireAfterSeconds=seconds)
        self._made.add((database, collection))

    def create_index(
        self, database: str, collection: str, keys: Sequence[tuple[str, int | str]], options: Mapping[str, Any]
    ) -> None:
        """Builds an index; `Conflict` where the data or another index stand against it."""
        with self._at_length():
            self.collection(database, collection).create_index([*keys], **options)

    def drop_index(self, database: str, collection: str, name: str) -> None:
        """`NotFound` when there is none of that name; `*`, which MongoDB takes for all of them, is no name."""
        with self._at_length():
            found = self.collection(database, collection)
            if name not in found.index_information():
                raise NotFound(f"There is no index {name!r}.")
            try:
                found.drop_index(name)
            except errors.OperationFailure as problem:
                if problem.code != _NO_SUCH_INDEX:
                    raise

    def drop_collection(self, database: str, collection: str) -> None:
        with self._at_length():
            self._client[database].drop_collection(collection)

    def drop_database(self, database: str) -> None:
        with self._at_length():
            self._client.drop_database(database)


def _from_to(first: ObjectId, last: ObjectId) -> dict[str, Any]:
    return {"_id": {"$gte": first, "$lte": last}}


def names_one(filter: Mapping[str, Any]) -> bool:
    """Whether a filter can match one document at the most, by its `_id`."""
    return isinstance(filter.get("_id"), ObjectId)


def _out_of_time(problem: Exception) -> bool:
    nobody_there = isinstance(problem, errors.ServerSelectionTimeoutError)
    return isinstance(problem, errors.PyMongoError) and problem.timeout and not nobody_there


def _translation(problem: Exception) -> Error:
    match problem:
        case errors.BulkWriteError():
            first = problem.details["writeErrors"][0] if problem.details.get("writeErrors") else {}
            return _by_code(first.get("code"), first, index=first.get("index"))
        case errors.DocumentTooLarge():
            return TooLarge(_LARGE_DOCUMENT)
        case errors.OperationFailure():
            return _by_code(problem.code, problem.details or {}, index=None)
        case errors.InvalidDocument() | BSONError() | OverflowError() | UnicodeEncodeError():
            return Invalid("The document cannot be stored as it is.")
    return _unavailable()


def _by_code(code: int | None, details: Mapping[str, Any], *, index: int | None) -> Error:
    if code == _DUPLICATE:
        fields = list(details.get("keyPattern") or {"": 1})
        text = f"Another document already has this value; {', '.join(fields)} must be unique."
        return Conflict(text, errors=[FieldError(name, text, index) for name in fields])
    if code in _CLASHING_INDEXES:
        return Conflict("There is another index of this name, or with these fields.")
    if code in _DOCUMENT_TOO_LARGE:
        return TooLarge(_LARGE_DOCUMENT)
    if code in _TRANSACTION_TOO_LARGE:
        return TooLarge("The request touches more than one transaction can hold; narrow it.")
    if code in _TOO_MUCH_AT_ONCE:
        return TooLarge("The request touches more than MongoDB can do at once; narrow it.")
    if code == _NO_SUCH_INDEX:
        return Invalid("A search for text needs a text index, and the collection has none.")
    if code in _BAD_PATTERN:
        return Invalid("The regular expression is not valid.")
    if code in _BAD_VALUES or (code and code >= _FIRST_NAMELESS and code != _CLIENT_KILLED):
        return Invalid("MongoDB cannot do this with the documents as they are; check the types and paths.")
    return _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable("The document store does not answer just now.", retry_after=2)


def _raise_unless_only_ids(problem: errors.BulkWriteError) -> None:
    """Duplicates of `_id` alone mean that the rows are there already."""
    writes = problem.details.get("writeErrors", [])
    others = [item for item in writes if item["code"] != _DUPLICATE or "_id" not in item.get("keyPattern", {})]
    if others or problem.details.get("writeConcernErrors") or not writes:
        problem.details["writeErrors"] = others
        raise problem
