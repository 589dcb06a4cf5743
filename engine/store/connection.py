"""The connection to MongoDB: majority writes, transactions, and time limits."""

from __future__ import annotations

import copy
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar

import pymongo
from pymongo import MongoClient, errors
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from engine.encoding.cursor import Cursors
from engine.errors import Forbidden, TimedOut
from engine.limits import Limits
from engine.store.batches import Batches
from engine.store.driver_errors import UNENCODABLE, contention, is_timeout, translation, unavailable
from engine.store.orphans import abort_orphaned_transactions, process_name
from engine.store.row_filter import (
    REFUSED,
    Filters,
    RowRule,
    row_filtered_collection,
    row_filtered_command,
)
from engine.store.wire import Wire
from engine.store.wire.comments import commented, with_comment
from engine.store.wire.slow import log_slow
from engine.suspension import blocking, check_may_block, current, in_thread

T = TypeVar("T")
Session: TypeAlias = ClientSession
StoredCollection: TypeAlias = Collection[dict[str, Any]]
_PING_SECONDS = 1
_RECOVERY_SECONDS = 3
_WIRE_CONNECTIONS = 16
_MAX_COLLECTIONS = 1_000


class PoolUse(NamedTuple):
    """Connections of a process to MongoDB; `open` are those in use and the idle ones."""

    open: int
    in_use: int


