"""The columns of a collection after a change of its schema, and the errors of the change."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from catalog.definitions import Retention
from catalog.limits import limits
from catalog.models import Collection
from catalog.services import schema_changes
from catalog.services.schema_changes import SchemaPlan
from engine.context import CollectionSpec
from engine.jobs import parse_steps

TITLE = {"name": "title", "type": "string"}
YEAR = {"name": "year", "type": "number"}
BEFORE = {
    **{"fields": [TITLE, YEAR], "strict": False, "rules": None, "title_field": "title"},
    **{"history": True, "history_days": None, "history_versions": None},
}
HISTORY_ERROR = 'Must be true, false, or an object such as {"days": 30, "versions": 100}.'


def steps_of(operations: list[dict[str, Any]]) -> list[Any]:
    steps, errors = parse_steps(operations, limits=limits())
    assert errors == []
    return steps


def after(changes: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    values, errors = schema_changes._after(BEFORE, steps_of(changes.get("operations", [])), changes)
    return values, [(error.field, error.message) for error in errors]


def test_the_declared_columns_of_a_row() -> None:
    row = Collection(name="films", fields=[TITLE, YEAR], title_field="title")
    assert schema_changes._declared(row) == BEFORE


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({}, {}),
        ({"strict": True}, {"strict": True}),
        ({"title_field": None}, {"title_field": ""}),
        ({"history": False}, {"history": False}),
        ({"history": {"days": 30}}, {"history_days": 30}),
        ({"json_schema": {"type": "object"}}, {"rules": {"type": "object"}}),
        ({"operations": [{"op": "drop", "name": "year"}]}, {"fields": [TITLE]}),
        ({"operations": [{"op": "drop", "name": "title"}]}, {"fields": [YEAR], "title_field": ""}),
        (
            {"operations": [{"op": "rename", "name": "title", "to": "größe"}]},
            {"fields": [{**TITLE, "name": "größe"}, YEAR], "title_field": "größe"},
        ),
        (
            {"operations": [{"op": "drop", "name": "title"}], "title_field": "year"},
            {"fields": [YEAR], "title_field": "year"},
        ),
        (
            {"operations": [{"op": "add", "field": {"name": "new"}}]},
            {"fields": [TITLE, YEAR, {"name": "new", "type": "string"}]},
        ),
    ],
)
def test_the_columns_after_a_change(changes: dict[str, Any], changed: dict[str, Any]) -> None:
    assert after(changes) == (BEFORE | changed, [])


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"strict": 1}, [("strict", "Must be true or false.")]),
        ({"strict": None}, [("strict", "Must be true or false.")]),
        ({"history": {}}, [("history", HISTORY_ERROR)]),
        ({"history": {"days": 0}}, [("history.days", "Must be a whole number from 1 to 100000.")]),
        (
            {"title_field": "a.b"},
            [("title_field", "'a.b' cannot be the title field. Name a top-level field of the documents.")],
        ),
        ({"operations": [{"op": "drop", "name": "x"}]}, [("operations.0", "There is no field 'x'.")]),
        (
            {"operations": [{"op": "drop", "name": "x"}], "strict": "yes", "history": 1},
            [
                ("operations.0", "There is no field 'x'."),
                ("strict", "Must be true or false."),
                ("history", HISTORY_ERROR),
            ],
        ),
    ],
)
def test_errors_of_all_members_are_reported(changes: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert after(changes)[1] == errors


def test_an_invalid_json_schema_is_reported_under_its_name() -> None:
    (error,) = after({"json_schema": {"type": "nonsense"}})[1]
    assert error[0].startswith("json_schema")


@pytest.mark.parametrize(
    ("operations", "title_field", "expected"),
    [
        ([], "a", "a"),
        ([{"op": "rename", "name": "a", "to": "b"}, {"op": "rename", "name": "b", "to": "c"}], "a", "c"),
        ([{"op": "rename", "name": "b", "to": "c"}], "a", "a"),
        ([{"op": "rename", "name": "a", "to": "b"}, {"op": "drop", "name": "b"}], "a", ""),
        ([{"op": "drop", "name": "a"}, {"op": "add", "field": {"name": "a"}}], "a", ""),
        ([{"op": "retype", "field": {"name": "a", "type": "number"}}], "a", "a"),
        ([{"op": "drop", "name": "a"}], "", ""),
    ],
)
def test_the_title_field_is_renamed_and_dropped_with_its_field(
    operations: list[dict[str, Any]], title_field: str, expected: str
) -> None:
    assert schema_changes._title_after(title_field, steps_of(operations)) == expected


def test_a_reference_must_name_a_collection_of_the_database() -> None:
    def add(name: str, collection: str) -> dict[str, Any]:
        return {"op": "add", "field": {"name": name, "type": "reference", "collection": collection}}

    store: Any = None
    specs = {"films": CollectionSpec("films", "films_1")}
    database = engine.Database(store, "a" * 24, "shop", "shop_V2", "u1", engine.ALL_ACTIONS, specs)
    steps = steps_of([{"op": "drop", "name": "x"}, add("a", "films"), add("b", "people")])
    assert schema_changes._reference_errors(steps, database) == [
        engine.FieldError("operations.2.field.collection", "The database has no collection 'people'.")
    ]


def test_a_json_schema_names_fields_as_they_are_renamed() -> None:
    rules = {"properties": {"year": {"minimum": 1888}, "title": {"maxLength": 9}}}
    before = {**BEFORE, "rules": rules}
    steps = steps_of(
        [{"op": "rename", "name": "year", "to": "made_in"}, {"op": "rename", "name": "title", "to": "t"}]
    )
    after, errors = schema_changes._after(before, steps, {})
    assert (after["rules"], errors) == (
        {"properties": {"made_in": {"minimum": 1888}, "t": {"maxLength": 9}}},
        [],
    )
    after, errors = schema_changes._after(before, steps, {"json_schema": None})
    assert (after["rules"], errors) == (None, [])
    both = {"properties": {"year": {}, "t": {}}, "required": ["title"]}
    _, errors = schema_changes._after({**BEFORE, "rules": both}, steps, {})
    text = "The field cannot be renamed: the JSON Schema names 't' already. Send the changed `json_schema` with it."
    assert errors == [engine.FieldError("operations.1", text)]


def test_a_stored_plan_is_a_change_between_its_schemas() -> None:
    operations = [{"op": "rename", "name": "year", "to": "made_in"}]
    declared_after = {
        **BEFORE,
        "fields": [TITLE, {**YEAR, "name": "made_in"}],
        "strict": True,
        "rules": {"type": "object"},
    }
    plan = SchemaPlan("a" * 24, "films", operations, BEFORE, declared_after)
    change = plan.schema_change()
    assert (change.before.as_list(), change.before.strict, change.before.rules) == (BEFORE["fields"], False, None)
    assert (change.after.as_list(), change.after.strict) == (declared_after["fields"], True)
    assert change.after.rules is not None and change.after.rules.raw == {"type": "object"}
    assert list(change.steps) == steps_of(operations)
    assert plan.as_json() == {"operations": operations, "before": BEFORE, "after": declared_after}


@pytest.mark.parametrize(
    ("retention", "columns"),
    [
        (Retention(), (True, None, None)),
        (Retention(on=False), (False, None, None)),
        (Retention(days=30, versions=5), (True, 30, 5)),
    ],
)
def test_the_columns_of_a_retention(retention: Retention, columns: tuple[bool, int | None, int | None]) -> None:
    names = ("history", "history_days", "history_versions")
    assert schema_changes.retention_columns(retention) == dict(zip(names, columns, strict=True))
