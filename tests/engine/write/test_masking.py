"""Writes under a field mask: paths of new documents, of changes and of filters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import engine
from engine.schema.mask import FieldMask
from engine.update import Operators
from engine.update.change import Change, Replacement
from engine.write.masking import check_change, check_filter, check_new

MASK = FieldMask(("b.c", "x"))
EXCEEDS = "does not let it"


def masked(things: engine.Collection) -> engine.Collection:
    return replace(things, spec=replace(things.spec, schema=replace(things.spec.schema, mask=MASK)))


@pytest.fixture
def things(make: Any) -> engine.Collection:
    collection: engine.Collection = make()
    return collection


@pytest.mark.parametrize(
    "document", [{"x": 1}, {"b": {"c": 1}}, {"b": {}}, {"b": [{"c": 1}]}, {"x": None}], ids=str
)
def test_new_documents(things: engine.Collection, document: dict[str, Any]) -> None:
    check_new(things, [document])
    check_new(masked(things), [{"a": 1, "b": {"d": [1]}}])
    with pytest.raises(engine.Forbidden, match=EXCEEDS):
        check_new(masked(things), [{"a": 1}, document])


@pytest.mark.parametrize(
    "filter",
    [{"x": 1}, {"b": {"c": 1}}, {"b.0.c": 1}, {"$or": [{"a": 1}, {"$nor": [{"b.c": 1}]}]}],
    ids=str,
)
def test_filters(things: engine.Collection, filter: dict[str, Any]) -> None:
    check_filter(things, engine.Query(filter))
    check_filter(masked(things), engine.Query({"_id": "1", "a": 1, "$and": [{"b.d": {"$gt": 1}}]}))
    with pytest.raises(engine.Forbidden, match=EXCEEDS):
        check_filter(masked(things), engine.Query(filter))
    for name in ("$expr", "$text"):
        with pytest.raises(engine.Forbidden, match="in the filter of a write"):
            check_filter(masked(things), engine.Query({name: {}}))


@pytest.mark.parametrize(
    "change",
    [
        Change({"x": 1}),
        Change({"b": {"d": 1}}),
        Operators({"$inc": {"b.c": 1}}),
        Operators({"$rename": {"a": "x"}}),
        Operators({"x": 1}),
        Operators({"$push": {"b.$[].c": 1}}),
        Operators({"$set": {"a.$[i].b": 1}}, array_filters=[{"i.b": 1}]),
        Replacement({"a": 1}),
    ],
    ids=str,
)
def test_changes(things: engine.Collection, change: Any) -> None:
    check_change(things, change)
    check_change(masked(things), Operators({"$set": {"a": 1}, "$unset": {"b.d": ""}}))
    with pytest.raises(engine.Forbidden, match="field mask"):
        check_change(masked(things), change)