class Connection:
    """The connection that the parts of a `Store` share."""

    def __init__(self, uri: str, *, limits: Limits, key: bytes = b"") -> None:
        """Prepare a client. `key` signs cursors; without one they are valid in this process alone."""
        self.limits = limits
        self.cursors = Cursors(key or secrets.token_bytes(32))
        self._session: ClientSession | None = None
        self._filters: Filters = {}
        self._is_writing = False
        self._created: set[tuple[str, str]] = set()
        self._driver_collections: dict[tuple[str, str], StoredCollection] = {}
        self.batches = Batches()
        self._client: MongoClient[dict[str, Any]] = MongoClient(
            uri,
            appname=process_name(),
            connect=False,
            maxPoolSize=32,
            timeoutMS=int(limits.query_seconds * 1000),
            # A server that hangs is noticed after five seconds, and pending operations fail.
            connectTimeoutMS=3000,
            heartbeatFrequencyMS=2000,
            w="majority",
            journal=True,
        )
        self._wire = Wire(self._client, connections=_WIRE_CONNECTIONS, seconds=limits.query_seconds)

    def database(self, database: str) -> Database[dict[str, Any]]:
        """Return a driver's database for `engine.store.files`, whose library reads and writes by itself."""
        check_may_block()
        return self._client[database]

    def collection(self, database: str, collection: str) -> StoredCollection:
        """Return a driver's collection; in a row-filtered store its methods are limited or raise `Forbidden`."""
        check_may_block()
        stored: StoredCollection = commented(self._driver_collection(database, collection))
        if self._filters:
            names = {"database": database, "collection": collection}
            stored = row_filtered_collection(stored, self._filters, **names, is_writing=self._is_writing)
        return stored

    def _driver_collection(self, database: str, collection: str) -> StoredCollection:
        """Return the driver's object, of which the latest are kept: to make one takes 20 µs."""
        key = (database, collection)
        driver_collection = self._driver_collections.get(key)
        if driver_collection is None:
            if len(self._driver_collections) >= _MAX_COLLECTIONS:
                self._driver_collections.clear()
            driver_collection = self._driver_collections[key] = self._client[database][collection]
        return driver_collection

    def with_row_filter(self, filters: Mapping[tuple[str, str], RowRule | Mapping[str, Any]]) -> Self:
        """Return this store limited, in each physical collection named, to the documents that match its filter, or
        to what a rule shows of it.

        Operations that cannot be limited raise `Forbidden`.
        """
        bound = copy.copy(self)
        rules = {key: item if isinstance(item, RowRule) else RowRule(item) for key, item in filters.items()}
        bound._filters = {**self._filters, **rules}
        return bound

    def writing(self) -> Self:
        """Return this store for a write that was checked: it reads masked documents as they are stored."""
        if not self._filters or self._is_writing:
            return self
        bound = copy.copy(self)
        bound._is_writing = True
        return bound

    def unfiltered(self) -> Self:
        """Return this store without row filters, for pipelines that begin with `visible_stages`."""
        if not self._filters:
            return self
        bound = copy.copy(self)
        bound._filters = {}
        return bound

    def visible_stages(self, database: str, collection: str) -> list[dict[str, Any]]:
        """Return the stages that leave what is visible of documents and versions of a collection.

        Raises `Forbidden` where versions cannot be limited.
        """
        rule = self._filters.get((database, collection))
        if rule is not None and not rule.is_scope:
            raise Forbidden(REFUSED)
        return rule.stages if rule else []

    def is_cluster_of(self, other: Connection) -> bool:
        """Return whether another store has the same connections, maybe with other row filters."""
        return self._client is other._client

    def needs_transaction(self, database: str, collection: str) -> bool:
        """Return whether a write must open a transaction, which is aborted if its result is not visible."""
        rule = self._filters.get((database, collection)) if self._filters else None
        return rule is not None and rule.checks_writes and self._session is None

    def has_row_filter(self, database: str, collection: str) -> bool:
        """Return whether some documents of a collection are hidden."""
        return (database, collection) in self._filters

    @property
    def may_join(self) -> bool:
        """Return whether operations may be executed together with those of other callers."""
        return self._session is None and not self._filters

    def _check_unfiltered(self) -> None:
        """Raise `Forbidden` for operations on all documents where some are hidden."""
        if self._filters:
            raise Forbidden(REFUSED)

    def within(self, session: ClientSession) -> Self:
        """Return a copy of this store bound to an open session."""
        bound = copy.copy(self)
        bound._session = session
        return bound

    @blocking
    def transaction(self, work: Callable[[ClientSession], T]) -> T:
        """Run `work(session)` in a transaction and return its result. Retries on transient errors; joins an open
        one.

        Inside a transaction under way it becomes part of that.
        """
        if self._session is not None:
            return work(self._session)
        give_up = time.monotonic() + self.limits.query_seconds
        attempts = count()

        def attempt(session: ClientSession) -> T:
            if next(attempts):  # before the first one it was there, see `write_time_limit`
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
                    raise contention(error) from error
                raise

        with self.write_time_limit(), self._client.start_session() as session:
            return session.with_transaction(attempt, read_concern=ReadConcern("snapshot"))

    def dry_run(self, work: Callable[[ClientSession], T]) -> T:
        """Run `work` in a transaction, abort it, and return the result."""

        def attempt(session: ClientSession) -> T:
            result = work(session)
            session.abort_transaction()
            return result

        return self.transaction(attempt)

    def _await_primary(self, seconds: float) -> None:
        """Raise unless there is a primary by then; what follows may have a much longer limit."""
        with pymongo.timeout(seconds):
            _ = self._client.is_primary

    def _query_time_limit(self) -> AbstractContextManager[None]:
        return self._within(self.limits.query_seconds, "QUERY_TIMEOUT")

    @contextmanager
    def write_time_limit(self) -> Iterator[None]:
        """Limit longer work to `write_seconds`, and translate the driver's errors."""
        with self._within(self.limits.write_seconds, "WRITE_SECONDS"):
            if self._session is None:
                self._await_primary(self.limits.query_seconds)
            yield

    @contextmanager
    def _within(self, seconds: float, setting: str) -> Iterator[None]:
        """Limit the time, and turn the driver's errors into the eight kinds, without their text.

        Inside an open transaction the outermost call does so: it must see the driver's errors to retry.
        """
        if self._session is not None:
            yield
            return
        try:
            with pymongo.timeout(seconds):
                yield
        except (errors.PyMongoError, *UNENCODABLE) as error:
            # Which of the two stops first, the server or the driver, is chance: ask whether the server is well.
            if is_timeout(error) and self._answers():
                text = f"The request takes longer than {seconds:g} s ({setting}); narrow it."
                raise TimedOut(text, retry_after=1) from error
            raise translation(error) from error

    def _read_command(self, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
        """Run a command that reads, again after a broken connection, as the driver does for all other reads."""
        if self._filters:
            command = row_filtered_command(self._filters, database=database, command=command)
        started = time.perf_counter()
        try:
            return self._run_again(database, with_comment(command))
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            if 0 < self.limits.slow_query_ms <= milliseconds:
                log_slow(database, command, milliseconds=milliseconds)

    def _run_again(self, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._run_command(database, command)
        except (errors.ServerSelectionTimeoutError, errors.NetworkTimeout):
            raise
        except errors.AutoReconnect:
            return self._run_command(database, command)

    def _run_command(self, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
        suspension = current.get()
        reply = None if suspension is None else self._wire.command(suspension, database, command)
        if reply is not None:
            return reply
        return in_thread(lambda: self._client[database].command({**command}, session=self._session))

    @blocking
    def _answers(self) -> bool:
        try:
            with pymongo.timeout(_PING_SECONDS):
                self._read_command("admin", {"ping": 1})
        except errors.PyMongoError:
            return False
        return True

    @blocking
    def abort_orphaned_transactions(self) -> int:
        """Abort the transactions that ended processes of this host left open, and return how many there were."""
        with self._query_time_limit():
            return abort_orphaned_transactions(self._client)

    def pool(self) -> PoolUse:
        """Return how many connections of this process to MongoDB are open, and how many of them are in use."""
        topology = self._client._topology
        pools = [server.pool for server in topology._servers.values()] if topology is not None else []
        in_use = sum(pool.active_sockets for pool in pools) + self._wire.in_use
        idle = sum(len(pool.conns) for pool in pools) + self._wire.idle
        return PoolUse(open=in_use + idle, in_use=in_use)

    def ping(self) -> None:
        """Raise `Unavailable` unless a primary answers within a second."""
        if not self._answers():
            raise unavailable()
