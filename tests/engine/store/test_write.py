"""Writes of the store: all or none, each by itself, upserts, counters, and deletions in batches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bson import ObjectId
from pymongo import MongoClient, errors

import engine
from engine.store.write import _error_of_each
from tests.event_loop import in_event_loop

Mongo = MongoClient[dict[str, Any]]
ANY, LAST = ObjectId("0" * 24), ObjectId("f" * 24)
UNIQUE = {"a": {"partialFilterExpression": {"a": {"$gte": ""}}}}


@pytest.fixture
def c(mongo: Mongo, database: str, store: engine.Store) -> Any:
    """Return MongoDB's collection `c`, whose `a` is unique."""
    store.create(database, "c", unique=UNIQUE)
    return mongo[database]["c"]


def document(**members: Any) -> dict[str, Any]:
    return {"_id": ObjectId(), **members}


def numbers(c: Any) -> list[Any]:
    return [item["n"] for item in c.find(sort=[("n", 1)])]


def test_an_insert_is_all_or_nothing(store: engine.Store, database: str, c: Any) -> None:
    for documents in ([document(a="x")], [document(a="y"), document(a="z")]):
        store.insert(database, "c", documents)
    assert c.count_documents({}) == 3
    for documents in ([document(a="x")], [document(a="new"), document(a="x")]):
        with pytest.raises(engine.Conflict):
            store.insert(database, "c", documents)
    assert c.count_documents({}) == 3


def test_inserts_of_the_event_loop_fail_each_by_itself(store: engine.Store, database: str, c: Any) -> None:
    values = ["a", "b", "a", "c", "b"]
    results = in_event_loop(
        *(lambda value=value: store.insert(database, "c", [document(a=value)]) for value in values)
    )
    kinds = sorted(str(type(item).__name__) for item in results)
    assert kinds == ["Conflict", "Conflict", "NoneType", "NoneType", "NoneType"]
    assert sorted(item["a"] for item in c.find()) == ["a", "b", "c"]


def test_what_cannot_be_encoded_fails_alone(store: engine.Store, database: str, c: Any) -> None:
    good, bad, other = document(n=1), document(n=2**70), document(n=2)
    outcomes = store.insert_each(database, "c", [good, bad, other])
    assert [outcome is None for outcome in outcomes] == [True, False, True]
    assert isinstance(outcomes[1], OverflowError)
    assert numbers(c) == [1, 2]


def test_repeating_an_import_does_nothing(store: engine.Store, database: str, c: Any) -> None:
    batch = [document(n=number, a=str(number)) for number in range(3)]
    store.insert_again(database, "c", batch[:2])
    store.insert_again(database, "c", batch)
    assert numbers(c) == [0, 1, 2]
    with pytest.raises(engine.Conflict):
        store.insert_again(database, "c", [document(n=9, a="0")])


def test_updates_and_deletions_return_their_number(store: engine.Store, database: str, c: Any) -> None:
    documents = [document(n=number) for number in range(6)]
    store.insert(database, "c", documents)
    by_id = {"_id": documents[0]["_id"]}
    assert store.update(database, "c", by_id, {"$set": {"n": 0}}) == 1  # matched, though unchanged
    assert store.update(database, "c", {"n": {"$gte": 4}}, {"$inc": {"n": 10}}) == 2
    assert store.update(database, "c", {"_id": ANY}, {"$set": {"n": 1}}) == 0
    assert store.delete(database, "c", by_id) == 1
    assert store.delete(database, "c", by_id) == 0
    assert store.delete(database, "c", {"n": {"$gt": 10}}) == 2
    assert store.delete_where(database, "c", {"n": 1}) == 1
    assert numbers(c) == [2, 3]


def test_an_update_that_fails_changes_nothing(store: engine.Store, database: str, c: Any) -> None:
    store.insert(database, "c", [document(n=1, a="x"), document(n=2, a="y"), document(n="text", a="z")])
    with pytest.raises(engine.Invalid):
        store.update(database, "c", {}, {"$inc": {"n": 1}})
    with pytest.raises(engine.Conflict):
        store.update(database, "c", {}, {"$set": {"a": "same"}})
    assert sorted(item["a"] for item in c.find()) == ["x", "y", "z"]
    assert c.count_documents({"n": {"$in": [1, 2]}}) == 2


def test_elements_that_array_filters_select(store: engine.Store, database: str, c: Any) -> None:
    item = document(n=[1, 5, 9])
    store.insert(database, "c", [item])
    filters = [{"x": {"$gte": 5}}]
    statement = {"$set": {"n.$[x]": 0}}
    assert store.update(database, "c", {"_id": item["_id"]}, statement, array_filters=filters) == 1
    assert numbers(c) == [[1, 0, 0]]
    changed = store.change(database, "c", {"_id": item["_id"]}, {"$set": {"n.$[x]": 7}}, array_filters=[{"x": 1}])
    assert changed == {**item, "n": [7, 0, 0]}
    assert store.change(database, "c", {"_id": ANY}, {"$set": {"n": 1}}) is None
    store.transaction(
        lambda session: store.within(session).update_each(
            database, "c", [(item["_id"], {"$set": {"n.$[x]": 2}}, [{"x": 7}])]
        )
    )
    assert numbers(c) == [[2, 0, 0]]


