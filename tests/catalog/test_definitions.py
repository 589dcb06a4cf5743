"""Definitions of collections. The errors of each member are tested in tests/management."""

from __future__ import annotations

import engine
from catalog.definitions import parse_definitions

LIMITS = engine.Limits()


def test_a_definition_is_a_name_and_a_schema() -> None:
    raw = [
        {"name": "films", "fields": [{"name": "US Gross", "type": "number", "unique": True}, {"name": "Title"}]},
        {"name": "Films", "fields": [{"name": "Title", "required": True, "default": "?"}], "strict": True},
    ]
    (first, second), errors = parse_definitions(raw, limits=LIMITS, max_collections=2)
    assert errors == []
    assert (first.name, second.name) == ("films", "Films")
    assert first.schema.as_list() == [
        {"name": "US Gross", "type": "number", "unique": True},
        {"name": "Title", "type": "string"},
    ]
    assert (first.schema.strict, second.schema.strict) == (False, True)


def test_too_many_definitions_are_refused_before_parsing() -> None:
    definitions, errors = parse_definitions([{"name": 1}] * 3, limits=LIMITS, max_collections=2)
    text = "A database has at most 2 collections (MAX_COLLECTIONS)."
    assert (definitions, errors) == ([], [engine.FieldError("collections", text)])


def test_errors_of_several_definitions_have_paths() -> None:
    raw = [{"name": "a", "fields": [{"name": "x"}]}, {"name": "a", "fields": [{"name": "x"}]}, 7, {"name": ""}]
    _, errors = parse_definitions(raw, limits=LIMITS, max_collections=9)
    assert [error.field for error in errors] == [
        *("collections.1.name", "collections.2", "collections.3.name", "collections.3.fields")
    ]
