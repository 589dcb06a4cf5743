"""JSON Schemas of collections: what may be declared, and that nothing is fetched or takes for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId
from django.conf import settings

import engine
from engine.context import now
from engine.jobs import Migration, SchemaChange
from engine.limits import Limits
from engine.schema import Rules
from engine.schema.json_schema import Budget, parse_rules
from engine.update import Operators, Replacement
from engine.write.bulk import all_or_none
from tests.engine.conftest import Make

LIMITS = Limits()
INTO_ITSELF = 'A reference leads to a part of the same schema, such as "#/$defs/name".'
ENDLESS = "A schema must not refer to itself, nor be nested too deep."


def doubling(levels: int) -> dict[str, Any]:
    """Small to write, and 2 to the power of `levels` to check."""
    found: dict[str, Any] = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": found | {f"d{levels}": {}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (5, [("", "Must be a JSON Schema, an object.")]),
        (True, [("", "Must be a JSON Schema, an object.")]),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, [("$schema", "Must be")]),
        ({"$id": "x", "items": {"$anchor": "y"}}, [("$id", "This keyword"), ("items.$anchor", "This")]),
        ({"$ref": "https://example.com/a.json"}, [("$ref", INTO_ITSELF)]),
        ({"$ref": "file:///etc/passwd"}, [("$ref", INTO_ITSELF)]),
        ({"items": {"$ref": "#/$defs/none"}}, [("items.$ref", INTO_ITSELF)]),
        ({"items": {"$ref": 5}}, [("items.$ref", INTO_ITSELF)]),
        ({"$ref": "#"}, [("", ENDLESS)]),
        ({"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}}, [("", ENDLESS)]),
        (doubling(12), [("", "With its references written out it has more than 2000 parts (MAX_QUERY_NODES).")]),
        (doubling(30), [("", "With its references written out it has more than 2000 parts (MAX_QUERY_NODES).")]),
        ({"type": "bogus"}, [("type", "This is no JSON Schema: ")]),
        ({"properties": {"a": {"pattern": "("}}}, [("properties.a.pattern", "This is no JSON Schema: ")]),
    ],
)
def test_what_is_refused(raw: Any, faults: list[tuple[str, str]]) -> None:
    rules, found = parse_rules(raw, limits=LIMITS)
    assert rules is None
    assert [(path, text[: len(wanted)]) for (path, text), (_, wanted) in zip(found, faults, strict=True)] == faults


def test_faults_of_a_document_by_path() -> None:
    rules, _ = parse_rules(
        {
            "$defs": {"age": {"type": "integer", "minimum": 0}},
            "required": ["name"],
            "properties": {
                "age": {"$ref": "#/$defs/age"},
                "tags": {"items": {"type": "string"}},
                "at": {"type": "string"},
            },
        },
        limits=LIMITS,
    )
    assert rules is not None
    assert rules.errors({"name": "a", "age": 1, "at": now(), "_id": 1, "_sys": {}}, budget=Budget.of(LIMITS)) == []
    assert sorted(rules.errors({"age": -1, "tags": ["a", 1]}, budget=Budget.of(LIMITS))) == [
        ("", '"name" is a required property'),
        ("age", "-1 is less than the minimum of 0"),
        ("tags.1", '1 is not of type "string"'),
    ]


def test_a_pattern_takes_linear_time() -> None:
    rules, errors = parse_rules({"properties": {"a": {"pattern": "^(a+)+$"}}}, limits=LIMITS)
    assert (errors, len(rules.errors({"a": "a" * 50_000 + "b"}, budget=Budget.of(LIMITS)))) == ([], 1)  # type: ignore[union-attr]


COSTLY = {"properties": {"a": {"items": {"enum": [-1, -2, -3, -4, *range(20)]}}}}
CHECKS = 2_000
TOO_MANY = f"The JSON Schema needs more than {CHECKS} checks here (MAX_SCHEMA_CHECKS)."
LONG = [0] * 50


def ruled(make: Make) -> engine.Collection:
    store = engine.Store(settings.MONGODB_URI, limits=replace(LIMITS, schema_checks=CHECKS))
    things = make(on=store)
    things.insert([{"n": 1, "a": [0, 1]}, {"n": 2, "a": [0] * 6, "b": LONG}])
    rules, _ = parse_rules(COSTLY, limits=LIMITS)
    return replace(things, spec=replace(things.spec, schema=replace(things.spec.schema, rules=rules)))


def named(number: int) -> engine.Query:
    return engine.Query({"n": number})


def one(things: engine.Collection) -> engine.Query:
    return engine.Query({"_id": str(things.find(named(1)).documents[0]["_id"])})


WRITES: dict[str, Callable[[engine.Collection], Any]] = {
    "insert": lambda things: things.insert([{"a": [0]}, {"a": LONG}]),
    "create": lambda things: things.create([{"a": LONG}]),
    "import": lambda things: things.import_batch([{"a": LONG}], ids=[ObjectId()]),
    "update": lambda things: things.update(named(1), engine.Change({"a": LONG})),
    "update of several": lambda things: things.update(engine.Query(), engine.Change({"a": LONG})),
    "push": lambda things: things.update(named(1), Operators({"$push": {"a": {"$each": LONG}}})),
    "rename": lambda things: things.update(named(2), Operators({"$rename": {"b": "a"}})),
    "replace": lambda things: things.update(named(1), Replacement({"a": LONG})),
    "change": lambda things: things.change(one(things), engine.Change({"a": LONG})),
    "upsert": lambda things: things.write(engine.Update(named(3), engine.Change({"a": LONG}), upsert=True)),
    "bulk": lambda things: all_or_none(things, [engine.Insert({"a": [0]}), engine.Insert({"a": LONG})]),
    "dry run": lambda things: things.preview(engine.Update(named(1), engine.Change({"a": LONG}))),
}


@pytest.mark.parametrize("name", WRITES)
def test_every_write_has_the_bound(make: Make, stored: Callable[..., Any], name: str) -> None:
    things = ruled(make)
    before = stored(system=True)
    with pytest.raises(engine.Invalid) as caught:
        WRITES[name](things)
    assert TOO_MANY in caught.value.message
    assert stored(system=True) == before


def test_a_schema_change_reports_what_needs_too_many_checks(make: Make, stored: Callable[..., Any]) -> None:
    things = ruled(make)
    after = replace(things.spec.schema, rules=Rules({"properties": {"b": COSTLY["properties"]["a"]}}))
    migration = Migration(things, SchemaChange(things.spec.schema, after))
    report = migration.check(lambda _: None)
    assert (report.unfit, [item["message"] for item in report.examples]) == (1, [TOO_MANY])


def test_the_patterns_of_a_schema_have_a_bound() -> None:
    patterns = {f"a{number}": {"pattern": rf"\w{{900}}{number}"} for number in range(100)}
    rules, errors = parse_rules({"properties": patterns}, limits=LIMITS)
    assert (rules, len(errors)) == (None, 1)
    assert errors[0][1].startswith("With this one all patterns take more than 1 MiB when compiled")
