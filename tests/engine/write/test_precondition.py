"""Preconditions of a write: the version that the caller saw, and the most documents it may touch."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from engine import CollectionSpec, Store
from engine.context.context import Context
from engine.errors import Conflict, FieldError, Invalid
from engine.limits import Limits
from engine.write.precondition import Precondition, both

ID = ObjectId("5f" * 12)


@pytest.mark.parametrize(
    ("filter", "condition", "expected"),
    [
        ({}, {}, {}),
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"b": 2}, {"$and": [{"b": 2}]}),
        ({"_id": ID, "a": 1}, {"a": 2}, {"_id": ID, "a": 1, "$and": [{"a": 2}]}),
        ({"$and": [{"a": 1}]}, {"b": 2}, {"$and": [{"a": 1}, {"b": 2}]}),
    ],
)
def test_a_condition_is_added_beside_the_filter(
    filter: dict[str, Any], condition: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = repr(filter)
    assert both(filter, condition) == expected
    assert repr(filter) == before


def test_an_expected_version_is_part_of_the_filter_of_one_document() -> None:
    expected = {"_id": ID, "$and": [{"_sys.version": 3}]}
    assert Precondition(version=3).with_version({"_id": ID}) == expected
    assert Precondition(version=0).with_version({"_id": ID}) == {"_id": ID, "$and": [{"_sys.version": 0}]}


@pytest.mark.parametrize(
    "filter", [{}, {"a": 1}, {"_id": {"$in": [ID]}}, {"_id": str(ID)}, {"$and": [{"_id": ID}]}]
)
def test_an_expected_version_needs_the_id_of_one_document(filter: dict[str, Any]) -> None:
    assert Precondition().with_version(filter) is filter
    with pytest.raises(Invalid) as caught:
        Precondition(version=1).with_version(filter)
    text = "An expected version needs a filter that names one document by its _id."
    assert (caught.value.message, caught.value.errors) == (text, ())


@pytest.mark.parametrize(("most", "count"), [(None, 10**9), (0, 0), (3, 3), (3, 0)])
def test_as_many_documents_as_expected_may_be_touched(most: int | None, count: int) -> None:
    Precondition(max_affected=most).check_count(count)


@pytest.mark.parametrize(("most", "count"), [(0, 1), (3, 4)])
def test_more_documents_than_expected_are_a_conflict(most: int, count: int) -> None:
    with pytest.raises(Conflict) as caught:
        Precondition(max_affected=most, root="limit").check_count(count)
    text = f"This would change {count} documents, more than the {most} of limit."
    assert caught.value.errors == (FieldError("limit", text),)


def test_without_an_expected_version_nothing_is_read() -> None:
    store = Store("mongodb://127.0.0.1:1", limits=Limits())
    context = Context(store, "db", CollectionSpec("films", "c1"), "ann", frozenset())
    Precondition(max_affected=1).check_version(context, ID)
