"""The OpenAPI document is valid, and its examples match its schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from tests.surfaces import openapi
from web.openapi import ERRORS, add, without_slashes
from web.operations import Operation


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            yield f"{verb.upper()} {path}", operation


@pytest.mark.slow
def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate_schema(document)


def test_every_operation_has_texts_and_one_tag(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    for route, operation in operations(document):
        assert operation["summary"] and operation["description"] and len(operation["tags"]) == 1, route


def _examples(content: dict[str, Any]) -> Iterator[Any]:
    if "example" in content:
        yield content["example"]
    yield from (example["value"] for example in content.get("examples", {}).values())


def _contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).values()


def _as_json_schema(schema: Any) -> Any:
    """Convert a schema of OpenAPI 3.0 to JSON Schema."""
    if isinstance(schema, list):
        return [_as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {name: _as_json_schema(child) for name, child in schema.items() if name != "nullable"}
    return {"anyOf": [converted, {"type": "null"}]} if schema.get("nullable") is True else converted


@pytest.mark.slow
def test_every_example_matches_its_schema(document: dict[str, Any]) -> None:
    count = 0
    for route, operation in operations(document):
        for content in _contents(operation):
            schema = _as_json_schema(content["schema"] | {"components": document["components"]})
            for example in _examples(content):
                count += 1
                errors = [error.message for error in Draft202012Validator(schema).iter_errors(example)]
                assert errors == [], route
    assert count > 40


def test_every_operation_has_the_common_errors() -> None:
    operation = Operation(
        path="/x", verb="get", id="x", tag="X", summary="X", description="X.", responses={200: dict[str, int]}
    )
    described = add({"paths": {"/y": {}}}, [operation])
    assert list(described["paths"]) == ["/x", "/y"]
    assert set(described["paths"]["/x"]["get"]["responses"]) == {"200", *ERRORS}
    assert described["components"]["schemas"]["Error"]["required"] == ["success", "message", "errors"]


def test_documented_paths_have_no_trailing_slash() -> None:
    assert without_slashes({"paths": {"/a/": 1, "/b": 2}}) == {"paths": {"/a": 1, "/b": 2}}
