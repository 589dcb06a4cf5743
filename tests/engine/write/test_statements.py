"""Updates and deletions of what a filter matches, with and without versions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from pymongo import MongoClient

import engine
from engine import Action, CollectionSpec, Forbidden, Query, Store, TooLarge
from engine.context.context import AuditStamp, Context
from engine.limits import Limits
from engine.update.change import CompiledUpdate
from engine.write.statements import delete_matching, delete_returning_ids, update_matching, update_one
from tests.engine.conftest import Make

AUDIT = AuditStamp("ann", datetime(2124, 1, 1), "test")
INCREASED = CompiledUpdate({"$inc": {"n": 10, "_sys.version": 1}})
Mongo = MongoClient[dict[str, Any]]
Stored = Callable[..., list[dict[str, Any]]]


@pytest.fixture(params=[False, True], ids=["plain", "with history"])
def things(request: pytest.FixtureRequest, make: Make) -> engine.Collection:
    collection = make(history=request.param)
    collection.insert([{"n": 1}, {"n": 2}, {"n": 3, "list": [1, 5]}])
    return collection


def versions(things: engine.Collection, mongo: Mongo) -> list[tuple[int, str, str, str]]:
    over = mongo[things.database]["things.versions"].find().sort("doc", 1)
    return [(item["state"]["n"], item["op"], item["by"], item["via"]) for item in over]


def expected_versions(things: engine.Collection, op: str, *numbers: int) -> list[tuple[int, str, str, str]]:
    """Return the versions of these numbers where the collection keeps history."""
    return [(number, op, "ann", "test") for number in numbers if things.spec.history]


@pytest.mark.parametrize(
    ("filter", "before", "after"),
    [({"n": {"$gt": 1}}, [2, 3], [1, 12, 13]), ({}, [1, 2, 3], [11, 12, 13]), ({"n": 9}, [], [1, 2, 3])],
)
def test_every_matching_document_is_updated(
    things: engine.Collection, stored: Stored, mongo: Mongo, filter: Any, before: list[int], after: list[int]
) -> None:
    assert update_matching(things, filter, INCREASED, audit_stamp=AUDIT) == len(before)
    assert [item["n"] for item in stored()] == after
    assert versions(things, mongo) == expected_versions(things, "update", *before)


def test_array_filters_select_the_elements(things: engine.Collection, stored: Stored) -> None:
    change = CompiledUpdate({"$set": {"list.$[x]": 0}}, array_filters=[{"x": {"$gt": 1}}])
    assert update_matching(things, {"n": 3}, change, audit_stamp=AUDIT) == 1
    assert stored()[2]["list"] == [1, 0]


def test_one_document_is_returned_as_it_is_stored_then(
    things: engine.Collection, stored: Stored, mongo: Mongo
) -> None:
    first = stored(system=True)[0]
    updated = update_one(things, {"_id": first["_id"]}, INCREASED, audit_stamp=AUDIT)
    assert updated == stored(system=True)[0]
    assert (updated["n"], updated["_sys"]["version"]) == (11, 2)
    assert update_one(things, {"_id": first["_id"], "n": 1}, INCREASED, audit_stamp=AUDIT) is None
    assert versions(things, mongo) == expected_versions(things, "update", 1)


def test_every_matching_document_is_deleted(things: engine.Collection, stored: Stored, mongo: Mongo) -> None:
    assert delete_matching(things, {"n": {"$ne": 2}}, audit_stamp=AUDIT) == 2
    assert delete_matching(things, {"n": 9}, audit_stamp=AUDIT) == 0
    assert stored() == [{"n": 2}]
    assert versions(things, mongo) == expected_versions(things, "delete", 1, 3)


def test_the_ids_of_deleted_documents_are_returned(things: engine.Collection, stored: Stored) -> None:
    names = [item["_id"] for item in stored(system=True)]
    assert delete_returning_ids(things, Query({"n": 9})) == []
    assert sorted(delete_returning_ids(things, Query({"n": {"$gt": 1}}))) == names[1:]
    assert stored() == [{"n": 1}]


def test_all_documents_stay_where_more_match_than_a_batch_has(make: Make, store: Store, stored: Stored) -> None:
    limited = copy.copy(store)
    limited.limits = Limits(batch_documents=2)
    things = make(on=limited)
    things.insert([{"n": 1}, {"n": 2}])
    things.insert([{"n": 3}])
    with pytest.raises(TooLarge, match=r"^3 documents match, at most 2 at once \(MAX_BATCH_DOCUMENTS\)\.$"):
        delete_returning_ids(things, Query({}))
    assert [item["n"] for item in stored()] == [1, 2, 3]
    assert len(delete_returning_ids(things, Query({"n": {"$gt": 1}}))) == 2


def test_deleting_needs_its_permission() -> None:
    store = Store("mongodb://127.0.0.1:1", limits=Limits())
    allowed = engine.ALL_ACTIONS - {Action.DELETE}
    context = Context(store, "db", CollectionSpec("films", "c1"), "ann", allowed)
    with pytest.raises(Forbidden, match=r"^This needs the permission 'delete'\.$"):
        delete_returning_ids(context, Query({}))
