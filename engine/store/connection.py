"""The connection to MongoDB: majority writes, transactions, and time limits."""

from __future__ import annotations

import copy
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any, Self

import pymongo
from bson.errors import BSONError
from pymongo import MongoClient, errors
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from engine.encoding.cursor import Cursors
from engine.errors import Forbidden, TimedOut
from engine.limits import Limits
from engine.store.driver_errors import beaten, out_of_time, translation, unavailable
from engine.store.row_filter import REFUSED, Filters, row_filtered_collection, row_filtered_command

_PING_SECONDS = 1
_RECOVERY_SECONDS = 3


class Connection:
    """What the parts of a `Store` share."""

    def __init__(self, uri: str, *, limits: Limits, key: bytes = b"") -> None:
        """`key` signs cursors; without one they are good in this process alone."""
        self.limits = limits
        self.cursors = Cursors(key or secrets.token_bytes(32))
        self._session: ClientSession | None = None
        self._filters: Filters = {}
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

    def database(self, database: str) -> Any:
        """For `engine.store.files`, which brings its own way of reading and writing."""
        return self._client[database]

    def collection(self, database: str, collection: str) -> Any:
        found = self._client[database][collection]
        if not self._filters:
            return found
        return row_filtered_collection(found, self._filters, database=database, collection=collection)

    def with_row_filter(self, filters: Filters) -> Self:
        """This store for one who sees, of each physical collection named, only what its filter matches.

        Everything that cannot be narrowed so is `Forbidden`.
        """
        bound = copy.copy(self)
        bound._filters = {**self._filters, **filters}
        return bound

    def has_row_filter(self, database: str, collection: str) -> bool:
        """Whether not all documents of a collection are to be seen."""
        return (database, collection) in self._filters

    def _check_whole(self) -> None:
        """For what is about all documents or none."""
        if self._filters:
            raise Forbidden(REFUSED)

    def within(self, session: ClientSession) -> Self:
        """This store inside a transaction under way: what is done becomes part of it, and fails with it."""
        bound = copy.copy(self)
        bound._session = session
        return bound

    def transaction(self, work: Callable[[ClientSession], Any]) -> Any:
        """What `work` answers, all of its writes made or none; it may be called more than once.

        Inside a transaction under way it becomes part of that.
        """
        if self._session is not None:
            return work(self._session)
        give_up = time.monotonic() + self.limits.query_seconds
        attempts = count()

        def attempt(session: ClientSession) -> Any:
            if next(attempts):  # before the first one it was there, see `at_length`
                self._await_primary(_RECOVERY_SECONDS)
            try:
                return work(session)
            except errors.ConnectionFailure:
                # Else the driver tries to abort for as long as the whole transaction may take.
                with pymongo.timeout(_PING_SECONDS):
                    session.abort_transaction()
                raise
            except errors.OperationFailure as error:
                # What MongoDB's cache cannot hold looks like a clash with other writes, however often it is tried.
                if error.has_error_label("TransientTransactionError") and time.monotonic() > give_up:
                    raise beaten(error) from error
                raise

        with self.at_length(), self._client.start_session() as session:
            return session.with_transaction(attempt, read_concern=ReadConcern("snapshot"))

    def dry_run(self, work: Callable[[ClientSession], Any]) -> Any:
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

    def _briefly(self) -> AbstractContextManager[None]:
        return self._within(self.limits.query_seconds, "QUERY_SECONDS")

    @contextmanager
    def at_length(self) -> Iterator[None]:
        """Bounds what takes longer, and tells what the driver raises in our own words."""
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
        except (errors.PyMongoError, BSONError, OverflowError, UnicodeEncodeError) as error:
            # Which of the two stops first, the server or the driver, is chance: ask whether the server is well.
            if out_of_time(error) and self._answers():
                text = f"The request takes longer than {seconds:g} s ({setting}); narrow it."
                raise TimedOut(text, retry_after=1) from error
            raise translation(error) from error

    def _read_command(self, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
        """Once more after a connection that broke, as the driver does for all reads but commands."""
        if self._filters:
            command = row_filtered_command(self._filters, database=database, command=command)
        try:
            return self._client[database].command({**command}, session=self._session)
        except (errors.ServerSelectionTimeoutError, errors.NetworkTimeout):
            raise
        except errors.AutoReconnect:
            return self._client[database].command({**command}, session=self._session)

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
            raise unavailable()
