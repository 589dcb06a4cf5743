"""The OpenAPI document is a valid one, and its examples are what its schemas say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from web.openapi import ERRORS, Operation, add, listing, members, without_slashes


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, verbs in document["paths"].items():
        for verb, operation in verbs.items():
            yield f"{verb.upper()} {path}", operation


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate_schema(document)


def test_every_operation_is_told_of(document: dict[str, Any]) -> None:
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


def _of_today(schema: Any) -> Any:
    """A schema of OpenAPI 3.0 in the words of JSON Schema."""
    if isinstance(schema, list):
        return [_of_today(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _of_today(child) for name, child in schema.items() if name != "nullable"}
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    count = 0
    for route, operation in operations(document):
        for content in _contents(operation):
            schema = _of_today(content["schema"] | {"components": document["components"]})
            for example in _examples(content):
                count += 1
                faults = [fault.message for fault in Draft202012Validator(schema).iter_errors(example)]
                assert faults == [], route
    assert count > 40


def test_the_errors_that_every_operation_may_have() -> None:
    operation = Operation(
        path="/x", verb="get", id="x", tag="X", summary="X", description="X.", answers={"200": (members({}), {})}
    )
    described = add({"paths": {"/y": {}}}, [operation])
    assert list(described["paths"]) == ["/x", "/y"]
    assert set(described["paths"]["/x"]["get"]["responses"]) == {"200", *ERRORS}
    assert described["components"]["schemas"]["Error"]["required"] == ["success", "message", "errors"]


def test_schemas_in_short() -> None:
    assert members({"a": {}}, {"b": {}}) == {"type": "object", "required": ["a"], "properties": {"a": {}, "b": {}}}
    assert listing({}, least=1) == {"type": "array", "items": {}, "minItems": 1}


def test_paths_are_told_without_a_slash_at_their_end() -> None:
    assert without_slashes({"paths": {"/a/": 1, "/b": 2}}) == {"paths": {"/a": 1, "/b": 2}}
