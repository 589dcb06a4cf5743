"""Schemas of OpenAPI 3.0, parameters and examples of declared models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from web.operations.schemas import example_of, parameters_of, query_parameters, schema_of, without_examples


class Part(BaseModel):
    id: Annotated[str, Field(examples=["7"])]


class Sample(BaseModel):
    name: Annotated[str, Field(description="The name.", min_length=1)]
    title: str = ""
    examples: list[str] = []
    note: str | None = None
    zero: int = 0
    flag: bool = False
    kind: Literal["a", "b"] = "a"
    fixed: Literal[True]
    parts: list[Part] = []
    part: Part | None = None


@pytest.mark.parametrize(
    ("declared", "schema"),
    [
        (str, {"type": "string"}),
        (str | None, {"type": "string", "nullable": True}),
        (Literal["a"], {"type": "string", "enum": ["a"]}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (
            Part | None,
            {
                "type": "object",
                "properties": {"id": {"type": "string", "examples": ["7"]}},
                "required": ["id"],
                "nullable": True,
            },
        ),
    ],
)
def test_schema_of_a_type(declared: Any, schema: dict[str, Any]) -> None:
    assert schema_of(declared) == schema


def test_schema_of_a_model_is_in_one_piece_and_without_titles_and_empty_defaults() -> None:
    part = {"type": "object", "properties": {"id": {"type": "string", "examples": ["7"]}}, "required": ["id"]}
    schema = schema_of(Sample)
    assert schema == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "description": "The name."},
            "title": {"type": "string"},
            "examples": {"type": "array", "items": {"type": "string"}},
            "note": {"type": "string", "nullable": True},
            "zero": {"type": "integer", "default": 0},
            "flag": {"type": "boolean", "default": False},
            "kind": {"type": "string", "enum": ["a", "b"], "default": "a"},
            "fixed": {"type": "boolean", "enum": [True]},
            "parts": {"type": "array", "items": part},
            "part": {**part, "nullable": True},
        },
        "required": ["name", "fixed"],
    }
    assert list(schema["properties"]) == list(Sample.model_fields)


def test_names_of_members_and_values_of_examples_are_no_keywords() -> None:
    class Keywords(BaseModel):
        default: Any
        title: str
        properties: str = ""
        reference: Annotated[Any, Field(alias="$ref")]
        document: Annotated[dict[str, Any], Field(examples=[{"title": "Dune", "default": None}])]
        preset: dict[str, Any] = {"title": "Dune", "default": None}

    assert schema_of(Keywords) == {
        "type": "object",
        "properties": {
            "default": {},
            "title": {"type": "string"},
            "properties": {"type": "string"},
            "$ref": {},
            "document": {
                "type": "object",
                "additionalProperties": True,
                "examples": [{"title": "Dune", "default": None}],
            },
            "preset": {
                "type": "object",
                "additionalProperties": True,
                "default": {"title": "Dune", "default": None},
            },
        },
        "required": ["default", "title", "$ref", "document"],
    }


def test_fields_as_parameters_of_the_query_string() -> None:
    class Query(BaseModel):
        limit: Annotated[int, Field(description="How many.", examples=[10])]
        sort: str = "name"

    assert query_parameters(Query) == [
        {
            "name": "limit",
            "in": "query",
            "required": True,
            "schema": {"type": "integer"},
            "description": "How many.",
        },
        {
            "name": "sort",
            "in": "query",
            "required": False,
            "schema": {"type": "string", "default": "name"},
            "description": "",
        },
    ]


def test_only_named_members_are_parameters() -> None:
    schema = {"properties": {"a": {"type": "string"}, "If-Match": {"type": "string"}}}
    header = {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "",
    }
    assert parameters_of(schema, location="header", names={"If-Match", "absent"}) == [header]
    assert parameters_of(schema, location="header", names=()) == []


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "string"}, "…"),
        ({"type": "integer"}, 1),
        ({"type": "number"}, 1.5),
        ({"type": "boolean"}, True),
        ({"type": "object"}, {}),
        ({}, None),
        ({"type": "string", "examples": ["é", "b"], "enum": ["a"]}, "é"),
        ({"examples": [None]}, None),
        ({"enum": ["a", "b"], "type": "string"}, "a"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, 1),
        ({"type": "array", "items": {"type": "array", "items": {"enum": [3]}}}, [[3]]),
        ({"type": "array"}, [None]),
        ({"type": "object", "properties": {}}, {}),
        (
            {
                "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"examples": [2]}},
                "required": ["a"],
            },
            {"a": 1, "c": 2},
        ),
    ],
)
def test_example_of_a_schema(schema: dict[str, Any], example: Any) -> None:
    assert example_of(schema) == example


@pytest.mark.parametrize(
    ("schema", "rest"),
    [
        ({"type": "string", "examples": ["a"]}, {"type": "string"}),
        ([{"examples": [1]}, 5, "examples"], [{}, 5, "examples"]),
        ({"anyOf": [{"examples": []}]}, {"anyOf": [{}]}),
        (
            {"properties": {"examples": {"type": "array", "examples": [[1]]}}},
            {"properties": {"examples": {"type": "array"}}},
        ),
        (None, None),
    ],
)
def test_a_schema_without_examples(schema: Any, rest: Any) -> None:
    assert without_examples(schema) == rest
