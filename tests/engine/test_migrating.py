"""Schemas that change under documents: what each step does to them, and what is told before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import engine
from engine.limits import Limits
from tests.engine.conftest import Make

Stored = Callable[..., list[dict[str, Any]]]
LIMITS = Limits()


def migration(things: engine.Collection, *operations: dict[str, Any], **more: Any) -> engine.Migration:
    steps, faults = engine.parse_steps([*operations], limits=LIMITS)
    assert not faults
    after, faults = engine.declared_by(things.spec.schema, steps, limits=LIMITS)
    assert not faults
    return engine.Migration(things, engine.Reshaping(things.spec.schema, replace(after, **more), steps))


def done(wanted: engine.Migration) -> engine.Report:
    wanted.prepare()
    report = wanted.run(lambda _: None)
    wanted.finish()
    return report


def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


@pytest.mark.parametrize("history", [True, False])
def test_every_step_and_its_undoing(make: Make, stored: Stored, history: bool) -> None:
    things = make(field("age"), field("full"), field("old"), history=history)
    things.insert([{"age": "12", "full": "A", "old": "1", "more": [1]}, {"full": "B"}, {"age": "x"}, {"age": None}])
    wanted = migration(
        things,
        {"op": "rename", "name": "full", "to": "name"},
        {"op": "retype", "field": field("age", "number")},
        {"op": "drop", "name": "old"},
        {"op": "add", "field": field("plan", default="free")},
    )

    before = stored(system=True)
    told = wanted.check(lambda _: None)
    assert stored(system=True) == before
    assert (told.changed, told.unfit) == (3, 1)
    assert [(item["field"], item["message"]) for item in told.examples] == [("age", "Must be a number.")]
    assert done(wanted) == told

    assert stored() == [
        {"age": 12, "name": "A", "more": [1], "plan": "free"},
        {"name": "B", "plan": "free"},
        {"age": "x"},
        {"age": None, "plan": "free"},
    ]
    assert [item["_sys"]["version"] for item in stored(system=True)] == [2, 2, 1, 2]
    assert done(wanted).changed == 0
    if history:
        (one,) = things.find(engine.Query({"name": "A"})).documents
        assert things.history.version(one["_id"], 1)["old"] == "1"


def test_what_no_longer_fits_is_told(make: Make) -> None:
    things = make(field("a"), field("n", "number"))
    things.insert([{"a": "x", "n": 1}, {"a": "x", "n": 1, "more": 1}, {"b": 2}])
    rules, _ = engine.parse_rules({"properties": {"n": {"const": 1}}}, limits=LIMITS)
    cases: list[tuple[list[dict[str, Any]], dict[str, Any], list[tuple[str, str]]]] = [
        ([{"op": "retype", "field": field("a", required=True)}], {}, [("a", "This field is required.")]),
        (
            [{"op": "retype", "field": field("a", unique=True)}],
            {},
            [("a", "Another document has the same value, which must be unique.")],
        ),
        ([{"op": "rename", "name": "a", "to": "more"}], {}, [("more", "The document has both 'a' and 'more'.")]),
        (
            [],
            {"strict": True},
            [("more", "The collection is strict and has no such field."), ("b", "The collection")],
        ),
        ([{"op": "add", "field": field("b")}, {"op": "drop", "name": "n"}], {"rules": rules}, []),
        ([], {"rules": engine.Rules({"required": ["a"]})}, [("", '"a" is a required property')]),
    ]
    for operations, more, expected in cases:
        report = migration(things, *operations, **more).check(lambda _: None)
        assert [
            (item["field"], item["message"][: len(text)])
            for item, (_, text) in zip(report.examples, expected, strict=True)
        ] == expected


def test_a_field_that_becomes_unique(make: Make, stored: Stored) -> None:
    things = make(field("a"), field("u", unique=True))
    things.insert([{"a": "1", "u": "x"}, {"a": "2", "u": "y"}, {}])
    done(
        migration(
            things,
            {"op": "retype", "field": field("a", "number", unique=True)},
            {"op": "retype", "field": field("u")},
        )
    )
    assert [(index.name, index.partial) for index in things.indexes.all() if index.of_schema] == [
        ("unique_1", {"a": {"$gte": -float("inf")}})
    ]
    with pytest.raises(engine.Conflict):
        things.store.insert(things.database, things.spec.physical, [{"a": 1}])
    things.store.insert(things.database, things.spec.physical, [{"b": 5}, {"b": 5}])
    with pytest.raises(engine.Conflict) as caught:
        migration(things, {"op": "add", "field": field("b", "number", unique=True)}).prepare()
    assert caught.value.details["examples"][0]["values"] == {"b": 5}


def test_documents_that_get_numbers(make: Make, stored: Stored) -> None:
    things = make(field("a"))
    things.insert([{"a": "x"}, {"no": 41}, {"a": "y"}])
    done(migration(things, {"op": "add", "field": field("no", "autonumber")}))
    assert [item["no"] for item in stored()] == [42, 41, 43]


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        ({}, [("operations", "Must be an array")]),
        ([{}], [("operations.0.op", "Must be one of add, retype, rename, drop.")]),
        ([5], [("operations.0.op", "Must be one of")]),
        ([{"op": "add", "field": {"name": "a", "type": "x"}}], [("operations.0.field.type", "Must be one of")]),
        (
            [{"op": "add", "fields": []}],
            [("operations.0.fields", "add has"), ("operations.0.field", "A field must")],
        ),
        ([{"op": "rename", "name": 5, "to": "$x"}], [("operations.0.name", "Must be the name of a field.")]),
        ([{"op": "rename", "name": "a", "to": "$x"}], [("operations.0.to", "A field name must not")]),
        (
            [{"op": "drop"}, {"op": "drop", "name": ""}],
            [("operations.0.name", "Must"), ("operations.1.name", "Must")],
        ),
    ],
)
def test_operations_that_are_none(raw: Any, faults: list[tuple[str, str]]) -> None:
    found = engine.parse_steps(raw, limits=LIMITS)[1]
    assert [
        (item.field, item.message[: len(text)]) for item, (_, text) in zip(found, faults, strict=True)
    ] == faults


def test_operations_that_do_not_go(make: Make) -> None:
    schema = make(field("a"), field("b")).spec.schema
    for operation, text in [
        ({"op": "add", "field": field("a")}, "The field 'a' is declared already."),
        ({"op": "retype", "field": field("c")}, "There is no field 'c'."),
        ({"op": "rename", "name": "a", "to": "b"}, "The field 'b' is declared already."),
        ({"op": "rename", "name": "c", "to": "d"}, "There is no field 'c'."),
        ({"op": "drop", "name": "c"}, "There is no field 'c'."),
    ]:
        steps, _ = engine.parse_steps([operation], limits=LIMITS)
        assert engine.declared_by(schema, steps, limits=LIMITS)[1] == [engine.FieldError("operations.0", text)]
        assert engine.steps_as_json(steps) == [operation]
