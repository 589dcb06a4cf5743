"""Schemas that change under documents: what each step does to them, and what is told before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from bson import ObjectId

import engine
from engine.jobs import Migration, Report, SchemaChange, declared_by, parse_steps, steps_as_json
from engine.jobs.migrate import _Step
from engine.jobs.rewrite import UNCHANGED
from engine.limits import Limits
from engine.schema import Collation, Rules, parse_rules, parse_schema
from tests.engine.conftest import Make

Stored = Callable[..., list[dict[str, Any]]]
LIMITS = Limits()


def migration(things: engine.Collection, *operations: dict[str, Any], **more: Any) -> Migration:
    steps, errors = parse_steps([*operations], limits=LIMITS)
    assert not errors
    after, errors = declared_by(things.spec.schema, steps, limits=LIMITS)
    assert not errors
    return Migration(things, SchemaChange(things.spec.schema, replace(after, **more), steps))


def done(wanted: Migration) -> Report:
    indexes = wanted.indexes(wanted.indexes().as_text())
    wanted.prepare(indexes)
    report = wanted.run(lambda _: None)
    wanted.finish(indexes, report)
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
    error = {"field": "age", "message": "Must be a number."}
    assert [{**item, "_id": None} for item in told.examples] == [{"_id": None, **error, "value": "x"}]
    assert told.reasons == [{**error, "count": 1, "values": ["x"]}]
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
    rules, _ = parse_rules({"properties": {"n": {"const": 1}}}, limits=LIMITS)
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
        ([], {"rules": Rules({"required": ["a"]})}, [("", '"a" is a required property')]),
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
        done(migration(things, {"op": "add", "field": field("b", "number", unique=True)}))
    assert caught.value.details["examples"][0]["values"] == {"b": 5}


def test_a_transaction_that_is_repeated_does_not_clash_with_its_first_attempt() -> None:
    schema, _ = parse_schema([field("a")], limits=LIMITS)
    steps, _ = parse_steps([{"op": "retype", "field": field("a", unique=True)}], limits=LIMITS)
    after, _ = declared_by(schema, steps, limits=LIMITS)
    collection = SimpleNamespace(store=SimpleNamespace(limits=LIMITS))
    repeated: Any = SimpleNamespace(collection=collection, change=SchemaChange(schema, after, steps))
    step = _Step(repeated)
    documents: list[dict[str, Any]] = [{"_id": ObjectId(), "a": value, "_sys": {}} for value in ("x", "y", "x")]
    for _ in range(2):
        assert [step.decide(item["_id"], item) for item in documents] == [UNCHANGED] * 3
        assert [*step.unfit] == [documents[2]["_id"]]


def test_equal_reasons_are_counted_with_their_values(make: Make) -> None:
    things = make(field("day"), field("n", "json"))
    things.insert([{"day": f"{number % 7}"} for number in range(30)] + [{"day": "x" * 300}, {"n": {"a": 1}}])
    steps = [{"op": "retype", "field": field(name, kind)} for name, kind in (("day", "date"), ("n", "number"))]
    report = migration(things, *steps).check(lambda _: None)
    text = "Must be an ISO 8601 date, such as 2023-10-27 or 2023-10-27T10:00:00Z."
    assert (report.unfit, len(report.examples), report.examples[3]["value"]) == (32, 20, "3")
    assert report.reasons == [
        {"field": "day", "message": text, "count": 31, "values": ["0", "1", "2", "3", "4"]},
        {"field": "n", "message": "Must be a number.", "count": 1, "values": ['{"a":1}']},
    ]


def test_a_calendar_date_becomes_the_text_that_it_was_shown_as(make: Make, stored: Stored) -> None:
    things = make(field("day", "date"), field("time", "datetime"), field("kept", "date"))
    day = "2024-02-29"
    things.insert([{"day": day, "time": day, "kept": day}, {"day": f"{day}T10:00:00Z", "time": None}])
    steps = [{"op": "retype", "field": field(name)} for name in ("day", "time")]
    done(migration(things, *steps))
    assert stored() == [
        {"day": day, "time": f"{day}T00:00:00.000Z", "kept": datetime(2024, 2, 29)},
        {"day": f"{day}T10:00:00.000Z", "time": None},
    ]


@pytest.mark.parametrize(
    ("before", "values"),
    [
        ("string", ["0.1234567890123456789", "9007199254740993.0", "1e-400", "01", "+1", "\u0661", ".5", "5."]),
        ("decimal128", ["12345678901234567890.12", "9007199254740993.5", "0.1234567890123456789", "1E-400"]),
    ],
)
def test_numbers_are_never_rounded(make: Make, stored: Stored, before: str, values: list[str]) -> None:
    things = make(field("n", before))
    ids = things.insert([{"n": text} for text in values])
    was = stored(system=True)
    report = migration(things, {"op": "retype", "field": field("n", "number")}).check(lambda _: None)
    assert [(item["_id"], item["field"], item["value"]) for item in report.examples] == [
        (str(name), "n", text) for name, text in zip(ids, values, strict=True)
    ]
    assert (report.unfit, stored(system=True)) == (len(values), was)


@pytest.mark.parametrize(
    ("before", "values", "kind"),
    [("string", ["1", "1.0"], "number"), ("number", [1, 1.0], "number"), ("decimal128", ["1", "1.00"], "number")],
)
def test_numbers_that_are_equal_clash(make: Make, before: str, values: list[Any], kind: str) -> None:
    things = make(field("n", before))
    things.insert([{"n": value} for value in values])
    report = migration(things, {"op": "retype", "field": field("n", kind, unique=True)}).check(lambda _: None)
    assert [item["message"] for item in report.examples] == [
        "Another document has the same value, which must be unique."
    ]


def test_rules_that_differ_by_a_truth_value_are_other_rules(make: Make) -> None:
    things = make()
    things.insert([{"v": 1}])
    rules = [Rules({"properties": {"v": {"const": value}}}) for value in (1, True)]
    before = replace(things.spec.schema, rules=rules[0])
    change = Migration(things, SchemaChange(before, replace(before, rules=rules[1])))
    assert change.check(lambda _: None).unfit == 1


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
    found = parse_steps(raw, limits=LIMITS)[1]
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
        steps, _ = parse_steps([operation], limits=LIMITS)
        assert declared_by(schema, steps, limits=LIMITS)[1] == [engine.FieldError("operations.0", text)]
        assert steps_as_json(steps) == [operation]


def test_a_field_that_becomes_unique_without_case(make: Make, stored: Stored) -> None:
    things = make(field("email"))
    things.insert(
        [{"email": "Ann"}, {"email": "bob"}, {"email": "ANN"}, {"email": "caf\u00e9"}, {"email": "CAFE\u0301"}]
    )
    wanted = {"op": "retype", "field": field("email", unique=True, case_insensitive=True)}
    before = stored(system=True)
    report = migration(things, wanted).check(lambda _: None)
    assert (report.unfit, [item["value"] for item in report.examples]) == (2, ["ANN", "CAFE\u0301"])
    assert stored(system=True) == before
    things.delete(engine.Query({"email": {"$in": ["ANN", "CAFE\u0301"]}}))
    assert done(migration(things, wanted)).unfit == 0
    with pytest.raises(engine.Conflict):
        things.insert([{"email": "BOB"}])
    collations = [index.collation for index in things.indexes.all()]
    assert collations == [None, Collation("en", 2)]
    schema, _ = parse_schema([wanted["field"]], limits=LIMITS)
    things = replace(things, spec=replace(things.spec, schema=schema))
    done(migration(things, {"op": "retype", "field": field("email", unique=True)}))
    assert [index.collation for index in things.indexes.all()] == [None, None]
    things.insert([{"email": "BOB"}])
