"""Reads of the oplog between two times."""

from __future__ import annotations

from typing import Any

from bson import Timestamp
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

import engine
from tests.support import until

REPEATS = 20


def _next(moment: Timestamp) -> Timestamp:
    return Timestamp(moment.time, moment.inc + 1)


def test_a_change_is_found_whose_time_is_both_ends(
    store: engine.Store, database: str, mongo: MongoClient[dict[str, Any]]
) -> None:
    """A stream that starts at a change says that it has come that far before it gives the change."""
    names = [f"{database}.things"]
    things = mongo[database].get_collection("things", write_concern=WriteConcern("majority"))
    for number in range(REPEATS):
        start = _next(store.operation_time())
        things.insert_one({"n": number})
        scan = store.scan_oplog(names, start=start, limit=1, seconds=60)
        ((first, last),) = scan.ranges
        assert first == last
        changes = store.changes_between(names, first=first, last=last, after="", limit=2)
        assert [change["fullDocument"]["n"] for change in changes] == [number]


def test_nothing_is_passed_over_that_happens_just_after_a_scan(
    store: engine.Store, database: str, mongo: MongoClient[dict[str, Any]]
) -> None:
    """The next change may have the very time at which the scan was to begin."""
    names = [f"{database}.things"]
    things = mongo[database].get_collection("things", write_concern=WriteConcern("majority"))
    things.insert_one({})

    def has_not_reached_its_start() -> bool:
        start = _next(store.operation_time())
        scan = store.scan_oplog(names, start=start, limit=1, seconds=60)
        assert (scan.ranges, scan.complete) == ([], True)
        return scan.reached < start

    until(has_not_reached_its_start, every=0.01)  # not while another test writes in between
