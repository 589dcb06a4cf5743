"""Numbers of documents that were stored before their collection had a hidden field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pymongo import MongoClient

import engine
from engine.context import now
from engine.jobs import Numbering, Restoration
from engine.update.change import Replacement
from tests.engine.conftest import Make
from tests.event_loop import in_event_loop

ROWID = {"name": "_rowid", "type": "autonumber", "unique": True, "hidden": True}


def numbers(collection: engine.Collection) -> dict[Any, Any]:
    """Return {n: rowid} of every document, in the order of `_id`."""
    page = collection.with_hidden_fields().find(engine.Query(limit=100))
    return {document["n"]: document.get("_rowid") for document in page.documents}


def numbered(make: Make, plain: engine.Collection) -> engine.Collection:
    """Return the collection with the field, and without numbers for what it holds."""
    collection = make(ROWID, history=plain.spec.history)
    collection.indexes.make_unique("_rowid")
    return collection


def test_documents_are_numbered_in_the_order_of_their_ids(make: Make) -> None:
    plain = make()
    plain.insert([{"n": n} for n in "abc"])
    collection = numbered(make, plain)
    collection.insert([{"n": "new"}])
    counts: list[int] = []
    assert Numbering(collection, "_rowid").run(counts.append) == 3
    assert counts == [3]
    assert numbers(collection) == {"a": 2, "b": 3, "c": 4, "new": 1}
    assert Numbering(collection, "_rowid").run(counts.append) == 0
    assert numbers(collection) == {"a": 2, "b": 3, "c": 4, "new": 1}


def test_a_number_is_no_change(make: Make, mongo: MongoClient[dict[str, Any]]) -> None:
    plain = make(history=True)
    plain.insert([{"n": "a"}])
    before = mongo[plain.database]["things"].find_one()
    assert before is not None
    Numbering(numbered(make, plain), "_rowid").run(lambda _: None)
    assert mongo[plain.database]["things"].find_one() == {**before, "_rowid": 1}
    assert mongo[plain.database].list_collection_names(filter={"name": "things.versions"}) == []


def test_writes_keep_the_number_and_restored_documents_have_one(make: Make) -> None:
    plain = make(history=True)
    (first,) = plain.insert([{"n": "a"}])
    plain.insert([{"n": "b"}])
    at = now()
    collection = numbered(make, plain)
    Numbering(collection, "_rowid").run(lambda _: None)
    one = engine.Query({"_id": str(first)})
    collection.update(one, engine.Change({"n": "a2"}))
    collection.update(one, Replacement({"n": "a3"}))
    assert numbers(collection) == {"a3": 1, "b": 2}
    collection.history.restore(first, 1)  # of a time before there were numbers
    assert numbers(collection) == {"a": 1, "b": 2}
    collection.delete(one)
    collection.history.undelete(first)
    collection.update(engine.Query({"n": "b"}), engine.Change({"n": "b2"}))
    Restoration(collection, at, now()).run(lambda _: None)
    assert numbers(collection) == {"a": 1, "b": 2}
    collection.delete(engine.Query({}))
    Restoration(collection, at, now()).run(lambda _: None)
    assert sorted(numbers(collection)) == ["a", "b"]
    assert None not in numbers(collection).values()
    assert len({*numbers(collection).values()}) == 2


def test_callers_of_the_event_loop_reserve_numbers_together(make: Make) -> None:
    collection = make(ROWID)
    works = [lambda n=n: collection.insert([{"n": n}] * (1 + n % 3)) for n in range(30)]
    assert [len(ids) for ids in in_event_loop(*works)] == [1 + n % 3 for n in range(30)]
    page = collection.with_hidden_fields().find(engine.Query(limit=100, sort=(("_rowid", 1),)))
    assert [document["_rowid"] for document in page.documents] == [*range(1, 61)]


def test_a_hidden_field_is_read_by_handles_that_reveal_it_alone(make: Make) -> None:
    collection = make(ROWID, {"name": "day", "type": "date"}, history=True)
    (created,) = collection.create([{"n": 1, "day": "2026-01-02"}])
    query = engine.Query({"_id": str(created["_id"])})
    changed = collection.change(query, engine.Change({"n": 2}))
    hidden = [
        created,
        changed,
        *collection.find(engine.Query()).documents,
        *collection.find(engine.Query(fields={"_rowid": 1})).documents,
        *next(collection.each(engine.Query())),
        *collection.aggregate([{"$match": {}}]),
        collection.history.version(created["_id"], 1),
        *collection.history.search(engine.Query()).documents,
        *collection.history.as_of(engine.Query(), now()).documents,
    ]
    assert [document for document in hidden if document is None or "_rowid" in document] == []
    assert [field.name for field in collection.spec.schema.visible_fields] == ["day"]
    assert collection.distinct("_rowid", engine.Query()).values == [1]
    revealing = collection.with_hidden_fields()
    assert revealing.find(replace(query, filter={"_rowid": 1})).documents[0]["_rowid"] == 1
    assert [field.name for field in revealing.spec.schema.visible_fields] == ["_rowid", "day"]


def test_a_new_document_may_have_a_number_where_these_are_revealed(make: Make) -> None:
    plain = make()
    collection = numbered(make, plain)
    collection.with_hidden_fields().insert([{"n": "a", "_rowid": 7}, {"n": "b"}, {"n": "c", "_rowid": None}])
    collection.insert([{"n": "d"}])
    assert numbers(collection) == {"a": 7, "b": 8, "c": 9, "d": 10}
    with pytest.raises(engine.Invalid):
        collection.insert([{"n": "e", "_rowid": 20}])
    with pytest.raises(engine.Conflict):
        collection.with_hidden_fields().insert([{"n": "e", "_rowid": 7}])
    assert list(numbers(collection)) == ["a", "b", "c", "d"]


def test_an_index_alone_sorts_by_numbers(make: Make) -> None:
    plain = make()
    collection = numbered(make, plain).with_hidden_fields()
    collection.insert([{"n": n, "_rowid": 10 - n} for n in range(7)])
    for sort, expected in (((("_rowid", 1),), [6, 5, 4, 3, 2, 1, 0]), ((("_rowid", -1),), [0, 1, 2, 3, 4, 5, 6])):
        query, read = engine.Query(sort=sort, limit=3, fields={"n": 1}), list[int]()
        while True:
            page = collection.find(query)
            read += [document["n"] for document in page.documents]
            if page.next is None:
                break
            query = replace(query, cursor=page.next)
        assert read == expected
    explanation = collection.explain(engine.Query(sort=(("_rowid", 1),)))
    assert "'SORT'" not in str(explanation)