def test_an_upsert_returns_the_new_document(store: engine.Store, database: str, c: Any) -> None:
    name = ObjectId()
    created = store.upsert_new(database, "c", {"_id": name, "a": "x"}, {"$set": {"n": 1}})
    assert created == {"_id": name, "a": "x", "n": 1}
    store.replace(database, "c", {"_id": name, "n": 2})
    store.replace(database, "c", {"_id": "other", "n": 3})
    assert numbers(c) == [2, 3]


def test_a_claim_succeeds_once(store: engine.Store, database: str, c: Any) -> None:
    class Taken(Exception):
        """The claim is another transaction's."""

    def work(session: Any) -> str:
        if not store.within(session).claim(database, "c", {"_id": "key"}):
            raise Taken
        return "claimed"

    def both(session: Any) -> str:
        result = work(session)
        with pytest.raises(Taken):
            store.transaction(work)
        return result

    assert store.dry_run(both) == "claimed"
    assert c.count_documents({}) == 0
    assert store.transaction(work) == "claimed"
    assert c.count_documents({}) == 1


def test_reserved_numbers_are_never_given_twice(store: engine.Store, database: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        firsts = [*threads.map(lambda count: store.reserve(database, "k", "n", count), [3] * 8)]
    assert sorted(firsts) == [1 + 3 * index for index in range(8)]
    together = in_event_loop(*(lambda count=count: store.reserve(database, "k", "n", count) for count in (1, 5, 2)))
    taken = [
        number for first, count in zip(together, (1, 5, 2), strict=True) for number in range(first, first + count)
    ]
    assert sorted(taken) == [*range(25, 33)]
    store.raise_counter(database, "k", "n", 50)
    store.raise_counter(database, "k", "n", 7)
    assert store.reserve(database, "k", "n", 1) == 51
    assert store.reserve(database, "k", "other", 2) == 1


def test_missing_values_are_set(store: engine.Store, database: str, c: Any) -> None:
    one, other, third = document(n=1), document(), document(n=None)
    store.insert(database, "c", [one, other, third])
    store.set_missing(database, "c", "n", {item["_id"]: 9 for item in (one, other, third)})
    assert numbers(c) == [1, 9, 9]


def test_unique_values_are_exchanged(store: engine.Store, database: str, c: Any) -> None:
    one, other, gone = document(a="x"), document(a="y"), document(a="z")
    store.insert(database, "c", [one, other, gone])
    puts = [{**one, "a": "y"}, {**other, "a": "x"}]

    def work(*, delete_first: bool) -> Any:
        return lambda session: store.within(session).write_each(
            database, "c", puts=puts, gone=[gone["_id"]], delete_first=delete_first
        )

    with pytest.raises(engine.Conflict):
        store.transaction(work(delete_first=False))
    assert c.count_documents({}) == 3
    store.transaction(work(delete_first=True))
    assert {item["_id"]: item["a"] for item in c.find()} == {one["_id"]: "y", other["_id"]: "x"}


def test_ids_between_are_deleted(store: engine.Store, database: str, c: Any) -> None:
    documents = [document(n=number) for number in range(5)]
    store.insert(database, "c", documents)
    names = [item["_id"] for item in documents]
    assert store.delete_ids(database, "c", first=names[1], last=names[3]) == 3
    assert store.delete_ids(database, "c", first=names[1], last=names[3]) == 0
    assert numbers(c) == [0, 4]
    assert store.delete_ids(database, "missing", first=ANY, last=LAST) == 0


def test_documents_are_copied_once(store: engine.Store, database: str, mongo: Mongo, c: Any) -> None:
    store.insert(database, "c", [document(n=number) for number in range(3)])
    other = f"{database}_copy"
    try:
        store.copy(database, "c", {"n": {"$gte": 1}}, into=other)
        mongo[other]["c"].update_many({"n": 1}, {"$set": {"n": 9}})
        store.copy(database, "c", {}, into=other)
        assert sorted(numbers(mongo[other]["c"])) == [0, 2, 9]
    finally:
        mongo[other].drop_collection("c")


def test_errors_of_a_batch() -> None:
    failures = [{"index": 2, "code": 11000, "errmsg": "x"}]
    one, other, third = _error_of_each(errors.BulkWriteError({"writeErrors": failures}), 3)
    assert (one, other) == (None, None)
    assert isinstance(third, errors.BulkWriteError)
    assert (third.details or {})["writeErrors"][0]["index"] == 0
    whole = errors.BulkWriteError({"writeErrors": failures, "writeConcernErrors": [{"code": 64}]})
    with pytest.raises(errors.BulkWriteError):
        _error_of_each(whole, 3)
