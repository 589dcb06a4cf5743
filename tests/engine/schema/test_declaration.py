"""Declared fields: every error of every field has its path."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import FieldError
from engine.limits import Limits
from engine.schema.declaration import parse_schema

LIMITS = Limits()


@pytest.mark.parametrize("raw", [None, {}, "x", 5])
def test_fields_are_an_array(raw: Any) -> None:
    assert parse_schema(raw, limits=LIMITS)[1] == [FieldError("fields", "Must be an array of fields.")]


def test_every_fault_of_every_field_has_its_path() -> None:
    _, wrong = parse_schema(
        [{"name": "a"}, {"name": "a"}, {"type": "x"}, 5, {"name": "b", "enum": [1], "default": 1}], limits=LIMITS
    )
    assert {(fault.field, fault.message.partition(" ")[0]) for fault in wrong} == {
        ("fields.1.name", "The"),
        ("fields.2.name", "A"),
        ("fields.2.type", "Must"),
        ("fields.3", "A"),
        ("fields.4.enum.0", "Must"),
        ("fields.4.default", "Must"),
    }


def test_a_name_that_is_taken_is_told_even_where_the_other_is_at_fault() -> None:
    _, wrong = parse_schema([{"name": "a", "type": "x"}, {"name": "a"}, {"name": "a", "unique": 1}], limits=LIMITS)
    assert [fault.field for fault in wrong if "twice" in fault.message] == ["fields.1.name", "fields.2.name"]


def test_only_what_the_service_numbers_can_be_hidden() -> None:
    schema, errors = parse_schema(
        [{"name": "a", "type": "autonumber", "hidden": True, "unique": True}, {"name": "b", "type": "autonumber"}],
        limits=LIMITS,
    )
    assert (errors, schema.hidden_numbers, [field.name for field in schema.visible_fields]) == ([], ("a",), ["b"])
    assert parse_schema(schema.as_list(), limits=LIMITS) == (schema, [])
    _, errors = parse_schema([{"name": "a", "hidden": True}, {"name": "b", "hidden": 1}], limits=LIMITS)
    assert errors == [
        FieldError("fields.0.hidden", "Goes with the type autonumber."),
        FieldError("fields.1.hidden", "Must be true or false."),
    ]
