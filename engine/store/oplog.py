"""Oplog reads that find the changes of some collections without decoding those of all others."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bson import Timestamp
from pymongo import errors
from pymongo.change_stream import ChangeStream
from pymongo.command_cursor import CommandCursor
from pymongo.read_concern import ReadConcern

from engine.errors import Conflict
from engine.store.connection import Connection
from engine.suspension import blocking

OPLOG_TOO_SHORT = (
    "The oplog no longer reaches back to `since`: read the collections again, then listen from now on."
)
CHANGES = ["insert", "update", "replace", "delete"]
_GONE = {136, 286}  # CappedPositionLost, ChangeStreamHistoryLost
_UNAUTHORIZED = {13, 26, 73, 115}  # on `local`, or there is no oplog, as behind a mongos
# MongoDB returns when a batch is full. One in 500 entries, and each transaction (up to 16 MB), fills it, so that
# a batch takes little time and tells how far the scan is.
_CHECKPOINT_RATE = 0.002
_BATCH = 20
# Changes with more of these checkpoints between them are read separately.
_MAX_CHECKPOINTS_BETWEEN = 3
_RESUME_TOKEN = re.compile(r"82[0-9A-Fa-f]{16}")


@dataclass
class OplogScan:
    """Where the changes are, as `(first, last)` ranges; `complete` if the scan reached the end of the oplog.

    No change lies outside the ranges up to and including `reached`, which is before the scan's start if there is
    nothing yet at that time.
    """

    reached: Timestamp
    ranges: list[tuple[Timestamp, Timestamp]] = field(default_factory=list)
    complete: bool = False


class OplogReading(Connection):
    """Finds and reads changes in time that depends on their number, and hardly on other writes."""

    @blocking
    def scan_oplog(self, namespaces: Collection[str], *, start: Timestamp, limit: int, seconds: float) -> OplogScan:
        """Find up to `limit` entries that change these `database.collection`s at or after `start`.

        Stops after `seconds`, but not before it is further than `start`. Raises `Conflict` if the oplog does not
        reach back to `start`.
        """
        self._check_unfiltered()
        newest = self.check_oplog(start)
        if newest is None:
            now = self.operation_time()
            return OplogScan(now, ranges=[(start, now)], complete=True)  # all of it is read from the change stream
        oplog = self._client.local.get_collection("oplog.rs", read_concern=ReadConcern("majority"))
        with self._query_time_limit():
            cursor = oplog.aggregate(_scan(namespaces, start=start, end=newest), batchSize=_BATCH)
        return self._gather(cursor, OplogScan(start), end=newest, limit=limit, seconds=seconds)

    @blocking
    def operation_time(self) -> Timestamp:
        """Return the cluster time of its last operation."""
        with self._query_time_limit():
            time: Timestamp = self._client.admin.command("ping")["operationTime"]
            return time

    @blocking
    def check_oplog(self, start: Timestamp) -> Timestamp | None:
        """Return the time of the newest entry, or None where the oplog may not be read.

        Raises `Conflict` if the oplog does not reach back to `start`.
        """
        oplog = self._client.local.get_collection("oplog.rs", read_concern=ReadConcern("majority"))
        with self._query_time_limit():
            try:
                oldest, newest = (oplog.find_one({}, {"ts": 1}, sort=[("$natural", order)]) for order in (1, -1))
            except errors.OperationFailure as error:
                if error.code not in _UNAUTHORIZED:
                    raise
                return None
        if oldest is None or newest is None:
            return None
        if start < oldest["ts"]:
            raise Conflict(OPLOG_TOO_SHORT)
        end: Timestamp = newest["ts"]
        return end

    def _gather(
        self, cursor: CommandCursor[Any], scan: OplogScan, *, end: Timestamp, limit: int, seconds: float
    ) -> OplogScan:
        start, deadline = scan.reached, time.monotonic() + seconds
        count, checkpoints = 0, 0
        with cursor:
            while True:
                with self._query_time_limit():
                    entry = next(cursor, None)
                if entry is None:
                    # Not beyond `end`, even if `start` is: the next change may have the time of `start` itself.
                    scan.reached, scan.complete = end, True
                    return scan
                scan.reached = entry["ts"]
                if entry["found"]:
                    near = bool(scan.ranges) and checkpoints <= _MAX_CHECKPOINTS_BETWEEN
                    first = scan.ranges.pop()[0] if near else entry["ts"]
                    scan.ranges.append((first, entry["ts"]))
                    count, checkpoints = count + 1, 0
                else:
                    checkpoints += 1
                if count == limit or (time.monotonic() >= deadline and scan.reached > start):
                    return scan

    @blocking
    def changes_between(
        self, namespaces: Collection[str], *, first: Timestamp, last: Timestamp, after: str, limit: int
    ) -> list[Mapping[str, Any]]:
        """Return up to `limit` entries of the change stream of these `database.collection`s from `first` to `last`,
        in order. Omits those whose resume token is not beyond `after`.
        """
        self._check_unfiltered()
        name = {"$concat": ["$ns.db", ".", "$ns.coll"]}
        # Every entry after the last one matches, or MongoDB would search on until the end of the oplog.
        condition = {"$or": [{"$in": [name, [*namespaces]]}, {"$gt": ["$clusterTime", last]}]}
        match = {"operationType": {"$in": CHANGES}, "$expr": condition}
        with (
            self._query_time_limit(),
            self._client.watch(
                [{"$match": match}],
                full_document="updateLookup",
                start_at_operation_time=first,
                batch_size=_BATCH,
                max_await_time_ms=1,
            ) as stream,
        ):
            changes = (change for change in _until(stream, last) if change["_id"]["_data"] > after)
            return [*islice(changes, limit)]


def scanned(stream: ChangeStream[Any]) -> Timestamp | None:
    """Return how far MongoDB has read, even if nothing matched.

    A resume token begins with 82, the type of a timestamp, and the timestamp: seconds and increment.
    """
    data = (stream.resume_token or {}).get("_data", "")
    if type(data) is not str or not _RESUME_TOKEN.match(data):
        return None
    return Timestamp(int(data[2:10], 16), int(data[10:18], 16))


def _until(stream: ChangeStream[Any], last: Timestamp) -> Iterator[Mapping[str, Any]]:
    """Yield what a change stream has, up to a time."""
    while True:
        change = stream.try_next()
        if change is not None and change["clusterTime"] <= last:
            yield change
        elif change is not None or (scanned(stream) or last) >= last:
            return


def is_history_lost(error: errors.OperationFailure) -> bool:
    """Return whether the oplog does not hold the place where a change stream was to start."""
    return error.code in _GONE


def _scan(namespaces: Collection[str], *, start: Timestamp, end: Timestamp) -> list[dict[str, Any]]:
    names = [*namespaces]
    in_transaction = {"$size": {"$ifNull": [{"$setIntersection": ["$o.applyOps.ns", names]}, []]}}
    conditions = [{"ns": {"$in": names}}, {"op": "c"}, {"$sampleRate": _CHECKPOINT_RATE}]
    return [
        {"$match": {"ts": {"$gte": start, "$lte": end}, "$or": conditions}},
        {
            "$project": {
                "_id": 0,
                "ts": 1,
                "found": {"$or": [{"$in": ["$ns", names]}, {"$gt": [in_transaction, 0]}]},
            }
        },
    ]
