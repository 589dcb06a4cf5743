"""Upserts: the plan of the document that is inserted where nothing matches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from engine import Change, Invalid, Query, Update
from engine.context.context import AuditStamp
from engine.errors import FieldError
from engine.update import Operators
from engine.update.change import CompiledUpdate
from engine.write.upsert import UpsertPlan, plan_upsert
from tests.engine.conftest import Make

AUDIT = AuditStamp("ann", datetime(2024, 2, 29), "")
SET = {"$set": {"z": 1}}
EQUALITIES = 'With "upsert": true, filters must give fields the values that the new document shall have.'
OWN_ID = "An upsert cannot name _id or _sys: the service gives them to a new document."


def plan(filter: dict[str, Any], **change: Any) -> UpsertPlan:
    compiled = CompiledUpdate({}, **{"insert_part": SET, **change})
    return plan_upsert(filter, compiled, root="q", audit_stamp=AUDIT)


@pytest.mark.parametrize(
    ("filter", "equalities"),
    [
        ({"a": 1}, {"a": 1}),
        ({"a": None, "é": [1]}, {"a": None, "é": [1]}),
        ({"a.b": {"$eq": {"c": 1}}}, {"a.b": {"c": 1}}),
        ({"a": {}, "ab": {"c": 1}}, {"a": {}, "ab": {"c": 1}}),
        ({"a.b": 1, "a.c": 2}, {"a.b": 1, "a.c": 2}),
    ],
)
def test_the_equalities_of_the_filter_are_values_of_the_new_document(
    filter: dict[str, Any], equalities: dict[str, Any]
) -> None:
    assert plan(filter) == UpsertPlan(equalities, SET, AUDIT)


@pytest.mark.parametrize(
    ("filter", "errors"),
    [
        ({}, [("q", EQUALITIES)]),
        ({"a": {"$gt": 1}}, [("q.a", EQUALITIES)]),
        ({"a": {"$eq": 1, "$gt": 0}}, [("q.a", EQUALITIES)]),
        ({"$and": [{"a": 1}], "b": 1}, [("q.$and", EQUALITIES)]),
        ({"_id": 1, "_sys.version": 1, "_idx": 1}, [("q._id", OWN_ID), ("q._sys.version", OWN_ID)]),
        ({"a": {"b": 1}, "a.b": 1}, [("q.a.b", EQUALITIES)]),
        ({"a.b.c": 1, "a": 1, "d": {"$ne": 1}}, [("q.d", EQUALITIES), ("q.a.b.c", EQUALITIES)]),
    ],
)
def test_every_other_condition_is_refused(filter: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as caught:
        plan(filter)
    assert caught.value.errors == tuple(FieldError(*error) for error in errors)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"positional": True},
            "An upsert takes no $, $[] or $[name] in a path: a new document has no elements to change.",
        ),
        ({"insert_part": None}, "An upsert goes with neither replace nor update_all_fields: false."),
    ],
)
def test_a_change_that_cannot_create_a_document_is_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises(Invalid) as caught:
        plan({"a": 1}, **change)
    assert caught.value.errors == (FieldError("upsert", text),)


def test_a_new_document_is_completed_and_stamped(make: Make, stored: Callable[..., list[dict[str, Any]]]) -> None:
    default = {"name": "plan", "type": "string", "default": "free"}
    things = make(default, {"name": "day", "type": "date"}, {"name": "no", "type": "autonumber"})
    operators = Operators({"$inc": {"n": 2}, "$setOnInsert": {"x": "é"}})
    written = things.write(Update(Query({"day": "2024-02-29", "o.p": 1}), operators, upsert=True))
    (document,) = stored(system=True)
    stamps = document.pop("_sys")
    values = {"day": datetime(2024, 2, 29), "o": {"p": 1}, "n": 2, "x": "é", "plan": "free", "no": 1}
    assert (written.count, document) == (0, {"_id": written.id, **values})
    assert (stamps["version"], stamps["created_by"], stamps["updated_by"]) == (1, "tester", "tester")


def test_a_document_that_does_not_fit_is_not_inserted(
    make: Make, stored: Callable[..., list[dict[str, Any]]]
) -> None:
    things = make({"name": "name", "type": "string", "required": True})
    with pytest.raises(Invalid) as caught:
        things.write(Update(Query({"a": 1}), Change({"b": 2}), upsert=True))
    assert caught.value.errors == (FieldError("name", "This field is required."),)
    assert stored() == []
