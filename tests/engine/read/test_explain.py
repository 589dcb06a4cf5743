"""What an explanation tells of a query, and the index that it advises."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine import Query
from engine.indexes import NewIndex
from engine.read.explain import index_for
from tests.engine.conftest import Make


@pytest.mark.parametrize(
    ("filter", "sort", "keys"),
    [
        ({}, [], ()),
        ({"a": 1}, [], (("a", 1), ("_id", 1))),
        ({"a": 1, "b": {"$in": [1, 2]}, "c": {"$eq": 1}}, [], (("a", 1), ("b", 1), ("c", 1), ("_id", 1))),
        ({"a": {"$gt": 1}}, [], (("a", 1),)),
        ({"a": {"$gt": 1}, "b": 2}, [], (("b", 1), ("a", 1))),
        ({"a": {"$gt": 1}, "b": 2}, [("c", -1), ("_id", 1)], (("b", 1), ("c", -1), ("_id", 1), ("a", 1))),
        ({}, [("c", -1), ("_id", 1)], (("c", -1), ("_id", 1))),
        ({"a": {"$gt": 1}}, [("a", -1), ("_id", 1)], (("a", -1), ("_id", 1))),
        ({"$and": [{"a": 1}, {"b": {"$lt": 2}}]}, [], (("a", 1), ("b", 1))),
        ({"$or": [{"a": 1}, {"b": 2}]}, [], ()),
        ({"a": {"$ne": 1}}, [], ()),
        ({"a": {"x": 1}}, [], (("a", 1), ("_id", 1))),
        ({"a": {"$gt": 1, "$lt": 2}}, [], (("a", 1),)),
    ],
)
def test_equality_sort_range(filter: dict[str, Any], sort: list[tuple[str, int]], keys: Any) -> None:
    assert index_for(filter, sort) == keys


def test_a_walk_through_everything_and_the_index_that_spares_it(make: Make) -> None:
    things = make()
    things.insert([{"a": n % 300, "b": n} for n in range(3000)])
    query = Query(filter={"a": 7, "b": {"$gt": 5}}, sort=(("b", -1),), limit=5)
    before = things.explain(query)
    assert (before.index, before.stage, before.keys_examined) == (None, "COLLSCAN", 0)
    assert (before.documents_examined, before.returned) == (3000, 5)
    assert before.advice == (("a", 1), ("b", -1), ("_id", 1))
    name = things.indexes.create(NewIndex(before.advice))
    after = things.explain(query)
    assert (after.index, after.stage, after.documents_examined, after.advice) == (name, "IXSCAN", 5, ())


@pytest.mark.parametrize(
    ("count", "query"),
    [(900, Query(filter={"a": 1})), (3000, Query(filter={"b": {"$gte": 0}}, limit=1000)), (3000, Query())],
)
def test_no_advice_where_little_is_wasted(make: Make, count: int, query: Query) -> None:
    things = make()
    things.insert([{"a": n, "b": n} for n in range(count)])
    assert things.explain(query).advice == ()


def test_a_page_after_a_cursor_is_explained_as_well(make: Make) -> None:
    things = make()
    things.insert([{"a": n} for n in range(100)])
    page = things.find(Query(limit=50))
    told = things.explain(Query(limit=50, cursor=page.next or ""))
    assert (told.index, told.returned, told.keys_examined) == ("_id_", 50, 50)


def test_faults_are_those_of_find(make: Make) -> None:
    with pytest.raises(engine.Invalid):
        make().explain(Query(filter={"$where": "x"}))
