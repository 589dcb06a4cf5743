"""The parameters of POST, and the declared operations of documents and children."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from dialects.restdb.operations.documents import OPERATIONS, CreateParameters


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", True),
        ("validate=false", False),
        ("validate=False", False),
        ("validate=FALSE", False),
        ("validate=true", True),
        ("validate=", True),
        ("validate=0", True),
        ("validate=false%20", True),
        ("validate=true&validate=false", False),
        ("is_validated=false", True),
    ],
)
def test_only_the_word_false_turns_validation_off(query: str, expected: bool) -> None:
    assert CreateParameters.of_params(QueryDict(query)).is_validated is expected


def test_the_operations_of_documents_and_children() -> None:
    collection = "/db/{database}/rest/{collection}"
    assert {operation.id: (operation.verb, operation.path) for operation in OPERATIONS} == {
        "rest_list": ("get", collection),
        "rest_create": ("post", collection),
        "rest_read": ("get", f"{collection}/{{id}}"),
        "rest_update": ("put", f"{collection}/{{id}}"),
        "rest_patch": ("patch", f"{collection}/{{id}}"),
        "rest_delete": ("delete", f"{collection}/{{id}}"),
        "rest_children": ("get", f"{collection}/{{id}}/{{field}}"),
        "rest_create_children": ("post", f"{collection}/{{id}}/{{field}}"),
        "rest_child": ("get", f"{collection}/{{id}}/{{field}}/{{child}}"),
    }


def described(name: str) -> dict[str, Any]:
    return next(operation for operation in OPERATIONS if operation.id == name).as_dict()


@pytest.mark.parametrize(
    ("name", "summary"), [("rest_update", "Update a Document"), ("rest_patch", "Patch a Document")]
)
def test_put_and_patch_do_the_same(name: str, summary: str) -> None:
    operation = described(name)
    assert operation["summary"] == summary
    ignored = {"operationId": "", "summary": ""}
    assert operation | ignored == described("rest_update") | ignored


@pytest.mark.parametrize("name", ["rest_create", "rest_create_children"])
def test_an_object_or_an_array_is_created(name: str) -> None:
    operation = described(name)
    body = operation["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}
    assert body["example"] == {"name": "Fred"}
    (parameter,) = (item for item in operation["parameters"] if item["in"] == "query")
    assert (parameter["name"], parameter["schema"]) == ("validate", {"type": "boolean", "default": True})
    example = operation["responses"]["201"]["content"]["application/json"]["example"]
    assert ("_parent_id" in example) is (name == "rest_create_children")
    assert example["_version"] == 0
