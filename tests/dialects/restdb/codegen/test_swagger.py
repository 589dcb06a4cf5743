"""Descriptions of a database and its collections, from their schemas."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import engine
from dialects.restdb.codegen import swagger
from dialects.restdb.operations.lists import ListParameters
from engine.schema import parse_schema
from tests.dialects.restdb.callers import DATABASE_ID
from web.operations.schemas import query_parameters

HANDLE: Any = SimpleNamespace(id=DATABASE_ID, name="crm")


def spec_of(name: str, *fields: dict[str, Any], strict: bool = False) -> engine.CollectionSpec:
    schema, errors = parse_schema([*fields], limits=engine.Limits(), strict=strict)
    assert errors == []
    return engine.CollectionSpec(name, name, schema)


PEOPLE = spec_of(
    "people", {"name": "name", "required": True}, {"name": "Größe", "type": "number", "default": 0}, strict=True
)
PETS = spec_of("pets")
LINK = {"type": "array", "items": {"type": "object"}}


def test_a_collection_is_described_by_its_declared_fields() -> None:
    fields = {"name": {"type": "string", "required": True}, "Größe": {"type": "number", "default": 0}}
    assert swagger.collection(PEOPLE) == {"name": "people", "strict": True, "fields": fields}
    assert swagger.collection(PETS) == {"name": "pets", "strict": False, "fields": {}}


def test_a_database_lists_its_collections_by_name() -> None:
    assert swagger.database(HANDLE, {"pets": PETS, "people": PEOPLE}) == {
        "_id": DATABASE_ID,
        "name": "crm",
        "collections": [swagger.collection(PEOPLE), swagger.collection(PETS)],
    }
    assert swagger.database(HANDLE, {})["collections"] == []


@pytest.mark.parametrize(
    ("base", "name", "expected"),
    [
        ("https://data.example.com", "crm", ("data.example.com", "/db/crm/rest", ["https"])),
        ("http://127.0.0.1:8000", "crm", ("127.0.0.1:8000", "/db/crm/rest", ["http"])),
        ("https://example.com/data", "ö b", ("example.com", "/data/db/%C3%B6%20b/rest", ["https"])),
    ],
)
def test_the_address_of_the_routes(settings: Any, base: str, name: str, expected: tuple[str, str, Any]) -> None:
    settings.BASE_URL = base
    document = swagger.swagger(HANDLE, {}, name=name)
    assert (document["host"], document["basePath"], document["schemes"]) == expected


def test_a_document_without_collections() -> None:
    document = swagger.swagger(HANDLE, {}, name="crm")
    assert (document["swagger"], document["info"]) == ("2.0", {"title": "crm", "version": "1"})
    assert document["securityDefinitions"] == {"apikey": {"type": "apiKey", "in": "header", "name": "x-apikey"}}
    assert document["security"] == [{"apikey": []}]
    assert (document["paths"], document["definitions"]) == ({}, {})


def test_the_routes_of_a_collection() -> None:
    paths = swagger.swagger(HANDLE, {"people": PEOPLE, "pets": PETS}, name="crm")["paths"]
    assert {path: [*operations] for path, operations in paths.items()} == {
        "/people": ["get", "post"],
        "/people/{ID}": ["get", "put", "patch", "delete"],
        "/pets": ["get", "post"],
        "/pets/{ID}": ["get", "put", "patch", "delete"],
    }
    one = {"$ref": "#/definitions/people"}
    body = {"name": "body", "in": "body", "required": True, "schema": one}
    by_id = {"name": "ID", "in": "path", "required": True, "type": "string"}
    created = {"201": {"description": "Success", "schema": one}}
    assert paths["/people"]["post"] == {"tags": ["people"], "parameters": [body], "responses": created}
    for verb in ("put", "patch"):
        assert paths["/people/{ID}"][verb]["parameters"] == [by_id, body]
        assert paths["/people/{ID}"][verb]["responses"] == {"200": {"description": "Success", "schema": one}}
    deleted = {"200": {"description": "Success", "schema": {"type": "object"}}}
    assert paths["/people/{ID}"]["delete"]["responses"] == deleted


def test_a_list_has_the_declared_parameters_and_an_array() -> None:
    operation = swagger.swagger(HANDLE, {"pets": PETS}, name="crm")["paths"]["/pets"]["get"]
    names = [parameter["name"] for parameter in operation["parameters"]]
    assert names == [parameter["name"] for parameter in query_parameters(ListParameters)]
    types = {parameter["name"]: parameter["type"] for parameter in operation["parameters"]}
    assert (types["q"], types["max"], types["dir"], types["totals"]) == ("string", "integer", "integer", "boolean")
    assert {parameter["in"] for parameter in operation["parameters"]} == {"query"}
    many = {"type": "array", "items": {"$ref": "#/definitions/pets"}}
    assert operation["responses"] == {"200": {"description": "Success", "schema": many}}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({}, {"type": "string"}),
        ({"type": "number"}, {"type": "number"}),
        ({"type": "boolean", "default": False}, {"type": "boolean", "default": False}),
        ({"type": "object"}, {"type": "object"}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": "date"}, {"type": "string", "format": "date"}),
        ({"type": "datetime"}, {"type": "string", "format": "date-time"}),
        ({"type": "autonumber"}, {"type": "number"}),
        ({"type": "json", "default": [1]}, {"default": [1]}),
        ({"type": "null"}, {}),
        ({"type": "regex"}, {"type": "object"}),
        ({"type": "timestamp"}, {}),
        ({"type": "reference", "collection": "people"}, LINK),
        (
            {"type": "reference", "collection": "people", "many": True, "default": [], "description": "Friends."},
            {**LINK, "description": "Friends."},
        ),
        ({"type": "email", "unique": True}, {"type": "string"}),
        ({"type": "decimal128", "description": "In €."}, {"type": "string", "description": "In €."}),
        ({"type": "enum", "enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
    ],
)
def test_a_field_has_a_type_of_swagger(field: dict[str, Any], expected: dict[str, Any]) -> None:
    spec = spec_of("people", {"name": "x", **field})
    definitions = swagger.swagger(HANDLE, {"people": spec}, name="crm")["definitions"]
    assert definitions == {"people": {"type": "object", "properties": {"x": expected}}}


def test_the_parent_of_a_child_is_an_id() -> None:
    pets = spec_of("pets", {"name": "_parent_id", "type": "reference", "collection": "people"})
    definition = swagger.swagger(HANDLE, {"pets": pets}, name="crm")["definitions"]["pets"]
    assert definition["properties"] == {"_parent_id": {"type": "string"}}


def test_required_fields_are_listed() -> None:
    definition = swagger.swagger(HANDLE, {"people": PEOPLE}, name="crm")["definitions"]["people"]
    assert definition["required"] == ["name"]
