"""The first documents by one field, and what an index says of arrays."""

from __future__ import annotations

import pytest

import engine
from engine import Query
from engine.indexes import NewIndex
from tests.engine.conftest import Make

NUMBER = {"name": "n", "type": "number"}


def test_documents_come_by_the_sort_alone_as_an_index_has_them(make: Make) -> None:
    things = make(NUMBER)
    things.insert([{"n": number * 7 % 10} for number in range(10)] + [{}])
    things.indexes.create(NewIndex([("n", 1)]))
    query = Query({"n": {"$gte": 2}}, fields={"n": 1}, limit=3)
    for way, numbers in ((1, [2, 3, 4]), (-1, [9, 8, 7])):
        documents = things.top(engine.Query(query.filter, sort=(("n", way),), fields=query.fields, limit=3))
        assert [document["n"] for document in documents] == numbers
        assert [*documents[0]] == ["_id", "n"]
    with pytest.raises(engine.TooLarge, match="MAX_PAGE_SIZE"):
        things.top(Query(sort=(("n", 1),), limit=1_000_000))
    with pytest.raises(engine.Forbidden):
        make(NUMBER, allowed=frozenset()).top(query)


def test_an_index_of_all_documents_excludes_arrays(make: Make) -> None:
    things = make()
    things.insert([{"n": 1}, {"many": [1]}, {"rare": 1}])
    assert not things.excludes_arrays("n")
    for name in ("n", "many"):
        things.indexes.create(NewIndex([(name, 1)]))
    things.indexes.create(NewIndex([("rare", 1)], partial={"rare": {"$gt": 0}}))
    assert [name for name in ("n", "many", "rare", "other") if things.excludes_arrays(name)] == ["n"]
    assert not things.in_transaction(lambda bound: bound.excludes_arrays("n"))
    things.insert([{"n": [2]}])
    assert not things.excludes_arrays("n")
    with pytest.raises(engine.Forbidden):
        make(allowed=frozenset()).excludes_arrays("n")
