"""Going on after a position is going on in MongoDB's own order, for every type, and for arrays at any depth."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
from bson import Decimal128, ObjectId, Regex, Timestamp
from hypothesis import Phase, given, reject, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from engine.read.keyset import after, merges_arrays, scalar_keys, sort_keys, values_at
from tests.engine.strategies import examples

Mongo = MongoClient[dict[str, Any]]
SCALARS = st.sampled_from(
    [None, 1, 2, 2.0, -1.5, 0, 2**62, Decimal128("1"), "", "a", "b", True, False, {}, {"b": 1}, {"x": None}]
    + [datetime(2020, 1, 1), datetime(1969, 1, 1), ObjectId("0" * 24), b"", b"x", Timestamp(1, 1), Regex("a")]
)


def _objects(inner: Any) -> Any:
    return st.fixed_dictionaries({"b": inner}, optional={"c": SCALARS})


PLAIN = st.recursive(SCALARS, _objects, max_leaves=4)
ARRAYS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | _objects(inner), max_leaves=6)
# Two sort keys may not lead into two arrays of a document: MongoDB refuses that.
DOCUMENTS = st.fixed_dictionaries({}, optional={"a": ARRAYS, "s": PLAIN, "t": SCALARS})
PATHS = [
    *(["a"], ["s"], ["a", "s"], ["s", "a", "t"], ["a.b"], ["a.b", "a.c"], ["a.b.b", "t"], ["t", "a.b", "s.b"]),
    *(["a.0"], ["a.1", "t"], ["a.b.0"], ["a.0.b", "a.1"], ["a.c", "a.0"], ["a.b.b", "a.c", "a.b.c"], ["_id"]),
]


@st.composite
def sorts(draw: st.DrawFn) -> list[tuple[str, int]]:
    ways = st.sampled_from([1, -1])
    paths = [path for path in draw(st.sampled_from(PATHS)) if path != "_id"]
    return [*((path, draw(ways)) for path in paths), ("_id", draw(ways))]


def is_array(value: Any) -> bool:
    return type(value) is list


@settings(max_examples=examples(100), deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(
    documents=st.lists(DOCUMENTS, min_size=1, max_size=12), sort=sorts(), indexed=st.booleans(), seed=st.integers()
)
def test_pages_of_any_size_give_each_document_once_in_order(
    mongo: Mongo,
    shared: str,
    documents: list[dict[str, Any]],
    sort: list[tuple[str, int]],
    indexed: bool,
    seed: int,
) -> None:
    collection = mongo[shared]["keyset"]
    collection.drop()
    collection.insert_many([{**document} for document in documents])
    by_place = any(name.isdecimal() for path, _ in sort for name in path.split("."))
    if indexed and len(sort) > 1 and not by_place:
        collection.create_index(sort)
    pages = {"$sort": dict(sort)}, {"$set": {"keys": sort_keys()}}
    try:
        every = [item["_id"] for item in collection.aggregate([*pages])]
    except OperationFailure as refusal:
        assert "parallel arrays" in str(refusal)
        reject()
    chance, found, filter = random.Random(seed), [], {}
    while True:
        size = chance.randint(1, 4)
        hint = {"hint": {"$natural": 1}} if merges_arrays(_plans(collection, filter, sort)) else {}
        page = list(collection.aggregate([{"$match": filter}, pages[0], {"$limit": size}, pages[1]], **hint))
        found += [item["_id"] for item in page]
        for item in page:
            values = values_at(item, sort)
            assert scalar_keys(values) == (None if any(map(is_array, values)) else item["keys"])
        if len(page) < size:
            break
        filter = after(page[-1]["keys"], sort)
    assert found == every


def _plans(collection: Any, filter: dict[str, Any], sort: list[tuple[str, int]]) -> Any:
    find = {"find": collection.name, "filter": filter, "sort": dict(sort)}
    return collection.database.command({"explain": find, "verbosity": "queryPlanner"})


# What the expression of sort keys once had wrong: an index behind the end of an array is a field's name.
@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([{"1": {"c": []}}], "a.1"),
        ([{"c": [], "1": [{}, {"b": False}]}], "a.1"),
        ([[{"1": {"b": 1}}]], "a.0.1.b"),
        ([{"5": [1, 7]}, {"5": 3}], "a.5"),
        ([], "a.1"),
        ([1], "a.1"),
    ],
)
@pytest.mark.parametrize("way", [1, -1])
def test_indexes_behind_the_end_of_an_array(mongo: Mongo, shared: str, value: Any, path: str, way: int) -> None:
    collection = mongo[shared]["behind"]
    collection.drop()
    collection.insert_many([{"a": value} if n % 2 else {"a": [n, n]} for n in range(8)])
    sort = [(path, way), ("_id", 1)]
    every = list(collection.aggregate([{"$sort": dict(sort)}, {"$set": {"keys": sort_keys()}}]))
    for place, document in enumerate(every):
        found = collection.find(after(document["keys"], sort)).sort(sort)
        assert [item["_id"] for item in found] == [item["_id"] for item in every[place + 1 :]]


@pytest.mark.parametrize("name", ["a", "0"])
@pytest.mark.parametrize("depth", [1, 16, 32])
def test_the_deepest_paths(mongo: Mongo, shared: str, name: str, depth: int) -> None:
    filter = after([[1], [ObjectId()]], [(".".join([name] * depth), 1), ("_id", 1)])
    assert list(mongo[shared]["deep"].find(filter)) == []


def test_as_many_keys_as_there_may_be(mongo: Mongo, shared: str) -> None:
    for paths in ([f"f{n}" for n in range(31)], [f"a.f{n}" for n in range(31)]):
        filter = after([[1]] * 31 + [[ObjectId()]], [*((path, 1) for path in paths), ("_id", 1)])
        assert list(mongo[shared]["many"].find(filter)) == []
