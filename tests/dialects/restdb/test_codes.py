"""Codes of validation errors, by which clients choose their own messages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.restdb.support import Rest

FORM_FIELDS: list[dict[str, Any]] = [
    {"name": "name", "required": True},
    {"name": "mail", "type": "email", "unique": True},
    {"name": "size", "type": "enum", "enum": ["s", "m"]},
    {"name": "no", "type": "autonumber"},
    {"name": "at", "type": "datetime"},
]
RULES = {
    "properties": {
        "code": {"pattern": "^[A-Z]+$"},
        "site": {"format": "uri"},
        "age": {"minimum": 18, "maximum": 99},
        "tags": {"minItems": 1, "maxItems": 2},
        "note": {"type": "string", "maxLength": 5},
        "even": {"multipleOf": 2},
        "in": {"required": ["a"]},
    }
}
CODES = [
    ({}, "name", "REQUIRED"),
    ({"name": None}, "name", "REQUIRED"),
    ({"name": 1}, "name", "TYPE"),
    ({"mail": "nonsense"}, "mail", "TYPE"),
    ({"at": "soon"}, "at", "TYPE"),
    ({"size": "l"}, "size", "ENUM"),
    ({"no": 5, "name": "x", "_sys": 1}, "_sys", "READONLY"),
    ({"other": 1}, "other", "UNKNOWN"),
    ({"code": "a"}, "code", "REGEX"),
    ({"site": "no uri"}, "site", "REGEX"),
    ({"age": 17}, "age", "MIN"),
    ({"age": 100}, "age", "MAX"),
    ({"tags": []}, "tags", "MIN"),
    ({"tags": [1, 2, 3]}, "tags", "MAX"),
    ({"note": 1}, "note", "TYPE"),
    ({"note": "longer"}, "note", "MAX"),
    ({"even": 3}, "even", "SCHEMA"),
    ({"in": {}}, "in", "REQUIRED"),
    ({"a.b": 1}, "a.b", "INVALID"),
]


@pytest.fixture(scope="module")
def coded(rest: Rest) -> tuple[str, str]:
    """Two collections with the same fields: one whose rules fail in every way, and a strict one."""
    strict = rest.tenant.new_collection(*FORM_FIELDS, strict=True)
    loose = rest.tenant.new_collection(*FORM_FIELDS, json_schema=RULES)
    assert rest.ask(f"POST {loose}", json={"name": "a", "mail": "taken@example.com"}).status_code == 201
    return loose, strict


@pytest.mark.parametrize(("members", "field", "code"), CODES)
def test_every_error_of_validation_has_a_code(
    rest: Rest, coded: tuple[str, str], members: dict[str, Any], field: str, code: str
) -> None:
    collection = coded[1] if code == "UNKNOWN" else coded[0]
    document = members if field == "name" else {"name": "x", **members}
    before = len(rest.get(collection))
    answer = rest.ask(f"POST {collection}", json=document)
    messages = {item["field"]: item["message"] for item in answer.json()["list"]}
    assert (answer.status_code, answer.json()["name"]) == (400, "ValidationError")
    assert (len(messages[field]), messages[field][1]) == (2, code)
    assert len(rest.get(collection)) == before


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": None}, "name", "REQUIRED"),
        ({"$unset": {"name": ""}}, "$unset.name", "REQUIRED"),
        ({"$inc": {"name": 1}}, "$inc.name", "TYPE"),
        ({"mail": "taken@example.com"}, "mail", "UNIQUE"),
        ({"age": 5}, "age", "MIN"),
        ({"$set": {"_sys": 1}}, "$set._sys", "READONLY"),
    ],
)
def test_errors_of_changes_have_codes(
    rest: Rest, coded: tuple[str, str], change: dict[str, Any], field: str, code: str
) -> None:
    (name,) = rest.create(coded[0], {"name": "b"})
    answer = rest.ask(f"PUT {coded[0]}/{name}", json=change)
    codes = {item["field"]: item["message"][1] for item in answer.json()["list"]}
    assert (answer.status_code, codes) == (400, {field: code})
    assert rest.get(f"{coded[0]}/{name}")["name"] == "b"


def test_each_error_of_a_field_has_an_entry(rest: Rest, coded: tuple[str, str]) -> None:
    answer = rest.ask(f"POST {coded[0]}", json={"name": "x", "mail": "taken@example.com"})
    assert answer.json()["list"] == [
        {
            "field": "mail",
            "message": ["Another document already has this value; mail must be unique.", "UNIQUE"],
            "index": 0,
        }
    ]
