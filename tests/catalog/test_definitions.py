"""Definitions of collections; the faults of each member are in tests/management, where callers meet them."""

from __future__ import annotations

import engine
from catalog.definitions import parse_definitions

LIMITS = engine.Limits()


def test_a_definition_is_a_name_and_a_schema() -> None:
    raw = [
        {"name": "films", "fields": [{"name": "US Gross", "type": "number", "unique": True}, {"name": "Title"}]},
        {"name": "Films", "fields": [{"name": "Title", "required": True, "default": "?"}], "strict": True},
    ]
    (first, second), faults = parse_definitions(raw, limits=LIMITS, most=2)
    assert faults == []
    assert (first.name, second.name) == ("films", "Films")
    assert first.schema.as_list() == [
        {"name": "US Gross", "type": "number", "unique": True},
        {"name": "Title", "type": "string"},
    ]
    assert (first.schema.strict, second.schema.strict) == (False, True)


def test_more_than_the_most_is_refused_before_any_is_read() -> None:
    found, faults = parse_definitions([{"name": 1}] * 3, limits=LIMITS, most=2)
    text = "A database has at most 2 collections (MAX_COLLECTIONS)."
    assert (found, faults) == ([], [engine.FieldError("collections", text)])


def test_faults_of_several_definitions_each_with_its_place() -> None:
    raw = [{"name": "a", "fields": [{"name": "x"}]}, {"name": "a", "fields": [{"name": "x"}]}, 7, {"name": ""}]
    _, faults = parse_definitions(raw, limits=LIMITS, most=9)
    assert [fault.field for fault in faults] == [
        *("collections.1.name", "collections.2", "collections.3.name", "collections.3.fields")
    ]
