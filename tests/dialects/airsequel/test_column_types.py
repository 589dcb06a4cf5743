"""SQLite's names of types and what they are here."""

from __future__ import annotations

import pytest

import engine
from dialects.airsequel import column_types
from engine.schema import TYPES

NAMES = [
    # name, affinity, GraphQL, field, input
    ("", "BLOB", "String", "string", "InputFile"),
    ("TEXT", "TEXT", "String", "string", "InputText"),
    ("varchar(20)", "TEXT", "String", "string", "InputText"),
    ("INTEGER", "INTEGER", "Int", "number", "InputNumber"),
    ("INT_STARS_10", "INTEGER", "Int", "number", "InputStars"),
    ("REAL_MONEY_EUR", "REAL", "Float", "number", "InputMoney"),
    ("DOUBLE PRECISION", "REAL", "Float", "number", "InputNumber"),
    ("FLOATING POINT", "INTEGER", "Int", "number", "InputNumber"),
    ("BOOLEAN", "BOOLEAN", "Boolean", "boolean", "InputCheckbox"),
    ("NUMERIC", "NUMERIC", "Int", "number", "InputNumber"),
    ("BLOB_IMAGE_PNG", "BLOB", "String", "string", "InputImage"),
    ("TEXT_DATE", "TEXT", "String", "date", "InputDate"),
    ("TEXT_DATETIME", "TEXT", "String", "datetime", "InputDatetime"),
    ("TEXT_EMAIL", "TEXT", "String", "email", "InputEmail"),
    ("TEXT_URL", "TEXT", "String", "string", "InputUrl"),
    ("TEXT_JSON", "TEXT", "String", "json", "InputJson"),
    ("TEXT_JSON_OBJECT", "TEXT", "String", "object", "InputJson"),
    ("TEXT_CODE_PYTHON", "TEXT", "String", "string", "InputCode"),
]


@pytest.mark.parametrize(("name", "affinity", "graphql", "field", "element"), NAMES)
def test_what_a_name_is(name: str, affinity: str, graphql: str, field: str, element: str) -> None:
    assert column_types.affinity(name) == affinity
    assert column_types.graphql_type(name) == graphql
    assert column_types.field_type(name) == field
    assert column_types.input_element(name) == element


def test_a_column_with_an_enum_is_selected() -> None:
    assert column_types.input_element("TEXT", listed=True) == "InputSelect"


@pytest.mark.parametrize("kind", TYPES)
def test_every_field_type_has_a_name(kind: str) -> None:
    name = column_types.sqlite_type(engine.Field("column", kind))
    assert column_types.affinity(name) != "NUMERIC"
    assert column_types.field_type(name) in TYPES


def test_several_references_are_an_array() -> None:
    assert column_types.sqlite_type(engine.Field("column", "reference", many=True)) == "TEXT_JSON_ARRAY"
