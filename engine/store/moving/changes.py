"""The ids of the documents that change in a database, from a time on."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bson import Timestamp
from pymongo import errors
from pymongo.change_stream import ChangeStream

from engine.errors import Conflict
from engine.store.connection import Connection
from engine.store.driver_errors import translation
from engine.store.oplog import CHANGES, OPLOG_TOO_SHORT, is_history_lost, scanned

_BATCH = 1_000
_AWAIT_MILLISECONDS = 50
_TAKE_SECONDS = 0.2
# Ids by collection. An id may be a document, so it is compared as MongoDB has sent it.
Changed = Mapping[str, list[Any]]


class Changes:
    """The changes of one database. All of them up to `reached` are read; `last` is the entry of the last one.

    The changes of a transaction have one time.
    """

    def __init__(self, stream: ChangeStream[dict[str, Any]], start: Timestamp) -> None:
        self._stream = stream
        self.reached = start
        self._newest = start
        self.last: Mapping[str, Any] | None = None

    def take(self, limit: int = _BATCH) -> Changed:
        """Return the ids of up to `limit` changes, by collection; none where there are no more at the moment.

        Takes about a fifth of a second where changes come one by one.
        """
        changed: defaultdict[str, list[Any]] = defaultdict(list)
        deadline = time.monotonic() + _TAKE_SECONDS
        while limit > 0 and time.monotonic() < deadline:
            limit -= 1
            change = self._stream.try_next()
            if change is None:
                self.reached = self._newest = max(self._newest, scanned(self._stream) or self._newest)
                break
            if change["clusterTime"] > self._newest:
                self.reached, self._newest = self._newest, change["clusterTime"]
            self.last = change
            ids = changed[change["ns"]["coll"]]
            if change["documentKey"]["_id"] not in ids[-1:]:
                ids.append(change["documentKey"]["_id"])
        return changed


class ChangedIds(Connection):
    """Watches which documents of a database change."""

    @contextmanager
    def changes(self, database: str, *, start: Timestamp) -> Iterator[Changes]:
        """Watch a database from a time on. Raises `Conflict` where the oplog does not reach back that far."""
        self._check_unfiltered()
        pipeline: list[Mapping[str, Any]] = [
            {"$match": {"operationType": {"$in": CHANGES}}},
            {"$project": {"operationType": 1, "ns": 1, "documentKey": 1, "clusterTime": 1}},
        ]
        try:
            with self._client[database].watch(
                pipeline,
                start_at_operation_time=start,
                batch_size=_BATCH,
                max_await_time_ms=_AWAIT_MILLISECONDS,
            ) as stream:
                yield Changes(stream, start)
        except errors.OperationFailure as error:
            if is_history_lost(error):
                raise Conflict(OPLOG_TOO_SHORT) from error
            raise translation(error) from error
        except errors.PyMongoError as error:
            raise translation(error) from error
