"""Definitions of collections and fields, and the request that changes a schema."""

from __future__ import annotations

from typing import Any

import pytest

from engine.schema import TYPES
from management.serializers import collections
from management.serializers.collections import (
    DEFINITION,
    ChangeSchemaRequest,
    CollectionDeclaration,
    CollectionQuery,
    FieldDeclaration,
    SchemaOperation,
)
from management.serializers.fields import parse
from tests.management.serializers.support import DATABASE, errors_of, example_errors, example_of, responses_of

TARGET = {"database_id": DATABASE, "collection_name": "users"}
FIELDS = [{"name": "a"}]


@pytest.mark.parametrize(
    ("shape", "value", "wrong"),
    [
        (CollectionDeclaration, DEFINITION, []),
        (CollectionDeclaration, {"name": "Ünï_-1", "fields": FIELDS, "history": {"days": 9}}, []),
        (
            CollectionDeclaration,
            {"name": "a" * 100, "fields": FIELDS, "json_schema": None, "title_field": None},
            [],
        ),
        (CollectionDeclaration, {"name": "a" * 101, "fields": []}, ["fields", "name"]),
        (CollectionDeclaration, {"name": "a b", "fields": [{"name": ""}]}, ["fields", "name"]),
        (CollectionDeclaration, {"strict": "x", "json_schema": 7}, ["fields", "json_schema", "name", "strict"]),
        (FieldDeclaration, {"name": "a" * 100}, []),
        (FieldDeclaration, {"name": "a" * 101, "type": "text", "enum": []}, ["enum", "name", "type"]),
        *((FieldDeclaration, {"name": "a", "type": kind, "default": 0}, []) for kind in TYPES),
        (SchemaOperation, {"op": "rename", "name": "a", "to": "b"}, []),
        (SchemaOperation, {"op": "copy", "field": {}}, ["field", "op"]),
    ],
)
def test_what_a_definition_is_described_to_contain(shape: Any, value: dict[str, Any], wrong: list[str]) -> None:
    serializer = shape(data=value)
    serializer.is_valid()
    assert sorted(serializer.errors) == wrong


def test_a_field_is_text_unless_its_type_is_named() -> None:
    serializer = FieldDeclaration(data={"name": "a"})
    assert serializer.is_valid()
    assert serializer.validated_data == {"name": "a", "type": "string"}


@pytest.mark.parametrize(
    ("members", "values"),
    [
        ({}, {"dry_run": False}),
        ({"dry_run": True}, {"dry_run": True}),
        ({"other": 1}, {"dry_run": False}),
        # The service checks these members, as other surfaces call it too.
        *(
            ({name: value}, {name: value, "dry_run": False})
            for name in ("operations", "strict", "json_schema", "history", "title_field")
            for value in (None, 7, [{}])
        ),
    ],
)
def test_a_change_of_a_schema(members: dict[str, Any], values: dict[str, Any]) -> None:
    assert parse(ChangeSchemaRequest, {**TARGET, **members}) == {**TARGET, **values}


@pytest.mark.parametrize(
    ("shape", "values", "errors"),
    [
        (CollectionQuery, {"database_id": "d"}, [("collection_name", "collection_name is required")]),
        (
            ChangeSchemaRequest,
            {"dry_run": "true"},
            [
                ("database_id", "database_id is required"),
                ("collection_name", "collection_name is required"),
                ("dry_run", "dry_run must be true or false"),
            ],
        ),
        (ChangeSchemaRequest, {**TARGET, "dry_run": None}, [("dry_run", "dry_run must be true or false")]),
        (ChangeSchemaRequest, {**TARGET, "max_affected": 1}, [("max_affected", "Unknown parameter max_affected.")]),
    ],
)
def test_requests_that_are_refused(shape: Any, values: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    assert errors_of(shape, values) == errors


def test_the_example_of_a_change_is_valid_and_has_each_operation() -> None:
    example = example_of(ChangeSchemaRequest)
    assert parse(ChangeSchemaRequest, example) == example
    assert [item["op"] for item in example["operations"]] == ["add", "rename", "retype", "drop"]
    serializer = SchemaOperation(data=example["operations"], many=True)
    assert serializer.is_valid(), serializer.errors


@pytest.mark.parametrize("shape", responses_of(collections).values(), ids=responses_of(collections))
def test_the_example_of_a_response_is_valid(shape: Any) -> None:
    assert example_errors(shape) == {}
